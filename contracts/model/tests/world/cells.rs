//! Sizes and bounds that the documents name.

use chorus_core::{
    attestations, cells, escrow,
    offer::{Offer, Terms},
    pause,
    types::{BallotId, Points, Timestamp},
    votes::{self, MAX_SUPPLY, MAX_VOTING_PERIOD_S, Marks, Open, OpenBallots, Tally},
    weight::DAY_MS,
};
use chorus_model::World;

use crate::steps::{offer, person, terms, vote, world_with};

#[test]
fn cells_are_as_long_as_documented() {
    use attestations::{Attesters, Member, Root, Sale};
    assert_eq!([Root::SIZE, Attesters::SIZE, Member::SIZE, Sale::SIZE], [396, 322, 76, 21]);
    assert_eq!([votes::Root::SIZE, votes::Account::SIZE, votes::Ballot::SIZE, Marks::SIZE], [414, 370, 54, 16]);
    assert_eq!([escrow::Root::SIZE, escrow::Proposal::SIZE, Offer::SIZE], [161, 25, 223]);
    assert!([Root::SIZE, votes::Root::SIZE, escrow::Root::SIZE].into_iter().all(|size| size <= cells::MAX_CELL));
}

#[test]
fn bounds_that_no_vote_can_change_are_as_documented() {
    const DAY_S: u64 = 86_400;
    assert_eq!([pause::MAX_PAUSE_S, pause::MIN_UNPAUSED_S, MAX_VOTING_PERIOD_S], [7, 30, 90].map(|days| days * DAY_S));
    assert_eq!((MAX_SUPPLY.0, DAY_MS), ((1 << 48) - 1, DAY_S * 1_000));
}

#[test]
fn pages_hold_as_much_as_they_can() {
    use attestations::Archive;
    assert_eq!([0, 40, 41, 82].map(Archive::place), [(0, 0), (0, 40), (1, 0), (2, 0)]);
    assert_eq!([0, 127, 128, 256].map(Marks::page_of), [0, 0, 1, 2]);
}

#[test]
fn a_place_for_a_ballot_is_free_when_its_deadline_is_over() {
    let mut places = OpenBallots::default();
    let open = |number: u32, deadline| Open {
        number,
        snapshot: Timestamp(1),
        deadline: Timestamp(deadline),
        tally: Tally::of([1, 2, 3].map(Points)),
    };
    for place in 0..OpenBallots::PLACES {
        assert_eq!(places.free(Timestamp(100)), Some(place));
        let number = place as u32 + 1;
        let id = BallotId([number as u8; 32]);
        places.set(place, id, &open(number, 100 + u64::from(number)));
        assert_eq!((places.find(id), places.get(place)), (Some(place), (id, open(number, 100 + u64::from(number)))));
    }
    // In its last second the place is still the ballot's.
    assert_eq!([100, 101].map(|now| places.free(Timestamp(now))), [None, None]);
    assert_eq!(places.free(Timestamp(102)), Some(0));
    places.set(0, BallotId([9; 32]), &open(9, 1_000));
    assert_eq!([102, 103].map(|now| places.free(Timestamp(now))), [None, Some(1)]);
}

/// This makes a vote cheap: its ballot's tally lies in the root's cell, and its mark in the account's.
#[test]
fn a_vote_changes_only_the_root_and_the_cell_of_the_account() {
    let mut world = world_with(&[10, 7]);
    for salt in [1, 2] {
        let id = offer(&mut world, Terms { salt: [salt; 32], ..terms() });
        let cells = |world: &World| world.cells().map(|(_, key, cell)| (key, cell.to_vec())).collect::<Vec<_>>();
        let before = cells(&world);
        vote(&mut world, person(1), id, 1);
        let changed = cells(&world).into_iter().filter(|cell| !before.contains(cell)).map(|(key, _)| key);
        assert_eq!(changed.collect::<Vec<_>>(), [vec![0; 4], [&[1], &person(1).0[..]].concat()]);
    }
}
