//! The DAO's own calls: settings messages of the three contracts, voted on like an offer, run once or not at all.

use alloc::vec::Vec;

use super::{cells::Proposal, host::Host};
use crate::{
    abi::Word as _,
    contract::Contract,
    eip712::hash_words,
    error::Error,
    event::EscrowEvent as Event,
    hash::{Hash32, Keccak},
    names::ProposalState,
    settings::{Setting, is_allowed},
    signed_types::struct_words,
    types::{Address, ProposalId, Timestamp},
};

/// Calls in a proposal at most.
pub const MAX_CALLS: usize = 8;
/// Bytes of a description at most.
pub const MAX_DESCRIPTION_BYTES: u32 = 4_096;

/// What a proposal does: a call for each target.
#[derive(Clone, Copy, Debug)]
pub struct Calls<'a> {
    /// The contract that each call is for.
    pub targets: &'a [Address],
    /// The selector and arguments of each call.
    pub calls: &'a [&'a [u8]],
}

impl Calls<'_> {
    /// The EIP-712 struct hash of a `Proposal` with this description.
    pub fn struct_hash<K: Keccak>(&self, description_hash: Hash32) -> Hash32 {
        let Self { targets, calls } = self;
        let targets: Vec<Hash32> = targets.iter().map(Address::word).collect();
        let calls: Vec<Hash32> = calls.iter().map(|call| K::keccak(call)).collect();
        let [targets, calls] = [targets, calls].map(|words| K::keccak(words.as_flattened()));
        hash_words::<K, _>(struct_words!(Proposal, [targets, calls, description_hash]))
    }

    /// Refuses lists of different or improper length, and whatever is not a settings message of the pool's contracts.
    fn check<H: Host>(&self, host: &H) -> Result<(), Error> {
        let Self { targets, calls } = *self;
        if targets.len() != calls.len() || calls.is_empty() || calls.len() > MAX_CALLS {
            let [targets, calls, most] =
                [targets.len(), calls.len(), MAX_CALLS].map(|len| u32::try_from(len).unwrap_or(u32::MAX));
            return Err(Error::CallCountOutOfBounds { targets, calls, most });
        }
        for (position, (target, call)) in (0u8..).zip(targets.iter().zip(calls)) {
            let allowed = contract_at(host, *target).filter(|contract| is_allowed(*contract, call));
            match allowed {
                None => return Err(Error::CallNotAllowed { position, target: *target }),
                Some(Contract::Escrow) => drop(Setting::parse(call)?),
                Some(Contract::Attestations | Contract::Votes) => {}
            }
        }
        Ok(())
    }
}

/// Proposes `calls` and opens the ballot on them. `proposer` needs as many votes as `votes` asks for.
///
/// # Errors
/// [`Error::CallCountOutOfBounds`], [`Error::CallNotAllowed`], [`Error::SettingOutOfBounds`],
/// [`Error::DescriptionTooLong`], [`Error::ProposalExists`]; and of `votes` [`Error::BelowProposalThreshold`].
pub fn propose<H: Host>(
    host: &mut H,
    proposer: Address,
    calls: Calls<'_>,
    description: &[u8],
) -> Result<ProposalId, Error> {
    calls.check(host)?;
    if u32::try_from(description.len()).map_or(true, |len| len > MAX_DESCRIPTION_BYTES) {
        return Err(Error::DescriptionTooLong { most: MAX_DESCRIPTION_BYTES });
    }
    let description_hash = H::keccak(description);
    let id = id_of(host, &calls, description_hash);
    if host.proposal(id).is_some() {
        return Err(Error::ProposalExists { proposal: id });
    }
    let settings = host.root().proposals;

    let voting_ends = host.open_proposal(id.into(), proposer);
    let executable_from = voting_ends.after(settings.timelock_s)?;
    let executable_until = executable_from.after(settings.grace_s)?;
    host.set_proposal(id, &Proposal { voting_ends, executable_from, executable_until, executed: false });
    let count = u8::try_from(calls.calls.len()).map_err(|_| Error::Overflow)?;
    host.emit(Event::Proposed {
        proposal: id,
        proposer,
        description_hash,
        voting_ends,
        executable_from,
        executable_until,
        count,
    });
    for (index, (target, call)) in (0u8..).zip(calls.targets.iter().zip(calls.calls)) {
        host.emit_with(Event::ProposedCall { proposal: id, index, target: *target, call: crate::abi::Tail }, call);
    }
    Ok(id)
}

/// Makes every call of a proposal that passed, once, between its timelock and the end of its grace period.
///
/// A refusal of any call reverts all of them; the proposal can be tried again until then.
///
/// # Errors
/// [`Error::NoSuchProposal`], [`Error::WrongProposalState`], and those of its calls.
pub fn execute<H: Host>(
    host: &mut H,
    now: Timestamp,
    caller: Address,
    calls: Calls<'_>,
    description_hash: Hash32,
) -> Result<ProposalId, Error> {
    let id = id_of(host, &calls, description_hash);
    let mut proposal = host.proposal(id).ok_or(Error::NoSuchProposal { proposal: id })?;
    let current = state_of(host, now, id, &proposal);
    if current != ProposalState::Succeeded {
        return Err(Error::WrongProposalState { current: current.code(), required: ProposalState::Succeeded.code() });
    }
    proposal.executed = true;
    host.set_proposal(id, &proposal);
    host.emit(Event::ProposalExecuted { proposal: id, caller });
    // What is executed is what was checked when it was proposed: its hash is the id.
    for (target, call) in calls.targets.iter().zip(calls.calls) {
        match contract_at(host, *target) {
            Some(Contract::Escrow) => Setting::parse(call)?.apply(host, id)?,
            _ => host.call_sister_setting(*target, call),
        }
    }
    Ok(id)
}

/// Where a proposal stands at `now`. Nothing stored repeats it.
///
/// # Errors
/// [`Error::NoSuchProposal`].
pub fn proposal_state<H: Host>(host: &H, now: Timestamp, id: ProposalId) -> Result<ProposalState, Error> {
    let proposal = host.proposal(id).ok_or(Error::NoSuchProposal { proposal: id })?;
    Ok(state_of(host, now, id, &proposal))
}

fn state_of<H: Host>(host: &H, now: Timestamp, id: ProposalId, proposal: &Proposal) -> ProposalState {
    let Proposal { voting_ends, executable_from, executable_until, executed } = *proposal;
    if executed {
        ProposalState::Executed
    } else if now <= voting_ends {
        ProposalState::Active
    } else if !host.outcome(id.into()) {
        ProposalState::Defeated
    } else if now < executable_from {
        ProposalState::Queued
    } else if now <= executable_until {
        ProposalState::Succeeded
    } else {
        ProposalState::Expired
    }
}

/// Which contract of the pool is at `address`: the three that a proposal's calls reach.
fn contract_at<H: Host>(host: &H, address: Address) -> Option<Contract> {
    let root = host.root();
    match address {
        _ if address == root.attestations => Some(Contract::Attestations),
        _ if address == root.votes => Some(Contract::Votes),
        _ if address == host.this() => Some(Contract::Escrow),
        _ => None,
    }
}

fn id_of<H: Host>(host: &H, calls: &Calls<'_>, description_hash: Hash32) -> ProposalId {
    let domain = host.domain(host.root().salt);
    ProposalId(domain.digest::<H>(calls.struct_hash::<H>(description_hash)))
}
