//! Transactions that wait for a block, ordered as the runtime asks.
//!
//! A transaction requires tags (say, an account's nonce 4) and provides tags (its nonce 5). It may be
//! applied once everything it requires was provided, the highest priority first.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
};

use polkadot_sdk::sp_runtime::{
    OpaqueExtrinsic,
    transaction_validity::{
        InvalidTransaction, TransactionPriority, TransactionTag, UnknownTransaction, ValidTransaction,
    },
};
use revive_dev_runtime::Hash;
use serde::Serialize;
use tokio::sync::mpsc;

/// How many transactions wait at most.
const MAX_TRANSACTIONS: usize = 65_536;
/// How many bytes of transactions wait at most.
const MAX_BYTES: usize = 256 * 1024 * 1024;
/// For how many blocks a provided tag is remembered, for transactions that were validated before it.
const REMEMBERED_BLOCKS: u32 = 64;

/// Why a transaction was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// The bytes are not an extrinsic of this runtime.
    #[error("Extrinsic has invalid format: {0}")]
    Format(String),
    /// The runtime panicked while it validated the transaction.
    #[error("Verification Error: {0}")]
    Verification(String),
    /// The runtime refuses it: bad signature, old nonce, too poor, ...
    #[error("Invalid Transaction: {}", <&str>::from(*.0))]
    Invalid(InvalidTransaction),
    /// The runtime cannot tell whether it is valid.
    #[error("Unknown Transaction Validity: {}", <&str>::from(*.0))]
    Unknown(UnknownTransaction),
    /// The very same transaction is waiting already.
    #[error("Transaction Already Imported")]
    AlreadyImported(Hash),
    /// Another transaction with the same nonce is waiting, and it pays no less.
    #[error("Priority is too low: ({old} vs {new})")]
    TooLowPriority {
        /// Of the one that waits.
        old: TransactionPriority,
        /// Of the one that was refused.
        new: TransactionPriority,
    },
    /// The pool is full.
    #[error("Immediately Dropped: the transaction couldn't enter the pool because of the limit")]
    Full,
}

/// What became of a transaction, as `author_submitAndWatchExtrinsic` tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// It waits for another transaction, usually for an earlier nonce.
    Future,
    /// It goes into the next block that has room.
    Ready,
    /// It is in this block.
    InBlock(Hash),
    /// The block is final.
    Finalized(Hash),
    /// This transaction took its place.
    Usurped(Hash),
    /// It waited too long, or the chain was forked.
    Dropped,
    /// It is not valid any more.
    Invalid,
}

/// The place of a transaction in the order in which transactions are tried.
pub(crate) type Rank = (Reverse<TransactionPriority>, u64);

/// A waiting transaction.
pub(crate) struct Transaction {
    pub(crate) hash: Hash,
    pub(crate) extrinsic: OpaqueExtrinsic,
    priority: TransactionPriority,
    /// Required tags that no block provided yet.
    requires: Vec<TransactionTag>,
    provides: Vec<TransactionTag>,
    /// The block on top of which the runtime found it valid.
    validated_on: u32,
    /// The last block it may wait for.
    valid_till: u64,
    /// Whether everything it requires is provided by blocks and by other ready transactions.
    ready: bool,
    watcher: Option<mpsc::UnboundedSender<Status>>,
}

impl Transaction {
    /// A transaction that the runtime found valid on top of block `best`.
    pub(crate) fn new(
        hash: Hash,
        extrinsic: OpaqueExtrinsic,
        valid: ValidTransaction,
        best: u32,
        watcher: Option<mpsc::UnboundedSender<Status>>,
    ) -> Self {
        Self {
            hash,
            extrinsic,
            priority: valid.priority,
            requires: valid.requires,
            provides: valid.provides,
            validated_on: best,
            valid_till: valid.longevity.saturating_add(best.into()),
            ready: false,
            watcher,
        }
    }

    /// Tells whoever watches. Nobody may be listening any more, and that is fine.
    pub(crate) fn tell(&self, status: Status) {
        if let Some(watcher) = &self.watcher {
            let _ = watcher.send(status);
        }
    }
}

/// The waiting transactions.
#[derive(Default)]
pub(crate) struct Pool {
    waiting: BTreeMap<Rank, Transaction>,
    by_hash: HashMap<Hash, Rank>,
    /// Those that can be applied now: nothing they require is missing from the chain.
    applicable: BTreeSet<Rank>,
    requirers: HashMap<TransactionTag, BTreeSet<Rank>>,
    providers: HashMap<TransactionTag, Rank>,
    /// Tags that recent blocks provided, and which block.
    provided: HashMap<TransactionTag, u32>,
    /// The one that is being applied, which it is too late to replace.
    applying: Option<Rank>,
    bytes: usize,
    next_sequence: u64,
}

impl Pool {
    /// Takes a transaction in, in place of one that provides the same and pays less.
    pub(crate) fn insert(&mut self, mut tx: Transaction) -> Result<(), SubmitError> {
        if self.by_hash.contains_key(&tx.hash) {
            return Err(SubmitError::AlreadyImported(tx.hash));
        }
        // A block that came since, or is being built, has another transaction with its nonce.
        if tx.provides.iter().any(|tag| self.provided_since(tag, tx.validated_on)) {
            return Err(SubmitError::Invalid(InvalidTransaction::Stale));
        }
        let rivals: BTreeSet<Rank> = tx.provides.iter().filter_map(|tag| self.providers.get(tag)).copied().collect();
        if self.applying.is_some_and(|applying| rivals.contains(&applying)) {
            return Err(SubmitError::Invalid(InvalidTransaction::Stale));
        }
        if let Some(&(Reverse(old), _)) = rivals.iter().find(|rival| rival.0.0 >= tx.priority) {
            return Err(SubmitError::TooLowPriority { old, new: tx.priority });
        }
        let size = tx.extrinsic.inner().len();
        if self.waiting.len() - rivals.len() >= MAX_TRANSACTIONS || self.bytes + size > MAX_BYTES {
            return Err(SubmitError::Full);
        }
        for rival in rivals {
            if let Some(usurped) = self.remove(rival) {
                usurped.tell(Status::Usurped(tx.hash));
            }
        }

        tx.requires.retain(|tag| !self.provided.contains_key(tag));
        let rank = (Reverse(tx.priority), self.next_sequence);
        self.next_sequence += 1;
        self.bytes += size;
        self.by_hash.insert(tx.hash, rank);
        for tag in &tx.requires {
            self.requirers.entry(tag.clone()).or_default().insert(rank);
        }
        for tag in &tx.provides {
            self.providers.insert(tag.clone(), rank);
        }
        if tx.requires.is_empty() {
            self.applicable.insert(rank);
        }
        self.waiting.insert(rank, tx);
        self.tell_readiness(rank);
        Ok(())
    }

    /// Tells a new transaction whether it is ready, and those that waited for it.
    fn tell_readiness(&mut self, new: Rank) {
        let mut unsettled = vec![new];
        while let Some(rank) = unsettled.pop() {
            let Some(tx) = self.waiting.get(&rank).filter(|tx| !tx.ready) else {
                continue;
            };
            let provided =
                |tag| self.providers.get(tag).and_then(|rank| self.waiting.get(rank)).is_some_and(|p| p.ready);
            if !tx.requires.iter().all(provided) {
                if rank == new {
                    tx.tell(Status::Future);
                }
                continue;
            }
            tx.tell(Status::Ready);
            let required_by = tx.provides.iter().filter_map(|tag| self.requirers.get(tag)).flatten();
            unsettled.extend(required_by);
            if let Some(tx) = self.waiting.get_mut(&rank) {
                tx.ready = true;
            }
        }
    }

    /// Whether a block could take a transaction now.
    pub(crate) fn has_applicable(&self) -> bool {
        !self.applicable.is_empty()
    }

    /// The next transaction to try, apart from those in `skipped`.
    pub(crate) fn next(&mut self, skipped: &HashSet<Rank>) -> Option<(Rank, OpaqueExtrinsic)> {
        self.applying = self.applicable.iter().find(|rank| !skipped.contains(rank)).copied();
        let rank = self.applying?;
        self.waiting.get(&rank).map(|tx| (rank, tx.extrinsic.clone()))
    }

    /// Takes out a transaction that block `number` includes: what it provides is now on the chain.
    pub(crate) fn include(&mut self, rank: Rank, number: u32) -> Option<Transaction> {
        let included = self.remove(rank)?;
        for tag in &included.provides {
            for requirer in self.requirers.remove(tag).into_iter().flatten() {
                if let Some(tx) = self.waiting.get_mut(&requirer) {
                    tx.requires.retain(|required| required != tag);
                    if tx.requires.is_empty() {
                        self.applicable.insert(requirer);
                    }
                }
            }
            self.provided.insert(tag.clone(), number);
        }
        Some(included)
    }

    /// Takes out a transaction. Those that wait for it go on waiting.
    pub(crate) fn remove(&mut self, rank: Rank) -> Option<Transaction> {
        let tx = self.waiting.remove(&rank)?;
        self.by_hash.remove(&tx.hash);
        self.applicable.remove(&rank);
        self.bytes -= tx.extrinsic.inner().len();
        for tag in &tx.requires {
            if let Some(requirers) = self.requirers.get_mut(tag) {
                requirers.remove(&rank);
                if requirers.is_empty() {
                    self.requirers.remove(tag);
                }
            }
        }
        for tag in &tx.provides {
            self.providers.remove(tag);
        }
        Some(tx)
    }

    /// Forgets what is too old once block `number` is there.
    pub(crate) fn expire(&mut self, number: u32) {
        self.applying = None;
        self.provided.retain(|_, since| number.saturating_sub(*since) < REMEMBERED_BLOCKS);
        let expired: Vec<Rank> =
            self.waiting.iter().filter(|(_, tx)| tx.valid_till < number.into()).map(|(rank, _)| *rank).collect();
        for rank in expired {
            if let Some(tx) = self.remove(rank) {
                tx.tell(Status::Dropped);
            }
        }
    }

    /// Drops everything: after a fork nothing is known about nonces.
    pub(crate) fn clear(&mut self) {
        for tx in std::mem::take(self).waiting.into_values() {
            tx.tell(Status::Dropped);
        }
    }

    /// The transactions that the next blocks will take, in order of rank.
    pub(crate) fn ready(&self) -> impl Iterator<Item = &Transaction> {
        self.waiting.values().filter(|tx| tx.ready)
    }

    /// Whether `tag` is on top of what block `best` provides: by a ready transaction, or by a later block, also
    /// by the one that is being built.
    pub(crate) fn provides(&self, tag: &TransactionTag, best: u32) -> bool {
        let provider = self.providers.get(tag).and_then(|rank| self.waiting.get(rank));
        provider.is_some_and(|tx| tx.ready) || self.provided_since(tag, best)
    }

    fn provided_since(&self, tag: &TransactionTag, best: u32) -> bool {
        self.provided.get(tag).is_some_and(|block| *block > best)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bench {
        pool: Pool,
        count: u8,
    }

    impl Bench {
        fn new() -> Self {
            Self { pool: Pool::default(), count: 0 }
        }

        /// Submits the transaction with `nonce` of an account whose nonce on chain is `on_chain`.
        fn submit(
            &mut self,
            account: u8,
            nonce: u8,
            on_chain: u8,
            priority: u64,
        ) -> (Result<(), SubmitError>, mpsc::UnboundedReceiver<Status>) {
            self.count += 1;
            let (watcher, statuses) = mpsc::unbounded_channel();
            let valid = ValidTransaction {
                priority,
                requires: if nonce > on_chain { vec![vec![account, nonce - 1]] } else { vec![] },
                provides: vec![vec![account, nonce]],
                ..Default::default()
            };
            let extrinsic = OpaqueExtrinsic::from_blob(vec![account, nonce]);
            let hash = Hash::repeat_byte(self.count);
            (self.pool.insert(Transaction::new(hash, extrinsic, valid, 0, Some(watcher))), statuses)
        }

        /// Includes what can be included, in order.
        fn drain(&mut self) -> Vec<Vec<u8>> {
            let mut included = Vec::new();
            while let Some((rank, extrinsic)) = self.pool.next(&HashSet::new()) {
                self.pool.include(rank, 1);
                included.push(extrinsic.inner().to_vec());
            }
            included
        }
    }

    #[test]
    fn nonces_of_an_account_go_in_order_whatever_their_priority() {
        let mut bench = Bench::new();
        bench.submit(1, 2, 0, 9).0.unwrap();
        bench.submit(1, 0, 0, 1).0.unwrap();
        bench.submit(1, 1, 0, 5).0.unwrap();
        bench.submit(2, 0, 0, 3).0.unwrap();
        assert_eq!(bench.drain(), [vec![2, 0], vec![1, 0], vec![1, 1], vec![1, 2]]);
        assert!(!bench.pool.has_applicable());
        assert_eq!(bench.pool.bytes, 0);
    }

    #[test]
    fn a_future_nonce_waits_and_becomes_ready_with_the_one_before() {
        let mut bench = Bench::new();
        let (result, mut statuses) = bench.submit(1, 1, 0, 1);
        result.unwrap();
        assert_eq!(statuses.try_recv(), Ok(Status::Future));
        assert!(!bench.pool.has_applicable());
        bench.submit(1, 0, 0, 1).0.unwrap();
        assert_eq!(statuses.try_recv(), Ok(Status::Ready));
        assert!(bench.pool.provides(&vec![1, 1], 0));
    }

    #[test]
    fn a_tag_provided_while_a_transaction_was_validated_is_not_waited_for() {
        let mut bench = Bench::new();
        bench.submit(1, 0, 0, 1).0.unwrap();
        bench.drain();
        bench.submit(1, 1, 0, 1).0.unwrap();
        assert_eq!(bench.drain(), [vec![1, 1]]);
    }

    #[test]
    fn a_nonce_in_the_block_that_is_being_built_is_taken() {
        let mut bench = Bench::new();
        bench.submit(1, 0, 0, 1).0.unwrap();
        bench.drain();
        assert!(bench.pool.provides(&vec![1, 0], 0), "block 1 has it, the best one is still 0");
        assert!(!bench.pool.provides(&vec![1, 0], 1), "the state of block 1 counts it");
        let (refused, _) = bench.submit(1, 0, 0, 9);
        assert_eq!(refused, Err(SubmitError::Invalid(InvalidTransaction::Stale)));
    }

    #[test]
    fn the_same_nonce_replaces_only_at_a_higher_priority() {
        let mut bench = Bench::new();
        let (_, mut first) = bench.submit(1, 0, 0, 5);
        assert_eq!(first.try_recv(), Ok(Status::Ready));
        let (refused, _) = bench.submit(1, 0, 0, 5);
        assert_eq!(refused, Err(SubmitError::TooLowPriority { old: 5, new: 5 }));
        bench.submit(1, 0, 0, 6).0.unwrap();
        assert_eq!(first.try_recv(), Ok(Status::Usurped(Hash::repeat_byte(3))));
        assert_eq!(bench.drain().len(), 1);
    }

    #[test]
    fn a_transaction_expires_after_its_last_block() {
        let mut bench = Bench::new();
        let valid = ValidTransaction { longevity: 3, provides: vec![vec![1]], ..Default::default() };
        let extrinsic = OpaqueExtrinsic::from_blob(vec![1]);
        bench.pool.insert(Transaction::new(Hash::zero(), extrinsic, valid, 10, None)).unwrap();
        bench.pool.expire(13);
        assert!(bench.pool.has_applicable());
        bench.pool.expire(14);
        assert!(!bench.pool.has_applicable());
    }
}
