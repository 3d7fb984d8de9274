//! How accounts of a world sign, and how their signatures are checked.

use super::World;
use alloc::vec::Vec;
use chorus_core::attestations::acts::{self, MemberAct};
use chorus_core::attestations::{self, Contribution};
use chorus_core::eip712::Signature;
use chorus_core::escrow::Request;
use chorus_core::hash::{Hash32, Keccak as _, Software};
use chorus_core::signed::{Act, SR25519_SIZE};
use chorus_core::types::{Address, BallotId, Timestamp};
use chorus_core::votes::{self, Delegation};
use chorus_core::{abi::Word as _, signed};

/// How accounts sign, and how that is checked. Real keys come from whoever holds the world against a real chain.
#[derive(Clone, Copy, Debug)]
pub struct Signing {
    /// The signature of an account's Ethereum key.
    pub ecdsa: fn(signer: Address, digest: Hash32) -> [u8; Signature::SIZE],
    /// Who signed; nobody if the chain's recovery answers nothing.
    pub recover: fn(digest: Hash32, signature: &Signature) -> Option<Address>,
    /// The Substrate key of an account, if it has one.
    pub substrate_key: fn(account: Address) -> Option<Hash32>,
    /// The signature of a Substrate key.
    pub sr25519: fn(key: Hash32, message: &[u8]) -> [u8; 64],
    /// Whether a Substrate key signed.
    pub verify_sr25519: fn(key: &Hash32, message: &[u8], signature: &[u8; 64]) -> bool,
    /// What is signed for a token's permit: of owner, spender, value, the owner's nonce there and deadline.
    pub permit_digest: fn(currency: Address, permit: [Hash32; 5]) -> Hash32,
}

impl Signing {
    /// Signatures that name their signer and what was signed, where real ones prove both. Anybody can make them.
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

    /// The signature of `signer`, by a Substrate key if they have one, and otherwise by their Ethereum key.
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

/// What is signed at present, of which a signer's present nonce is a part.
impl World {
    /// Good signatures for `member` to contribute this: of so many attesters as are needed.
    pub fn sign(&self, member: Address, contribution: &Contribution) -> Vec<u8> {
        self.attesters_sign(self.attestation(member, contribution))
    }

    /// What `signer` signs, whoever that is, for `member` to contribute this.
    pub fn sign_as(&self, signer: Address, member: Address, contribution: &Contribution) -> Vec<u8> {
        self.signature(signer, self.attestation(member, contribution)).into()
    }

    /// Good signatures for the DAO to revoke what `member` contributed.
    pub fn sign_revocation(&self, member: Address, deadline: Timestamp) -> Vec<u8> {
        let nullifier = self.member(member).nullifier;
        self.attesters_sign(acts::revocation::<Self>(&self.attestations_separator(), member, nullifier, deadline))
    }

    fn attestation(&self, member: Address, contribution: &Contribution) -> Hash32 {
        let nonce = self.member(member).nonce;
        acts::attestation::<Self>(&self.attestations_separator(), member, nonce, contribution)
    }

    fn attesters_sign(&self, digest: Hash32) -> Vec<u8> {
        let attesters = attestations::Host::attesters(self);
        let needed = attesters.keys().iter().take(attesters.threshold.into());
        needed.flat_map(|attester| self.signature(*attester, digest)).collect()
    }

    /// `member` contributes this and allows `purposes`.
    pub fn contribution_act(&self, member: Address, contribution: &Contribution, purposes: u16) -> Act {
        let nonce = self.member(member).nonce;
        acts::contribution::<Self>(&self.attestations_separator(), member, nonce, contribution, purposes)
    }

    /// `member` does this.
    pub fn member_act(&self, member: Address, act: MemberAct, deadline: Timestamp) -> Act {
        act.signed::<Self>(&self.attestations_separator(), member, self.member(member).nonce, deadline)
    }

    /// Somebody asks `escrow` to be paid.
    pub fn request_act(&self, request: &Request) -> Act {
        request.act(self, self.nonce(request.account))
    }

    /// `voter` votes so in ballot `id`.
    pub fn ballot_act(&self, voter: Address, id: impl Into<BallotId>, support: u8) -> Act {
        votes::ballot_act::<Self>(self.votes_separator(), id.into(), support, voter, self.voter(voter).nonce)
    }

    /// Whoever signs this delegates so.
    pub fn delegation_act(&self, delegation: &Delegation) -> Act {
        delegation.act::<Self>(self.votes_separator())
    }

    /// What `signer` makes of an act, with the key they have.
    pub fn sign_act(&self, signer: Address, act: &Act) -> Vec<u8> {
        self.site().signing.sign(signer, act)
    }

    fn votes_separator(&self) -> Hash32 {
        votes::Host::domain(self, self.votes_root().salt).separator::<Self>()
    }

    fn attestations_separator(&self) -> Hash32 {
        attestations::Host::domain(self, self.attestations_root().salt).separator::<Self>()
    }
}

/// So many accounts of the model have a Substrate key.
const MODEL_KEYS: u8 = 4;

/// A Substrate key of the model.
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
    let text = if signature.s == signed_part(digest) {
        signature.r
    } else {
        // Of another text a real signature recovers somebody nobody knows.
        Software::keccak([digest, signature.s].as_flattened())
    };
    text.last_chunk::<20>().map(|address| Address(*address))
}

fn model_sr25519(key: Hash32, message: &[u8]) -> [u8; 64] {
    let mut signature = [0; 64];
    let (left, right) = signature.split_at_mut(32);
    left.copy_from_slice(&key);
    right.copy_from_slice(&Software::keccak(message));
    signature
}

/// The digest with its highest byte cleared, which makes it a low `s`.
fn signed_part(mut digest: Hash32) -> Hash32 {
    digest[0] = 0;
    digest
}
