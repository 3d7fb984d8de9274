//! What people sign: each act as an EIP-712 struct, the words that a Substrate wallet shows for it, and its digest.
//!
//! Type strings, words and wrapping are those that the contracts check; a test of theirs holds both together.

use crate::{Contract, SolStruct};

use alloy_sol_types::private::{B256, keccak256};
use alloy_sol_types::sol;
pub use chorus_abi::substrate_message;

/// An act that its member signs and anybody relays.
pub trait Act: SolStruct {
    /// Which contract checks the signature: its domain, and its nonces.
    const CONTRACT: Contract;
    /// The sentence that a Substrate wallet shows above the digest.
    const WORDS: &'static str;
}

/// The EIP-712 digest of a struct with this hash: `keccak(0x1901 ‖ separator ‖ hash)`.
pub fn digest(separator: B256, struct_hash: B256) -> B256 {
    let mut preimage = [0; 66];
    preimage[..2].copy_from_slice(&[0x19, 0x01]);
    preimage[2..34].copy_from_slice(separator.as_slice());
    preimage[34..].copy_from_slice(struct_hash.as_slice());
    keccak256(preimage)
}

macro_rules! acts {
    ($($(#[$doc:meta])* $name:ident to $contract:ident says $words:literal { $($type:ident $field:ident;)* })*) => {
        sol! {
            $(
                $(#[$doc])*
                #[derive(Debug, PartialEq, Eq)]
                struct $name { $($type $field;)* }
            )*
        }
        $(impl Act for $name {
            const CONTRACT: Contract = Contract::$contract;
            const WORDS: &'static str = $words;
        })*
    };
}

acts! {
    /// Contributes, or replaces the contribution there is.
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
    /// Allows these purposes from now on, and no other.
    SetPurposes to Attestations says "Chorus: change the purposes I allow." {
        address member;
        uint64 nonce;
        uint16 purposes;
        uint64 deadline;
    }
    /// Takes a contribution back.
    Withdraw to Attestations says "Chorus: withdraw my contribution." {
        address member;
        uint64 nonce;
        uint64 deadline;
    }
    /// Leaves an open sale.
    Leave to Attestations says "Chorus: leave a sale." {
        address member;
        uint64 nonce;
        uint32 sale;
        uint64 deadline;
    }
    /// Votes, as OpenZeppelin's Governor has it signed; good as long as the ballot.
    Ballot to Votes says "Chorus: vote in a ballot." {
        uint256 proposalId;
        uint8 support;
        address voter;
        uint256 nonce;
    }
    /// Delegates votes, as ERC-5805 has it signed.
    Delegation to Votes says "Chorus: delegate my votes." {
        address delegatee;
        uint256 nonce;
        uint256 expiry;
    }
    /// Takes a share of a sale.
    Claim to Escrow says "Chorus: claim my share of a sale." {
        address member;
        uint64 nonce;
        bytes32 offer;
        address to;
        uint64 deadline;
    }
    /// Takes a whole credit.
    WithdrawCredit to Escrow says "Chorus: withdraw my credit." {
        address owner;
        uint64 nonce;
        address currency;
        address to;
        uint64 deadline;
    }
}

sol! {
    /// What attesters sign of a contribution.
    #[derive(Debug, PartialEq, Eq)]
    struct Attestation {
        address member;
        uint64 nonce;
        bytes32 commitment;
        bytes32 nullifier;
        uint32 weight;
        uint16 rule_version;
        uint8 route;
        uint64 deadline;
    }

    /// What attesters sign of a fraud that the DAO revokes.
    #[derive(Debug, PartialEq, Eq)]
    struct Revocation {
        address member;
        bytes32 nullifier;
        uint64 deadline;
    }

    /// What an offer's id is the hash of, under the domain of `escrow`.
    #[derive(Debug, PartialEq, Eq)]
    struct Offer {
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

    /// What a proposal's id is the hash of, under the domain of `escrow`.
    #[derive(Debug, PartialEq, Eq)]
    struct Proposal {
        address[] targets;
        bytes[] calls;
        bytes32 description_hash;
    }

    /// ERC-2612, under the domain of the token.
    #[derive(Debug, PartialEq, Eq)]
    struct Permit {
        address owner;
        address spender;
        uint256 value;
        uint256 nonce;
        uint256 deadline;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Address;

    fn type_of<S: SolStruct>() -> String {
        S::eip712_root_type().into_owned()
    }

    #[test]
    fn the_types_are_those_that_wallets_show() {
        for (found, expected) in [
            (
                type_of::<Contribution>(),
                "Contribution(address member,uint64 nonce,bytes32 commitment,bytes32 nullifier,uint32 weight,uint16 rule_version,uint8 route,uint16 purposes,uint64 deadline)",
            ),
            (type_of::<SetPurposes>(), "SetPurposes(address member,uint64 nonce,uint16 purposes,uint64 deadline)"),
            (type_of::<Withdraw>(), "Withdraw(address member,uint64 nonce,uint64 deadline)"),
            (type_of::<Leave>(), "Leave(address member,uint64 nonce,uint32 sale,uint64 deadline)"),
            (type_of::<Ballot>(), "Ballot(uint256 proposalId,uint8 support,address voter,uint256 nonce)"),
            (type_of::<Delegation>(), "Delegation(address delegatee,uint256 nonce,uint256 expiry)"),
            (type_of::<Claim>(), "Claim(address member,uint64 nonce,bytes32 offer,address to,uint64 deadline)"),
            (
                type_of::<WithdrawCredit>(),
                "WithdrawCredit(address owner,uint64 nonce,address currency,address to,uint64 deadline)",
            ),
            (type_of::<Revocation>(), "Revocation(address member,bytes32 nullifier,uint64 deadline)"),
            (type_of::<Proposal>(), "Proposal(address[] targets,bytes[] calls,bytes32 description_hash)"),
            (type_of::<Permit>(), "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"),
        ] {
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_substrate_wallet_shows_words_and_digest() {
        let withdraw = Withdraw { member: Address::repeat_byte(1), nonce: 2, deadline: 3 };
        let digest = digest(B256::repeat_byte(9), withdraw.eip712_hash_struct());
        let message = substrate_message(Withdraw::WORDS, digest);
        assert_eq!(message, format!("<Bytes>Chorus: withdraw my contribution.\n{digest}</Bytes>"));
    }
}
