//! Merkle roots over rows (a member's commitment) and over members (a delivery's manifest).
//!
//! The tree is that of RFC 9162, section 2.1 (Certificate Transparency), with Keccak-256:
//!
//! - a leaf is `keccak(0x00 ‖ item)`, an item being 32 bytes;
//! - a node is `keccak(0x01 ‖ left ‖ right)`;
//! - the left half of a tree over `n > 1` items holds the largest power of two below `n`. Seen from
//!   below: nodes are paired from left to right, and the odd one of a level is promoted as it is, never
//!   doubled, so that no two lists of items share a root;
//! - one item is a tree of one leaf; no items have no root.
//!
//! The tags keep a node from being read as a leaf (no second preimage), and `0x02` sets a manifest's
//! items apart from rows.

use core::marker::PhantomData;

use crate::hash::{Hash32, Keccak};

const LEAF: u8 = 0;
const NODE: u8 = 1;
const MANIFEST: u8 = 2;

/// Levels of a tree with as many items as a `u32` counts.
const LEVELS: usize = 32;

/// The longest proof that [`verify`] accepts.
pub const MAX_PROOF: usize = LEVELS;

/// The leaf of `item`: `keccak(0x00 ‖ item)`.
pub fn leaf<K: Keccak>(item: &Hash32) -> Hash32 {
    let mut data = [LEAF; 33];
    data[1..].copy_from_slice(item);
    K::keccak(&data)
}

/// The parent of two nodes: `keccak(0x01 ‖ left ‖ right)`.
pub fn node<K: Keccak>(left: &Hash32, right: &Hash32) -> Hash32 {
    let mut data = [NODE; 65];
    data[1..33].copy_from_slice(left);
    data[33..].copy_from_slice(right);
    K::keccak(&data)
}

/// A delivery manifest's item for one member: `keccak(0x02 ‖ number ‖ commitment)`, the number as four
/// bytes, most significant first. The manifest holds exactly the members in the sale, by rising number.
pub fn manifest_leaf<K: Keccak>(number: u32, commitment: &Hash32) -> Hash32 {
    let mut data = [MANIFEST; 37];
    data[1..5].copy_from_slice(&number.to_be_bytes());
    data[5..].copy_from_slice(commitment);
    K::keccak(&data)
}

/// The tree already holds as many items as a `u32` counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl core::fmt::Display for Full {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("a Merkle tree holds at most 4,294,967,295 items")
    }
}

impl core::error::Error for Full {}

/// A root computed item by item, in memory that does not grow: one hash per level.
#[derive(Clone, Debug)]
pub struct Root<K> {
    /// `peaks[i]` is the root of a finished subtree of `2^i` items where bit `i` of `items` is set.
    peaks: [Hash32; LEVELS],
    items: u32,
    keccak: PhantomData<K>,
}

impl<K: Keccak> Default for Root<K> {
    fn default() -> Self {
        Self { peaks: [[0; 32]; LEVELS], items: 0, keccak: PhantomData }
    }
}

impl<K: Keccak> Root<K> {
    /// A tree without items.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many items were pushed.
    pub fn items(&self) -> u32 {
        self.items
    }

    /// Appends one item on the right.
    pub fn push(&mut self, item: &Hash32) -> Result<(), Full> {
        let items = self.items.checked_add(1).ok_or(Full)?;
        let mut carried = leaf::<K>(item);
        // As in binary addition: every set low bit is a finished subtree that the new one completes.
        for (level, peak) in self.peaks.iter_mut().enumerate() {
            if self.items >> level & 1 == 0 {
                *peak = carried;
                break;
            }
            carried = node::<K>(peak, &carried);
        }
        self.items = items;
        Ok(())
    }

    /// The root over everything pushed so far; `None` without items.
    pub fn finish(&self) -> Option<Hash32> {
        let mut root: Option<Hash32> = None;
        for (level, peak) in self.peaks.iter().enumerate() {
            if self.items >> level & 1 == 1 {
                root = Some(root.map_or(*peak, |right| node::<K>(peak, &right)));
            }
        }
        root
    }
}

/// The root over `items`; `None` without items or with more than a `u32` counts.
pub fn root<'a, K: Keccak>(items: impl IntoIterator<Item = &'a Hash32>) -> Option<Hash32> {
    let mut tree = Root::<K>::new();
    for item in items {
        tree.push(item).ok()?;
    }
    tree.finish()
}

/// Whether `item` is number `index` (from 0) of the `size` items under `root`, by RFC 9162, section
/// 2.1.3.2. `proof` lists the siblings from the leaf up. Only `root` binds the item: `index` and `size`
/// are as trustworthy as whoever named them.
pub fn verify<K: Keccak>(root: &Hash32, size: u32, index: u32, item: &Hash32, proof: &[Hash32]) -> bool {
    let Some(mut last) = size.checked_sub(1) else { return false };
    if index > last || proof.len() > MAX_PROOF {
        return false;
    }
    let mut here = index;
    let mut hash = leaf::<K>(item);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if here & 1 == 1 || here == last {
            hash = node::<K>(sibling, &hash);
            // A promoted node rose without a sibling: skip the levels on which it had none.
            while here & 1 == 0 && here != 0 {
                here >>= 1;
                last >>= 1;
            }
        } else {
            hash = node::<K>(&hash, sibling);
        }
        here >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

#[cfg(all(test, feature = "keccak"))]
mod tests {
    use alloc::{vec, vec::Vec};

    use proptest::prelude::*;

    use super::*;
    use crate::hash::Software;

    fn items(n: u32) -> Vec<Hash32> {
        (0..n).map(|i| Software::keccak(&i.to_be_bytes())).collect()
    }

    /// The definition of RFC 9162, word for word: the model for [`Root`] and [`verify`].
    fn naive(items: &[Hash32]) -> Hash32 {
        match items {
            [one] => leaf::<Software>(one),
            _ => {
                let (left, right) = items.split_at(items.len().next_power_of_two() / 2);
                node::<Software>(&naive(left), &naive(right))
            }
        }
    }

    fn prove(items: &[Hash32], index: usize) -> Vec<Hash32> {
        if items.len() == 1 {
            return vec![];
        }
        let (left, right) = items.split_at(items.len().next_power_of_two() / 2);
        let (mut proof, sibling) = if index < left.len() {
            (prove(left, index), naive(right))
        } else {
            (prove(right, index - left.len()), naive(left))
        };
        proof.push(sibling);
        proof
    }

    #[test]
    fn no_items_have_no_root() {
        assert_eq!(root::<Software>([]), None);
    }

    #[test]
    fn one_item_is_its_leaf() {
        let item = [7; 32];
        assert_eq!(root::<Software>([&item]), Some(leaf::<Software>(&item)));
    }

    #[test]
    fn streamed_root_equals_the_definition() {
        for n in 1..=130 {
            let items = items(n);
            assert_eq!(root::<Software>(&items), Some(naive(&items)), "{n} items");
        }
    }

    #[test]
    fn every_item_proves_itself_and_nothing_else() {
        for n in 1..=40_u32 {
            let items = items(n);
            let root = naive(&items);
            for index in 0..n {
                let proof = prove(&items, index as usize);
                let item = &items[index as usize];
                assert!(verify::<Software>(&root, n, index, item, &proof), "{index} of {n}");
                assert!(!verify::<Software>(&root, n, index, &[1; 32], &proof));
                assert!(!verify::<Software>(&[0; 32], n, index, item, &proof));
                assert!(!verify::<Software>(&root, n, n, item, &proof));
                let mut longer = proof.clone();
                longer.push([0; 32]);
                assert!(!verify::<Software>(&root, n, index, item, &longer));
                if let Some((_, shorter)) = proof.split_last() {
                    assert!(!verify::<Software>(&root, n, index, item, shorter));
                }
            }
        }
    }

    #[test]
    fn an_odd_item_is_promoted_not_doubled() {
        let three = items(3);
        let doubled = [three[0], three[1], three[2], three[2]];
        assert_ne!(root::<Software>(&three), root::<Software>(&doubled));
    }

    #[test]
    fn a_node_cannot_pass_for_a_leaf() {
        let four = items(4);
        let left = node::<Software>(&leaf::<Software>(&four[0]), &leaf::<Software>(&four[1]));
        let right = node::<Software>(&leaf::<Software>(&four[2]), &leaf::<Software>(&four[3]));
        assert_ne!(root::<Software>(&four), root::<Software>([&left, &right]));
    }

    #[test]
    fn a_manifest_item_names_number_and_commitment() {
        let item = manifest_leaf::<Software>(1, &[2; 32]);
        assert_ne!(item, manifest_leaf::<Software>(2, &[2; 32]));
        assert_ne!(item, manifest_leaf::<Software>(1, &[3; 32]));
    }

    #[test]
    fn a_full_tree_refuses_more() {
        let mut tree = Root::<Software>::new();
        tree.items = u32::MAX;
        assert_eq!(tree.push(&[0; 32]), Err(Full));
        tree.items = u32::MAX - 1;
        assert_eq!(tree.push(&[0; 32]), Ok(()));
    }

    proptest! {
        #[test]
        fn a_list_that_differs_in_one_thing_has_another_root(
            list in prop::collection::vec(any::<[u8; 32]>(), 1..20),
            at: prop::sample::Index, other: prop::sample::Index,
            byte in 0..32usize, flip in 1..=u8::MAX, more in any::<[u8; 32]>(),
        ) {
            let (at, other) = (at.index(list.len()), other.index(list.len()));
            let root = root::<Software>(&list);
            let with = |change: &dyn Fn(&mut Vec<[u8; 32]>)| {
                let mut changed = list.clone();
                change(&mut changed);
                super::root::<Software>(&changed)
            };
            prop_assert_ne!(root, with(&|list| list[at][byte] ^= flip), "an item changed");
            let swapped = with(&|list| list.swap(at, other));
            prop_assert_eq!(root == swapped, list[at] == list[other], "two items swapped");
            prop_assert_ne!(root, with(&|list| list.push(more)), "one item more");
            prop_assert_ne!(root, with(&|list| list.insert(at, more)), "one item put in between");
            let shorter = with(&|list| {
                list.remove(at);
            });
            prop_assert_ne!(root, shorter, "one item less");
        }

        #[test]
        fn verify_never_panics(root in any::<[u8; 32]>(), size: u32, index: u32, item in any::<[u8; 32]>(),
                               proof in prop::collection::vec(any::<[u8; 32]>(), 0..40)) {
            prop_assert!(!verify::<Software>(&root, size, index, &item, &proof));
        }
    }

    #[test]
    fn a_proof_is_at_most_as_long_as_the_deepest_tree_is_high() {
        let mut siblings: Vec<Hash32> = (1..=32).map(|level| [level; 32]).collect();
        let item = [9; 32];
        let root = siblings.iter().fold(leaf::<Software>(&item), |hash, sibling| node::<Software>(&hash, sibling));
        assert!(verify::<Software>(&root, u32::MAX, 0, &item, &siblings));
        siblings.push([33; 32]);
        assert!(!verify::<Software>(&root, u32::MAX, 0, &item, &siblings));
    }

    #[test]
    fn items_are_counted_and_a_full_tree_says_how_many_it_holds() {
        let mut tree = Root::<Software>::new();
        for count in 1..=5 {
            tree.push(&[7; 32]).unwrap();
            assert_eq!(tree.items(), count);
        }
        assert!(alloc::format!("{Full}").contains("4,294,967,295"));
    }
}
