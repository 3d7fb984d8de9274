//! Proposals of the DAO's own calls.

use std::collections::BTreeMap;

use chorus_bindings::{Deployment, Setting};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Error, status,
    tables::proposals,
    values::{Address, At, Bytes, Hash},
    views::ballots::Ballot,
};

/// A proposal of the DAO's own calls, with everything that was decided about it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Proposal {
    /// Its id, which is its ballot's too.
    pub proposal: Hash,
    /// `active`, `defeated`, `queued`, `succeeded`, `expired` or `executed`, from the stored facts and the block's
    /// clock.
    pub state: &'static str,
    /// The same as OpenZeppelin's `ProposalState` numbers it.
    pub state_code: u8,
    /// The account that proposed it.
    pub proposer: Address,
    /// Keccak-256 of its description, which is in the call that proposed it.
    pub description_hash: Hash,
    /// The first second in which it may be executed, if it passes: the timelock is over.
    pub executable_from: u64,
    /// The last second in which it may be executed.
    pub executable_until: u64,
    /// What it does, in order.
    pub calls: Vec<ProposedCall>,
    /// Its ballot.
    pub ballot: Ballot,
    /// Its execution.
    pub execution: Option<Execution>,
    /// The event that made it.
    pub at: At,
}

/// A call of a proposal.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProposedCall {
    /// The contract it goes to.
    pub target: Address,
    /// Selector and arguments, ABI-encoded.
    pub call: Bytes,
    /// `attestations`, `votes` or `escrow`; none if the target is another contract.
    pub contract: Option<&'static str>,
    /// The message's name; none if it is not a settings message.
    pub name: Option<String>,
    /// The arguments by name, as text: numbers in decimal, lists with commas between.
    pub arguments: BTreeMap<String, String>,
}

/// The execution of a proposal.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Execution {
    /// The account that executed it.
    pub caller: Address,
    /// The event.
    pub at: At,
}

impl Proposal {
    /// A proposal as it stands at `now_s`, its calls in words.
    ///
    /// # Errors
    /// [`Error::Database`] when its rows are not what the contract could have emitted.
    pub fn new(proposal: proposals::Proposal, deployment: &Deployment, now_s: u64) -> Result<Self, Error> {
        let state = status::of_proposal(&proposal, now_s)?;
        let proposals::Proposal { made, calls, ballot, execution } = proposal;
        Ok(Self {
            proposal: made.proposal,
            state: state.name(),
            state_code: state.code(),
            proposer: made.proposer,
            description_hash: made.description_hash,
            executable_from: made.executable_from,
            executable_until: made.executable_until,
            calls: calls.into_iter().map(|call| ProposedCall::new(call, deployment)).collect(),
            ballot: ballot.into(),
            execution: execution.map(|execution| Execution { caller: execution.caller, at: execution.at }),
            at: made.at,
        })
    }
}

impl ProposedCall {
    fn new(row: proposals::Call, deployment: &Deployment) -> Self {
        let (target, call) = (row.target, row.call);
        let contract = deployment.contract_at(target.0);
        let decoded = contract.and_then(|contract| Setting::decode(contract, &call.0));
        let (name, arguments) = decoded.map(|(setting, values)| (setting.name().into(), values)).unzip();
        let arguments = arguments.into_iter().flatten().map(|(name, value)| (name.into(), value)).collect();
        Self { target, call, contract: contract.map(|contract| contract.name()), name, arguments }
    }
}
