//! What an audit found.

use std::fmt;

use serde::Serialize;

/// One kind of comparison.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// What was compared with what.
    pub name: &'static str,
    /// How many comparisons were made.
    pub compared: u64,
    /// Every difference, in words that name it.
    pub differences: Vec<String>,
    /// What could not be compared, and why.
    pub notes: Vec<String>,
}

impl Check {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, compared: 0, differences: Vec::new(), notes: Vec::new() }
    }

    /// Compares two values; `what` names them if they differ.
    pub(crate) fn equal<T: PartialEq + fmt::Debug>(&mut self, what: impl fmt::Display, expected: &T, found: &T) {
        self.compared += 1;
        if expected != found {
            self.differences.push(format!("{what}: should be {expected:?}, is {found:?}"));
        }
    }

    /// Notes something that must hold; `what` says what is wrong if it does not.
    pub(crate) fn holds(&mut self, what: impl FnOnce() -> String, holds: bool) {
        self.compared += 1;
        if !holds {
            self.differences.push(what());
        }
    }

    pub(crate) fn differs(&mut self, what: String) {
        self.compared += 1;
        self.differences.push(what);
    }
}

/// The result of an audit.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The block whose state was audited.
    pub block: u64,
    /// Its hash.
    pub block_hash: chorus_abi::B256,
    /// Events of the pool until then.
    pub events: u64,
    /// The indexer that was compared, if one was.
    pub api: Option<String>,
    /// The comparisons, in order.
    pub checks: Vec<Check>,
}

impl Report {
    /// Whether nothing differed.
    pub fn is_clean(&self) -> bool {
        self.checks.iter().all(|check| check.differences.is_empty())
    }

    /// Every difference, with the check that found it.
    pub fn differences(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.checks.iter().flat_map(|check| check.differences.iter().map(|what| (check.name, what.as_str())))
    }

    /// `ok`, or the first difference.
    pub fn verdict(&self) -> String {
        match self.differences().next() {
            None => "ok".into(),
            Some((check, what)) => format!("{check}: {what}"),
        }
    }
}

/// Differences of one check that the table shows; JSON has all of them.
const SHOWN: usize = 10;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let against = self.api.as_deref().map_or("the chain alone".to_owned(), |api| format!("the chain and {api}"));
        writeln!(f, "Audit of block {} ({}), {} events, against {against}", self.block, self.block_hash, self.events)?;
        let width = self.checks.iter().map(|check| check.name.chars().count()).max().unwrap_or_default();
        for Check { name, compared, differences, notes } in &self.checks {
            let verdict = match differences.len() {
                0 => "ok".to_owned(),
                1 => "1 DIFFERENCE".to_owned(),
                count => format!("{count} DIFFERENCES"),
            };
            writeln!(f, "  {name:<width$}  {compared:>8}  {verdict}")?;
            for what in differences.iter().take(SHOWN) {
                writeln!(f, "      {what}")?;
            }
            if differences.len() > SHOWN {
                writeln!(f, "      and {} more (--json shows all)", differences.len() - SHOWN)?;
            }
            for note in notes {
                writeln!(f, "      note: {note}")?;
            }
        }
        match self.is_clean() {
            true => write!(f, "Everything agrees."),
            false => write!(f, "NOT CLEAN: {} differences.", self.differences().count()),
        }
    }
}
