//! Votes: who has them, when they count, and what the contract refuses as a vote.

use chorus_bindings::{
    Attestation, B256, Contract, SolCall as _, U256, attestations,
    escrow::{self, EscrowErrors as Error},
    votes,
};
use chorus_core::names::Status;
use chorus_tests::bytecode::{End, KEEPER, STRANGER, UNIT, member};

use crate::steps::{pool, tally};

/// Shows T01.
#[test]
fn weight_that_moves_within_a_second_does_not_vote_again_on_bytecode() {
    let mut pool = pool(&[100]);
    let offer = pool.offer(UNIT);
    pool.vote(member(1), offer, 1).ok();
    pool.call(member(1), Contract::Attestations, &attestations::withdrawCall {}).ok();
    pool.endow(member(2), 1_000_000_000_000_000);
    let same_account = Attestation { nullifier: member(1).into_word(), ..pool.attestation(member(2), 100) };
    let call = pool.attested(&same_account, 1);
    assert_eq!(pool.call(member(2), Contract::Attestations, &call).ok(), 2);
    let refused = pool.vote(member(2), offer, 1).refused();
    assert_eq!(refused, Error::NoVotes(escrow::NoVotes { voter: member(2), snapshot: pool.now - 1 }));
    assert_eq!(tally(&pool, offer), [0, 100, 0].map(U256::from));
}

/// Shows T02.
#[test]
fn joining_or_delegating_in_the_second_of_an_offer_gives_no_votes_on_bytecode() {
    let mut pool = pool(&[100]);
    pool.endow(member(2), 1_000_000_000_000_000);
    pool.contribute(member(2), 900, 1).ok();
    pool.call(member(1), Contract::Votes, &votes::delegateCall { delegatee: STRANGER }).ok();
    let offer = pool.offer(UNIT);
    for voter in [member(2), STRANGER] {
        let refused = pool.vote(voter, offer, 1).refused();
        assert_eq!(refused, Error::NoVotes(escrow::NoVotes { voter, snapshot: pool.now - 1 }));
    }
    assert_eq!(pool.vote(member(1), offer, 1).ok(), U256::from(100), "the power of a second before counts");
}

#[test]
fn v15_t03_lookups_at_now_or_later_are_refused_on_bytecode() {
    let pool = pool(&[100]);
    for timepoint in [pool.now, pool.now + 1] {
        let expected = Error::FutureLookup(escrow::FutureLookup { timepoint, clock: pool.now });
        let timepoint = U256::from(timepoint);
        let votes_at = votes::getPastVotesCall { account: member(1), timepoint };
        assert_eq!(pool.try_call(STRANGER, Contract::Votes, &votes_at).refused(), expected);
        let supply_at = votes::getPastTotalSupplyCall { timepoint };
        assert_eq!(pool.try_call(STRANGER, Contract::Votes, &supply_at).refused(), expected);
    }
    let timepoint = U256::from(pool.now - 1);
    let votes_at = votes::getPastVotesCall { account: member(1), timepoint };
    assert_eq!(pool.view(Contract::Votes, &votes_at), U256::from(100));
    assert_eq!(pool.view(Contract::Votes, &votes::getPastTotalSupplyCall { timepoint }), U256::from(100));
}

/// Shows G08, G09.
#[test]
fn a_deadlines_last_second_counts_and_the_next_does_not_on_bytecode() {
    let mut pool = pool(&[100, 100, 100]);
    let offer = pool.offer(UNIT);
    let (deadline, window_ends) = (pool.now + 100, pool.now + 150);
    pool.now = deadline;
    pool.vote(member(1), offer, 1).ok();
    pool.now = deadline + 1;
    let late = pool.vote(member(2), offer, 1).refused();
    assert_eq!(late, Error::VotingOver(escrow::VotingOver { deadline, clock: deadline + 1 }));
    pool.now = window_ends;
    let leave = attestations::leaveCall { sale: 1 };
    pool.call(member(2), Contract::Attestations, &leave).ok();
    let early = pool.try_call(KEEPER, Contract::Escrow, &escrow::sealCall { offer }).refused();
    assert_eq!(
        early,
        Error::WrongStatus(escrow::WrongStatus {
            current: Status::OptOut.code(),
            required: Status::AwaitingSeal.code()
        })
    );
    pool.now = window_ends + 1;
    let late = pool.call(member(3), Contract::Attestations, &leave).refused();
    assert_eq!(late, Error::OptOutWindowOver(escrow::OptOutWindowOver { sale: 1, ended: window_ends }));
    pool.seal(offer);
}

#[test]
fn g10_g11_a_vote_is_one_of_three_and_counts_once_on_bytecode() {
    let mut pool = pool(&[100]);
    let offer = pool.offer(UNIT);
    let unknown = pool.vote(member(1), offer, 3).refused();
    assert_eq!(unknown, Error::UnknownSupport(escrow::UnknownSupport { support: 3 }));
    pool.vote(member(1), offer, 2).ok();
    for support in [0, 1, 2] {
        let twice = pool.vote(member(1), offer, support).refused();
        assert_eq!(twice, Error::AlreadyVoted(escrow::AlreadyVoted { voter: member(1) }));
    }
    assert_eq!(tally(&pool, offer), [0, 0, 100].map(U256::from));
    let nowhere = pool.vote(member(1), B256::ZERO, 1).refused();
    assert_eq!(nowhere, Error::NoSuchBallot(escrow::NoSuchBallot { id: B256::ZERO }));
}

/// Shows V08, V09, V10, F17, T01.
#[test]
fn votes_are_not_transferable_on_bytecode() {
    let pool = pool(&[100, 100]);
    let [from, to] = [member(1), member(2)];
    for value in [0, 1, 100].map(U256::from) {
        let refusals = [
            pool.try_call(from, Contract::Votes, &votes::transferCall { to, value }).refused(),
            pool.try_call(from, Contract::Votes, &votes::approveCall { spender: to, value }).refused(),
            pool.try_call(to, Contract::Votes, &votes::transferFromCall { from, to, value }).refused(),
        ];
        assert!(refusals.iter().all(|error| *error == Error::NotTransferable(escrow::NotTransferable {})));
    }
    assert_eq!(pool.view(Contract::Votes, &votes::allowanceCall { owner: from, spender: to }), U256::ZERO);
}

#[test]
fn arguments_out_of_their_types_range_are_refused_on_bytecode() {
    let mut pool = pool(&[100, 200]);
    let offer = pool.offer(10 * UNIT);
    let vote = votes::castVoteCall { proposalId: offer.into(), support: 1 }.abi_encode();
    let batch = votes::castVotesBySigCall { proposalId: offer.into(), ballots: vec![0; 87].into() }.abi_encode();
    // A support of 257; a batch that begins, or ends, past what was sent or past all numbers.
    let damaged = |call: &[u8], word: usize, byte: usize| {
        let mut call = call.to_vec();
        call[4 + 32 * word + byte] = 1;
        call
    };
    let to = pool.address(Contract::Votes);
    for call in [
        damaged(&vote, 1, 30),
        damaged(&vote, 1, 0),
        damaged(&batch, 1, 30),
        damaged(&batch, 1, 0),
        damaged(&batch, 2, 30),
        damaged(&batch, 2, 0),
        batch[..4 + 64].to_vec(),
        batch[..4 + 64 + 32 + 86].to_vec(),
        vec![0; 4],
        vec![],
    ] {
        let end = pool.send(member(1), to, 0, call.clone()).end;
        assert!(matches!(end, End::Reverted(_)), "{end:?} of {call:02x?}");
    }
    assert_eq!(tally(&pool, offer), [U256::ZERO; 3]);
    assert!(matches!(pool.send(member(1), to, 0, vote).end, End::Returned(_)));
}
