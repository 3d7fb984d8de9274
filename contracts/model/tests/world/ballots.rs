//! Ballots, as dashboards know them from OpenZeppelin's Governor: an electorate of 10, 7, 5 and 2, quorum 10.

use chorus_core::{
    error::Error,
    offer::{Seal, Status, Terms},
    types::{Amount, OfferId, Points, Timestamp},
};
use chorus_model::{Action, World};

use crate::steps::*;

const NOBODY: OfferId = OfferId([0xff; 32]);

/// Four voters, and an offer for them to vote on.
fn four() -> (World, OfferId) {
    let mut world = world_with(&[10, 7, 5, 2]);
    let id = offer(&mut world, terms());
    (world, id)
}

/// Seals after voting with these supports, and returns what sealing found.
fn outcome(supports: &[(u32, u8)]) -> Seal {
    let (mut world, id) = four();
    for (who, support) in supports {
        vote(&mut world, person(*who), id, *support);
    }
    seal(&mut world, id)
}

#[test]
fn g01_a_passed_ballot_is_tallied_and_its_sale_goes_on() {
    let (mut world, id) = four();
    for (who, support, power) in [(1, 1, 10), (2, 1, 7), (3, 0, 5), (4, 2, 2)] {
        assert_eq!(vote(&mut world, person(who), id, support), power);
    }
    assert_eq!(against_for_abstain(&world, id), [5, 17, 2]);
    assert_eq!(seal(&mut world, id), Seal::Sealed);
    assert_eq!(world.status(id), Some(Status::Sealed));
}

#[test]
fn g02_an_unknown_id_names_neither_a_ballot_nor_an_offer() {
    let (mut world, _) = four();
    let offer = NOBODY;
    let error = refused(&mut world, person(1), Action::Vote { id: NOBODY.into(), support: 1 });
    assert_eq!(error, Error::NoSuchBallot { id: NOBODY.into() });
    for action in [
        Action::Seal { offer },
        delivery(offer),
        Action::Accept { offer },
        Action::Dispute { offer },
        Action::Rule { offer, returned_bps: 1 },
        Action::Refund { offer },
        Action::Distribute { offer, from: 1.into(), count: 1 },
        claiming(offer, person(1)),
    ] {
        assert_eq!(refused(&mut world, KEEPER, action), Error::NoSuchOffer { offer });
    }
    assert_eq!(world.status(offer), None);
}

/// Shows G03, F11.
#[test]
fn the_same_offer_twice_is_refused_even_when_the_first_is_over() {
    let (mut world, id) = four();
    assert_eq!(refused(&mut world, BUYER, offering(terms())), Error::OfferExists { offer: id });
    wait(&mut world, 10_000);
    ok(&mut world, KEEPER, Action::Refund { offer: id });
    assert_eq!(refused(&mut world, BUYER, offering(terms())), Error::OfferExists { offer: id });
}

#[test]
fn t07_a_copied_offer_is_another_offer() {
    let (mut world, id) = four();
    let copy = offer(&mut world, Terms { buyer: STRANGER, ..terms() });
    assert_ne!(copy, id);
    // Even when the copier is first, their offer does not block the one it was copied from.
    let mut world = world_with(&[10, 7, 5, 2]);
    assert_eq!(offer(&mut world, Terms { buyer: STRANGER, ..terms() }), copy);
    assert_eq!(offer(&mut world, terms()), id);
}

/// Shows G06, G07.
#[test]
fn votes_count_from_the_second_of_the_offer_without_a_pending_time() {
    // Power is read one second earlier, so nobody gains by being early.
    let (mut world, id) = four();
    assert_eq!(world.ballot(id).unwrap().snapshot, Timestamp(world.now().0 - 1));
    assert_eq!(vote(&mut world, person(1), id, 1), 10);
}

/// Shows G08, G09, Q05, I09, T06.
#[test]
fn the_deadline_is_inclusive_and_a_late_quorum_extends_nothing() {
    let (mut world, id) = four();
    let deadline = facts(&world, id).voting_ends;
    assert_eq!(deadline, Timestamp(world.now().0 + VOTING_S));
    wait_until(&mut world, deadline);
    vote(&mut world, person(1), id, 1);
    assert_eq!(world.ballot(id).unwrap().deadline, deadline);
    wait(&mut world, 1);
    let error = refused(&mut world, person(2), Action::Vote { id: id.into(), support: 0 });
    assert_eq!(error, Error::VotingOver { deadline, clock: world.now() });
}

#[test]
fn g10_a_support_outside_the_three_is_refused() {
    let (mut world, id) = four();
    for support in [3, 4, 255] {
        let error = refused(&mut world, person(1), Action::Vote { id: id.into(), support });
        assert_eq!(error, Error::UnknownSupport { support });
    }
}

/// Shows G11, T01, I08, F10.
#[test]
fn a_voter_counts_once() {
    let (mut world, id) = four();
    vote(&mut world, person(1), id, 1);
    for support in 0..3 {
        let error = refused(&mut world, person(1), Action::Vote { id: id.into(), support });
        assert_eq!(error, Error::AlreadyVoted { voter: person(1) });
    }
    // In another ballot they can.
    let other = offer(&mut world, Terms { salt: [4; 32], ..terms() });
    assert_eq!(vote(&mut world, person(1), other, 0), 10);
    assert_eq!(against_for_abstain(&world, id), [0, 10, 0]);
}

#[test]
fn t01_weight_that_moves_does_not_vote_again() {
    let mut world = world_with(&[100, 5]);
    let id = offer(&mut world, terms());
    assert_eq!(vote(&mut world, person(1), id, 1), 100);
    // Another member contributes the same source account in the same second, and somebody delegates the votes left.
    ok(&mut world, person(1), Action::Withdraw);
    let action = attest(&world, STRANGER, person(1), 100, ALL);
    ok(&mut world, STRANGER, action);
    ok(&mut world, person(2), Action::Delegate { to: STRANGER });
    let snapshot = world.ballot(id).unwrap().snapshot;
    let error = refused(&mut world, STRANGER, Action::Vote { id: id.into(), support: 1 });
    assert_eq!(error, Error::NoVotes { voter: STRANGER, snapshot });
    wait(&mut world, 5);
    refused(&mut world, STRANGER, Action::Vote { id: id.into(), support: 1 });
    // Power stays where it was at the snapshot, although it has been delegated away since.
    assert_eq!(vote(&mut world, person(2), id, 0), 5);
    assert_eq!(against_for_abstain(&world, id), [5, 100, 0]);
}

/// Shows T02, F09.
#[test]
fn joining_or_delegating_in_the_second_of_an_offer_gives_no_votes_in_it() {
    let mut world = world_with(&[10]);
    join(&mut world, person(2), 1_000, ALL);
    ok(&mut world, person(2), Action::Delegate { to: STRANGER });
    let id = offer(&mut world, terms());
    for voter in [person(2), STRANGER] {
        let snapshot = Timestamp(world.now().0 - 1);
        assert_eq!(
            refused(&mut world, voter, Action::Vote { id: id.into(), support: 1 }),
            Error::NoVotes { voter, snapshot }
        );
    }
    // Nor do they count in the supply that the quorum is a part of.
    assert_eq!(world.ballot(id).unwrap().quorum, Points(10));
    wait(&mut world, 1);
    let later = offer(&mut world, Terms { salt: [4; 32], ..terms() });
    assert_eq!(vote(&mut world, STRANGER, later, 1), 1_000);
}

#[test]
fn g13_a_majority_below_quorum_is_a_defeat() {
    assert_eq!(outcome(&[(2, 1), (4, 2)]), Seal::Defeated);
    assert_eq!(outcome(&[(1, 1)]), Seal::Sealed);
    // Votes against do not help the quorum.
    assert_eq!(outcome(&[(2, 1), (3, 0)]), Seal::Defeated);
}

#[test]
fn g14_a_tie_with_quorum_is_a_defeat() {
    // 7 for, 5 + 2 against.
    assert_eq!(outcome(&[(2, 1), (3, 0), (4, 0), (1, 2)]), Seal::Defeated);
    assert_eq!(outcome(&[(2, 1), (3, 0), (1, 2)]), Seal::Sealed);
    assert_eq!(outcome(&[(1, 2)]), Seal::Defeated);
    assert_eq!(outcome(&[]), Seal::Defeated);
}

/// Shows F02.
#[test]
fn g15_nothing_is_sealed_while_votes_are_taken() {
    let (mut world, id) = four();
    vote(&mut world, person(1), id, 1);
    vote(&mut world, person(2), id, 1);
    let deadline = facts(&world, id).voting_ends;
    wait_until(&mut world, deadline);
    let (current, required) = (Status::Voting.code(), Status::AwaitingSeal.code());
    let error = refused(&mut world, KEEPER, Action::Seal { offer: id });
    assert_eq!(error, Error::WrongStatus { current, required });
}

/// Shows G16, F04.
#[test]
fn a_defeat_is_sealed_as_soon_as_voting_is_over_and_nothing_is_delivered() {
    let (mut world, id) = four();
    vote(&mut world, person(1), id, 0);
    let deadline = facts(&world, id).voting_ends;
    wait_until(&mut world, Timestamp(deadline.0 + 1));
    ok(&mut world, KEEPER, Action::Seal { offer: id });
    assert_eq!((facts(&world, id).seal, world.status(id)), (Seal::Defeated, Some(Status::Refundable)));
    let (current, required) = (Status::Refundable.code(), Status::Sealed.code());
    assert_eq!(refused(&mut world, CUSTODIAN, delivery(id)), Error::WrongStatus { current, required });
}

/// Shows F03.
#[test]
fn g17_sealing_twice_is_refused() {
    let (mut world, id) = four();
    passed(&mut world, id, &[person(1)]);
    // A passed ballot is sealed only after the opt-out window.
    let error = refused(&mut world, KEEPER, Action::Seal { offer: id });
    assert_eq!(error, Error::WrongStatus { current: Status::OptOut.code(), required: Status::AwaitingSeal.code() });
    seal(&mut world, id);
    let error = refused(&mut world, KEEPER, Action::Seal { offer: id });
    assert_eq!(error, Error::WrongStatus { current: Status::Sealed.code(), required: Status::AwaitingSeal.code() });
}

/// Shows Q01, T04, I09.
#[test]
fn a_quorum_is_its_part_of_the_supply_at_the_snapshot_rounded_up() {
    for (weights, quorum_bps, quorum_min, quorum) in [
        ([100, 1].as_slice(), 1_000, 1, 11),
        (&[100], 1_000, 1, 10),
        (&[100], 1_000, 50, 50),
        (&[3], 3_334, 1, 2),
        (&[3], 0, 1, 1),
        (&[1_000_000, 1_000_000], 10_000, 1, 2_000_000),
    ] {
        let mut world =
            world_of(&pool_voting(|voting| (voting.quorum_bps, voting.quorum_min) = (quorum_bps, Points(quorum_min))));
        for (index, weight) in (1..).zip(weights) {
            join(&mut world, person(index), *weight, ALL);
        }
        wait(&mut world, 1);
        let id = offer(&mut world, terms());
        assert_eq!(world.ballot(id).unwrap().quorum, Points(quorum));
        // Whatever becomes of the supply.
        join(&mut world, person(99), 1_000_000, ALL);
        wait(&mut world, 1);
        assert_eq!(world.ballot(id).unwrap().quorum, Points(quorum));
    }
}

/// Shows T05.
#[test]
fn a_defeated_ballot_stays_defeated_when_the_electorate_shrinks() {
    // 9 of 100 are below the quorum of a tenth; when the supply is 9 later, they would be all of it.
    let mut world = world_with(&[9, 91]);
    let id = offer(&mut world, terms());
    vote(&mut world, person(1), id, 1);
    ok(&mut world, person(2), Action::Withdraw);
    assert_eq!(seal(&mut world, id), Seal::Defeated);
}

#[test]
fn an_approval_above_a_half_must_be_exceeded() {
    let with = |supports: [u8; 3]| {
        let mut world = world_of(&pool_voting(|voting| voting.approval_bps = 6_667));
        for (index, weight) in (1..).zip([20_000, 9_999, 1]) {
            join(&mut world, person(index), weight, ALL);
        }
        wait(&mut world, 1);
        let id = offer(&mut world, Terms { price: Amount(1), ..terms() });
        for (index, support) in (1..).zip(supports) {
            vote(&mut world, person(index), id, support);
        }
        seal(&mut world, id)
    };
    // 20,000 of 30,000 are below 66.67 %. 20,001 are 66.67 % and not more. Without the 9,999 they are all.
    assert_eq!((with([1, 0, 0]), with([1, 0, 1])), (Seal::Defeated, Seal::Defeated));
    assert_eq!(with([1, 2, 0]), Seal::Sealed);
}

/// Shows T51.
#[test]
fn three_first_members_alone_do_not_reach_the_absolute_quorum() {
    let mut world = world_of(&pool_voting(|voting| voting.quorum_min = Points(1_000)));
    for who in 1..=3 {
        join(&mut world, person(who), 300, ALL);
    }
    wait(&mut world, 1);
    let id = offer(&mut world, terms());
    for who in 1..=3 {
        vote(&mut world, person(who), id, 1);
    }
    assert_eq!(seal(&mut world, id), Seal::Defeated);
}
