//! The settings that ballots are opened with, how those change, and where tallies lie.

use chorus_core::{
    abi::{Event as _, Word as _},
    error::Error,
    event::VotesEvent as Event,
    fields::Changed,
    offer::{Seal, Terms},
    types::{Address, BallotId, Points, Timestamp},
    votes::{MAX_SUPPLY, MAX_VOTING_PERIOD_S, OpenBallots, ProposalState, VotingSettings},
};
use chorus_model::{Action, ESCROW, World};

use crate::{delegation::since, steps::*};

fn setting(settings: VotingSettings) -> Action {
    Action::SetVoting { settings }
}

fn proposal(id: u16) -> BallotId {
    let mut bytes = [0x77; 32];
    bytes[30..].copy_from_slice(&id.to_be_bytes());
    BallotId(bytes)
}

fn opening(id: u16) -> Action {
    Action::OpenBallot { id: proposal(id), proposer: BUYER }
}

fn quorum(world: &World, at: u64) -> u64 {
    world.quorum(Timestamp(at)).unwrap().0
}

#[test]
fn g04_a_proposer_needs_the_votes_one_second_ago() {
    // One hundredth of 1,001, rounded up, is 11.
    let mut world = world_with(&[980, 11, 10]);
    let proposing = |proposer| Action::OpenProposal { id: proposal(1), proposer };
    let below = |votes| Error::BelowProposalThreshold { votes: Points(votes), required: Points(11) };
    for (proposer, votes) in [(person(3), 10), (STRANGER, 0)] {
        assert_eq!(refused(&mut world, ESCROW, proposing(proposer)), below(votes));
    }
    // Votes that were delegated within the second do not count yet.
    ok(&mut world, person(1), Action::Delegate { to: person(3) });
    assert_eq!(refused(&mut world, ESCROW, proposing(person(3))), below(10));
    let logged = world.log().len();
    ok(&mut world, ESCROW, proposing(person(2)));
    let [Event::BallotOpened { snapshot, deadline, .. }, created] = since(&world, logged)[..] else { panic!() };
    assert_eq!((snapshot.0, deadline.0), (world.now().0 - 1, world.now().0 + VOTING_S));
    let Event::ProposalCreated { proposalId, proposer, voteStart, voteEnd, .. } = created else { panic!() };
    assert_eq!((proposalId.into(), proposer), (proposal(1), person(2)));
    assert_eq!((voteStart, voteEnd), (snapshot.0.into(), deadline.0.into()));
    assert_eq!(refused(&mut world, ESCROW, proposing(person(2))), Error::BallotExists { id: proposal(1) });
}

#[test]
fn an_offer_needs_no_votes_and_says_so_in_openzeppelins_event() {
    let mut world = world_with(&[10]);
    let logged = world.log().len();
    let id = offer(&mut world, terms());
    let created = since(&world, logged)[1];
    let (topics, data) = created.encode();
    assert_eq!(topics.as_slice().len(), 1);
    let words: Vec<[u8; 32]> = data.as_bytes().chunks(32).map(|word| word.try_into().unwrap()).collect();
    let at = |word: u64| (word * 32).word();
    let [start, end] = [world.now().0 - 1, world.now().0 + VOTING_S].map(|second| second.word());
    let mut text = [0; 32];
    text[..5].copy_from_slice(b"offer");
    let head = [id.0, BUYER.word(), at(9), at(10), at(11), at(12), start, end, at(13)];
    let tail = [[0; 32], [0; 32], [0; 32], [0; 32], 5u64.word(), text];
    assert_eq!(words, [head.as_slice(), &tail].concat());
}

/// Shows Q01, Q02, T04, I09, I20, T06, T36.
#[test]
fn settings_count_for_later_ballots_and_later_times() {
    let mut world = world_with(&[600, 400]);
    let before = world.now().0;
    let id = offer(&mut world, terms());
    assert_eq!((world.ballot(id).unwrap().quorum, quorum(&world, before - 1)), (Points(100), 100));
    wait(&mut world, 5);
    let settings = VotingSettings {
        voting_period_s: 2 * VOTING_S,
        quorum_bps: 5_001,
        quorum_min: Points(20),
        approval_bps: 9_000,
        proposal_threshold_bps: 1_000,
    };
    let (changed, then, logged) = (world.now().0, world.ballot(id), world.log().len());
    ok(&mut world, ESCROW, setting(settings));
    assert_eq!(
        since(&world, logged),
        [Event::VotingChanged { change: Changed { previous: pool().voting, new: settings } }]
    );
    wait(&mut world, 1);
    // Q02: it counts from then on, and earlier times keep the old value.
    assert_eq!([before - 1, changed - 1, changed].map(|at| quorum(&world, at)), [100, 100, 501]);
    // T04: an open ballot keeps its own.
    assert_eq!(world.ballot(id), then);
    let later = offer(&mut world, Terms { salt: [4; 32], ..terms() });
    let ballot = world.ballot(later).unwrap();
    assert_eq!((ballot.quorum, ballot.approval.get()), (Points(501), 9_000));
    assert_eq!(ballot.deadline.0, world.now().0 + 2 * VOTING_S);
    let proposing = |proposer| Action::OpenProposal { id: proposal(1), proposer };
    ok(&mut world, ESCROW, proposing(person(2)));
    assert_eq!(world.quorum(world.now()), Err(Error::FutureLookup { timepoint: world.now(), clock: world.now() }));
}

/// Shows Q02.
#[test]
fn quorums_that_changed_more_often_than_a_page_holds_are_all_known() {
    let mut world = world_with(&[100_000]);
    let mut expected = Vec::new();
    for change in 1..=60u16 {
        let settings = VotingSettings { quorum_bps: change, ..pool().voting };
        world.apply(ESCROW, &setting(settings)).unwrap();
        // Of two changes within a second the last counts.
        let settings = VotingSettings { quorum_bps: change * 10, ..settings };
        world.apply(ESCROW, &setting(settings)).unwrap();
        expected.push((world.now().0, u64::from(change) * 100));
        world.apply(STRANGER, &Action::Wait { seconds: 1 + u64::from(change % 3) }).unwrap();
    }
    check(&world);
    for (at, votes) in expected {
        assert_eq!(quorum(&world, at), votes);
    }
}

/// Shows T05.
#[test]
fn a_defeated_ballot_stays_defeated_when_the_quorum_is_lowered() {
    let mut world = world_with(&[9, 91]);
    let id = offer(&mut world, terms());
    vote(&mut world, person(1), id, 1);
    let lower = VotingSettings { quorum_bps: 1, quorum_min: Points(1), ..pool().voting };
    ok(&mut world, ESCROW, setting(lower));
    let deadline = facts(&world, id).voting_ends;
    assert_eq!(world.ballot_state(id), Ok(ProposalState::Active));
    wait_until(&mut world, Timestamp(deadline.0 + 1));
    ok(&mut world, ESCROW, setting(lower));
    assert_eq!(world.ballot_state(id), Ok(ProposalState::Defeated));
    assert_eq!(seal(&mut world, id), Seal::Defeated);
}

#[test]
fn t37_settings_lie_within_bounds() {
    let mut world = world_with(&[10]);
    let good = pool().voting;
    for (position, settings) in [
        (0, VotingSettings { voting_period_s: 0, ..good }),
        (0, VotingSettings { voting_period_s: MAX_VOTING_PERIOD_S + 1, ..good }),
        (1, VotingSettings { quorum_bps: 10_001, ..good }),
        (2, VotingSettings { quorum_min: Points(0), ..good }),
        (2, VotingSettings { quorum_min: Points(MAX_SUPPLY.0 + 1), ..good }),
        (3, VotingSettings { approval_bps: 4_999, ..good }),
        (3, VotingSettings { approval_bps: 10_000, ..good }),
        (4, VotingSettings { proposal_threshold_bps: 0, ..good }),
        (4, VotingSettings { proposal_threshold_bps: 1_001, ..good }),
    ] {
        let error = refused(&mut world, ESCROW, setting(settings));
        assert_eq!(error, Error::SettingOutOfBounds { position }, "{settings:?}");
    }
    let widest = VotingSettings {
        voting_period_s: MAX_VOTING_PERIOD_S,
        quorum_bps: 10_000,
        quorum_min: MAX_SUPPLY,
        approval_bps: 9_999,
        proposal_threshold_bps: 1_000,
    };
    ok(&mut world, ESCROW, setting(widest));
    wait(&mut world, 1);
    assert_eq!(quorum(&world, world.now().0 - 1), MAX_SUPPLY.0);
}

#[test]
fn t36_f12_only_the_sister_contracts_set_open_or_mint() {
    let mut world = world_with(&[10]);
    for caller in [person(1), GUARDIAN, STRANGER, BUYER] {
        for action in [setting(pool().voting), opening(1), Action::OpenProposal { id: proposal(1), proposer: caller }] {
            assert_eq!(refused(&mut world, caller, action), Error::Unauthorized { caller, required: ESCROW });
        }
        let required = world.site().attestations;
        let error = refused(&mut world, caller, Action::Mirror { changes: vec![0; 24] });
        assert_eq!(error, Error::Unauthorized { caller, required });
    }
}

#[test]
fn t37_a_batch_of_weights_is_whole_items() {
    let mut world = world_with(&[10]);
    let attestations = world.site().attestations;
    for (length, position) in [(1, 0), (23, 0), (25, 1), (71, 2)] {
        let error = refused(&mut world, attestations, Action::Mirror { changes: vec![0; length] });
        assert_eq!(error, Error::BatchMalformed { position });
    }
}

/// Shows T37.
#[test]
fn ballots_beyond_the_places_of_the_root_cell_are_counted_alike() {
    const BALLOTS: u16 = OpenBallots::PLACES as u16 + 3;
    let mut world = world_with(&[10, 7, 5]);
    for id in 1..=BALLOTS {
        ok(&mut world, ESCROW, opening(id));
    }
    for id in 1..=BALLOTS {
        vote(&mut world, person(1), proposal(id), (id % 3) as u8);
        vote(&mut world, person(2), proposal(id), 1);
    }
    let tally = |id: u16| {
        let mut tally = [0, 7, 0];
        tally[usize::from(id % 3)] += 10;
        tally
    };
    // They are over, and others have their places; the tallies are still there.
    wait(&mut world, VOTING_S + 1);
    for id in 1..=BALLOTS {
        assert_eq!(against_for_abstain(&world, proposal(id)), tally(id));
        let expected = if tally(id)[1] > tally(id)[0] { ProposalState::Succeeded } else { ProposalState::Defeated };
        assert_eq!(world.ballot_state(proposal(id)), Ok(expected));
    }
    for id in 1..=BALLOTS {
        ok(&mut world, ESCROW, opening(100 + id));
        vote(&mut world, person(3), proposal(100 + id), 0);
    }
    for id in 1..=BALLOTS {
        assert_eq!(against_for_abstain(&world, proposal(id)), tally(id));
        assert_eq!(against_for_abstain(&world, proposal(100 + id)), [5, 0, 0]);
    }
    let nobody = BallotId([0; 32]);
    let error = refused(&mut world, person(1), Action::Vote { id: nobody, support: 1 });
    assert_eq!(error, Error::NoSuchBallot { id: nobody });
}

#[test]
fn g11_i08_a_voter_counts_once_in_each_of_hundreds_of_ballots() {
    // 128 ballots are a page of an account's votes; these take votes at the same time, and are voted on out of order.
    let mut world = world_with(&[10, 7]);
    let apply = |world: &mut World, caller: Address, action: Action| world.apply(caller, &action).is_ok();
    for id in 1..=600 {
        assert!(apply(&mut world, ESCROW, opening(id)));
    }
    let voting = |id| Action::Vote { id: proposal(id), support: 1 };
    let order = || (1..=600u16).map(|index| (index * 7) % 601);
    assert!(order().filter(|id| id % 2 == 0).all(|id| apply(&mut world, person(1), voting(id))));
    for id in order() {
        assert_eq!(world.has_voted(proposal(id), person(1)), Ok(id % 2 == 0));
        assert_eq!(apply(&mut world, person(1), voting(id)), id % 2 == 1, "ballot {id}");
    }
    assert!(order().all(|id| !apply(&mut world, person(1), voting(id))));
    check(&world);
}
