//! What tests and benchmarks share: a tiny contract and how to deploy and call it.

#![allow(dead_code, reason = "each test binary uses a part")]

use anyhow::{Context, bail};
use chorus_devnet::{
    Chain,
    pallet_revive::{self, ExecConfig, TransactionLimits},
    polkadot_sdk::{
        frame_support::weights::Weight,
        frame_system, pallet_balances,
        sp_core::{H160, U256, sr25519},
        sp_runtime::{MultiSigner, traits::IdentifyAccount as _},
    },
    runtime::{AccountId, Balance, Runtime, RuntimeCall, RuntimeEvent, RuntimeOrigin},
};

/// EVM code that deploys `slot 0 += 1; return slot 0`.
pub(crate) const COUNTER: [u8; 29] = [
    // Copy the rest of this code to memory and return it.
    0x60, 0x12, 0x80, 0x60, 0x0b, 0x60, 0x00, 0x39, 0x60, 0x00, 0xf3, // SLOAD 0, ADD 1, DUP, SSTORE 0
    0x60, 0x00, 0x54, 0x60, 0x01, 0x01, 0x80, 0x60, 0x00, 0x55, // MSTORE 0, RETURN 32 bytes
    0x60, 0x00, 0x52, 0x60, 0x20, 0x60, 0x00, 0xf3,
];

/// More than any call here needs.
const DEPOSIT_LIMIT: Balance = 1_000_000_000_000_000;

pub(crate) fn account(pair: &sr25519::Pair) -> AccountId {
    use chorus_devnet::polkadot_sdk::sp_core::Pair as _;
    MultiSigner::from(pair.public()).into_account()
}

/// Deploys `code` by an extrinsic and returns the contract's address.
pub(crate) fn deploy(chain: &Chain, signer: &sr25519::Pair, code: &[u8], data: &[u8]) -> anyhow::Result<H160> {
    let call = pallet_revive::Call::instantiate_with_code {
        value: 0,
        weight_limit: Weight::from_parts(500_000_000_000, 3_000_000),
        storage_deposit_limit: DEPOSIT_LIMIT,
        code: code.to_vec(),
        data: data.to_vec(),
        salt: None,
    };
    let nonce = chain.next_nonce(&account(signer))?;
    let before = chain.best().header.number;
    chain.submit(&chain.sign(signer, nonce, call)?)?;
    // A devnet may have sealed it into a block of its own already.
    chain.mine()?;
    let mut all = Vec::new();
    for height in before + 1..=chain.best().header.number {
        all.extend(events(chain, height)?);
    }
    let address = all.iter().find_map(|event| match event {
        RuntimeEvent::Revive(pallet_revive::Event::Instantiated { contract, .. }) => Some(*contract),
        _ => None,
    });
    address.with_context(|| format!("no contract was instantiated: {all:?}"))
}

/// The events of a block.
pub(crate) fn events(chain: &Chain, height: u32) -> anyhow::Result<Vec<RuntimeEvent>> {
    let events = || {
        let records = frame_system::Pallet::<Runtime>::read_events_no_consensus();
        records.map(|record| record.event).collect()
    };
    let block = chain.hash_at(height).context("no such block")?;
    Ok(chain.execute_at(block, events)?)
}

/// What a call would return, and what weight it needs, without doing it.
pub(crate) fn dry_run(
    chain: &Chain,
    caller: &sr25519::Pair,
    contract: H160,
    data: &[u8],
) -> anyhow::Result<(Vec<u8>, Weight)> {
    let outcome = chain.execute_at_best(|| {
        pallet_revive::Pallet::<Runtime>::bare_call(
            RuntimeOrigin::signed(account(caller)),
            contract,
            U256::zero(),
            TransactionLimits::WeightAndDeposit { weight_limit: Weight::MAX, deposit_limit: DEPOSIT_LIMIT },
            data.to_vec(),
            &ExecConfig::new_substrate_tx(),
        )
    })?;
    match outcome.result {
        Ok(returned) if !returned.did_revert() => Ok((returned.data, outcome.weight_required)),
        other => bail!("the call failed: {other:?}"),
    }
}

/// A call of a contract.
pub(crate) fn call(contract: H160, data: &[u8], weight_limit: Weight) -> RuntimeCall {
    RuntimeCall::Revive(pallet_revive::Call::call {
        dest: contract,
        value: 0,
        weight_limit,
        storage_deposit_limit: DEPOSIT_LIMIT,
        data: data.to_vec(),
    })
}

/// A transfer by `signer` with the account's next nonce.
pub(crate) fn transfer(
    chain: &Chain,
    signer: &sr25519::Pair,
    to: &sr25519::Pair,
    value: Balance,
) -> anyhow::Result<Vec<u8>> {
    let call = pallet_balances::Call::transfer_keep_alive { dest: account(to).into(), value };
    Ok(chain.sign(signer, chain.next_nonce(&account(signer))?, call)?)
}

/// What an account can spend.
pub(crate) fn balance(chain: &Chain, pair: &sr25519::Pair) -> anyhow::Result<Balance> {
    let balance = || pallet_balances::Pallet::<Runtime>::free_balance(account(pair));
    Ok(chain.execute_at_best(balance)?)
}
