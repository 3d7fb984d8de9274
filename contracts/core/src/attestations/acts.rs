//! What is signed: the attesters' statements as digests, the members' acts with the words a Substrate wallet shows.
//!
//! Everything is under the contract's domain, of which `separator` is the hash. Clients sign what these return.

use super::Contribution;
use crate::abi::Word as _;
use crate::eip712::{digest, type_hash};
use crate::hash::{Hash32, Keccak};
use crate::signed::Act;
use crate::types::{Address, SaleNumber, Timestamp};

const ATTESTATION: Hash32 = type_hash(
    "Attestation",
    &[
        "address member",
        "uint64 nonce",
        "bytes32 commitment",
        "bytes32 nullifier",
        "uint32 weight",
        "uint16 rule_version",
        "uint8 route",
        "uint64 deadline",
    ],
);
const REVOCATION: Hash32 = type_hash("Revocation", &["address member", "bytes32 nullifier", "uint64 deadline"]);
const CONTRIBUTION: Hash32 = type_hash(
    "Contribution",
    &[
        "address member",
        "uint64 nonce",
        "bytes32 commitment",
        "bytes32 nullifier",
        "uint32 weight",
        "uint16 rule_version",
        "uint8 route",
        "uint16 purposes",
        "uint64 deadline",
    ],
);
const SET_PURPOSES: Hash32 =
    type_hash("SetPurposes", &["address member", "uint64 nonce", "uint16 purposes", "uint64 deadline"]);
const WITHDRAW: Hash32 = type_hash("Withdraw", &["address member", "uint64 nonce", "uint64 deadline"]);
const LEAVE: Hash32 = type_hash("Leave", &["address member", "uint64 nonce", "uint32 sale", "uint64 deadline"]);

/// What attesters sign for `member` to contribute this at their `nonce`: an `Attestation`.
pub fn attestation<K: Keccak>(separator: &Hash32, member: Address, nonce: u64, contribution: &Contribution) -> Hash32 {
    let Contribution { commitment, nullifier, weight, rule_version, route, deadline } = *contribution;
    let words = [
        ATTESTATION,
        member.word(),
        nonce.word(),
        commitment,
        nullifier,
        weight.word(),
        rule_version.word(),
        route.word(),
        deadline.word(),
    ];
    signed::<K>(separator, &words)
}

/// What attesters sign for the DAO to take out what `member` contributed: a `Revocation`.
pub fn revocation<K: Keccak>(separator: &Hash32, member: Address, nullifier: Hash32, deadline: Timestamp) -> Hash32 {
    signed::<K>(separator, &[REVOCATION, member.word(), nullifier, deadline.word()])
}

/// A member contributes this and allows `purposes`: a `Contribution`.
pub fn contribution<K: Keccak>(
    separator: &Hash32,
    member: Address,
    nonce: u64,
    contribution: &Contribution,
    purposes: u16,
) -> Act {
    let Contribution { commitment, nullifier, weight, rule_version, route, deadline } = *contribution;
    let words = [
        CONTRIBUTION,
        member.word(),
        nonce.word(),
        commitment,
        nullifier,
        weight.word(),
        rule_version.word(),
        route.word(),
        purposes.word(),
        deadline.word(),
    ];
    Act { words: "Chorus: contribute my listening history.", digest: signed::<K>(separator, &words) }
}

/// What else members do by signature as they do by call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberAct {
    /// They allow exactly these purposes: a `SetPurposes`.
    SetPurposes(u16),
    /// They take their contribution back: a `Withdraw`.
    Withdraw,
    /// They leave a sale: a `Leave`.
    Leave(SaleNumber),
}

impl MemberAct {
    /// What `member` signs for it.
    pub fn signed<K: Keccak>(self, separator: &Hash32, member: Address, nonce: u64, deadline: Timestamp) -> Act {
        let (kind, value, words) = match self {
            Self::SetPurposes(purposes) => (SET_PURPOSES, purposes.into(), "Chorus: change the purposes I allow."),
            Self::Withdraw => (WITHDRAW, 0, "Chorus: withdraw my contribution."),
            Self::Leave(sale) => (LEAVE, sale.0, "Chorus: leave a sale."),
        };
        let all = [kind, member.word(), nonce.word(), value.word(), deadline.word()];
        // A withdrawal has no value of its own, so its deadline follows the nonce.
        let digest = match self {
            Self::Withdraw => signed::<K>(separator, &[all[0], all[1], all[2], all[4]]),
            _ => signed::<K>(separator, &all),
        };
        Act { words, digest }
    }
}

/// The digest of a struct by its words.
fn signed<K: Keccak>(separator: &Hash32, words: &[Hash32]) -> Hash32 {
    digest::<K>(separator, &K::keccak(words.as_flattened()))
}
