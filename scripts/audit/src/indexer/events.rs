//! Events and settings as the API must show them, decoded from the contracts' ABI files word by word: the indexer's own
//! decoding is part of what is audited.

use std::{collections::HashMap, sync::LazyLock};

use chorus_abi::{B256, Contract, U256};
use chorus_client::{Emitted, pool::Pool, record::History};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::rows::{Expected, place};
use crate::hashes::keccak;

const WORD: usize = 32;

#[derive(Deserialize)]
struct Item {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    inputs: Vec<Input>,
}

#[derive(Deserialize)]
struct Input {
    name: String,
    #[serde(rename = "type")]
    ty: String,
    #[serde(default)]
    indexed: bool,
}

/// The events of each contract by the hash of their signature.
static EVENTS: LazyLock<HashMap<(Contract, B256), Item>> = LazyLock::new(|| {
    let files = [
        (Contract::Attestations, include_str!("../../../../contracts/artifacts/attestations.abi")),
        (Contract::Votes, include_str!("../../../../contracts/artifacts/votes.abi")),
        (Contract::Escrow, include_str!("../../../../contracts/artifacts/escrow.abi")),
    ];
    let mut events = HashMap::new();
    for (contract, abi) in files {
        // A file that is not an ABI leaves its events unknown, and an unknown event is a difference.
        let items: Vec<Item> = serde_json::from_str(abi).unwrap_or_default();
        for item in items.into_iter().filter(|item| item.kind == "event") {
            let types: Vec<&str> = item.inputs.iter().map(|input| input.ty.as_str()).collect();
            let signature = format!("{}({})", item.name, types.join(","));
            events.insert((contract, keccak(&[signature.as_bytes()])), item);
        }
    }
    events
});

/// Name and fields of an event, as the API writes them; `None` if the ABI does not know it or it is malformed.
fn describe(contract: Contract, emitted: &Emitted) -> Option<(&'static str, Value)> {
    let (first, mut topics) = emitted.topics.split_first().map(|(first, rest)| (first, rest.iter()))?;
    let item = EVENTS.get(&(contract, *first))?;
    let mut words = emitted.data.chunks_exact(WORD);
    let mut fields = Map::new();
    for Input { name, ty, indexed } in &item.inputs {
        let word: &[u8] = if *indexed { topics.next()?.as_slice() } else { words.next()? };
        fields.insert(name.clone(), value(ty, word.try_into().ok()?, &emitted.data)?);
    }
    Some((&item.name, Value::Object(fields)))
}

/// One value: 64 bits and less as a number, wider ones as decimal text, bytes and addresses as hex.
fn value(ty: &str, word: [u8; WORD], data: &[u8]) -> Option<Value> {
    let number = U256::from_be_bytes(word);
    Some(match ty {
        "bool" => json!(number == U256::from(1)),
        "address" => json!(format!("0x{}", hex::encode(&word[12..]))),
        "bytes32" => json!(format!("0x{}", hex::encode(word))),
        "uint8" | "uint16" | "uint32" | "uint64" => json!(u64::try_from(number).ok()?),
        "uint128" | "uint256" => json!(number.to_string()),
        "bytes4" => json!(format!("0x{}", hex::encode(&word[..4]))),
        "string" => json!(std::str::from_utf8(tail(number, data)?).ok()?),
        "bytes" => json!(format!("0x{}", hex::encode(tail(number, data)?))),
        // The lists of `ProposalCreated` are always empty: they are there so that its signature is OpenZeppelin's.
        list if list.ends_with("[]") => tail(number, data).filter(|items| items.is_empty()).map(|_| json!([]))?,
        _ => return None,
    })
}

/// The value that begins at `at`: its length, then as many bytes.
fn tail(at: U256, data: &[u8]) -> Option<&[u8]> {
    let rest = data.get(usize::try_from(at).ok()?..)?;
    let (length, rest) = rest.split_first_chunk::<WORD>()?;
    rest.get(..usize::try_from(U256::from_be_bytes(*length)).ok()?)
}

pub(super) fn events(pool: &Pool, history: &History, until: u64) -> impl Iterator<Item = Expected> {
    let logs = history.logs.iter().take_while(move |log| log.at.block <= until);
    logs.map(|log| {
        let contract = pool.deployment().contract_at(log.raw.contract);
        let described = contract.and_then(|contract| describe(contract, &log.raw));
        let (name, fields) = described.unwrap_or(("unknown", Value::Null));
        let row = json!({
            "at": place(log.at),
            "extrinsic": log.extrinsic,
            "contract": contract,
            "name": name,
            "topics": log.raw.topics,
            "data": format!("0x{}", hex::encode(&log.raw.data)),
            "fields": fields,
        });
        Expected { name: format!("event {} of block {}", log.at.event, log.at.block), row }
    })
}

/// Events that announce a contract's settings, beside that of its deployment.
const SETTINGS: [&str; 7] = [
    "SettingsChanged",
    "ProposalSettingsChanged",
    "VotingChanged",
    "AttestersChanged",
    "DailyWeightCapChanged",
    "GuardianChanged",
    "Paused",
];

/// The last values that each contract announced of itself, by the event's name.
pub(super) fn settings(pool: &Pool, history: &History, until: u64) -> Value {
    let mut settings = json!({});
    for log in history.logs.iter().take_while(|log| log.at.block <= until) {
        let Some(contract) = pool.deployment().contract_at(log.raw.contract) else { continue };
        let Some((name, fields)) = describe(contract, &log.raw) else { continue };
        if name.ends_with("Deployed") || SETTINGS.contains(&name) {
            settings[contract.name()][name] = fields;
        }
    }
    settings
}

#[cfg(test)]
mod tests {
    use chorus_abi::{Address, SolEvent as _, votes};

    use super::*;

    #[test]
    fn an_event_is_described_with_its_text() {
        let event = votes::VoteCast {
            voter: Address::repeat_byte(0xAB),
            proposalId: U256::from(7),
            support: 1,
            weight: U256::from(1_000),
            reason: "because".into(),
        };
        let log = event.encode_log_data();
        let emitted = Emitted {
            event_index: 0,
            extrinsic: None,
            contract: Address::ZERO,
            topics: log.topics().to_vec(),
            data: log.data.to_vec(),
        };
        let (name, fields) = describe(Contract::Votes, &emitted).unwrap();
        assert_eq!(name, "VoteCast");
        let expected = json!({
            "voter": format!("0x{}", "ab".repeat(20)), "proposalId": "7", "support": 1, "weight": "1000",
            "reason": "because",
        });
        assert_eq!(fields, expected);
        assert!(describe(Contract::Escrow, &emitted).is_none(), "that contract has no such event");
    }
}
