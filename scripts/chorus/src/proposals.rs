//! The DAO's own calls: written by people, proposed, executed, and shown in words again.

use std::collections::BTreeMap;

use anyhow::{Context as _, ensure};
use chorus_bindings::{
    Address, B256, Bytes, Contract, Setting, SolEvent as _, U256, escrow,
    settings::{SETTINGS, values_of},
};
use chorus_client::{
    Receipt,
    keys::Key,
    pool::Pool,
    record::{History, Proposal, Record, Voting},
};
use chorus_core::{
    settings::{OfferSettings, ProposalSettings, VotingSettings},
    types::Points,
};

use crate::{
    actions::text_hash,
    words::{parse_address, parse_seconds},
};

/// A settings message of one of the contracts, with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The contract that it calls.
    pub contract: Contract,
    /// Selector and arguments.
    pub calldata: Vec<u8>,
}

impl Call {
    /// A call from its name, such as `escrow.setProposalSettings`, and its arguments by name. Of settings that are set
    /// together, those not given stay as they are in `record`.
    ///
    /// # Errors
    /// When there is no such message, or an argument is missing, unknown or not of its type.
    pub fn new(name: &str, mut arguments: BTreeMap<String, String>, record: &Record) -> anyhow::Result<Self> {
        let (contract, message) = name.split_once('.').unwrap_or((name, ""));
        let contract = Contract::ALL.into_iter().find(|known| known.name() == contract);
        let contract = contract
            .with_context(|| format!("{name} does not name a contract: write escrow.setGuardian, and so on"))?;
        let setting = Setting::find(contract, message).with_context(|| {
            let of = SETTINGS.iter().filter(|one| one.contract == contract);
            let known: Vec<_> = of.map(|one| one.declaration.as_str()).collect();
            format!("{name} is not a settings message. There are: {}", known.join("; "))
        })?;
        for (ty, argument) in setting.arguments() {
            if let Some(text) = arguments.get_mut(argument) {
                *text = readable(ty, argument, text)?;
            }
        }
        let current: BTreeMap<_, _> = current(record, setting).into_iter().collect();
        let calldata =
            setting.encode(|argument| arguments.remove(argument).or_else(|| current.get(argument).cloned()))?;
        ensure!(arguments.is_empty(), "{name} has no {}", arguments.into_keys().collect::<Vec<_>>().join(", "));
        Ok(Self { contract, calldata })
    }
}

/// An argument as contracts take it, from what people write: durations in seconds, addresses without names.
fn readable(ty: &str, argument: &str, text: &str) -> anyhow::Result<String> {
    Ok(match ty {
        "address" => parse_address(text)?.to_string(),
        "address[]" => {
            let addresses = text.split(',').map(|one| Ok(parse_address(one.trim())?.to_string()));
            addresses.collect::<anyhow::Result<Vec<_>>>()?.join(",")
        }
        _ if argument.ends_with("_s") => parse_seconds(text)?.to_string(),
        _ => text.to_owned(),
    })
}

/// The present values of settings that are set together, by name.
fn current(record: &Record, setting: &Setting) -> Vec<(&'static str, String)> {
    let values = match (setting.contract, setting.name()) {
        (Contract::Escrow, "setOfferSettings") => {
            record.settings.as_ref().map(|now| values_of::<OfferSettings>(&now.encode_data()))
        }
        (Contract::Escrow, "setProposalSettings") => {
            record.proposal_settings.as_ref().map(|now| values_of::<ProposalSettings>(&now.encode_data()))
        }
        (Contract::Votes, "setVoting") => record.voting.map(|now| {
            let Voting { voting_period_s, quorum_bps, quorum_min, approval_bps, proposal_threshold_bps } = now;
            let quorum_min = Points(quorum_min);
            let now = VotingSettings { voting_period_s, quorum_bps, quorum_min, approval_bps, proposal_threshold_bps };
            values_of::<VotingSettings>(now.words().as_flattened())
        }),
        _ => None,
    };
    values.unwrap_or_default()
}

/// Proposes calls and opens the ballot on them. Returns the proposal's id.
pub async fn propose(
    pool: &Pool,
    proposer: &Key,
    calls: &[Call],
    description: &str,
) -> anyhow::Result<(B256, Receipt)> {
    let call = escrow::proposeCall {
        targets: calls.iter().map(|call| pool.address(call.contract)).collect(),
        calls: calls.iter().map(|call| call.calldata.clone().into()).collect(),
        description: description.to_owned(),
    };
    let receipt = pool.send(proposer, Contract::Escrow, U256::ZERO, &call).await?;
    let proposed: escrow::Proposed = receipt.event()?;
    ensure!(proposed.description_hash == text_hash(description), "the contract hashed another description");
    Ok((proposed.proposal, receipt))
}

/// Makes all calls of a proposal whose time has come.
pub async fn execute(pool: &Pool, anyone: &Key, id: B256) -> anyhow::Result<Receipt> {
    let record = Record::replay(&History::read(pool, |_, _| {}).await?);
    let proposal = record.proposals.get(&id).with_context(|| format!("there is no proposal {id}"))?;
    let (targets, calls): (Vec<Address>, Vec<Bytes>) =
        proposal.calls.iter().map(|call| (call.target, call.call.clone())).unzip();
    let call = escrow::executeCall { targets, calls, description_hash: proposal.proposed.description_hash };
    Ok(pool.send(anyone, Contract::Escrow, U256::ZERO, &call).await?)
}

/// What a proposal does, in one line for each call.
pub fn words(pool: &Pool, proposal: &Proposal) -> Vec<String> {
    let call_words = |call: &escrow::ProposedCall| {
        let contract = pool.deployment().contract_at(call.target)?;
        let (setting, values) = Setting::decode(contract, &call.call)?;
        let values: Vec<_> = values.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        Some(format!("{}.{} {}", contract.name(), setting.name(), values.join(" ")))
    };
    let unknown = |call: &escrow::ProposedCall| format!("{} {}", call.target, call.call);
    proposal.calls.iter().map(|call| call_words(call).unwrap_or_else(|| unknown(call))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(values: &[(&str, &str)]) -> BTreeMap<String, String> {
        values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn settings_that_are_not_named_stay_as_they_are() {
        let now = escrow::ProposalSettingsChanged { timelock_s: 60, grace_s: 600 };
        let mut record = Record::default();
        record.proposal_settings = Some(now);
        let call = Call::new("escrow.setProposalSettings", arguments(&[("timelock_s", "90")]), &record).unwrap();
        let (_, values) = Setting::decode(call.contract, &call.calldata).unwrap();
        assert_eq!(values, [("timelock_s", "90".to_owned()), ("grace_s", "600".to_owned())]);
    }

    #[test]
    fn durations_and_addresses_may_be_written_as_people_do() {
        let record = Record::default();
        let decoded = |name, values: &[(&str, &str)]| {
            let call = Call::new(name, arguments(values), &record).unwrap();
            Setting::decode(call.contract, &call.calldata).unwrap().1
        };
        let values = decoded("escrow.setProposalSettings", &[("timelock_s", "3d"), ("grace_s", "60")]);
        assert_eq!(values, [("timelock_s", "259200".to_owned()), ("grace_s", "60".to_owned())]);
        let alice = "0x9621dde636de098b43efb0fa9b61facfe328f99d";
        assert_eq!(decoded("escrow.setGuardian", &[("guardian", "//Alice")]), [("guardian", alice.to_owned())]);
        let attesters = [("attesters", "//Alice, //Alice"), ("threshold", "2")];
        assert_eq!(decoded("attestations.setAttesters", &attesters)[0].1, format!("{alice},{alice}"));
    }

    #[test]
    fn a_call_that_does_not_exist_is_refused_with_a_list_of_those_that_do() {
        let refused = |name, values: &[(&str, &str)]| {
            Call::new(name, arguments(values), &Record::default()).unwrap_err().to_string()
        };
        assert!(refused("votes.mint", &[]).contains("setVoting("));
        assert!(refused("setGuardian", &[]).contains("does not name a contract"));
        assert!(refused("escrow.setGuardian", &[]).contains("needs guardian"));
        let guardian = Address::repeat_byte(1).to_string();
        assert!(refused("escrow.setGuardian", &[("guardian", &guardian), ("fee", "1")]).contains("has no fee"));
    }
}
