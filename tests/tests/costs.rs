//! `tests/COSTS.md` says what the messages of the contracts cost now.

use std::fs;

use chorus_tests::costs::{Costs, DOCUMENT, is_measured_beside_ours};

#[test]
fn the_document_says_what_each_message_costs_now() {
    let written = fs::read_to_string(DOCUMENT).unwrap_or_default();
    let ours = written.lines().filter(|line| !is_measured_beside_ours(line));
    let document = Costs::measure().document();
    let differing: Vec<_> = ours.clone().zip(document.lines()).filter(|(is, should)| is != should).collect();
    assert!(
        differing.is_empty(),
        "run ./scripts/bench costs --write. What is written, and what is true: {differing:#?}"
    );
    assert_eq!(
        ours.count(),
        document.lines().count(),
        "run ./scripts/bench costs --write: the number of lines differs"
    );
}
