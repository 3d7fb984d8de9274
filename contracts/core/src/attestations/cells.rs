//! What `attestations` stores, cell by cell.

use crate::{
    cells::{MAX_CELL, Reader, Writer},
    error::Error,
    hash::Hash32,
    pause::Pause,
    types::{Address, DAY_S, MemberNumber, Points, Purpose, Purposes, SaleNumber, Timestamp, Weight},
};

/// Open sales at once; an entry is free when its window is over.
pub const MAX_OPEN_SALES: u8 = 8;
/// Attesters at most.
pub const MAX_ATTESTERS: u8 = 16;

/// The root cell: read by every message anyway, so everything hot is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Root {
    /// The contract of the vote token.
    pub votes: Address,
    /// The contract that opens sales.
    pub escrow: Address,
    /// The account that may pause new contributions.
    pub guardian: Address,
    /// Sets this deployment's signatures apart.
    pub salt: Hash32,
    /// The guardian's pause.
    pub pause: Pause,
    /// New weight a UTC day, at most.
    pub daily_weight_cap: Points,
    /// The last UTC day on which weight was added.
    pub day: u32,
    /// Weight added on that day.
    pub day_weight: Points,
    /// Numbers given to members so far.
    pub members: u32,
    /// Sales opened so far.
    pub sales: u32,
    /// How many purposes the pool has.
    pub purposes: u8,
    /// The hash of their texts: the Keccak of their Keccaks.
    pub purposes_hash: Hash32,
    /// Places for sales whose window may be open, see [`Root::open_sales`].
    pub(super) open: [OpenSale; MAX_OPEN_SALES as usize],
    /// The running weight and head count of each purpose.
    pub totals: [PurposeTotal; Purpose::MAX as usize],
}

/// A sale whose window may be open. In the root cell sale 0, which does not exist, is a place that was never taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenSale {
    /// Its number.
    pub sale: SaleNumber,
    /// The last second of its opt-out window.
    pub window_ends: Timestamp,
    /// Its purpose.
    pub purpose: u8,
}

impl OpenSale {
    /// Whether another sale may take this place.
    pub(super) fn is_free(&self, now: Timestamp) -> bool {
        self.sale == SaleNumber(0) || self.window_ends < now
    }
}

/// Everybody who allows a purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PurposeTotal {
    /// The weight of everybody who allows it.
    pub weight: Points,
    /// How many members allow it.
    pub members: u32,
}

impl Root {
    /// Bytes of the cell. A total takes seven bytes: 2^32 members of at most 10^6 points stay below 2^52.
    pub const SIZE: usize = 3 * 20 + 32 + 5 + 8 + 4 + 8 + 4 + 2 + 1 + 32 + 8 * (2 + 5 + 1) + 16 * (7 + 4);

    /// Sales whose window may be open.
    pub fn open_sales(&self) -> impl Iterator<Item = OpenSale> {
        self.open.iter().copied().filter(|open| open.sale != SaleNumber(0))
    }

    /// The running total of `purpose`.
    pub fn total(&self, purpose: Purpose) -> PurposeTotal {
        self.totals.get(usize::from(purpose.index())).copied().unwrap_or_default()
    }

    /// Today, and its new weight with what this adds: at most the cap, so that whoever steals keys cannot take over the
    /// pool in a night.
    ///
    /// A smaller replacement adds nothing, and makes no room either.
    pub(super) fn new_weight(&self, now: Timestamp, weight: Weight, before: Weight) -> Result<(u32, Points), Error> {
        let today = u32::try_from(now.0.checked_div(DAY_S).unwrap_or_default()).map_err(|_| Error::Overflow)?;
        let so_far = if today == self.day { self.day_weight } else { Points(0) };
        let added = weight.0.saturating_sub(before.0);
        let sum = Points(so_far.0.checked_add(added.into()).ok_or(Error::Overflow)?);
        if added != 0 && sum > self.daily_weight_cap {
            return Err(Error::DailyCapReached { added: sum, cap: self.daily_weight_cap });
        }
        Ok((today, sum))
    }

    /// Moves a member's weight and head between the totals of the purposes they allowed and those they allow.
    pub(super) fn recount(&mut self, before: &Record, after: &Record) -> Result<(), Error> {
        for (index, total) in (0u8..).zip(&mut self.totals) {
            if before.counts_for(index) {
                total.weight.0 = total.weight.0.checked_sub(before.weight.0.into()).ok_or(Error::Overflow)?;
                total.members = total.members.checked_sub(1).ok_or(Error::Overflow)?;
            }
            if after.counts_for(index) {
                total.weight.0 = total.weight.0.checked_add(after.weight.0.into()).ok_or(Error::Overflow)?;
                total.members = total.members.checked_add(1).ok_or(Error::Overflow)?;
            }
        }
        Ok(())
    }

    /// The cell.
    pub fn to_bytes(&self) -> [u8; Self::SIZE] {
        let Self {
            votes,
            escrow,
            guardian,
            salt,
            pause,
            daily_weight_cap,
            day,
            day_weight,
            members,
            sales,
            purposes,
            purposes_hash,
            open,
            totals,
        } = self;
        let mut cell = Writer::new();
        cell.put(&votes.0).put(&escrow.0).put(&guardian.0).put(salt).short::<5>(pause.stored());
        cell.put(&daily_weight_cap.0.to_le_bytes()).put(&day.to_le_bytes()).put(&day_weight.0.to_le_bytes());
        cell.put(&members.to_le_bytes()).short::<2>((*sales).into()).put(&[*purposes]).put(purposes_hash);
        for OpenSale { sale, window_ends, purpose } in open {
            cell.short::<2>(sale.0.into()).short::<5>(window_ends.0).put(&[*purpose]);
        }
        for PurposeTotal { weight, members } in totals {
            cell.short::<7>(weight.0).put(&members.to_le_bytes());
        }
        cell.finish()
    }

    /// The cell, read.
    pub fn from_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        let mut cell = Reader::new(bytes);
        Self {
            votes: Address(cell.take()),
            escrow: Address(cell.take()),
            guardian: Address(cell.take()),
            salt: cell.take(),
            pause: Pause::from_stored(cell.short::<5>()),
            daily_weight_cap: Points(cell.short::<8>()),
            day: u32::from_le_bytes(cell.take()),
            day_weight: Points(cell.short::<8>()),
            members: u32::from_le_bytes(cell.take()),
            sales: u16::from_le_bytes(cell.take()).into(),
            purposes: cell.take::<1>()[0],
            purposes_hash: cell.take(),
            open: core::array::from_fn(|_| OpenSale {
                sale: SaleNumber(u16::from_le_bytes(cell.take()).into()),
                window_ends: Timestamp(cell.short::<5>()),
                purpose: cell.take::<1>()[0],
            }),
            totals: core::array::from_fn(|_| PurposeTotal {
                weight: Points(cell.short::<7>()),
                members: u32::from_le_bytes(cell.take()),
            }),
        }
    }
}

/// The attesters' keys, as addresses, and how many of them must sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attesters {
    /// Distinct keys needed.
    pub threshold: u8,
    len: u8,
    keys: [Address; MAX_ATTESTERS as usize],
}

impl Attesters {
    /// Bytes of the cell.
    pub const SIZE: usize = 2 + 20 * MAX_ATTESTERS as usize;

    /// 1 to 16 distinct keys, and a threshold of 1 to as many.
    pub fn new(keys: &[Address], threshold: u8) -> Option<Self> {
        let len = u8::try_from(keys.len()).ok().filter(|len| *len <= MAX_ATTESTERS)?;
        let mut set = Self { threshold, len: 0, keys: Default::default() };
        for (room, key) in set.keys.iter_mut().zip(keys) {
            *room = *key;
        }
        let distinct = keys.iter().enumerate().all(|(index, key)| {
            *key != Address::ZERO && keys.get(..index).is_some_and(|earlier| !earlier.contains(key))
        });
        set.len = len;
        (distinct && 1 <= threshold && threshold <= len).then_some(set)
    }

    /// The keys.
    pub fn keys(&self) -> &[Address] {
        self.keys.get(..self.len.into()).unwrap_or_default()
    }

    /// How many they are.
    pub const fn count(&self) -> u8 {
        self.len
    }

    /// The place of a key in the set.
    pub fn position(&self, signer: Address) -> Option<u8> {
        (0u8..).zip(self.keys()).find_map(|(index, key)| (*key == signer).then_some(index))
    }

    /// The cell.
    pub fn to_bytes(&self) -> [u8; Self::SIZE] {
        let Self { threshold, len, keys } = self;
        let mut cell = Writer::new();
        cell.put(&[*threshold, *len]);
        for key in keys {
            cell.put(&key.0);
        }
        cell.finish()
    }

    /// The cell, read.
    pub fn from_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        let mut cell = Reader::new(bytes);
        let [threshold, len] = cell.take();
        Self { threshold, len, keys: core::array::from_fn(|_| Address(cell.take())) }
    }
}

/// A member's account, by address: what only their own acts need.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Member {
    /// Their number for life; 0 as long as they never contributed.
    pub number: MemberNumber,
    /// Accepted acts so far.
    pub nonce: u64,
    /// The commitment of the present contribution; zero if there is none.
    pub commitment: Hash32,
    /// The nullifier of the present contribution; zero if there is none.
    pub nullifier: Hash32,
}

impl Member {
    /// Bytes of the cell.
    pub const SIZE: usize = 4 + 8 + 32 + 32;

    /// The cell.
    pub fn to_bytes(&self) -> [u8; Self::SIZE] {
        let Self { number, nonce, commitment, nullifier } = self;
        let mut cell = Writer::new();
        cell.put(&number.0.to_le_bytes()).put(&nonce.to_le_bytes()).put(commitment).put(nullifier);
        cell.finish()
    }

    /// The cell, read.
    pub fn from_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        let mut cell = Reader::new(bytes);
        Self {
            number: MemberNumber(u32::from_le_bytes(cell.take())),
            nonce: cell.short::<8>(),
            commitment: cell.take(),
            nullifier: cell.take(),
        }
    }
}

/// A member's current record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The member; nobody before the first contribution.
    pub member: Address,
    /// What they weigh; 0 after a withdrawal.
    pub weight: Weight,
    /// The purposes they allow.
    pub purposes: Purposes,
    /// How many sales there were when the record last changed.
    pub changed_at: u16,
    /// How many past records are kept.
    pub archived: u16,
}

impl Record {
    fn counts_for(&self, purpose: u8) -> bool {
        self.weight != Weight(0) && self.purposes.allows_index(purpose)
    }
}

/// Current records of a cell: members with consecutive numbers, so that a split reads few cells.
pub const PAGE_MEMBERS: u32 = 13;

/// A page of current records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page(pub [u8; MAX_CELL]);

impl Default for Page {
    fn default() -> Self {
        Self([0; MAX_CELL])
    }
}

impl Page {
    /// Which page, and where in it, the record of `number` is.
    pub const fn place(number: MemberNumber) -> (u32, usize) {
        (number.0 / PAGE_MEMBERS, (number.0 % PAGE_MEMBERS) as usize)
    }

    /// The record at `slot`.
    pub fn get(&self, slot: usize) -> Record {
        let (records, _) = self.0.as_chunks::<32>();
        let mut cell = Reader::new(records.get(slot).map_or(&[], |record| record.as_slice()));
        Record {
            member: Address(cell.take()),
            weight: Weight(u32::from_le_bytes(cell.take())),
            purposes: Purposes::stored(u16::from_le_bytes(cell.take())),
            changed_at: u16::from_le_bytes(cell.take()),
            archived: u16::from_le_bytes(cell.take()),
        }
    }

    /// Writes the record at `slot`.
    pub fn set(&mut self, slot: usize, record: &Record) {
        let Record { member, weight, purposes, changed_at, archived } = record;
        let mut cell = Writer::<32>::new();
        cell.put(&member.0).put(&weight.0.to_le_bytes()).put(&purposes.bits().to_le_bytes());
        cell.put(&changed_at.to_le_bytes()).put(&archived.to_le_bytes());
        if let Some(room) = self.0.as_chunks_mut::<32>().0.get_mut(slot) {
            *room = cell.finish();
        }
    }
}

/// A past record: what sales after `after` and up to `until` saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PastRecord {
    /// The last sale that had been opened before the record was made.
    pub after: u16,
    /// The last sale that had been opened when it was changed.
    pub until: u16,
    /// What the member weighed.
    pub weight: Weight,
    /// The purposes they allowed.
    pub purposes: Purposes,
}

/// A page of a member's past records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Archive(pub [u8; Self::SIZE]);

impl Default for Archive {
    fn default() -> Self {
        Self([0; Self::SIZE])
    }
}

impl Archive {
    /// How many past records a cell holds.
    const RECORDS: u16 = 41;
    /// Bytes of a past record.
    const RECORD: usize = 2 + 2 + 4 + 2;
    /// Bytes of the cell.
    pub const SIZE: usize = Self::RECORDS as usize * Self::RECORD;

    /// Which page, and where in it, past record `index` is.
    #[allow(clippy::arithmetic_side_effects, reason = "it is not divided by zero")]
    pub const fn place(index: u16) -> (u16, usize) {
        (index / Self::RECORDS, (index % Self::RECORDS) as usize)
    }

    /// The past record at `slot`.
    pub fn get(&self, slot: usize) -> PastRecord {
        let (records, _) = self.0.as_chunks::<{ Self::RECORD }>();
        let mut cell = Reader::new(records.get(slot).map_or(&[], |record| record.as_slice()));
        PastRecord {
            after: u16::from_le_bytes(cell.take()),
            until: u16::from_le_bytes(cell.take()),
            weight: Weight(u32::from_le_bytes(cell.take())),
            purposes: Purposes::stored(u16::from_le_bytes(cell.take())),
        }
    }

    /// Writes the past record at `slot`.
    pub fn set(&mut self, slot: usize, record: &PastRecord) {
        let PastRecord { after, until, weight, purposes } = record;
        let mut cell = Writer::<{ Self::RECORD }>::new();
        cell.put(&after.to_le_bytes()).put(&until.to_le_bytes());
        cell.put(&weight.0.to_le_bytes()).put(&purposes.bits().to_le_bytes());
        if let Some(room) = self.0.as_chunks_mut::<{ Self::RECORD }>().0.get_mut(slot) {
            *room = cell.finish();
        }
    }
}

/// A sale: its window, and who is still in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sale {
    /// Its purpose.
    pub purpose: u8,
    /// The last second in which a member may leave.
    pub window_ends: Timestamp,
    /// The weight that is in it.
    pub total_weight: Points,
    /// How many members are in it.
    pub members: u32,
}

impl Sale {
    /// Bytes of the cell.
    pub const SIZE: usize = 1 + 8 + 8 + 4;

    /// The cell.
    pub fn to_bytes(&self) -> [u8; Self::SIZE] {
        let Self { purpose, window_ends, total_weight, members } = self;
        let mut cell = Writer::new();
        cell.put(&[*purpose]).put(&window_ends.0.to_le_bytes());
        cell.put(&total_weight.0.to_le_bytes()).put(&members.to_le_bytes());
        cell.finish()
    }

    /// The cell, read.
    pub fn from_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        let mut cell = Reader::new(bytes);
        Self {
            purpose: cell.take::<1>()[0],
            window_ends: Timestamp(cell.short::<8>()),
            total_weight: Points(cell.short::<8>()),
            members: u32::from_le_bytes(cell.take()),
        }
    }
}
