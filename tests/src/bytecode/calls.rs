//! The settings of a pool, and the calls of its sales: what the tests on bytecode share.

use chorus::deploy::{Settings, purposes_hash};
use chorus_bindings::{
    Address, Attestation, B256, Bytes, Contract, Setting, SolConstructor as _, attestations, escrow, votes,
};
use chorus_core::{offer::Terms, types::Amount};
use chorus_devnet::{pallet_revive, polkadot_sdk::frame_support::traits::Get as _, runtime::Runtime};
use chorus_model::cast::{Cast, OPT_OUT_S, PERIOD_MAX_S, PERIOD_MIN_S, RULING_S, VOTING_S};
use k256::ecdsa::SigningKey;

use super::{ARBITER, BUYER, CUSTODIAN, GUARDIAN};
use crate::model::{model, offer_call};

/// Settings with short periods, for pools of few members.
///
/// The periods are those of the model's pool. Two of three attesters sign.
pub fn settings() -> Settings {
    Settings {
        purposes: vec!["research".into(), "recommendation".into(), "advertising".into()],
        attesters: (1..=3).map(|number| address_of(&attester(number))).collect(),
        threshold: 2,
        custodians: vec![CUSTODIAN],
        arbiters: vec![ARBITER],
        guardian: GUARDIAN,
        voting_period_s: VOTING_S,
        quorum_min: 1,
        reserve_per_million: 1,
        cohort_min: 1,
        opt_out_s: OPT_OUT_S,
        period_min_s: PERIOD_MIN_S,
        period_max_s: PERIOD_MAX_S,
        ruling_s: RULING_S,
        ..Settings::default()
    }
}

/// The id of every chain here.
pub fn chain_id() -> u64 {
    <Runtime as pallet_revive::Config>::ChainId::get()
}

/// The key of an attester: a small number, so that anybody can repeat the signatures.
pub fn attester(number: u8) -> SigningKey {
    let mut scalar = [0; 32];
    scalar[31] = number;
    SigningKey::from_slice(&scalar).expect("a small number is a key")
}

/// The Ethereum address of a key.
pub fn address_of(key: &SigningKey) -> Address {
    Address::from_raw_public_key(&key.verifying_key().to_encoded_point(false).as_bytes()[1..])
}

/// The signature of a key over a digest: `r ‖ s ‖ v`.
pub fn sign(key: &SigningKey, digest: B256) -> [u8; 65] {
    let (signature, recovery) = key.sign_prehash_recoverable(&digest.0).expect("a digest is signed");
    let mut bytes = [27 + recovery.to_byte(); 65];
    bytes[..64].copy_from_slice(&signature.to_bytes());
    bytes
}

/// What attesters attest of `member`'s contribution under a nonce at `now`: good for a day, from an account that only
/// they have.
pub fn attestation(member: Address, nonce: u64, weight: u32, now: u64) -> Attestation {
    Attestation {
        member,
        nonce,
        commitment: B256::repeat_byte(0xc0),
        nullifier: member.into_word(),
        weight,
        rule_version: 1,
        route: 1,
        deadline: now + 86_400,
    }
}

/// An offer at `price` for purpose 0, made at `now`: offers at different times are different offers.
pub fn terms(currency: Address, price: u128, now: u64) -> escrow::offerCall {
    let mut salt = [0; 32];
    salt[24..].copy_from_slice(&now.to_be_bytes());
    offer_call(&Terms {
        currency: model(currency),
        price: Amount(price),
        custodian: model(CUSTODIAN),
        arbiter: model(ARBITER),
        salt,
        ..Cast::model().terms()
    })
}

/// A settings message as the DAO proposes it. Arguments are words as [`Setting::encode`] reads them.
pub fn setting_call(of: Contract, setting: &str, arguments: &[(&str, String)]) -> Bytes {
    let setting = Setting::find(of, setting).expect("a settings message");
    let argument = |wanted| arguments.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.clone());
    setting.encode(argument).expect("its arguments").into()
}

/// A delivery of a bundle and a manifest.
pub fn deliver_call(offer: B256) -> escrow::deliverCall {
    escrow::deliverCall { offer, bundle_hash: B256::repeat_byte(3), manifest_root: B256::repeat_byte(4) }
}

/// The call that brings in an attestation with these signatures.
pub fn attest_call(attestation: &Attestation, purposes: u16, signatures: &[[u8; 65]]) -> attestations::attestCall {
    let Attestation { member: _, nonce: _, commitment, nullifier, weight, rule_version, route, deadline } =
        *attestation;
    let signatures = Bytes::from(signatures.concat());
    attestations::attestCall { commitment, nullifier, weight, rule_version, route, purposes, deadline, signatures }
}

/// What the constructors of `attestations`, `votes` and `escrow` take, at these addresses.
pub fn constructors(with: &Settings, [attestations, votes, escrow]: [Address; 3]) -> [Vec<u8>; 3] {
    let attestations_arguments = attestations::constructorCall {
        votes,
        escrow,
        guardian: with.guardian,
        attesters: with.attesters.clone(),
        threshold: with.threshold,
        daily_weight_cap: with.daily_weight_cap,
        purposes: u8::try_from(with.purposes.len()).expect("few purposes"),
        purposes_hash: purposes_hash(&with.purposes),
    };
    let votes_arguments = votes::constructorCall {
        attestations,
        escrow,
        voting_period_s: with.voting_period_s,
        quorum_bps: with.quorum_bps,
        quorum_min: with.quorum_min,
        approval_bps: with.approval_bps,
        proposal_threshold_bps: with.proposal_threshold_bps,
    };
    let escrow_arguments = escrow::constructorCall {
        attestations,
        votes,
        guardian: with.guardian,
        amounts: [with.listing_fee, with.reserve_per_million],
        parts: [with.fee_bps, with.tip_bps],
        cohort_min: with.cohort_min,
        periods: [with.opt_out_s, with.period_min_s, with.period_max_s, with.ruling_s, with.timelock_s, with.grace_s],
        custodians: with.custodians.clone(),
        arbiters: with.arbiters.clone(),
    };
    [attestations_arguments.abi_encode(), votes_arguments.abi_encode(), escrow_arguments.abi_encode()]
}
