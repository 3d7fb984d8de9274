//! How indexing goes, in one place, for whoever asks.

use std::{
    sync::{Mutex, MutexGuard},
    time::{Duration, Instant},
};

use crate::{Error, views::FailureDetail};

/// How many of the newest blocks answers may lack and still count as current.
const LAG_TOLERATED: u64 = 16;
/// How long the node may be silent before nobody knows how old the answers are.
const SILENCE_TOLERATED: Duration = Duration::from_secs(60);

/// What the follower knows of itself.
#[derive(Default)]
pub struct Condition(Mutex<Facts>);

#[derive(Default)]
struct Facts {
    finalized: Option<u64>,
    applied: Option<u64>,
    heard: Option<Instant>,
    trouble: Option<Error>,
    halted: Option<Error>,
}

impl Condition {
    /// The node told its finalized head.
    pub fn finalized(&self, number: u64) {
        let mut facts = self.facts();
        facts.finalized = Some(number);
        facts.heard = Some(Instant::now());
    }

    /// A block was applied.
    pub fn applied(&self, number: u64) {
        let mut facts = self.facts();
        facts.applied = Some(number);
        facts.heard = Some(Instant::now());
    }

    /// Everything finalized is applied.
    pub fn well(&self) {
        let mut facts = self.facts();
        facts.trouble = None;
        facts.applied = facts.finalized;
    }

    /// Something failed and is tried again.
    pub fn trouble(&self, error: Error) {
        self.facts().trouble = Some(error);
    }

    /// Something failed for good.
    pub fn halt(&self, error: Error) {
        self.facts().halted = Some(error);
    }

    /// Whether nothing stopped indexing for good.
    pub fn is_complete(&self) -> bool {
        self.facts().halted.is_none()
    }

    /// The node's finalized head, as far as it told.
    pub fn finalized_block(&self) -> Option<u64> {
        self.facts().finalized
    }

    /// Finalized blocks not yet applied, where known.
    pub fn lag_blocks(&self) -> Option<u64> {
        let facts = self.facts();
        Some(facts.finalized?.saturating_sub(facts.applied.unwrap_or(0)))
    }

    /// Why answers may not be current; none when they are.
    pub fn reason(&self) -> Option<FailureDetail> {
        let lag = self.lag_blocks();
        let facts = self.facts();
        let because = |code: &str, message: String| Some(FailureDetail { code: code.into(), message });
        if let Some(error) = facts.halted.as_ref().or(facts.trouble.as_ref()) {
            return because(error.code(), error.to_string());
        }
        match (lag, facts.heard) {
            (None, _) | (_, None) => because("starting", "the node has not been heard yet".into()),
            (_, Some(heard)) if heard.elapsed() > SILENCE_TOLERATED => because(
                "node_unreachable",
                format!("nothing was heard from the node for {} s", heard.elapsed().as_secs()),
            ),
            (Some(lag), _) if lag > LAG_TOLERATED => {
                because("catching_up", format!("{lag} finalized blocks are not yet applied"))
            }
            _ => None,
        }
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
