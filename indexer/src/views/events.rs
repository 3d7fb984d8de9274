//! Events, with their fields as the contracts' ABI names and types them.

use std::{collections::HashMap, sync::LazyLock};

use alloy_dyn_abi::{DynSolEvent, DynSolValue, Specifier};
use alloy_json_abi::JsonAbi;
use chorus_bindings::{B256, Contract, abi};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{
    Error,
    tables::events,
    values::{At, Bytes},
};

/// An event as it came and as it was understood.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Event {
    /// Its place on the chain.
    pub at: At,
    /// The extrinsic that caused it.
    pub extrinsic: Option<u32>,
    /// The contract that emitted it.
    pub contract: &'static str,
    /// Its name.
    pub name: String,
    /// Signature hash and indexed fields, 32 bytes each.
    pub topics: Vec<Bytes>,
    /// The other fields, ABI-encoded.
    pub data: Bytes,
    /// All fields by name: numbers of up to 64 bits as numbers, wider ones as decimal strings, bytes as hex.
    #[schema(value_type = Object)]
    pub fields: Value,
}

impl Event {
    /// An event with its fields decoded.
    ///
    /// # Errors
    /// [`Error::Database`] when the row is not an event of that contract.
    pub fn new(row: events::Event) -> Result<Self, Error> {
        let events::Event { at, extrinsic, contract, name, topics, data } = row;
        let fields = fields(contract.0, &topics, &data)?;
        let topics = topics.0.chunks(B256::len_bytes()).map(|topic| Bytes(topic.to_vec())).collect();
        Ok(Self { at, extrinsic, contract: contract.0.name(), name, topics, data, fields })
    }
}

/// How to decode an event, and what its fields are called.
struct Shape {
    event: DynSolEvent,
    /// Names in the order of the ABI, and whether the field is a topic.
    fields: Vec<(String, bool)>,
}

/// All events of the three contracts, by the hash of their signature.
static SHAPES: LazyLock<HashMap<(Contract, B256), Shape>> = LazyLock::new(|| {
    let mut shapes = HashMap::new();
    for contract in Contract::ALL {
        // The same files make the bindings, which would not compile if they could not be read.
        let abi: JsonAbi = serde_json::from_str(abi(contract)).unwrap_or_default();
        for event in abi.events.into_values().flatten() {
            let signature = event.selector();
            if let Ok(shape) = event.resolve() {
                let fields = event.inputs.into_iter().map(|field| (field.name, field.indexed)).collect();
                shapes.insert((contract, signature), Shape { event: shape, fields });
            }
        }
    }
    shapes
});

/// The fields of an event of `contract`.
///
/// # Errors
/// [`Error::Database`] when it is not one: only what was decoded is ever stored.
pub fn fields(contract: Contract, topics: &Bytes, data: &Bytes) -> Result<Value, Error> {
    let damaged = |why: String| Error::Database(format!("an event of {} is damaged: {why}", contract.name()));
    let topics: Vec<B256> = topics.0.chunks_exact(B256::len_bytes()).map(B256::from_slice).collect();
    let shape = topics.first().and_then(|signature| SHAPES.get(&(contract, *signature)));
    let shape = shape.ok_or_else(|| damaged("the ABI does not have it".into()))?;
    let decoded = shape.event.decode_log_parts(topics, &data.0).map_err(|error| damaged(error.to_string()))?;
    let (mut indexed, mut body) = (decoded.indexed.into_iter(), decoded.body.into_iter());
    let mut fields = Map::new();
    for (name, is_topic) in &shape.fields {
        let value = if *is_topic { indexed.next() } else { body.next() };
        let value = value.ok_or_else(|| damaged(format!("it has no {name}")))?;
        fields.insert(name.clone(), shown(value));
    }
    Ok(Value::Object(fields))
}

/// A value as the API shows it.
fn shown(value: DynSolValue) -> Value {
    match value {
        DynSolValue::Bool(value) => value.into(),
        DynSolValue::Uint(value, 0..=64) => value.saturating_to::<u64>().into(),
        DynSolValue::Uint(value, _) => value.to_string().into(),
        DynSolValue::Int(value, _) => value.to_string().into(),
        DynSolValue::Address(value) => hex_of(value.as_slice()),
        DynSolValue::Function(value) => hex_of(value.as_slice()),
        DynSolValue::FixedBytes(word, bytes) => hex_of(&word[..bytes]),
        DynSolValue::Bytes(value) => hex_of(&value),
        DynSolValue::String(value) => value.into(),
        DynSolValue::Array(values) | DynSolValue::FixedArray(values) | DynSolValue::Tuple(values) => {
            values.into_iter().map(shown).collect()
        }
    }
}

fn hex_of(bytes: &[u8]) -> Value {
    format!("0x{}", hex::encode(bytes)).into()
}

#[cfg(test)]
mod tests {
    use chorus_bindings::{Address, Event as Decoded, SolEvent, U256, escrow, votes};
    use serde_json::json;

    use super::*;

    /// What is served of an event, after the bindings have decoded it too.
    fn served(contract: Contract, event: &impl SolEvent) -> Value {
        let log = event.encode_log_data();
        Decoded::decode(contract, log.topics(), &log.data).expect("the bindings know it");
        fields(contract, &Bytes(log.topics().concat()), &Bytes(log.data.to_vec())).expect("the ABI knows it")
    }

    #[test]
    fn amounts_are_decimal_strings_and_the_rest_numbers_or_hex() {
        let event = escrow::Ruled {
            offer: B256::repeat_byte(9),
            arbiter: Address::repeat_byte(8),
            returned_bps: 2_500,
            returned: u128::MAX,
        };
        let expected = json!({
            "offer": format!("0x{}", "09".repeat(32)),
            "arbiter": format!("0x{}", "08".repeat(20)),
            "returned_bps": 2_500,
            "returned": u128::MAX.to_string(),
        });
        assert_eq!(served(Contract::Escrow, &event), expected);
    }

    #[test]
    fn texts_and_selectors_are_served_as_they_are() {
        let proposal = U256::from(7);
        let (voter, weight) = (Address::repeat_byte(0xAB), U256::from(1_000));
        let event =
            votes::VoteCast { voter, proposalId: proposal, support: 1, weight, reason: "ja „gerne“".into() };
        assert_eq!(served(Contract::Votes, &event)["reason"], "ja „gerne“");
        assert_eq!(served(Contract::Votes, &event)["support"], 1);
        let event = votes::VoteSkipped { proposalId: proposal, voter, position: 3, reason: [1, 2, 3, 255].into() };
        assert_eq!(served(Contract::Votes, &event)["reason"], "0x010203ff");
    }

    #[test]
    fn every_event_of_the_three_contracts_has_a_shape() {
        for contract in Contract::ALL {
            let abi: JsonAbi = serde_json::from_str(abi(contract)).expect("the file is an ABI");
            let known = abi.events().filter(|event| SHAPES.contains_key(&(contract, event.selector()))).count();
            assert_eq!(known, abi.events().count());
            assert!(known > 10, "{} has {known} events", contract.name());
        }
    }

    #[test]
    fn an_event_of_another_contract_is_damage() {
        let log = escrow::Accepted { offer: B256::ZERO }.encode_log_data();
        let (topics, data) = (Bytes(log.topics().concat()), Bytes(log.data.to_vec()));
        assert!(fields(Contract::Votes, &topics, &data).is_err());
        assert!(fields(Contract::Escrow, &Bytes(vec![]), &data).is_err());
    }
}
