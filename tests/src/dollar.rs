//! The test dollar of `tests/contracts/dollar`: its calls, events and errors, its code, and what its owners sign.

#![allow(missing_docs, clippy::too_many_arguments, reason = "alloy's sol! writes what the ABI file says")]

use alloy_sol_types::{Eip712Domain, SolStruct as _, sol};
use chorus_bindings::{Address, B256, U256, signed::Permit};
use chorus_client::{Client, Error, keys::Key};
use k256::ecdsa::SigningKey;

use crate::bytecode;

pub use Dollar::*;

sol!(
    #[derive(Debug, PartialEq, Eq)]
    Dollar,
    "artifacts/dollar.abi"
);

/// Its PolkaVM code. The constructor takes no arguments.
pub const CODE: &[u8] = include_bytes!("../artifacts/dollar.polkavm");

/// One dollar in its smallest unit.
pub const DOLLAR: u128 = 1_000_000;

/// Deploys a test dollar on the chain of `client`; anybody can mint it.
///
/// # Errors
/// What the chain or the connection says.
pub async fn deploy(client: &Client, deployer: &Key) -> Result<Address, Error> {
    let made = client.instantiate(deployer, U256::ZERO, CODE.to_vec(), Vec::new()).await?;
    Ok(made.address)
}

/// The EIP-712 domain of the dollar at an address.
pub fn domain(chain_id: u64, dollar: Address) -> Eip712Domain {
    Eip712Domain::new(
        Some("Test Dollar of the embedded chain".into()),
        Some("1".into()),
        Some(U256::from(chain_id)),
        Some(dollar),
        None,
    )
}

/// The call that brings a permit, signed with `key` under the dollar's `domain`.
pub fn sign_permit(permit: &Permit, key: &SigningKey, domain: &Eip712Domain) -> permitCall {
    let Permit { owner, spender, value, nonce: _, deadline } = *permit;
    let [rs @ .., v] = bytecode::sign(key, permit.eip712_signing_hash(domain));
    let (r, s) = (B256::from_slice(&rs[..32]), B256::from_slice(&rs[32..]));
    permitCall { owner, spender, value, deadline, v, r, s }
}
