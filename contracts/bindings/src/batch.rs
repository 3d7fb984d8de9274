//! Batches as the contracts unpack them: items side by side, big endian, without padding.

use crate::{Address, B256};

/// Bytes of one packed batch, at most: what `attestMany` takes. `castVotesBySig` would take 96 more.
pub const MAX_BYTES: usize = 16_288;

/// A batch that grows until it is full.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    bytes: Vec<u8>,
    count: usize,
}

/// A contribution as it stands in a batch of `attestMany`.
#[derive(Clone, Copy, Debug)]
pub struct Contribution<'a> {
    /// Whose.
    pub member: Address,
    /// Merkle root over the rows.
    pub commitment: B256,
    /// Keyed pseudonym of the account.
    pub nullifier: B256,
    /// Points.
    pub weight: u32,
    /// The weight rule.
    pub rule_version: u16,
    /// How the data came.
    pub route: u8,
    /// One bit for each allowed purpose.
    pub purposes: u16,
    /// The last second at which the signatures are good.
    pub deadline: u64,
    /// 65 bytes of each attester.
    pub signatures: &'a [u8],
    /// 65 bytes of an Ethereum key or 96 of a Substrate key.
    pub member_signature: &'a [u8],
}

impl Batch {
    /// Adds a contribution; false, and nothing added, if there is no room for it or a signature's length is none.
    pub fn push_contribution(&mut self, item: &Contribution<'_>) -> bool {
        let attesters = item.signatures.len() / 65;
        let (Ok(attesters), Ok(length)) = (u8::try_from(attesters), u8::try_from(item.member_signature.len())) else {
            return false;
        };
        if !item.signatures.len().is_multiple_of(65) {
            return false;
        }
        self.push(&[
            item.member.as_slice(),
            item.commitment.as_slice(),
            item.nullifier.as_slice(),
            &item.weight.to_be_bytes(),
            &item.rule_version.to_be_bytes(),
            &[item.route],
            &item.purposes.to_be_bytes(),
            &item.deadline.to_be_bytes(),
            &[attesters],
            item.signatures,
            &[length],
            item.member_signature,
        ])
    }

    /// Adds a vote; false, and nothing added, if there is no room for it or its signature is too long for any.
    pub fn push_ballot(&mut self, voter: Address, support: u8, signature: &[u8]) -> bool {
        let Ok(length) = u8::try_from(signature.len()) else { return false };
        self.push(&[voter.as_slice(), &[support, length], signature])
    }

    fn push(&mut self, parts: &[&[u8]]) -> bool {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        let fits = self.bytes.len() + length <= MAX_BYTES;
        if fits {
            parts.iter().for_each(|part| self.bytes.extend_from_slice(part));
            self.count += 1;
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
    fn what_is_no_signature_is_not_packed() {
        let mut batch = Batch::default();
        assert!(!batch.push_contribution(&contribution(&[9; 64], &[10; 65])));
        assert!(!batch.push_contribution(&contribution(&[9; 65], &[10; 256])));
        assert!(!batch.push_ballot(Address::ZERO, 1, &[0; 256]));
        assert_eq!(batch, Batch::default());
    }
}
