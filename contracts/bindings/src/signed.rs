//! What people sign: each act as an EIP-712 struct, the words that a Substrate wallet shows for it, and its digest.
//!
//! The structs are those of [`mod@chorus_core::signed_types`], which the contracts check, made into alloy's.

use alloy_sol_types::{
    private::{B256, keccak256},
    sol,
};

use crate::{Contract, SolStruct};
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

macro_rules! structs {
    ($( $(#[$doc:meta])* $name:ident to $contract:ident $(says $words:literal)? {
        $( $type:ident $([ $($length:tt)* ])? $field:ident; )+
    } )+) => {
        sol! {
            $(
                $(#[$doc])*
                #[derive(Debug, PartialEq, Eq)]
                struct $name { $( $type $([ $($length)* ])? $field; )+ }
            )+
        }

        $( $(
            impl Act for $name {
                const CONTRACT: Contract = Contract::$contract;
                const WORDS: &'static str = $words;
            }
        )? )+
    };
}
chorus_core::signed_types!(structs);

sol! {
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

    /// Alloy's struct has the type that the contracts hash.
    fn is_the_rules<S: SolStruct>(rules: &chorus_core::signed_types::SignedType) {
        let written = format!("{}({})", rules.name, rules.fields.join(","));
        assert_eq!(S::eip712_root_type(), written);
        assert_eq!(keccak256(written), rules.type_hash);
    }

    #[test]
    fn the_structs_have_the_types_that_the_contracts_hash() {
        use chorus_core::signed_types as rules;
        is_the_rules::<Contribution>(&rules::Contribution);
        is_the_rules::<SetPurposes>(&rules::SetPurposes);
        is_the_rules::<Withdraw>(&rules::Withdraw);
        is_the_rules::<Leave>(&rules::Leave);
        is_the_rules::<Ballot>(&rules::Ballot);
        is_the_rules::<Delegation>(&rules::Delegation);
        is_the_rules::<Claim>(&rules::Claim);
        is_the_rules::<WithdrawCredit>(&rules::WithdrawCredit);
        is_the_rules::<Attestation>(&rules::Attestation);
        is_the_rules::<Revocation>(&rules::Revocation);
        is_the_rules::<Offer>(&rules::Offer);
        is_the_rules::<Proposal>(&rules::Proposal);
        assert_eq!(rules::SIGNED_TYPES.len(), 12);
        assert_eq!(
            Permit::eip712_root_type(),
            "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
        );
    }

    #[test]
    fn a_substrate_wallet_shows_words_and_digest() {
        let withdraw = Withdraw { member: Address::repeat_byte(1), nonce: 2, deadline: 3 };
        let digest = digest(B256::repeat_byte(9), withdraw.eip712_hash_struct());
        let message = substrate_message(Withdraw::WORDS, digest);
        assert_eq!(message, format!("<Bytes>Chorus: withdraw my contribution.\n{digest}</Bytes>"));
    }
}
