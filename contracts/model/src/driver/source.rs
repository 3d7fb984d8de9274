//! Bytes or a seed, read as small numbers.

use std::collections::VecDeque;

/// Where choices come from.
#[derive(Clone, Debug)]
pub(super) enum Source {
    Bytes(VecDeque<u8>),
    /// The state of a SplitMix64 generator (Steele, Lea and Flood 2014).
    Seed(u64),
}

impl Source {
    /// Whether it is used up.
    pub(super) fn is_over(&self) -> bool {
        matches!(self, Self::Bytes(bytes) if bytes.is_empty())
    }

    fn byte(&mut self) -> u8 {
        match self {
            Self::Bytes(bytes) => bytes.pop_front().unwrap_or_default(),
            Self::Seed(state) => {
                *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mixed = (*state ^ *state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
                let [byte, ..] = (mixed ^ mixed >> 31).to_be_bytes();
                byte
            }
        }
    }

    /// A number below `n`.
    pub(super) fn u8(&mut self, n: u8) -> u8 {
        self.byte().checked_rem(n).unwrap_or_default()
    }

    /// A number below `n`.
    pub(super) fn u16(&mut self, n: u16) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()]).checked_rem(n).unwrap_or_default()
    }

    /// Any number.
    pub(super) fn u128(&mut self) -> u128 {
        u128::from_le_bytes([(); 16].map(|()| self.byte()))
    }

    /// One of these.
    pub(super) fn of<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        let count = u8::try_from(from.len()).unwrap_or(u8::MAX);
        from.get(usize::from(self.u8(count))).copied()
    }
}
