//! The table as it stands in the document, and the messages that it has to have.

use std::collections::{BTreeMap, BTreeSet};

use chorus_bindings::{Contract, settings::SETTINGS};

const CONTRACTS: [(Contract, &str, &str); 3] = [
    (Contract::Attestations, "attestations", include_str!("../../../contracts/artifacts/attestations.abi")),
    (Contract::Votes, "votes", include_str!("../../../contracts/artifacts/votes.abi")),
    (Contract::Escrow, "escrow", include_str!("../../../contracts/artifacts/escrow.abi")),
];

/// A row of the table for one message: who may call it, and what a pause does to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) who: String,
    pub(crate) pause: String,
}

pub(crate) type Table = BTreeMap<(Contract, String), Row>;

/// The table as it stands in `contracts/README.md`.
pub(crate) fn table() -> Table {
    let readme = include_str!("../../../contracts/README.md");
    let section = readme.split("## Who may call what").nth(1).unwrap().split("\n## ").next().unwrap();
    let (mut table, mut contract) = (Table::new(), None);
    for line in section.lines().filter(|line| line.starts_with('|')).skip(2) {
        let columns: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [of, messages, who, pause] = columns[..] else { panic!("not a row of four columns: {line}") };
        if !of.is_empty() {
            contract = CONTRACTS.iter().find(|(_, name, _)| of == format!("`{name}`")).map(|(contract, ..)| *contract);
        }
        for message in messages.split('`').skip(1).step_by(2) {
            let row = Row { who: who.into(), pause: pause.into() };
            let before = table.insert((contract.unwrap(), message.into()), row);
            assert_eq!(before, None, "{message} stands in the table twice");
        }
    }
    table
}

/// Every message that changes something: those of the ABI, and the settings that `escrow` applies itself.
pub(crate) fn messages_of_the_abi() -> BTreeSet<(Contract, String)> {
    let mut messages = BTreeSet::new();
    for (contract, _, abi) in CONTRACTS {
        let items: Vec<serde_json::Value> = serde_json::from_str(abi).unwrap();
        for item in items.iter().filter(|item| item["type"] == "function") {
            if !matches!(item["stateMutability"].as_str(), Some("view" | "pure")) {
                messages.insert((contract, item["name"].as_str().unwrap().to_owned()));
            }
        }
    }
    let own = SETTINGS.iter().filter(|setting| setting.contract == Contract::Escrow);
    messages.extend(own.map(|setting| (Contract::Escrow, setting.name().to_owned())));
    messages
}
