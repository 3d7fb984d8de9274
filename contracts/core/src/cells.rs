//! Storage cells: fixed byte arrays of at most 416 bytes, whose fields are written and read one after the other.
//!
//! Integers are little endian, as SCALE writes them. A cell is kept as long as it is used, and read with zeros past its
//! end.

use crate::types::Bps;

/// The most a storage value of `pallet-revive` may hold, in bytes (`limits::STORAGE_BYTES`).
pub const MAX_CELL: usize = 416;

/// Reads a cell from front to back.
///
/// Always inlined, as [`Writer`] is: where each field lies is known to the compiler, which makes it a load or a store.
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// A reader at the first byte of `cell`.
    pub const fn new(cell: &'a [u8]) -> Self {
        Self(cell)
    }

    /// The next `N` bytes; past the end are zeros.
    #[inline(always)]
    pub fn take<const N: usize>(&mut self) -> [u8; N] {
        match self.0.split_first_chunk::<N>() {
            Some((chunk, rest)) => {
                self.0 = rest;
                *chunk
            }
            None => [0; N],
        }
    }

    /// The next `N` bytes, which are as many as the `M` of the type they are for.
    #[inline(always)]
    pub fn whole<const N: usize, const M: usize>(&mut self) -> [u8; M] {
        const { assert!(N == M) };
        self.take()
    }

    /// What is left, at most `N` bytes of it, with zeros past the end.
    pub fn take_rest<const N: usize>(&mut self) -> [u8; N] {
        let mut rest = [0; N];
        let len = self.0.len().min(N);
        if let (Some(to), Some(from)) = (rest.get_mut(..len), self.0.get(..len)) {
            to.copy_from_slice(from);
        }
        self.0 = &[];
        rest
    }

    /// A `u64` kept in its low `N` bytes.
    #[inline(always)]
    pub fn short<const N: usize>(&mut self) -> u64 {
        let mut bytes = [0; 8];
        if let Some(low) = bytes.first_chunk_mut::<N>() {
            *low = self.take::<N>();
        }
        u64::from_le_bytes(bytes)
    }

    /// Parts of ten thousand; they were checked when they went in.
    pub fn bps(&mut self) -> Bps {
        Bps::new(u16::from_le_bytes(self.take())).unwrap_or(Bps::WHOLE)
    }
}

/// Writes a cell of `N` bytes from front to back.
pub struct Writer<const N: usize> {
    cell: [u8; N],
    at: usize,
}

impl<const N: usize> Writer<N> {
    /// An empty cell.
    pub const fn new() -> Self {
        const { assert!(N <= MAX_CELL) };
        Self { cell: [0; N], at: 0 }
    }

    /// Appends `bytes`; a layout longer than its cell is a bug that the round-trip tests catch.
    #[inline(always)]
    pub fn put(&mut self, bytes: &[u8]) -> &mut Self {
        let end = self.at.saturating_add(bytes.len());
        if let Some(room) = self.cell.get_mut(self.at..end) {
            room.copy_from_slice(bytes);
        }
        self.at = end;
        self
    }

    /// Appends the low `K` bytes of `value`, which its type's bound keeps below 2^(8K).
    #[inline(always)]
    pub fn short<const K: usize>(&mut self, value: u64) -> &mut Self {
        let bytes = value.to_le_bytes();
        self.put(bytes.get(..K).unwrap_or_default())
    }

    /// The cell.
    pub const fn finish(&self) -> [u8; N] {
        self.cell
    }

    /// The cell as far as it was written.
    pub fn written(&self) -> &[u8] {
        self.cell.get(..self.at).unwrap_or_default()
    }
}

impl<const N: usize> Default for Writer<N> {
    fn default() -> Self {
        Self::new()
    }
}

/// A cell of 3,328 bits, one for each member's number: of those who left a sale, of those who are paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bits(pub [u8; MAX_CELL]);

impl Default for Bits {
    fn default() -> Self {
        Self([0; MAX_CELL])
    }
}

impl Bits {
    const PER_CELL: u32 = 8 * 416;

    /// In which cell the bit of `index` lies.
    pub const fn cell_of(index: u32) -> u32 {
        index / Self::PER_CELL
    }

    /// Whether the bit of `index` is set.
    pub fn get(&self, index: u32) -> bool {
        let (byte, mask) = Self::place(index);
        self.0.get(byte).is_some_and(|bits| bits & mask != 0)
    }

    /// Sets the bit of `index`.
    pub fn set(&mut self, index: u32) {
        let (byte, mask) = Self::place(index);
        if let Some(bits) = self.0.get_mut(byte) {
            *bits |= mask;
        }
    }

    const fn place(index: u32) -> (usize, u8) {
        let bit = index % Self::PER_CELL;
        ((bit / 8) as usize, 1 << (bit % 8))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bit_is_its_own() {
        let mut bits = Bits::default();
        bits.set(3_327);
        bits.set(3_328);
        assert!(bits.get(3_327) && bits.get(0) && !bits.get(1));
        assert_eq!((Bits::cell_of(3_327), Bits::cell_of(3_328)), (0, 1));
    }

    #[test]
    fn a_missing_cell_reads_as_zeros() {
        assert_eq!(crate::votes::Account::from_bytes(&[0; _]), crate::votes::Account::default());
        assert_eq!(crate::attestations::Member::from_bytes(&[0; _]), crate::attestations::Member::default());
        assert_eq!(crate::checkpoints::Trace::from_bytes(&[0; _]), crate::checkpoints::Trace::default());
    }
}
