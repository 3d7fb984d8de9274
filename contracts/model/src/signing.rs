//! How accounts sign, and how that is checked: with real keys, or with the model's own signatures.

use chorus_core::{
    abi::Word as _,
    eip712::Signature,
    hash::{Hash32, Keccak as _, Software},
    signed::{self, Act, SR25519_SIZE},
    types::Address,
};

/// How accounts sign, and how that is checked. Whoever holds a world against a real chain brings real keys.
#[derive(Clone, Copy, Debug)]
pub struct Signing {
    /// The signature of an account's Ethereum key.
    pub ecdsa: fn(signer: Address, digest: Hash32) -> [u8; Signature::SIZE],
    /// The signer, unless the chain's recovery gives none.
    pub recover: fn(digest: Hash32, signature: &Signature) -> Option<Address>,
    /// The Substrate key of an account, if it has one.
    pub substrate_key: fn(account: Address) -> Option<Hash32>,
    /// The signature of a Substrate key.
    pub sr25519: fn(key: Hash32, message: &[u8]) -> [u8; 64],
    /// Whether a Substrate key signed this message.
    pub verify_sr25519: fn(key: &Hash32, message: &[u8], signature: &[u8; 64]) -> bool,
    /// The digest of a token's permit: over owner, spender, value, the owner's nonce with the token, and deadline.
    pub permit_digest: fn(currency: Address, permit: [Hash32; 5]) -> Hash32,
}

impl Signing {
    /// Signatures that name their signer and the digest. Real ones prove both; these anybody can make.
    pub const MODEL: Self = Self {
        ecdsa: model_ecdsa,
        recover: model_recover,
        substrate_key: |account| (0..MODEL_KEYS).map(model_key).find(|key| account == model_account(key)),
        sr25519: model_sr25519,
        verify_sr25519: |key, message, signature| *signature == model_sr25519(*key, message),
        permit_digest: |currency, permit| {
            Software::keccak(&[currency.word().as_slice(), permit.as_flattened()].concat())
        },
    };

    /// The signature of `signer`, by their Substrate key if they have one, otherwise by their Ethereum key.
    pub fn sign(&self, signer: Address, act: &Act) -> Vec<u8> {
        match (self.substrate_key)(signer) {
            None => (self.ecdsa)(signer, act.digest).into(),
            Some(key) => {
                let mut signature = Vec::with_capacity(SR25519_SIZE);
                signature.extend(key);
                signature.extend((self.sr25519)(key, act.message().as_bytes()));
                signature
            }
        }
    }
}

/// How many accounts of the model have a Substrate key.
const MODEL_KEYS: u8 = 4;

/// The Substrate key of the model at this index.
pub const fn model_key(index: u8) -> Hash32 {
    [0x5b ^ index; 32]
}

/// The account of a Substrate key.
pub fn model_account(key: &Hash32) -> Address {
    signed::substrate_address::<Software>(key)
}

fn model_ecdsa(signer: Address, digest: Hash32) -> [u8; Signature::SIZE] {
    let mut bytes = [0; Signature::SIZE];
    let (r, rest) = bytes.split_at_mut(32);
    let (s, v) = rest.split_at_mut(32);
    r.copy_from_slice(&signer.word());
    s.copy_from_slice(&signed_part(digest));
    v.copy_from_slice(&[27]);
    bytes
}

fn model_recover(digest: Hash32, signature: &Signature) -> Option<Address> {
    let word = if signature.s == signed_part(digest) {
        signature.r
    } else {
        // With another digest a real signature recovers an account that nobody knows.
        Software::keccak([digest, signature.s].as_flattened())
    };
    word.last_chunk::<20>().map(|address| Address(*address))
}

fn model_sr25519(key: Hash32, message: &[u8]) -> [u8; 64] {
    let mut signature = [0; 64];
    let (left, right) = signature.split_at_mut(32);
    left.copy_from_slice(&key);
    right.copy_from_slice(&Software::keccak(message));
    signature
}

/// The digest with its highest byte cleared, so that it is a low `s`.
fn signed_part(mut digest: Hash32) -> Hash32 {
    digest[0] = 0;
    digest
}
