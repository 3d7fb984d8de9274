//! What accounts sign in a world as it is now: each act has its signer's present nonce in it.

use chorus_core::{
    abi::Word as _,
    attestations::{self, Contribution, MemberAct},
    eip712::Signature,
    escrow::{Permit, Request},
    hash::Hash32,
    signed::Act,
    types::{Address, Amount, BallotId, Timestamp},
    votes::{self, Delegation},
};

use super::World;
use crate::store::Key;

impl World {
    /// The permit by which `owner` lets `escrow` take this much of a token.
    pub fn permit(&self, currency: Address, owner: Address, amount: Amount, deadline: Timestamp) -> Permit {
        let deadline = deadline.word();
        let signature = self.signature(owner, self.permit_digest(currency, owner, amount, deadline));
        let (mut r, mut s) = ([0; 32], [0; 32]);
        r.copy_from_slice(&signature[..32]);
        s.copy_from_slice(&signature[32..64]);
        Permit { deadline, v: signature[64], r, s }
    }

    /// The digest that a token's owner signs so that `escrow` may take this much.
    pub(super) fn permit_digest(&self, currency: Address, owner: Address, amount: Amount, deadline: Hash32) -> Hash32 {
        let nonce = self.number(Key::Permits(currency, owner));
        let words = [owner.word(), self.site.escrow.word(), amount.word(), nonce.word(), deadline];
        (self.site.signing.permit_digest)(currency, words)
    }

    /// The signature of `signer` with an Ethereum key.
    fn signature(&self, signer: Address, digest: Hash32) -> [u8; Signature::SIZE] {
        (self.site.signing.ecdsa)(signer, digest)
    }

    /// Good signatures of as many attesters as are needed, for `member` to contribute this.
    pub fn sign(&self, member: Address, contribution: &Contribution) -> Vec<u8> {
        self.attesters_sign(self.attestation(member, contribution))
    }

    /// The signature of any `signer`, attester or not, for `member` to contribute this.
    pub fn sign_as(&self, signer: Address, member: Address, contribution: &Contribution) -> Vec<u8> {
        self.signature(signer, self.attestation(member, contribution)).into()
    }

    /// Good signatures for the DAO to revoke what `member` contributed.
    pub fn sign_revocation(&self, member: Address, deadline: Timestamp) -> Vec<u8> {
        let nullifier = self.member(member).nullifier;
        self.attesters_sign(attestations::revocation::<Self>(
            &self.attestations_separator(),
            member,
            nullifier,
            deadline,
        ))
    }

    fn attestation(&self, member: Address, contribution: &Contribution) -> Hash32 {
        let nonce = self.member(member).nonce;
        attestations::attestation::<Self>(&self.attestations_separator(), member, nonce, contribution)
    }

    fn attesters_sign(&self, digest: Hash32) -> Vec<u8> {
        let attesters = attestations::Host::attesters(self);
        let needed = attesters.keys().iter().take(attesters.threshold.into());
        needed.flat_map(|attester| self.signature(*attester, digest)).collect()
    }

    /// The act by which `member` contributes this and allows `purposes`.
    pub fn contribution_act(&self, member: Address, contribution: &Contribution, purposes: u16) -> Act {
        let nonce = self.member(member).nonce;
        attestations::contribution::<Self>(&self.attestations_separator(), member, nonce, contribution, purposes)
    }

    /// The act by which `member` changes purposes, withdraws or leaves a sale.
    pub fn member_act(&self, member: Address, act: MemberAct, deadline: Timestamp) -> Act {
        act.signed::<Self>(&self.attestations_separator(), member, self.member(member).nonce, deadline)
    }

    /// The act by which somebody asks `escrow` for their money.
    pub fn request_act(&self, request: &Request) -> Act {
        request.signed(self, self.nonce(request.account))
    }

    /// The act by which `voter` votes in ballot `id`.
    pub fn ballot_act(&self, voter: Address, id: impl Into<BallotId>, support: u8) -> Act {
        votes::ballot_act::<Self>(self.votes_separator(), id.into(), support, voter, self.voter(voter).nonce)
    }

    /// The act by which whoever signs it delegates.
    pub fn delegation_act(&self, delegation: &Delegation) -> Act {
        delegation.act::<Self>(self.votes_separator())
    }

    /// The signature of `signer` over an act, with whichever key they have.
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
