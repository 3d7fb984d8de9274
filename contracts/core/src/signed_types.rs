//! Every EIP-712 struct of the pool, declared once: what people sign, and what ids are the hashes of.

use crate::{contract::Contract, eip712::type_hash, hash::Hash32};

/// An EIP-712 struct.
#[derive(Clone, Copy, Debug)]
pub struct SignedType {
    /// Its name.
    pub name: &'static str,
    /// Its fields, each as its type and its name: `address member`.
    pub fields: &'static [&'static str],
    /// The contract whose domain it is signed under, and whose nonce it carries if it has one.
    pub contract: Contract,
    /// The sentence that a Substrate wallet shows above the digest, for what members sign; empty for the others.
    pub words: &'static str,
    /// Keccak of the whole type.
    pub type_hash: Hash32,
}

/// Hands the whole table to a macro of the caller's, which makes of it what it needs: constants here, and alloy's
/// structs in the bindings. A row has the struct's name, the contract, the words of a member's act, and the fields as
/// Solidity has them.
#[macro_export]
macro_rules! signed_types {
    ($with:ident) => {
        $with! {
            /// A member contributes, or replaces the contribution there is.
            Contribution to Attestations says "Chorus: contribute my listening history." {
                address member;
                uint64 nonce;
                bytes32 commitment;
                bytes32 nullifier;
                uint32 weight;
                uint16 rule_version;
                uint8 route;
                uint16 purposes;
                uint64 deadline;
            }
            /// A member allows these purposes from now on, and no other.
            SetPurposes to Attestations says "Chorus: change the purposes I allow." {
                address member;
                uint64 nonce;
                uint16 purposes;
                uint64 deadline;
            }
            /// A member takes their contribution back.
            Withdraw to Attestations says "Chorus: withdraw my contribution." {
                address member;
                uint64 nonce;
                uint64 deadline;
            }
            /// A member leaves an open sale.
            Leave to Attestations says "Chorus: leave a sale." {
                address member;
                uint64 nonce;
                uint32 sale;
                uint64 deadline;
            }
            /// A member votes, as OpenZeppelin's Governor has it signed; good as long as the ballot takes votes.
            Ballot to Votes says "Chorus: vote in a ballot." {
                uint256 proposalId;
                uint8 support;
                address voter;
                uint256 nonce;
            }
            /// An account delegates its votes, as ERC-5805 has it signed.
            Delegation to Votes says "Chorus: delegate my votes." {
                address delegatee;
                uint256 nonce;
                uint256 expiry;
            }
            /// A member takes their share of a sale.
            Claim to Escrow says "Chorus: claim my share of a sale." {
                address member;
                uint64 nonce;
                bytes32 offer;
                address to;
                uint64 deadline;
            }
            /// An owner takes their whole credit.
            WithdrawCredit to Escrow says "Chorus: withdraw my credit." {
                address owner;
                uint64 nonce;
                address currency;
                address to;
                uint64 deadline;
            }
            /// Attesters sign that a member may contribute this.
            Attestation to Attestations {
                address member;
                uint64 nonce;
                bytes32 commitment;
                bytes32 nullifier;
                uint32 weight;
                uint16 rule_version;
                uint8 route;
                uint64 deadline;
            }
            /// Attesters sign that a contribution is a fraud, which the DAO may then revoke.
            Revocation to Attestations {
                address member;
                bytes32 nullifier;
                uint64 deadline;
            }
            /// An offer, whose hash is its id.
            Offer to Escrow {
                address buyer;
                address currency;
                uint128 price;
                uint8 purpose;
                bytes32 fields_hash;
                bytes32 licence_hash;
                uint32 min_members;
                uint64 min_weight;
                address custodian;
                address arbiter;
                uint64 delivery_s;
                uint64 dispute_s;
                bytes32 salt;
            }
            /// A proposal, whose hash is its id.
            Proposal to Escrow {
                address[] targets;
                bytes[] calls;
                bytes32 description_hash;
            }
        }
    };
}

macro_rules! constants {
    ($( $(#[$doc:meta])* $name:ident to $contract:ident $(says $words:literal)? {
        $( $type:ident $([ $($length:tt)* ])? $field:ident; )+
    } )+) => {
        $(
            $(#[$doc])*
            #[allow(non_upper_case_globals, reason = "named as the struct is")]
            pub const $name: SignedType = {
                const FIELDS: &[&str] = &[ $(
                    concat!(stringify!($type), $( "[", $( stringify!($length), )* "]", )? " ", stringify!($field))
                ),+ ];
                SignedType {
                    name: stringify!($name),
                    fields: FIELDS,
                    contract: Contract::$contract,
                    words: concat!($( $words )?),
                    type_hash: type_hash(stringify!($name), FIELDS),
                }
            };
        )+

        /// All of them.
        pub const SIGNED_TYPES: &[SignedType] = &[ $( $name ),+ ];
    };
}
signed_types!(constants);

/// The words of which a struct's EIP-712 hash is the Keccak, from those of its fields: as many as its type has, or it
/// does not compile.
///
/// ```ignore
/// struct_words!(Withdraw, [member.word(), nonce.word(), deadline.word()])
/// ```
///
/// The type's hash is taken by a `const` block: without it, a contract's code holds the whole row of the table.
macro_rules! struct_words {
    ($name:ident, [ $( $word:expr ),+ $(,)? ]) => {{
        const { assert!([ $( stringify!($word) ),+ ].len() == $crate::signed_types::$name.fields.len()) };
        [ const { $crate::signed_types::$name.type_hash }, $( $word ),+ ]
    }};
}
pub(crate) use struct_words;
