//! Batches as the contracts unpack them, packed by the rules' own [`chorus_core::packing`].

use chorus_core::{
    packing::{self, SignedVote, Submission},
    types::{Address as Account, Timestamp, Weight},
};

use crate::{Address, B256};

/// Bytes of one packed batch, at most: what `attestMany` takes. `castVotesBySig` would take 96 more.
pub const MAX_BYTES: usize = packing::MAX_BATCH_SIZE;

/// A batch that grows until it is full.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    bytes: Vec<u8>,
    count: usize,
}

/// A contribution as it stands in a batch of `attestMany`.
#[derive(Clone, Copy, Debug)]
pub struct Contribution<'a> {
    /// The member whose contribution it is.
    pub member: Address,
    /// The Merkle root over the rows.
    pub commitment: B256,
    /// The keyed pseudonym of the source account.
    pub nullifier: B256,
    /// Its weight, in points.
    pub weight: u32,
    /// The version of the weight rule.
    pub rule_version: u16,
    /// How the file was obtained.
    pub route: u8,
    /// One bit for each allowed purpose.
    pub purposes: u16,
    /// The last second at which the signatures are good.
    pub deadline: u64,
    /// The attesters' signatures, 65 bytes each.
    pub signatures: &'a [u8],
    /// The member's signature: 65 bytes of an Ethereum key or 96 of a Substrate key.
    pub member_signature: &'a [u8],
}

impl Batch {
    /// Adds a contribution. False, and nothing added, if there is no room for it or its signatures have lengths that no
    /// signatures have.
    pub fn push_contribution(&mut self, item: &Contribution<'_>) -> bool {
        let submission = Submission {
            member: Account(item.member.into_array()),
            contribution: packing::Contribution {
                commitment: item.commitment.0,
                nullifier: item.nullifier.0,
                weight: Weight(item.weight),
                rule_version: item.rule_version,
                route: item.route,
                deadline: Timestamp(item.deadline),
            },
            purposes: item.purposes,
            signatures: item.signatures,
            member_signature: Some(item.member_signature),
        };
        self.push(|bytes| submission.pack(bytes))
    }

    /// Adds a vote. False, and nothing added, if there is no room for it or its signature is too long.
    pub fn push_ballot(&mut self, voter: Address, support: u8, signature: &[u8]) -> bool {
        let vote = SignedVote { voter: Account(voter.into_array()), support, signature };
        self.push(|bytes| vote.pack(bytes))
    }

    fn push(&mut self, pack: impl FnOnce(&mut Vec<u8>) -> bool) -> bool {
        let before = self.bytes.len();
        let fits = pack(&mut self.bytes) && self.bytes.len() <= MAX_BYTES;
        if fits {
            self.count += 1;
        } else {
            self.bytes.truncate(before);
        }
        fits
    }

    /// How many items there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The packed items.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contribution<'a>(signatures: &'a [u8], member_signature: &'a [u8]) -> Contribution<'a> {
        Contribution {
            member: Address::repeat_byte(1),
            commitment: B256::repeat_byte(2),
            nullifier: B256::repeat_byte(3),
            weight: 4,
            rule_version: 5,
            route: 6,
            purposes: 7,
            deadline: 8,
            signatures,
            member_signature,
        }
    }

    #[test]
    fn items_lie_side_by_side() {
        let mut batch = Batch::default();
        assert!(batch.push_contribution(&contribution(&[9; 130], &[10; 96])));
        let mut expected = vec![1; 20];
        expected.extend([2; 32]);
        expected.extend([3; 32]);
        expected.extend([0, 0, 0, 4, 0, 5, 6, 0, 7, 0, 0, 0, 0, 0, 0, 0, 8, 2]);
        expected.extend([9; 130]);
        expected.push(96);
        expected.extend([10; 96]);
        assert_eq!(batch.clone().into_bytes(), expected);
        assert!(batch.push_ballot(Address::repeat_byte(11), 1, &[12; 65]));
        expected.extend([11; 20]);
        expected.extend([1, 65]);
        expected.extend([12; 65]);
        assert_eq!(batch.count(), 2);
        assert_eq!(batch.into_bytes(), expected);
    }

    #[test]
    fn a_full_batch_has_no_room_for_one_more() {
        for (signature, votes) in [(65, 187), (96, 138)] {
            let mut batch = Batch::default();
            while batch.push_ballot(Address::ZERO, 1, &vec![1; signature]) {}
            assert_eq!(batch.count(), votes);
            let size = batch.into_bytes().len();
            assert!(size <= MAX_BYTES && size + 22 + signature > MAX_BYTES, "{size} bytes");
        }
    }

    #[test]
    fn a_signature_of_the_wrong_length_is_not_packed() {
        let mut batch = Batch::default();
        assert!(!batch.push_contribution(&contribution(&[9; 64], &[10; 65])));
        assert!(!batch.push_contribution(&contribution(&[9; 65], &[10; 256])));
        assert!(!batch.push_ballot(Address::ZERO, 1, &[0; 256]));
        assert_eq!(batch, Batch::default());
    }
}
