//! The settings messages of `escrow`'s sister contracts, decoded as their shells decode them.

use chorus_core::{
    abi::Words,
    contract::Contract,
    settings::SETTINGS,
    types::{Address, Points, Timestamp},
    votes::VotingSettings,
};

use crate::{action::Action, pool::Site};

/// The action that a settings call of `escrow` is in a sister contract, if it is one.
pub(crate) fn sister_action(site: &Site, target: Address, call: &[u8]) -> Option<Action> {
    let contract = [Contract::Attestations, Contract::Votes].into_iter().find(|of| site.address(*of) == target)?;
    let (selector, arguments) = call.split_first_chunk::<4>()?;
    let message = SETTINGS.iter().find(|message| message.contract == contract && message.selector == *selector)?;
    let mut words = Words::new(arguments);
    Some(match message.name {
        "setAttesters" => {
            let list = list(arguments, words.uint64())?;
            let threshold = words.uint8();
            let (keys, _) = list.1.as_chunks::<32>();
            let attesters = keys.iter().take(list.0).map(|key| Words::new(key).address()).collect();
            Action::SetAttesters { attesters, threshold }
        }
        "setDailyWeightCap" => Action::SetDailyWeightCap { cap: Points(words.uint64()) },
        "setGuardian" => Action::SetContributionsGuardian { guardian: words.address() },
        "revoke" => {
            let (member, deadline) = (words.address(), Timestamp(words.uint64()));
            let (len, signatures) = list(arguments, words.uint64())?;
            Action::Revoke { member, deadline, signatures: signatures.get(..len)?.into() }
        }
        "setVoting" => Action::SetVoting {
            settings: VotingSettings {
                voting_period_s: words.uint64(),
                quorum_bps: words.uint16(),
                quorum_min: Points(words.uint64()),
                approval_bps: words.uint16(),
                proposal_threshold_bps: words.uint16(),
            },
        },
        other => panic!("a settings message of {contract:?} that the model does not know: {other}"),
    })
}

/// The length of a list in calldata, and the bytes from its first entry on.
fn list(arguments: &[u8], at: u64) -> Option<(usize, &[u8])> {
    let (len, entries) = arguments.get(usize::try_from(at).ok()?..)?.split_first_chunk::<32>()?;
    Some((usize::try_from(Words::new(len).uint64()).ok()?, entries))
}
