//! What `votes` stores, cell by cell.

use crate::{
    cells::{Reader, Writer},
    checkpoints::Trace,
    hash::Hash32,
    names::Support,
    settings::VotingSettings,
    types::{Address, BallotId, Bps, Points, Timestamp, Weight},
};

/// The root cell, which every call reads anyway: settings, counters, and the tallies of open ballots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Root {
    /// The contract that mints and burns.
    pub attestations: Address,
    /// The contract that opens ballots.
    pub escrow: Address,
    /// Sets this deployment's signatures apart.
    pub salt: Hash32,
    /// For ballots opened from now on.
    pub voting: VotingSettings,
    /// Ballots opened so far: the last number given.
    pub ballots: u32,
    /// The tallies of up to five ballots that take votes, so that a vote touches no cell of its ballot.
    pub open: OpenBallots,
}

impl Root {
    /// Bytes of the cell.
    pub const SIZE: usize = 2 * 20 + 32 + VotingSettings::SIZE + 4 + OpenBallots::SIZE;

    /// The cell.
    pub fn to_bytes(&self) -> [u8; Self::SIZE] {
        let Self { attestations, escrow, salt, voting, ballots, open } = self;
        let mut cell = Writer::new();
        cell.put(&attestations.0).put(&escrow.0).put(salt);
        voting.write(&mut cell);
        cell.put(&ballots.to_le_bytes()).put(&open.0);
        cell.finish()
    }

    /// The cell, read.
    pub fn from_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        let mut cell = Reader::new(bytes);
        Self {
            attestations: Address(cell.take()),
            escrow: Address(cell.take()),
            salt: cell.take(),
            voting: VotingSettings::read_cell(&mut cell),
            ballots: u32::from_le_bytes(cell.take()),
            open: OpenBallots(cell.take()),
        }
    }
}

/// How a ballot was voted so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Votes against.
    pub against_votes: Points,
    /// Votes for.
    pub for_votes: Points,
    /// Votes that count for the quorum alone.
    pub abstain_votes: Points,
}

impl Tally {
    /// The sum that a vote of this kind adds to.
    pub const fn side_mut(&mut self, support: Support) -> &mut Points {
        match support {
            Support::Against => &mut self.against_votes,
            Support::For => &mut self.for_votes,
            Support::Abstain => &mut self.abstain_votes,
        }
    }

    /// The three sums in the order in which [`Support`] numbers them.
    pub const fn sides(self) -> [Points; 3] {
        let Self { against_votes, for_votes, abstain_votes } = self;
        [against_votes, for_votes, abstain_votes]
    }

    /// The tally with these [`Self::sides`].
    pub const fn of([against_votes, for_votes, abstain_votes]: [Points; 3]) -> Self {
        Self { against_votes, for_votes, abstain_votes }
    }
}

/// What counting needs to know of a ballot that takes votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Open {
    /// Its number in order of opening, from 1 on; 0 where there is no ballot.
    pub number: u32,
    /// The second whose votes count.
    pub snapshot: Timestamp,
    /// The last second in which votes are taken.
    pub deadline: Timestamp,
    /// Votes so far.
    pub tally: Tally,
}

/// Places for ballots that take votes. A place is free when its ballot's deadline is over.
///
/// Bytes as they lie in the cell: of five entries a call needs one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenBallots([u8; Self::SIZE]);

impl Default for OpenBallots {
    fn default() -> Self {
        Self([0; Self::SIZE])
    }
}

impl OpenBallots {
    /// How many places there are; a ballot that finds none free keeps its tally in its own cell.
    pub const PLACES: usize = 5;
    /// An id, then number, snapshot, deadline, and three sums of six bytes: [`crate::settings::MAX_SUPPLY`] fits.
    const ENTRY: usize = 32 + 4 + 2 * 5 + 3 * 6;
    const SIZE: usize = Self::PLACES * Self::ENTRY;

    fn entries(&self) -> &[[u8; Self::ENTRY]] {
        self.0.as_chunks().0
    }

    /// The ballot at a place.
    pub fn get(&self, place: usize) -> (BallotId, Open) {
        let entry = self.entries().get(place);
        let mut entry = Reader::new(entry.map(<[u8; Self::ENTRY]>::as_slice).unwrap_or_default());
        let id = BallotId(entry.take());
        let open = Open {
            number: u32::from_le_bytes(entry.take()),
            snapshot: Timestamp(entry.short::<5>()),
            deadline: Timestamp(entry.short::<5>()),
            tally: Tally::of(core::array::from_fn(|_| Points(entry.short::<6>()))),
        };
        (id, open)
    }

    /// Puts a ballot there.
    pub fn set(&mut self, place: usize, id: BallotId, open: &Open) {
        let Open { number, snapshot, deadline, tally } = open;
        let mut entry = Writer::<{ Self::ENTRY }>::new();
        entry.put(&id.0).put(&number.to_le_bytes()).short::<5>(snapshot.0).short::<5>(deadline.0);
        for side in tally.sides() {
            entry.short::<6>(side.0);
        }
        if let Some(room) = self.0.as_chunks_mut().0.get_mut(place) {
            *room = entry.finish();
        }
    }

    /// The place of a ballot, if it has one.
    pub fn find(&self, id: BallotId) -> Option<usize> {
        let place = self.entries().iter().position(|entry| entry.starts_with(&id.0))?;
        // An empty place looks like a ballot with the id zero, but has no number.
        (self.get(place).1.number != 0).then_some(place)
    }

    /// A place whose ballot takes no votes any more, or that never had one.
    pub fn free(&self, now: Timestamp) -> Option<usize> {
        (0..Self::PLACES).find(|place| self.get(*place).1.deadline < now)
    }
}

/// An account: its balance, its choice of delegate, where it voted, and the history of the votes it has been given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Signatures used so far.
    pub nonce: u64,
    /// Its own weight.
    pub balance: Weight,
    /// The account that votes with it.
    pub delegate: Address,
    /// Whether the delegate was chosen, by the first mint or by the account itself.
    pub chose_delegate: bool,
    /// The page of marks in which it voted last; the others are in cells of their own.
    pub voted: Voted,
    /// The history of its votes: its own and those delegated to it.
    pub votes: Trace,
}

impl Account {
    /// Bytes of the cell, at most.
    pub const SIZE: usize = 8 + 4 + 20 + 1 + 4 + Marks::SIZE + Trace::SIZE;

    /// The cell; [`Writer::written`] is as much of it as is used.
    pub fn to_cell(&self) -> Writer<{ Self::SIZE }> {
        let Self { nonce, balance, delegate, chose_delegate, voted, votes } = self;
        let mut cell = Writer::new();
        cell.put(&nonce.to_le_bytes()).put(&balance.0.to_le_bytes()).put(&delegate.0);
        cell.put(&[u8::from(*chose_delegate)]).put(&voted.page.to_le_bytes()).put(&voted.marks.0);
        votes.write(&mut cell);
        cell
    }

    /// The cell, read; zeros past its end.
    pub fn from_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        let mut cell = Reader::new(bytes);
        Self {
            nonce: cell.short::<8>(),
            balance: Weight(u32::from_le_bytes(cell.take())),
            delegate: Address(cell.take()),
            chose_delegate: cell.take::<1>() != [0],
            voted: Voted { page: u32::from_le_bytes(cell.take()), marks: Marks(cell.take()) },
            votes: Trace::read(&mut cell),
        }
    }

    /// Whether it ever held, delegated or was given votes.
    pub fn is_known(&self) -> bool {
        self.chose_delegate || self.votes.latest().is_some()
    }
}

/// The ballots of one page, and which page that is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Voted {
    /// Ballots 128 × `page` and the 127 after it.
    pub page: u32,
    /// In which of them the account voted.
    pub marks: Marks,
}

/// A bit for each of 128 ballots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks(pub [u8; Marks::SIZE]);

impl Marks {
    /// Bytes of a page.
    pub const SIZE: usize = 16;
    const BALLOTS: u32 = 128;

    /// In which page a ballot's bit lies.
    pub const fn page_of(ballot: u32) -> u32 {
        ballot / Self::BALLOTS
    }

    /// Whether a ballot's bit is set.
    pub fn get(&self, ballot: u32) -> bool {
        let (byte, mask) = Self::place(ballot);
        self.0.get(byte).is_some_and(|bits| bits & mask != 0)
    }

    /// Sets a ballot's bit.
    pub fn set(&mut self, ballot: u32) {
        let (byte, mask) = Self::place(ballot);
        if let Some(bits) = self.0.get_mut(byte) {
            *bits |= mask;
        }
    }

    const fn place(ballot: u32) -> (usize, u8) {
        let bit = ballot % Self::BALLOTS;
        ((bit / 8) as usize, 1 << (bit % 8))
    }
}

/// A ballot: the thresholds and times it was opened with, and its tally.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ballot {
    /// Its number in order of opening, from 1 on.
    pub number: u32,
    /// The second whose votes count.
    pub snapshot: Timestamp,
    /// The last second in which votes are taken.
    pub deadline: Timestamp,
    /// What for and abstain must reach.
    pub quorum: Points,
    /// The part of for and against that for must exceed.
    pub approval: Bps,
    /// Its votes. In the cell they are out of date while the ballot has a place in [`OpenBallots`].
    pub tally: Tally,
}

impl Ballot {
    /// Bytes of the cell.
    pub const SIZE: usize = 4 + 2 + 6 * 8;

    /// The cell.
    pub fn to_bytes(&self) -> [u8; Self::SIZE] {
        let Self { number, snapshot, deadline, quorum, approval, tally } = self;
        let mut cell = Writer::new();
        cell.put(&number.to_le_bytes()).put(&snapshot.0.to_le_bytes()).put(&deadline.0.to_le_bytes());
        cell.put(&quorum.0.to_le_bytes()).put(&approval.get().to_le_bytes());
        for side in tally.sides() {
            cell.put(&side.0.to_le_bytes());
        }
        cell.finish()
    }

    /// The cell, read.
    pub fn from_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        let mut cell = Reader::new(bytes);
        Self {
            number: u32::from_le_bytes(cell.take()),
            snapshot: Timestamp(cell.short::<8>()),
            deadline: Timestamp(cell.short::<8>()),
            quorum: Points(cell.short::<8>()),
            approval: cell.bps(),
            tally: Tally::of(core::array::from_fn(|_| Points(cell.short::<8>()))),
        }
    }

    /// What counting needs to know of it.
    pub const fn open(&self) -> Open {
        Open { number: self.number, snapshot: self.snapshot, deadline: self.deadline, tally: self.tally }
    }
}
