//! Votes and delegations that are signed, and relayed by anybody. Domain `Chorus Votes`.
//!
//! OpenZeppelin's structs, so that wallets and relayers know them; a nonce of theirs counts signatures only. A vote
//! needs no deadline of its own: its ballot has one.

use super::{ballots::Poll, cells::Account, history::timepoint, host::Host, token::delegate_from};
use crate::{
    abi::{Uint256, Word},
    compat::Reason,
    eip712::{self, Signature},
    error::Error,
    event::VotesEvent as Event,
    hash::{Hash32, Keccak},
    packing::SignedVote,
    signed::{Act, check_deadline},
    signed_types::{self, struct_words},
    types::{Address, BallotId, Points, Timestamp},
};

/// What a voter signs, under a domain's separator.
pub fn ballot_act<K: Keccak>(separator: Hash32, id: BallotId, support: u8, voter: Address, nonce: u64) -> Act {
    let words = struct_words!(Ballot, [id.0, support.word(), voter.word(), nonce.word()]);
    Act { words: signed_types::Ballot.words, digest: eip712::struct_digest::<K>(&separator, &words) }
}

/// What a delegator signs. `uint256` as it came, since all of it is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// Who votes with the balance from now on.
    pub delegatee: Address,
    /// The delegator's nonce.
    pub nonce: Uint256,
    /// The last second in which the signature is good.
    pub expiry: Uint256,
}

impl Delegation {
    /// What is signed, under a domain's separator.
    pub fn act<K: Keccak>(&self, separator: Hash32) -> Act {
        let Self { delegatee, nonce, expiry } = self;
        let words = struct_words!(Delegation, [delegatee.word(), nonce.0, expiry.0]);
        Act { words: signed_types::Delegation.words, digest: eip712::struct_digest::<K>(&separator, &words) }
    }
}

/// Counts a vote that `voter` signed.
///
/// # Errors
/// Those of [`super::cast`], and of [`Act::check`].
pub fn cast_by_sig<H: Host>(
    host: &mut H,
    now: Timestamp,
    id: BallotId,
    support: u8,
    voter: Address,
    signature: &[u8],
) -> Result<Points, Error> {
    let mut root = host.root();
    let mut poll = Poll::of(host, &root, now, id)?;
    let separator = host.domain(root.salt).separator::<H>();
    let power = count_signed(host, &mut poll, separator, &SignedVote { voter, support, signature })?;
    poll.close(host, &mut root);
    Ok(power)
}

/// Counts signed votes in one ballot, packed as [`SignedVote::pack`] does.
///
/// A bad vote is skipped, and an event says why; the others are counted. Returns how many were.
///
/// # Errors
/// [`Error::NoSuchBallot`], [`Error::VotingOver`], [`Error::BatchMalformed`].
pub fn cast_many<H: Host>(host: &mut H, now: Timestamp, id: BallotId, ballots: &[u8]) -> Result<u32, Error> {
    let mut root = host.root();
    let mut poll = Poll::of(host, &root, now, id)?;
    let separator = host.domain(root.salt).separator::<H>();
    let (mut rest, mut position, mut counted) = (ballots, 0u32, 0u32);
    while !rest.is_empty() {
        let (ballot, after) = SignedVote::unpack(rest).ok_or(Error::BatchMalformed { position })?;
        match count_signed(host, &mut poll, separator, &ballot) {
            Ok(_) => counted = counted.saturating_add(1),
            Err(error) => {
                let (voter, reason) = (ballot.voter, error.selector());
                host.emit(Event::VoteSkipped { proposalId: id.into(), voter, position, reason });
            }
        }
        (rest, position) = (after, position.saturating_add(1));
    }
    if counted != 0 {
        poll.close(host, &mut root);
    }
    Ok(counted)
}

/// Counts a vote, or changes nothing.
fn count_signed<H: Host>(
    host: &mut H,
    poll: &mut Poll,
    separator: Hash32,
    ballot: &SignedVote<'_>,
) -> Result<Points, Error> {
    let SignedVote { voter, support, signature } = *ballot;
    let mut account = host.account(voter);
    let act = ballot_act::<H>(separator, poll.id, support, voter, account.nonce);
    act.check(host, voter, account.nonce, signature)?;
    let nonce = use_nonce(&mut account)?;
    let power = poll.count(host, voter, &mut account, support, &Reason::NONE)?;
    host.set_account(voter, &account);
    host.emit(Event::NonceUsed { account: voter, nonce });
    Ok(power)
}

/// Gives the votes of `delegator`, who signed it, to a delegatee.
///
/// # Errors
/// [`Error::SignatureExpired`], [`Error::InvalidAccountNonce`], and those of [`Act::check`].
pub fn delegate_for<H: Host>(
    host: &mut H,
    now: Timestamp,
    delegator: Address,
    delegation: &Delegation,
    signature: &[u8],
) -> Result<(), Error> {
    check_deadline(now, timepoint(delegation.expiry))?;
    let account = host.account(delegator);
    check_nonce(delegator, &account, delegation.nonce)?;
    let separator = host.domain(host.root().salt).separator::<H>();
    delegation.act::<H>(separator).check(host, delegator, account.nonce, signature)?;
    delegate_signed(host, now, delegator, account, delegation.delegatee)
}

/// [`delegate_for`] as ERC-5805 has it: the delegator is whoever is recovered, if that is an account known here.
///
/// From a signature with one bit changed somebody else is recovered. They are not known here, and the error names them.
///
/// # Errors
/// [`Error::SignatureExpired`], [`Error::InvalidSignature`], [`Error::InvalidAccountNonce`].
pub fn delegate_by_sig<H: Host>(
    host: &mut H,
    now: Timestamp,
    delegation: &Delegation,
    signature: &[u8; Signature::SIZE],
) -> Result<(), Error> {
    check_deadline(now, timepoint(delegation.expiry))?;
    let digest = delegation.act::<H>(host.domain(host.root().salt).separator::<H>()).digest;
    let recovered = Signature::parse(signature).and_then(|signature| host.recover(digest, &signature));
    let delegator = recovered.unwrap_or_default();
    let account = host.account(delegator);
    if delegator == Address::ZERO || !account.is_known() {
        return Err(Error::InvalidSignature { account: delegator, nonce: account.nonce });
    }
    check_nonce(delegator, &account, delegation.nonce)?;
    delegate_signed(host, now, delegator, account, delegation.delegatee)
}

fn delegate_signed<H: Host>(
    host: &mut H,
    now: Timestamp,
    delegator: Address,
    mut account: Account,
    delegatee: Address,
) -> Result<(), Error> {
    let nonce = use_nonce(&mut account)?;
    host.emit(Event::NonceUsed { account: delegator, nonce });
    delegate_from(host, now, delegator, account, delegatee)
}

fn check_nonce(account: Address, of: &Account, nonce: Uint256) -> Result<(), Error> {
    let current = Uint256::from(of.nonce);
    if nonce == current { Ok(()) } else { Err(Error::InvalidAccountNonce { account, currentNonce: current }) }
}

/// Uses up the account's nonce, and returns the next one.
fn use_nonce(account: &mut Account) -> Result<u64, Error> {
    account.nonce = account.nonce.checked_add(1).ok_or(Error::Overflow)?;
    Ok(account.nonce)
}
