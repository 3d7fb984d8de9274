//! The keys of those who take part, and real signatures with them.

use std::{collections::BTreeMap, sync::OnceLock};

use chorus_bindings::{Address, SolStruct as _, U256, signed};
use chorus_core::{
    eip712::Signature,
    hash::{Hash32, Software},
    signed::substrate_address,
    types,
};
use chorus_devnet::polkadot_sdk::sp_core::{Pair as _, crypto::ByteArray as _, sr25519};
use chorus_model::{Signing, cast::Cast};
use chorus_tests::{
    bytecode::{self, ARBITER, CUSTODIAN, GUARDIAN, KEEPER, STRANGER, address_of, attester, chain_id},
    dollar,
    model::{model, real},
};
use k256::ecdsa::{RecoveryId, SigningKey, VerifyingKey};

/// The officers of [`bytecode`], and people with keys: four with Ethereum keys, two with Substrate keys.
pub(crate) fn cast(token: Option<types::Address>) -> Cast {
    Cast {
        people: (11..15)
            .map(|number| model(address_of(&attester(number))))
            .chain(substrate().keys().copied())
            .collect(),
        attesters: (1..=5).map(|number| model(address_of(&attester(number)))).collect(),
        guardian: model(GUARDIAN),
        buyer: model(address_of(&attester(BUYERS_KEY))),
        custodian: model(CUSTODIAN),
        arbiter: model(ARBITER),
        keeper: model(KEEPER),
        stranger: model(STRANGER),
        nobody: model(bytecode::member(1)),
        token,
        contracts_call: false,
    }
}

/// Real keys, checked in software.
pub(crate) const SIGNING: Signing = Signing {
    ecdsa: |signer, digest| {
        let key = ethereum().get(&signer).unwrap_or(&ethereum()[&model(address_of(&attester(STRAY_KEY)))]);
        bytecode::sign(key, digest.into())
    },
    recover: |digest, &Signature { r, s, v }| {
        let signature = k256::ecdsa::Signature::from_scalars(r, s).ok()?;
        let key = VerifyingKey::recover_from_prehash(&digest, &signature, RecoveryId::from_byte(v - 27)?).ok()?;
        Some(model(Address::from_raw_public_key(&key.to_encoded_point(false).as_bytes()[1..])))
    },
    substrate_key: |account| Some(substrate().get(&account)?.public().0),
    sr25519: |key, message| {
        let pair = substrate().values().find(|pair| pair.public().0 == key).expect("a key of the cast");
        pair.sign(message).0
    },
    verify_sr25519: |key, message, signature| {
        let key = sr25519::Public::from_slice(key).expect("32 bytes");
        sr25519::Pair::verify(&sr25519::Signature::from_raw(*signature), message, &key)
    },
    permit_digest: |currency, [owner, spender, value, nonce, deadline]| {
        let permit = signed::Permit {
            owner: Address::from_word(owner.into()),
            spender: Address::from_word(spender.into()),
            value: U256::from_be_bytes(value),
            nonce: U256::from_be_bytes(nonce),
            deadline: U256::from_be_bytes(deadline),
        };
        permit.eip712_signing_hash(&dollar::domain(chain_id(), real(currency))).0
    },
};

/// The key of the buyer, who signs permits.
const BUYERS_KEY: u8 = 31;
/// The key that signs for whoever has none of their own. Nobody knows its account.
const STRAY_KEY: u8 = 99;

fn ethereum() -> &'static BTreeMap<types::Address, SigningKey> {
    static KEYS: OnceLock<BTreeMap<types::Address, SigningKey>> = OnceLock::new();
    KEYS.get_or_init(|| {
        let keys = (1..=5).chain(11..15).chain([BUYERS_KEY, STRAY_KEY]).map(attester);
        keys.map(|key| (model(address_of(&key)), key)).collect()
    })
}

fn substrate() -> &'static BTreeMap<types::Address, sr25519::Pair> {
    static KEYS: OnceLock<BTreeMap<types::Address, sr25519::Pair>> = OnceLock::new();
    let account = |key: &Hash32| substrate_address::<Software>(key);
    KEYS.get_or_init(|| {
        let pairs = [21, 22].map(|number| sr25519::Pair::from_seed(&[number; 32]));
        pairs.into_iter().map(|pair| (account(&pair.public().0), pair)).collect()
    })
}
