//! A value's history by time, OpenZeppelin's `Checkpoints`: the newest entries in their owner's cell, older ones in
//! pages.
//!
//! Entries stay the bytes of their cell: a lookup decodes those it compares, and a cell is as long as its entries.

use crate::{
    cells::{Reader, Writer},
    types::{Points, Timestamp},
};

/// Entries kept with their owner, and entries of a page.
pub const PER_PAGE: usize = 24;
/// Bytes of a page: [`PER_PAGE`] entries of 13.
pub const PAGE_SIZE: usize = PER_PAGE * Checkpoint::SIZE;

/// A value from a moment on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checkpoint {
    /// From when on, inclusive.
    pub at: Timestamp,
    /// The value.
    pub value: Points,
}

impl Checkpoint {
    const SIZE: usize = 5 + 8;

    fn to_bytes(self) -> [u8; Self::SIZE] {
        let mut entry = Writer::new();
        entry.short::<5>(self.at.0).put(&self.value.0.to_le_bytes());
        entry.finish()
    }

    fn from_bytes(entry: &[u8; Self::SIZE]) -> Self {
        let mut entry = Reader::new(entry);
        Self { at: Timestamp(entry.short::<5>()), value: Points(entry.short::<8>()) }
    }
}

/// Entries in the order of their time, as a cell holds them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page(pub [u8; PAGE_SIZE]);

impl Default for Page {
    fn default() -> Self {
        Self([0; PAGE_SIZE])
    }
}

impl Page {
    fn entries(&self) -> &[[u8; Checkpoint::SIZE]] {
        self.0.as_chunks().0
    }

    fn set(&mut self, index: usize, entry: Checkpoint) {
        if let Some(room) = self.0.as_chunks_mut().0.get_mut(index) {
            *room = entry.to_bytes();
        }
    }
}

/// A push to a moment before the latest checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfOrder;

/// The newest entries of a history, and how many pages of older ones there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// Pages written, each full.
    pub pages: u32,
    len: u8,
    recent: Page,
}

impl Trace {
    /// Bytes of it in its owner's cell, at most.
    pub const SIZE: usize = 4 + 1 + PAGE_SIZE;

    /// The entries that are here, oldest first.
    pub fn recent(&self) -> impl DoubleEndedIterator<Item = Checkpoint> + ExactSizeIterator {
        self.entries().iter().map(Checkpoint::from_bytes)
    }

    fn entries(&self) -> &[[u8; Checkpoint::SIZE]] {
        self.recent.entries().get(..usize::from(self.len)).unwrap_or_default()
    }

    /// The newest entry.
    pub fn latest(&self) -> Option<Checkpoint> {
        self.entries().last().map(Checkpoint::from_bytes)
    }

    /// The newest value; 0 before the first.
    pub fn value(&self) -> Points {
        self.latest().unwrap_or_default().value
    }

    /// Sets the value from `at` on. Another push at the same moment replaces it (V12).
    ///
    /// Returns the page that has become full, to be kept as number `pages - 1`.
    ///
    /// # Errors
    /// [`OutOfOrder`], and nothing has changed.
    pub fn push(&mut self, at: Timestamp, value: Points) -> Result<Option<Page>, OutOfOrder> {
        let latest = self.latest();
        if latest.is_some_and(|latest| at < latest.at) {
            return Err(OutOfOrder);
        }
        let mut full = None;
        if latest.is_none_or(|latest| at != latest.at) {
            if usize::from(self.len) == PER_PAGE {
                full = Some(core::mem::take(&mut self.recent));
                self.pages = self.pages.saturating_add(1);
                self.len = 0;
            }
            self.len = self.len.saturating_add(1);
        }
        self.recent.set(usize::from(self.len).saturating_sub(1), Checkpoint { at, value });
        Ok(full)
    }

    /// The value at `at`: that of the newest entry not after it, 0 before the first.
    ///
    /// `page` reads a page by its number; no more than log2(pages) + 1 of them are read.
    pub fn upper_lookup(&self, at: Timestamp, page: impl Fn(u32) -> Page) -> Points {
        if let Some(value) = newest_not_after(self.entries(), at) {
            return value;
        }
        let (mut low, mut high) = (0, self.pages);
        let mut found = Points(0);
        // Invariant: pages below `low` begin at or before `at`, pages from `high` on after it.
        while low < high {
            let middle = low.midpoint(high);
            match newest_not_after(page(middle).entries(), at) {
                Some(value) => (found, low) = (value, middle.saturating_add(1)),
                None => high = middle,
            }
        }
        found
    }

    /// A cell of its own; [`Writer::written`] is as much of it as is used.
    pub fn to_cell(&self) -> Writer<{ Self::SIZE }> {
        let mut cell = Writer::new();
        self.write(&mut cell);
        cell
    }

    /// A cell of its own, read; zeros past its end.
    pub fn from_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        Self::read(&mut Reader::new(bytes))
    }

    /// Appends it to a cell, as its last part: no longer than its entries.
    pub fn write<const N: usize>(&self, cell: &mut Writer<N>) {
        cell.put(&self.pages.to_le_bytes()).put(&[self.len]).put(self.entries().as_flattened());
    }

    /// Reads it from a cell, whose last part it is.
    pub fn read(cell: &mut Reader<'_>) -> Self {
        Self { pages: u32::from_le_bytes(cell.take()), len: cell.take::<1>()[0], recent: Page(cell.take_rest()) }
    }
}

/// The value of the newest of these entries not after `at`, if there is one.
fn newest_not_after(entries: &[[u8; Checkpoint::SIZE]], at: Timestamp) -> Option<Points> {
    let after = entries.partition_point(|entry| Checkpoint::from_bytes(entry).at <= at);
    after.checked_sub(1).and_then(|newest| entries.get(newest)).map(|entry| Checkpoint::from_bytes(entry).value)
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    /// A trace with its pages in memory.
    #[derive(Default)]
    struct History(Trace, Vec<Page>);

    impl History {
        fn of(entries: &[(u64, u64)]) -> Self {
            let mut history = Self::default();
            for &(at, value) in entries {
                history.push(at, value).unwrap();
            }
            history
        }

        fn push(&mut self, at: u64, value: u64) -> Result<(), OutOfOrder> {
            self.1.extend(self.0.push(Timestamp(at), Points(value))?);
            Ok(())
        }

        fn at(&self, at: u64) -> u64 {
            self.0.upper_lookup(Timestamp(at), |page| self.1[page as usize]).0
        }

        fn len(&self) -> usize {
            self.1.len() * PER_PAGE + self.0.recent().len()
        }
    }

    const FIVE: [(u64, u64); 5] = [(2, 17), (3, 42), (5, 101), (7, 23), (11, 99)];

    #[test]
    fn k01_k02_an_empty_history_is_zero_and_has_no_checkpoint() {
        let empty = History::default();
        assert_eq!((empty.0.latest(), empty.0.value(), empty.0.recent().next()), (None, Points(0), None));
        assert!((0..9).all(|at| empty.at(at) == 0));
    }

    #[test]
    fn k03_each_index_returns_its_pair() {
        let five = History::of(&FIVE);
        let pairs: Vec<_> = five.0.recent().map(|entry| (entry.at.0, entry.value.0)).collect();
        assert_eq!(pairs, FIVE);
        assert_eq!(five.0.latest(), Some(Checkpoint { at: Timestamp(11), value: Points(99) }));
    }

    #[test]
    fn k04_upper_lookup_is_the_value_at_the_greatest_key_not_above() {
        let five = History::of(&FIVE);
        let expected = [0, 0, 17, 42, 42, 101, 101, 23, 23, 23, 23, 99, 99];
        assert_eq!((0..13).map(|at| five.at(at)).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn k06_a_push_below_the_latest_key_changes_nothing() {
        let mut five = History::of(&FIVE);
        let before = five.0;
        assert_eq!(five.push(10, 1), Err(OutOfOrder));
        assert_eq!(five.0, before);
    }

    #[test]
    fn k07_v12_a_push_at_the_latest_key_replaces_its_value() {
        let mut five = History::of(&FIVE);
        five.push(11, 42).unwrap();
        assert_eq!((five.len(), five.at(11)), (5, 42));
    }

    #[test]
    fn a_cell_keeps_a_trace_whole() {
        let five = History::of(&FIVE).0;
        let mut cell = Writer::<{ Trace::SIZE }>::new();
        five.write(&mut cell);
        assert_eq!(cell.written().len(), 4 + 1 + 5 * Checkpoint::SIZE);
        assert_eq!(Trace::read(&mut Reader::new(cell.written())), five);
    }

    proptest! {
        /// Shows I06.
        #[test]
        fn k08_k09_lookups_equal_a_naive_scan(steps in prop::collection::vec((0u64..3, any::<u64>()), 1..120)) {
            let mut history = History::default();
            let mut naive: Vec<(u64, u64)> = Vec::new();
            let mut now = 0;
            for (step, value) in steps {
                now += step;
                history.push(now, value).unwrap();
                match naive.last_mut() {
                    Some(last) if last.0 == now => last.1 = value,
                    _ => naive.push((now, value)),
                }
            }
            prop_assert_eq!(history.len(), naive.len());
            for at in 0..now + 2 {
                let expected = naive.iter().rev().find(|entry| entry.0 <= at).map_or(0, |entry| entry.1);
                prop_assert_eq!(history.at(at), expected);
            }
        }
    }
}
