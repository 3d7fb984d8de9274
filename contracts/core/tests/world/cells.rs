//! Sizes and bounds that documents name.

use chorus_core::offer::Offer;
use chorus_core::votes::{MAX_SUPPLY, MAX_VOTING_PERIOD_S, Marks};
use chorus_core::weight::DAY_MS;
use chorus_core::{attestations, cells, escrow, pause, votes};

#[test]
fn cells_are_as_long_as_the_readers_guide_says() {
    use attestations::{Attesters, Member, Root, Sale};
    assert_eq!([Root::SIZE, Attesters::SIZE, Member::SIZE, Sale::SIZE], [396, 322, 76, 21]);
    assert_eq!([votes::Root::SIZE, votes::Account::SIZE, votes::Ballot::SIZE, Marks::SIZE], [414, 370, 54, 16]);
    assert_eq!([escrow::Root::SIZE, escrow::Proposal::SIZE, Offer::SIZE], [161, 25, 223]);
    assert!([Root::SIZE, votes::Root::SIZE, escrow::Root::SIZE].into_iter().all(|size| size <= cells::MAX_CELL));
}

#[test]
fn bounds_that_no_vote_can_change_are_those_documented() {
    const DAY_S: u64 = 86_400;
    assert_eq!([pause::MAX_PAUSE_S, pause::MIN_UNPAUSED_S, MAX_VOTING_PERIOD_S], [7, 30, 90].map(|days| days * DAY_S));
    assert_eq!((MAX_SUPPLY.0, DAY_MS), ((1 << 48) - 1, DAY_S * 1_000));
}
