//! What runs inside the chain: a call as the runtime makes it, and what it left.

use chorus_bindings::{
    Address, B256, Contract, Event, SolInterface as _, escrow::EscrowErrors as Error, explain_revert,
};
use chorus_devnet::{
    pallet_revive::{self, ExecConfig, ExecReturnValue, StorageDeposit, TransactionLimits},
    polkadot_sdk::{frame_support::weights::Weight, frame_system, sp_core::H160, sp_runtime::DispatchError},
    runtime::{AccountId, Balance, Runtime, RuntimeEvent, RuntimeOrigin},
};

use super::{Cost, Receipt, Refusal};

pub(super) type Revive = pallet_revive::Pallet<Runtime>;
pub(super) type System = frame_system::Pallet<Runtime>;

/// More than any call here needs.
const DEPOSIT_LIMIT: Balance = super::ENDOWMENT / 2;

/// What a call left, before it is decoded.
pub(super) struct Outcome {
    pub(super) result: Result<ExecReturnValue, DispatchError>,
    pub(super) events: Vec<(Address, Vec<B256>, Vec<u8>)>,
    pub(super) weight: Weight,
    pub(super) deposit: StorageDeposit<Balance>,
}

pub(super) fn execute(from: Address, to: Address, value: u128, data: Vec<u8>, weight_limit: Weight) -> Outcome {
    let known = System::read_events_no_consensus().count();
    let done = Revive::bare_call(
        RuntimeOrigin::signed(account(from)),
        h160(to),
        value.into(),
        limits(weight_limit),
        data,
        &ExecConfig::new_substrate_tx(),
    );
    Outcome {
        result: done.result,
        events: emitted_since(known),
        weight: done.weight_consumed,
        deposit: done.storage_deposit,
    }
}

/// What contracts logged in this block after its first `known` events.
pub(super) fn emitted_since(known: usize) -> Vec<(Address, Vec<B256>, Vec<u8>)> {
    let events = System::read_events_no_consensus().skip(known);
    let emitted = events.filter_map(|record| match record.event {
        RuntimeEvent::Revive(pallet_revive::Event::ContractEmitted { contract, data, topics }) => {
            Some((address(contract), topics.iter().map(|topic| B256::from(topic.0)).collect(), data))
        }
        _ => None,
    });
    emitted.collect()
}

pub(super) fn decode<R>(
    outcome: Outcome,
    calldata_bytes: usize,
    contract_at: impl Fn(Address) -> Option<Contract>,
    returned: impl FnOnce(&[u8]) -> R,
) -> Receipt<R> {
    let Outcome { result, events, weight, deposit } = outcome;
    let result = match result {
        Err(error) => Err(Refusal::Trap(format!("{error:?}"))),
        Ok(answer) if !answer.did_revert() => Ok(returned(&answer.data)),
        Ok(answer) => Err(match Error::abi_decode_validate(&answer.data) {
            Ok(error) => {
                assert!(explain_revert(&answer.data).is_some(), "an error without a sentence: {error:?}");
                Refusal::Error(error)
            }
            Err(_) => Refusal::Unknown(answer.data),
        }),
    };
    // Others log too, such as a token that the pool calls.
    let events = events.into_iter().filter_map(|(address, topics, data)| {
        let contract = contract_at(address)?;
        Some(Event::decode(contract, &topics, &data).expect("the bindings know each event"))
    });
    let (ref_time_ps, proof_bytes, deposit) = (weight.ref_time(), weight.proof_size(), signed(deposit));
    let cost = Cost { ref_time_ps, proof_bytes, deposit, calldata_bytes };
    Receipt { result, events: events.collect(), cost }
}

pub(super) fn signed(deposit: StorageDeposit<Balance>) -> i128 {
    match deposit {
        StorageDeposit::Charge(amount) => i128::try_from(amount).expect("deposits are small"),
        StorageDeposit::Refund(amount) => -i128::try_from(amount).expect("deposits are small"),
    }
}

pub(super) fn limits(weight_limit: Weight) -> TransactionLimits<Runtime> {
    TransactionLimits::WeightAndDeposit { weight_limit, deposit_limit: DEPOSIT_LIMIT }
}

/// The account that an Ethereum address stands for: the address followed by twelve bytes of `0xEE`.
pub fn account(address: Address) -> AccountId {
    let mut account = [0xEE; 32];
    account[..20].copy_from_slice(address.as_slice());
    account.into()
}

/// An address as the chain's own code has it.
pub fn h160(address: Address) -> H160 {
    H160(address.0.0)
}

/// An address as the bindings have it.
pub fn address(h160: H160) -> Address {
    Address::from(h160.0)
}
