//! Votes and delegations that members sign and anybody hands in, alone and in batches.

use chorus_core::{
    abi::{Event as _, Word as _},
    error::Error,
    event::VotesEvent as Event,
    offer::Terms,
    types::{Address, BallotId, OfferId, Points, Timestamp},
    votes::{
        Delegation,
        compat::{MAX_REASON, Reason},
    },
};
use chorus_model::{Action, Outcome, Pool, Site, World, model_account, model_key};

use crate::{delegation::since, steps::*};

/// The most bytes that a message takes in one argument.
const BATCH_BYTES: usize = 16_384;

/// Four voters with 10, 7, 5 and 2 votes, and an offer for them to vote on.
fn four() -> (World, OfferId) {
    let mut world = world_with(&[10, 7, 5, 2]);
    let id = offer(&mut world, terms());
    (world, id)
}

/// The call that hands in a signature that `voter` makes now.
fn signed(world: &World, voter: Address, id: impl Into<BallotId>, support: u8) -> Action {
    let id = id.into();
    let signature = world.sign_act(voter, &world.ballot_act(voter, id, support));
    Action::VoteBySig { id, support, voter, signature }
}

fn pack(ballots: &[(Address, u8, Vec<u8>)]) -> Vec<u8> {
    let pack = |(voter, support, signature): &(Address, u8, Vec<u8>)| {
        [&voter.0[..], &[*support, signature.len() as u8], signature].concat()
    };
    ballots.iter().flat_map(pack).collect()
}

/// A signed vote as it goes into a batch.
fn ballot(world: &World, voter: Address, id: impl Into<BallotId>, support: u8) -> (Address, u8, Vec<u8>) {
    (voter, support, world.sign_act(voter, &world.ballot_act(voter, id, support)))
}

#[test]
fn y01_t12_a_relayed_vote_is_the_signers_in_every_field() {
    let (mut world, id) = four();
    let logged = world.log().len();
    let action = signed(&world, person(2), id, 1);
    assert_eq!(ok(&mut world, STRANGER, action), Outcome::Counted(Points(7)));
    assert_eq!(against_for_abstain(&world, id), [0, 7, 0]);
    assert_eq!((world.voter(person(2)).nonce, world.voter(STRANGER).nonce), (1, 0));
    assert_eq!((world.has_voted(id, person(2)), world.has_voted(id, STRANGER)), (Ok(true), Ok(false)));
    let (proposal, weight, reason) = (BallotId::from(id), 7.into(), Reason::NONE);
    assert_eq!(
        since(&world, logged),
        [
            Event::VoteCast { voter: person(2), proposalId: proposal.into(), support: 1, weight, reason },
            Event::NonceUsed { account: person(2), nonce: 1 },
            Event::TallyChanged {
                proposalId: proposal.into(),
                against_votes: 0.into(),
                for_votes: 7.into(),
                abstain_votes: 0.into()
            },
        ]
    );
}

#[test]
fn y02_one_key_votes_on_two_ballots() {
    let (mut world, id) = four();
    let other = offer(&mut world, Terms { salt: [4; 32], ..terms() });
    for ballot in [id, other] {
        let action = signed(&world, person(1), ballot, 0);
        ok(&mut world, STRANGER, action);
    }
    assert_eq!(world.voter(person(1)).nonce, 2);
    assert_eq!([id, other].map(|id| against_for_abstain(&world, id)), [[10, 0, 0]; 2]);
}

#[test]
fn y03_t09_a_vote_with_anything_changed_names_the_claimed_voter() {
    let (mut world, id) = four();
    let other = offer(&mut world, Terms { salt: [4; 32], ..terms() });
    let (voter, support) = (person(1), 1);
    let good = world.sign_act(voter, &world.ballot_act(voter, id, support));
    let invalid = |account| Error::InvalidSignature { account, nonce: 0 };
    // The first twelve bytes of a signature of the model mean nothing.
    for at in 12..good.len() {
        let mut signature = good.clone();
        signature[at] ^= 1;
        let error = refused(&mut world, STRANGER, Action::VoteBySig { id: id.into(), support, voter, signature });
        assert_eq!(error, invalid(voter), "byte {at}");
    }
    for (id, support, voter) in [(id, 0, voter), (id, 2, voter), (other, support, voter), (id, support, person(2))] {
        let action = Action::VoteBySig { id: id.into(), support, voter, signature: good.clone() };
        assert_eq!(refused(&mut world, STRANGER, action), invalid(voter));
    }
    ok(&mut world, STRANGER, Action::VoteBySig { id: id.into(), support, voter, signature: good });
}

#[test]
fn y04_t09_a_signature_is_good_for_one_nonce_and_so_once() {
    let (mut world, id) = four();
    let other = offer(&mut world, Terms { salt: [4; 32], ..terms() });
    let [first, second] = [id, other].map(|id| signed(&world, person(1), id, 1));
    ok(&mut world, STRANGER, first.clone());
    // Both were signed over nonce 0. It is used now, so neither the same nor the other is good.
    for action in [first, second] {
        let error = refused(&mut world, STRANGER, action);
        assert_eq!(error, Error::InvalidSignature { account: person(1), nonce: 1 });
    }
}

#[test]
fn t09_a_vote_is_for_one_deployment_and_one_chain() {
    let (mut world, id) = four();
    let action = signed(&world, person(1), id, 1);
    for site in [Site { salts: [[8; 32]; 3], ..Site::MODEL }, Site { chain_id: 1, ..Site::MODEL }] {
        let mut other = world_of(&Pool { site, ..pool() });
        join(&mut other, person(1), 10, ALL);
        wait(&mut other, 1);
        // The same ballot exists there, as `escrow` names it.
        ok(&mut other, site.escrow, Action::OpenBallot { id: id.into(), proposer: BUYER });
        let error = refused(&mut other, STRANGER, action.clone());
        assert_eq!(error, Error::InvalidSignature { account: person(1), nonce: 0 });
    }
    // Nor is it good after the deadline.
    let deadline = facts(&world, id).voting_ends;
    wait_until(&mut world, Timestamp(deadline.0 + 1));
    assert_eq!(refused(&mut world, STRANGER, action), Error::VotingOver { deadline, clock: world.now() });
}

#[test]
fn t10_t11_a_malleated_or_empty_signature_is_nobodys() {
    let (mut world, id) = four();
    let (voter, support) = (person(1), 1);
    let good = world.sign_act(voter, &world.ballot_act(voter, id, support));
    let mut high_s = good.clone();
    high_s[32] = 0xff;
    let with_v = |v| [&good[..64], &[v]].concat();
    for signature in [high_s, with_v(0), with_v(1), with_v(29), vec![], vec![0; 65], vec![0; 96], vec![0; 255]] {
        let error = refused(&mut world, STRANGER, Action::VoteBySig { id: id.into(), support, voter, signature });
        assert_eq!(error, Error::InvalidSignature { account: voter, nonce: 0 });
    }
    // A signature that recovers nobody does not make the zero address a voter or a delegator.
    let voter = Address::ZERO;
    let error =
        refused(&mut world, STRANGER, Action::VoteBySig { id: id.into(), support, voter, signature: vec![0; 65] });
    assert_eq!(error, Error::InvalidSignature { account: voter, nonce: 0 });
    let action = Action::DelegateBySig { delegation: to(&world, 0, person(2)), signature: [0; 65] };
    assert_eq!(refused(&mut world, STRANGER, action), Error::InvalidSignature { account: voter, nonce: 0 });
}

#[test]
fn a_substrate_key_votes_and_delegates() {
    let mut world = world_of(&pool());
    let [member, other] = [0, 1].map(|index| model_account(&model_key(index)));
    join(&mut world, member, 10, ALL);
    join(&mut world, other, 7, ALL);
    wait(&mut world, 1);
    let id = offer(&mut world, terms());
    let action = signed(&world, member, id, 1);
    let Action::VoteBySig { ref signature, .. } = action else { unreachable!() };
    assert_eq!(signature.len(), 96);
    // A signature over another vote, or by another key, is refused.
    let wrong = Action::VoteBySig { id: id.into(), support: 0, voter: member, signature: signature.clone() };
    assert_eq!(refused(&mut world, STRANGER, wrong), Error::InvalidSignature { account: member, nonce: 0 });
    let wrong = Action::VoteBySig { id: id.into(), support: 1, voter: other, signature: signature.clone() };
    assert_eq!(refused(&mut world, STRANGER, wrong), Error::InvalidSignature { account: other, nonce: 0 });
    assert_eq!(ok(&mut world, STRANGER, action), Outcome::Counted(Points(10)));
    let ballots = pack(&[ballot(&world, other, id, 0)]);
    assert_eq!(ok(&mut world, STRANGER, Action::VotesBySig { id: id.into(), ballots }), Outcome::Accepted(1));
    assert_eq!(against_for_abstain(&world, id), [7, 10, 0]);
    let delegation = to(&world, 1, STRANGER);
    let signature = world.sign_act(member, &world.delegation_act(&delegation));
    ok(&mut world, KEEPER, Action::DelegateFor { delegator: member, delegation, signature });
    assert_eq!(world.voter(STRANGER).votes.value(), Points(10));
}

#[test]
fn bad_votes_of_a_batch_are_skipped_and_logged_and_the_others_count() {
    let (mut world, id) = four();
    vote(&mut world, person(4), id, 2);
    let good = |world: &World, who, support| ballot(world, person(who), id, support);
    let mut forged = good(&world, 3, 1);
    forged.1 = 0;
    let ballots = pack(&[
        good(&world, 1, 1),
        forged,
        // One has voted; one has no votes; one names no such support; one is over a nonce that is used.
        good(&world, 4, 1),
        ballot(&world, STRANGER, id, 1),
        good(&world, 2, 3),
        good(&world, 1, 1),
        (person(3), 1, vec![7; 12]),
        good(&world, 2, 0),
    ]);
    let (logged, snapshot) = (world.log().len(), world.ballot(id).unwrap().snapshot);
    assert_eq!(ok(&mut world, KEEPER, Action::VotesBySig { id: id.into(), ballots }), Outcome::Accepted(2));
    assert_eq!(against_for_abstain(&world, id), [7, 10, 2]);
    assert_eq!([1, 2, 3, 4].map(|who| world.voter(person(who)).nonce), [1, 1, 0, 0]);
    let events = since(&world, logged);
    let skipped: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::VoteSkipped { voter, position, reason, .. } => Some((*voter, *position, *reason)),
            _ => None,
        })
        .collect();
    let invalid = |account, nonce| Error::InvalidSignature { account, nonce }.selector();
    assert_eq!(
        skipped,
        [
            (person(3), 1, invalid(person(3), 0)),
            (person(4), 2, Error::AlreadyVoted { voter: person(4) }.selector()),
            (STRANGER, 3, Error::NoVotes { voter: STRANGER, snapshot }.selector()),
            (person(2), 4, Error::UnknownSupport { support: 3 }.selector()),
            (person(1), 5, invalid(person(1), 1)),
            (person(3), 6, invalid(person(3), 0)),
        ]
    );
    // The tally is logged once.
    assert_eq!(events.iter().filter(|event| matches!(event, Event::TallyChanged { .. })).count(), 1);
    assert!(matches!(events.last(), Some(Event::TallyChanged { .. })));
}

#[test]
fn a_batch_without_a_good_vote_logs_no_tally() {
    let (mut world, id) = four();
    let logged = world.log().len();
    assert_eq!(ok(&mut world, KEEPER, Action::VotesBySig { id: id.into(), ballots: vec![] }), Outcome::Accepted(0));
    let ballots = pack(&[(person(1), 1, vec![])]);
    assert_eq!(ok(&mut world, KEEPER, Action::VotesBySig { id: id.into(), ballots }), Outcome::Accepted(0));
    assert!(matches!(since(&world, logged)[..], [Event::VoteSkipped { .. }]));
}

/// Shows T37.
#[test]
fn a_batch_is_refused_whole_when_cut_off_or_when_its_ballot_takes_no_votes() {
    let (mut world, id) = four();
    let ballots = pack(&[ballot(&world, person(1), id, 1), ballot(&world, person(2), id, 1)]);
    for (length, position) in [(86, 0), (88, 1), (107, 1), (108, 1), (ballots.len() - 1, 1)] {
        let cut = Action::VotesBySig { id: id.into(), ballots: ballots[..length].to_vec() };
        assert_eq!(refused(&mut world, KEEPER, cut), Error::BatchMalformed { position });
    }
    let nobody = BallotId([0xff; 32]);
    let error = refused(&mut world, KEEPER, Action::VotesBySig { id: nobody, ballots: ballots.clone() });
    assert_eq!(error, Error::NoSuchBallot { id: nobody });
    let deadline = facts(&world, id).voting_ends;
    wait_until(&mut world, Timestamp(deadline.0 + 1));
    let error = refused(&mut world, KEEPER, Action::VotesBySig { id: id.into(), ballots });
    assert_eq!(error, Error::VotingOver { deadline, clock: world.now() });
}

#[test]
fn t37_a_batch_holds_as_many_votes_as_a_call_can_carry() {
    const VOTERS: u32 = (BATCH_BYTES / 87) as u32;
    let mut world = world_with(&[3; VOTERS as usize]);
    let id = offer(&mut world, terms());
    let ballots: Vec<_> = (1..=VOTERS).map(|who| ballot(&world, person(who), id, (who % 2) as u8)).collect();
    let ballots = pack(&ballots);
    assert!(ballots.len() <= BATCH_BYTES && VOTERS == 188);
    assert_eq!(ok(&mut world, KEEPER, Action::VotesBySig { id: id.into(), ballots }), Outcome::Accepted(VOTERS));
    assert_eq!(against_for_abstain(&world, id), [94 * 3, 94 * 3, 0]);
}

/// A delegation whose signature is good now.
fn to(world: &World, nonce: u64, delegatee: Address) -> Delegation {
    Delegation { delegatee, nonce: nonce.into(), expiry: world.now().0.into() }
}

/// The two messages that hand it in, with the signature of `signer`.
fn both(world: &World, signer: Address, delegation: Delegation) -> [Action; 2] {
    let signature = world.sign_act(signer, &world.delegation_act(&delegation));
    [
        Action::DelegateBySig { delegation, signature: signature.clone().try_into().unwrap() },
        Action::DelegateFor { delegator: signer, delegation, signature },
    ]
}

#[test]
fn s01_t12_a_relayed_delegation_is_the_signers() {
    for message in 0..2 {
        let mut world = world_with(&[5]);
        let logged = world.log().len();
        let action = both(&world, person(1), to(&world, 0, KEEPER))[message].clone();
        ok(&mut world, STRANGER, action);
        assert_eq!((world.voter(person(1)).delegate, world.voter(person(1)).nonce), (KEEPER, 1));
        assert_eq!((world.voter(KEEPER).votes.value(), world.voter(STRANGER).nonce), (Points(5), 0));
        let events = since(&world, logged);
        assert_eq!(events[0], Event::NonceUsed { account: person(1), nonce: 1 });
        let [delegator, delegate] = [person(1), KEEPER];
        assert_eq!(events[1], Event::DelegateChanged { delegator, fromDelegate: delegator, toDelegate: delegate });
    }
}

#[test]
fn s02_s03_a_delegation_is_good_for_its_nonce_and_so_once() {
    let mut world = world_with(&[5]);
    let wrong = |current: u64| Error::InvalidAccountNonce { account: person(1), currentNonce: current.into() };
    for action in both(&world, person(1), to(&world, 1, KEEPER)) {
        assert_eq!(refused(&mut world, STRANGER, action), wrong(0));
    }
    let [first, second] = both(&world, person(1), to(&world, 0, KEEPER));
    ok(&mut world, STRANGER, first.clone());
    for action in [first, second] {
        assert_eq!(refused(&mut world, STRANGER, action), wrong(1));
    }
    // A signature over nonce 0, handed in as one over nonce 1, is not theirs.
    let Action::DelegateFor { delegator, signature, .. } = both(&world, person(1), to(&world, 0, KEEPER))[1].clone()
    else {
        unreachable!()
    };
    let action = Action::DelegateFor { delegator, delegation: to(&world, 1, KEEPER), signature };
    assert_eq!(refused(&mut world, STRANGER, action), Error::InvalidSignature { account: delegator, nonce: 1 });
    // A vote uses up the same nonce.
    let [_, before] = both(&world, person(1), to(&world, 1, KEEPER));
    let id = offer(&mut world, terms());
    let action = signed(&world, person(1), id, 1);
    ok(&mut world, STRANGER, action);
    assert_eq!(refused(&mut world, STRANGER, before), wrong(2));
}

/// Shows S04.
#[test]
fn a_delegation_altered_after_signing_is_an_error() {
    let mut world = world_with(&[5, 7]);
    let [by_sig, by_name] = both(&world, person(1), to(&world, 0, KEEPER));
    let altered = to(&world, 0, STRANGER);
    let Action::DelegateBySig { signature, .. } = by_sig else { unreachable!() };
    // OpenZeppelin's acts for whichever account is recovered; here nobody knows that account.
    let error = refused(&mut world, STRANGER, Action::DelegateBySig { delegation: altered, signature });
    let Error::InvalidSignature { account, nonce: 0 } = error else { panic!("{error:?}") };
    assert!(![person(1), person(2), Address::ZERO].contains(&account));
    let Action::DelegateFor { signature, .. } = by_name else { unreachable!() };
    for delegator in [person(1), person(2)] {
        let action = Action::DelegateFor { delegator, delegation: altered, signature: signature.clone() };
        assert_eq!(refused(&mut world, STRANGER, action), Error::InvalidSignature { account: delegator, nonce: 0 });
    }
}

/// Shows S05.
#[test]
fn a_delegation_is_good_up_to_its_last_second() {
    for message in 0..2 {
        let mut world = world_with(&[5]);
        let deadline = Timestamp(world.now().0 + 10);
        let delegation = Delegation { expiry: deadline.0.into(), ..to(&world, 0, KEEPER) };
        let action = both(&world, person(1), delegation)[message].clone();
        wait(&mut world, 10);
        let mut late = world.clone();
        ok(&mut world, STRANGER, action.clone());
        wait(&mut late, 1);
        assert_eq!(refused(&mut late, STRANGER, action), Error::SignatureExpired { deadline });
    }
    // A time that does not fit 64 bits is never over.
    let mut world = world_with(&[5]);
    let delegation = Delegation { expiry: chorus_core::abi::Uint256([0xff; 32]), ..to(&world, 0, KEEPER) };
    let [action, _] = both(&world, person(1), delegation);
    ok(&mut world, STRANGER, action);
}

#[test]
fn a_stranger_can_be_named_as_delegator_but_not_recovered_as_one() {
    // By the message that names them anybody can delegate before their first mint, as by a call.
    let mut world = world_of(&pool());
    let [by_sig, by_name] = both(&world, person(1), to(&world, 0, KEEPER));
    assert_eq!(refused(&mut world, STRANGER, by_sig), Error::InvalidSignature { account: person(1), nonce: 0 });
    ok(&mut world, STRANGER, by_name);
    join(&mut world, person(1), 5, ALL);
    check(&world);
    assert_eq!(world.voter(KEEPER).votes.value(), Points(5));
}

#[test]
fn an_account_with_a_delegate_or_votes_delegates_by_signature() {
    // One has chosen a delegate and never had votes; the other has votes and never chose a delegate.
    let mut world = world_with(&[5]);
    ok(&mut world, person(2), Action::Delegate { to: KEEPER });
    ok(&mut world, person(1), Action::Delegate { to: person(3) });
    for known in [person(2), person(3)] {
        let [by_sig, _] = both(&world, known, to(&world, 0, STRANGER));
        ok(&mut world, STRANGER, by_sig);
        assert_eq!(world.voter(known).delegate, STRANGER);
    }
}

#[test]
fn t37_a_reason_is_logged_in_full_or_refused() {
    let (mut world, id) = four();
    let with = |length: usize| Action::VoteWithReason { id: id.into(), support: 1, reason: "r".repeat(length) };
    let most = MAX_REASON as u32;
    let error = refused(&mut world, person(1), with(MAX_REASON + 1));
    assert_eq!(error, Error::ReasonTooLong { length: most + 1, most });
    for (who, length) in [(1, MAX_REASON), (2, 0), (3, 33)] {
        let logged = world.log().len();
        ok(&mut world, person(who), with(length));
        let event = since(&world, logged)[0];
        let (_, data) = event.encode();
        // Four words, the length, and the text padded to whole words.
        assert_eq!(data.as_bytes().len(), 32 * (5 + length.div_ceil(32)));
        let (head, text) = data.as_bytes().split_at(5 * 32);
        assert_eq!((&head[96..128], &head[128..]), (&128u64.word()[..], &(length as u64).word()[..]));
        assert!(text[..length].iter().all(|byte| *byte == b'r') && text[length..].iter().all(|byte| *byte == 0));
    }
}
