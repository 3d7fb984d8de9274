//! What members sign and anybody relays, with the words that a Substrate wallet shows.
//!
//! Everything is under the contract's domain, of which `separator` is the hash.

use super::{
    consent::{set_purposes, withdraw},
    host::Host,
    sales::leave,
    statements::separator,
};
use crate::{
    abi::Word as _,
    eip712::struct_digest,
    error::Error,
    hash::{Hash32, Keccak},
    packing::Contribution,
    signed::{Act, check_deadline},
    signed_types::{self, struct_words},
    types::{Address, SaleNumber, Timestamp},
};

/// A member contributes this and allows `purposes`: a `Contribution`.
pub fn contribution<K: Keccak>(
    separator: &Hash32,
    member: Address,
    nonce: u64,
    contribution: &Contribution,
    purposes: u16,
) -> Act {
    let Contribution { commitment, nullifier, weight, rule_version, route, deadline } = *contribution;
    let fields = struct_words!(
        Contribution,
        [
            member.word(),
            nonce.word(),
            commitment,
            nullifier,
            weight.word(),
            rule_version.word(),
            route.word(),
            purposes.word(),
            deadline.word(),
        ]
    );
    Act { words: signed_types::Contribution.words, digest: struct_digest::<K>(separator, &fields) }
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
        let (member, nonce, deadline) = (member.word(), nonce.word(), deadline.word());
        let (words, fields): (_, &[Hash32]) = match self {
            Self::SetPurposes(purposes) => (
                signed_types::SetPurposes.words,
                &struct_words!(SetPurposes, [member, nonce, purposes.word(), deadline]),
            ),
            Self::Withdraw => (signed_types::Withdraw.words, &struct_words!(Withdraw, [member, nonce, deadline])),
            Self::Leave(sale) => {
                (signed_types::Leave.words, &struct_words!(Leave, [member, nonce, sale.word(), deadline]))
            }
        };
        Act { words, digest: struct_digest::<K>(separator, fields) }
    }
}

/// Does what `member` signed, until `deadline` (inclusive), whoever relays it.
pub fn relay<H: Host>(
    host: &mut H,
    now: Timestamp,
    member: Address,
    act: MemberAct,
    deadline: Timestamp,
    signature: &[u8],
) -> Result<(), Error> {
    check_deadline(now, deadline)?;
    let nonce = host.member(member).nonce;
    let signed = act.signed::<H>(&separator(host, &host.root()), member, nonce, deadline);
    signed.check(host, member, nonce, signature)?;
    match act {
        MemberAct::SetPurposes(purposes) => set_purposes(host, now, member, purposes),
        MemberAct::Withdraw => withdraw(host, now, member),
        MemberAct::Leave(sale) => leave(host, now, member, sale),
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::{
        attestations::{attestation, revocation},
        hash::Software,
        types::Weight,
    };

    const MEMBER: Address = Address([7; 20]);

    /// EIP-712 by its text: the digest of a struct of this type, whose fields all are numbers or whole words.
    fn digest_of(kind: &str, fields: &[&[u8]]) -> Hash32 {
        let mut preimage = Software::keccak(kind.as_bytes()).to_vec();
        for field in fields {
            preimage.extend(core::iter::repeat_n(0, 32 - field.len()));
            preimage.extend_from_slice(field);
        }
        let both: Vec<u8> = [&[0x19, 0x01], [1; 32].as_slice(), &Software::keccak(&preimage)].concat();
        Software::keccak(&both)
    }

    #[test]
    fn t09_members_and_attesters_sign_what_the_documentation_says() {
        let separator = [1; 32];
        let (nonce, deadline) = (0x0102_u64, Timestamp(0x0304_0506));
        let contributed = Contribution {
            commitment: [3; 32],
            nullifier: [4; 32],
            weight: Weight(0x0a0b),
            rule_version: 1,
            route: 2,
            deadline,
        };
        let member: &[u8] = &MEMBER.0;
        assert_eq!(
            attestation::<Software>(&separator, MEMBER, nonce, &contributed),
            digest_of(
                "Attestation(address member,uint64 nonce,bytes32 commitment,bytes32 nullifier,uint32 weight,\
                 uint16 rule_version,uint8 route,uint64 deadline)",
                &[member, &[1, 2], &[3; 32], &[4; 32], &[10, 11], &[1], &[2], &[3, 4, 5, 6]],
            )
        );
        assert_eq!(
            revocation::<Software>(&separator, MEMBER, [4; 32], deadline),
            digest_of(
                "Revocation(address member,bytes32 nullifier,uint64 deadline)",
                &[member, &[4; 32], &[3, 4, 5, 6]],
            )
        );
        let act = contribution::<Software>(&separator, MEMBER, nonce, &contributed, 0x0c0d);
        assert_eq!(act.words, "Chorus: contribute my listening history.");
        assert_eq!(
            act.digest,
            digest_of(
                "Contribution(address member,uint64 nonce,bytes32 commitment,bytes32 nullifier,uint32 weight,\
                 uint16 rule_version,uint8 route,uint16 purposes,uint64 deadline)",
                &[member, &[1, 2], &[3; 32], &[4; 32], &[10, 11], &[1], &[2], &[12, 13], &[3, 4, 5, 6]],
            )
        );
        let acts: [(_, _, _, &[&[u8]]); 3] = [
            (
                MemberAct::SetPurposes(0x0c0d),
                "Chorus: change the purposes I allow.",
                "SetPurposes(address member,uint64 nonce,uint16 purposes,uint64 deadline)",
                &[member, &[1, 2], &[12, 13], &[3, 4, 5, 6]],
            ),
            (
                MemberAct::Withdraw,
                "Chorus: withdraw my contribution.",
                "Withdraw(address member,uint64 nonce,uint64 deadline)",
                &[member, &[1, 2], &[3, 4, 5, 6]],
            ),
            (
                MemberAct::Leave(SaleNumber(0x0e0f)),
                "Chorus: leave a sale.",
                "Leave(address member,uint64 nonce,uint32 sale,uint64 deadline)",
                &[member, &[1, 2], &[14, 15], &[3, 4, 5, 6]],
            ),
        ];
        for (act, words, kind, fields) in acts {
            let signed = act.signed::<Software>(&separator, MEMBER, nonce, deadline);
            assert_eq!((signed.words, signed.digest), (words, digest_of(kind, fields)));
        }
    }
}
