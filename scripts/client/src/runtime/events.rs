//! What a block's `System.Events` say: what each extrinsic did, and what contracts emitted.
//!
//! The indexer reads the same events with a reader of its own (`indexer/src/chain.rs`), and the two share no code. The
//! audit compares them: a reader that dropped an event would blind both if there were only one.

use chorus_abi::{Address, B256};
use scale::{Compact, Decode as _};
use subxt::{
    config::substrate::SubstrateConfig,
    events::{Event, Phase},
    ext::scale_decode::{DecodeAsFields, DecodeAsType},
};

use super::Runtime;
use crate::error::Error;

/// What a contract emitted, not decoded yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emitted {
    /// The event's place among all events of its block.
    pub event_index: u32,
    /// The place of the extrinsic that caused it, if one did.
    pub extrinsic: Option<u32>,
    /// The contract that emitted it.
    pub contract: Address,
    /// Topics; the first is the hash of the event's signature.
    pub topics: Vec<B256>,
    /// ABI-encoded fields that are not indexed.
    pub data: Vec<u8>,
}

/// What one extrinsic did.
#[derive(Clone, Debug, Default)]
pub(crate) struct Effects {
    /// Why it failed, if it did.
    pub(crate) failure: Option<String>,
    /// What it cost its sender, in the chain's smallest unit.
    pub(crate) fee: u128,
    /// The account that paid it.
    pub(crate) payer: Option<[u8; 32]>,
    pub(crate) emitted: Vec<Emitted>,
    /// Contracts it made.
    pub(crate) instantiated: Vec<Address>,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
struct ContractEmitted {
    contract: [u8; 20],
    data: Vec<u8>,
    topics: Vec<[u8; 32]>,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
struct Instantiated {
    contract: [u8; 20],
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
struct TransactionFeePaid {
    who: [u8; 32],
    actual_fee: u128,
}

impl Runtime {
    /// What each extrinsic of a block did, read from the block's `System.Events`.
    pub(crate) fn effects(&self, system_events: &[u8]) -> Result<Vec<Effects>, Error> {
        let mut effects = Vec::new();
        self.each_event(system_events, |event| {
            let Phase::ApplyExtrinsic(index) = event.phase() else { return Ok(()) };
            let index = index as usize;
            if effects.len() <= index {
                effects.resize_with(index + 1, Effects::default);
            }
            let one = &mut effects[index];
            match (event.pallet_name(), event.event_name()) {
                ("System", "ExtrinsicFailed") => one.failure = Some(self.dispatch_error(event.field_bytes())),
                ("TransactionPayment", "TransactionFeePaid") => {
                    let TransactionFeePaid { who, actual_fee } = fields(event)?;
                    (one.fee, one.payer) = (actual_fee, Some(who));
                }
                ("Revive", "ContractEmitted") => one.emitted.push(emitted(event)?),
                ("Revive", "Instantiated") => {
                    one.instantiated.push(Address::from(fields::<Instantiated>(event)?.contract));
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(effects)
    }

    /// Everything that contracts emitted in a block, in order.
    pub(crate) fn emitted(&self, system_events: &[u8]) -> Result<Vec<Emitted>, Error> {
        let mut all = Vec::new();
        self.each_event(system_events, |event| {
            if (event.pallet_name(), event.event_name()) == ("Revive", "ContractEmitted") {
                all.push(emitted(event)?);
            }
            Ok(())
        })?;
        Ok(all)
    }

    /// Visits every event; one that cannot be read is an error, never skipped.
    fn each_event(
        &self,
        system_events: &[u8],
        mut visit: impl FnMut(&Event<'_, SubstrateConfig>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let announced = Compact::<u32>::decode(&mut &*system_events).map_or(0, |count| count.0);
        let events = self.at.events().from_bytes(system_events.to_vec());
        let mut seen = 0;
        for event in events.iter() {
            visit(&event.map_err(|error| Error::Unsupported(format!("an event cannot be read: {error}")))?)?;
            seen += 1;
        }
        if seen != announced {
            return Err(Error::Unsupported(format!("a block announces {announced} events and holds {seen}")));
        }
        Ok(())
    }
}

fn emitted(event: &Event<'_, SubstrateConfig>) -> Result<Emitted, Error> {
    let ContractEmitted { contract, data, topics } = fields(event)?;
    Ok(Emitted {
        event_index: event.index(),
        extrinsic: match event.phase() {
            Phase::ApplyExtrinsic(index) => Some(index),
            Phase::Finalization | Phase::Initialization => None,
        },
        contract: Address::from(contract),
        topics: topics.into_iter().map(B256::from).collect(),
        data,
    })
}

fn fields<T: DecodeAsFields>(event: &Event<'_, SubstrateConfig>) -> Result<T, Error> {
    event.decode_fields_unchecked_as().map_err(|error| {
        let (pallet, name) = (event.pallet_name(), event.event_name());
        Error::Unsupported(format!("the event {pallet}.{name} has an unknown form: {error}"))
    })
}
