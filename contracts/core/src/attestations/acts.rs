//! What is signed: the attesters' statements as digests, the members' acts with the words a Substrate wallet shows.
//!
//! Everything is under the contract's domain, of which `separator` is the hash. Clients sign what these return.

use super::Contribution;
use crate::abi::Word as _;
use crate::eip712::{digest, hash_words, type_hash};
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
    digest::<K>(separator, &hash_words::<K, 9>(words))
}

/// What attesters sign for the DAO to take out what `member` contributed: a `Revocation`.
pub fn revocation<K: Keccak>(separator: &Hash32, member: Address, nullifier: Hash32, deadline: Timestamp) -> Hash32 {
    digest::<K>(separator, &hash_words::<K, 4>([REVOCATION, member.word(), nullifier, deadline.word()]))
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
    Act {
        words: "Chorus: contribute my listening history.",
        digest: digest::<K>(separator, &hash_words::<K, 10>(words)),
    }
}

/// A member allows exactly `purposes`: a `SetPurposes`.
pub fn purposes<K: Keccak>(separator: &Hash32, member: Address, nonce: u64, purposes: u16, deadline: Timestamp) -> Act {
    let words = [SET_PURPOSES, member.word(), nonce.word(), purposes.word(), deadline.word()];
    Act { words: "Chorus: change the purposes I allow.", digest: digest::<K>(separator, &hash_words::<K, 5>(words)) }
}

/// A member takes their contribution back: a `Withdraw`.
pub fn withdrawal<K: Keccak>(separator: &Hash32, member: Address, nonce: u64, deadline: Timestamp) -> Act {
    let words = [WITHDRAW, member.word(), nonce.word(), deadline.word()];
    Act { words: "Chorus: withdraw my contribution.", digest: digest::<K>(separator, &hash_words::<K, 4>(words)) }
}

/// A member leaves a sale: a `Leave`.
pub fn leaving<K: Keccak>(
    separator: &Hash32,
    member: Address,
    nonce: u64,
    sale: SaleNumber,
    deadline: Timestamp,
) -> Act {
    let words = [LEAVE, member.word(), nonce.word(), sale.word(), deadline.word()];
    Act { words: "Chorus: leave a sale.", digest: digest::<K>(separator, &hash_words::<K, 5>(words)) }
}
