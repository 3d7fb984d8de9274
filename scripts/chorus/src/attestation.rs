//! A contribution with the attesters' signatures, as it travels from the attesters to the member and on to the chain.

use anyhow::{Context as _, ensure};
use chorus_bindings::{Address, B256, Bytes};
use serde::{Deserialize, Serialize};

/// A contribution that attesters signed, ready for the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedAttestation {
    /// The member whose contribution it is.
    pub member: Address,
    /// The member's nonce that the signatures are over.
    pub nonce: u64,
    /// Merkle root over the rows.
    pub commitment: B256,
    /// Keyed pseudonym of the account.
    pub nullifier: B256,
    /// Weight in points.
    pub weight: u32,
    /// The number of the weight rule.
    pub rule_version: u16,
    /// The last second at which the signatures are good.
    pub deadline: u64,
    /// The signatures of the attesters, 65 bytes each.
    pub signatures: Bytes,
}

impl SignedAttestation {
    /// Joins the signatures of several attesters over the same contribution.
    ///
    /// # Errors
    /// When the attesters did not find the same: then at least one of them is wrong, and the chain would refuse all.
    pub fn combine(all: Vec<Self>) -> anyhow::Result<Self> {
        let mut all = all.into_iter();
        let mut joined = all.next().context("no attester signed")?;
        let mut signatures = joined.signatures.to_vec();
        for next in all {
            signatures.extend_from_slice(&next.signatures);
            let same = Self { signatures: joined.signatures.clone(), ..next };
            ensure!(same == joined, "the attesters disagree: one found {joined:?}, another {same:?}");
        }
        joined.signatures = Bytes::from(signatures);
        Ok(joined)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(weight: u32, signature: u8) -> SignedAttestation {
        SignedAttestation {
            member: Address::repeat_byte(1),
            nonce: 0,
            commitment: B256::repeat_byte(2),
            nullifier: B256::repeat_byte(3),
            weight,
            rule_version: 1,
            deadline: 1_000_000,
            signatures: Bytes::from(vec![signature; 65]),
        }
    }

    #[test]
    fn signatures_of_attesters_who_agree_are_joined() {
        let joined = SignedAttestation::combine(vec![signed(5, 1), signed(5, 2)]).unwrap();
        assert_eq!(joined.signatures, [[1; 65], [2; 65]].concat());
        let disagreeing = SignedAttestation::combine(vec![signed(5, 1), signed(6, 2)]);
        assert!(disagreeing.unwrap_err().to_string().contains("disagree"));
        assert!(SignedAttestation::combine(vec![]).is_err());
    }
}
