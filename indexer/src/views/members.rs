//! Members and changes of their contributions.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    tables::members,
    values::{Address, Amount, At, Hash, Points},
};

/// A member as of a block.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Member {
    /// The member's address.
    pub address: Address,
    /// Their number in order of joining, for life; the first is 1.
    pub number: u32,
    /// Weight of their contribution; 0 once it is withdrawn or revoked.
    pub weight: u32,
    /// The purposes they allow, one bit each.
    pub purposes: u16,
    /// Merkle root over the contribution's rows, of the last attestation.
    pub commitment: Hash,
    /// Keyed hash of the source account's id, of the last attestation.
    pub nullifier: Hash,
    /// Nonce of the member's next signature to `attestations`.
    pub nonce: u64,
    /// Nonce of the member's next signature to `votes`.
    pub votes_nonce: u64,
    /// Nonce of the member's next signature to `escrow`.
    pub escrow_nonce: u64,
    /// Their vote tokens.
    pub balance: Points,
    /// The account that has their votes.
    pub delegate: Option<Address>,
    /// The votes delegated to them.
    pub votes: Points,
    /// What they may withdraw, by currency.
    #[schema(value_type = BTreeMap<String, Amount>)]
    pub credits: BTreeMap<Address, Amount>,
    /// How many shares were settled for them.
    pub payouts: u64,
}

/// One change of one contribution.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Attestation {
    /// Its place in this list.
    pub id: u64,
    /// How the contribution changed.
    pub kind: members::Kind,
    /// The member's address.
    pub member: Address,
    /// The member's number.
    pub number: u32,
    /// The weight before.
    pub previous_weight: u32,
    /// The weight after.
    pub weight: u32,
    /// The purposes allowed after, one bit each.
    pub purposes: u16,
    /// Merkle root over the contribution's rows.
    pub commitment: Hash,
    /// Keyed hash of the source account's id.
    pub nullifier: Hash,
    /// Version of the weight rule, where attested.
    pub rule_version: Option<u16>,
    /// How the data came, where attested.
    pub route: Option<u8>,
    /// Nonce of the member's next signature.
    pub nonce: u64,
    /// The event.
    pub at: At,
}

impl Member {
    /// A member's record with what the ledger holds for them.
    pub fn new(row: members::Member, credits: BTreeMap<Address, Amount>) -> Self {
        let members::Member {
            number,
            address,
            weight,
            purposes,
            commitment,
            nullifier,
            nonce,
            votes_nonce,
            escrow_nonce,
            balance,
            delegate,
            votes,
            payouts,
        } = row;
        let [votes_nonce, escrow_nonce] = [votes_nonce, escrow_nonce].map(Option::unwrap_or_default);
        let [balance, votes] = [balance, votes].map(Option::unwrap_or_default);
        Self {
            address,
            number,
            weight,
            purposes,
            commitment,
            nullifier,
            nonce,
            votes_nonce,
            escrow_nonce,
            balance,
            delegate,
            votes,
            credits,
            payouts,
        }
    }
}

impl From<members::Attestation> for Attestation {
    fn from(row: members::Attestation) -> Self {
        let members::Attestation {
            id,
            kind,
            address: member,
            number,
            previous_weight,
            weight,
            purposes,
            commitment,
            nullifier,
            rule_version,
            route,
            nonce,
            at,
        } = row;
        Self {
            id,
            kind,
            member,
            number,
            previous_weight,
            weight,
            purposes,
            commitment,
            nullifier,
            rule_version,
            route,
            nonce,
            at,
        }
    }
}
