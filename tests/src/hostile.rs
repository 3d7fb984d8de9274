//! The contract of `tests/contracts/hostile`: a payee and token that misbehaves as it is told.

#![allow(missing_docs, reason = "alloy's sol! writes what the ABI file says")]

use alloy_sol_types::{SolCall, sol};
use chorus_bindings::Address;

pub use Hostile::*;

sol!(
    #[derive(Debug, PartialEq, Eq)]
    Hostile,
    "artifacts/hostile.abi"
);

/// Its PolkaVM code. The constructor takes no arguments.
pub const CODE: &[u8] = include_bytes!("../artifacts/hostile.polkavm");

/// What it does when it is paid, and in `transfer` and `transferFrom` when it is a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Mode {
    /// It behaves as a payee or a token should.
    Honest,
    /// It reverts.
    Revert,
    /// It uses up all the weight that it is given: call it with a limit.
    Burn,
    /// It writes cells that were not there.
    Write,
    /// It calls back as it was told, then goes on as if nothing had happened.
    Reenter,
    /// As a token it takes what was asked and delivers one unit less.
    DeliverLess,
    /// As a token it moves the money and returns nothing.
    ReturnNothing,
    /// As a token it moves nothing and returns false.
    ReturnFalse,
}

impl Mode {
    /// The call that makes it misbehave in this way.
    pub fn call(self) -> setModeCall {
        setModeCall { mode: self as u8 }
    }
}

/// The call that makes it call `target`: as a member, a buyer or a keeper that is a contract.
pub fn act<C: SolCall>(target: Address, call: &C) -> actCall {
    actCall { target, data: call.abi_encode().into() }
}

/// The call that tells it whom to call back under [`Mode::Reenter`], and with what.
pub fn reentry<C: SolCall>(target: Address, call: &C) -> setReentryCall {
    setReentryCall { act: act(target, call).abi_encode().into() }
}

/// EVM code of a contract that makes this one call, whoever calls it with whatever: for calls that are too long to be
/// told with [`reentry`].
pub fn caller_of<C: SolCall>(target: Address, call: &C) -> Vec<u8> {
    let data = call.abi_encode();
    let [high, low] = u16::try_from(data.len()).expect("a call is short").to_be_bytes();
    // CODECOPY of the call's data, which is after this; CALL; STOP if it was accepted, REVERT if not.
    let mut runtime = vec![0x61, high, low, 0x60, 0x2d, 0x5f, 0x39, 0x5f, 0x5f, 0x61, high, low, 0x5f, 0x5f, 0x73];
    runtime.extend(target);
    runtime.extend([0x5a, 0xf1, 0x60, 0x2b, 0x57, 0x5f, 0x5f, 0xfd, 0x5b, 0x00]);
    runtime.extend(data);
    let [high, low] = u16::try_from(runtime.len()).expect("a call is short").to_be_bytes();
    // The constructor returns all that is after it.
    [&[0x61, high, low, 0x80, 0x60, 0x0a, 0x5f, 0x39, 0x5f, 0xf3], &runtime[..]].concat()
}
