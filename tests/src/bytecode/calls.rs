//! The settings of a pool, and the calls of its sales: what the tests on bytecode share.

use chorus::deploy::NewPool;
use chorus_bindings::{Address, Attestation, B256, Bytes, Contract, Setting, attestations, escrow};
use chorus_core::{
    offer::Terms,
    settings::{OfferSettings, VotingSettings},
    types::{Amount, Points},
};
use chorus_devnet::{pallet_revive, polkadot_sdk::frame_support::traits::Get as _, runtime::Runtime};
use chorus_model::{
    Site,
    cast::{Cast, NOON},
};
use k256::ecdsa::SigningKey;

use super::{ARBITER, CUSTODIAN, GUARDIAN};
use crate::model::{model, offer_call};

/// A pool with short periods, for few members: the model's, with fee, tips and listing fee of a real pool.
///
/// Two of three attesters sign.
pub fn settings() -> NewPool {
    let model = Cast::model().pool(NOON, Site::MODEL);
    NewPool {
        purposes: vec!["research".into(), "recommendation".into(), "advertising".into()],
        attesters: (1..=3).map(|number| address_of(&attester(number))).collect(),
        threshold: 2,
        custodians: vec![CUSTODIAN],
        arbiters: vec![ARBITER],
        guardian: GUARDIAN,
        voting: VotingSettings { quorum_min: Points(1), ..model.voting },
        offers: OfferSettings {
            listing_fee: OfferSettings::default().listing_fee,
            reserve_per_million: Amount(1),
            ..model.offers
        },
        ..NewPool::default()
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
