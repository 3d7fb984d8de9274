//! What `escrow` stores besides offers, cell by cell.

use crate::cells::{Reader, Writer};
use crate::error::Error;
use crate::event::EscrowEvent as Event;
use crate::hash::Hash32;
use crate::money::MAX_FEE_AND_TIP;
use crate::pause::Pause;
use crate::types::{Address, Amount, Bps, Timestamp};

/// The shortest that any period can be set to, in seconds.
pub const MIN_PERIOD_S: u64 = 1;
/// The longest, in seconds: it fits the 4 bytes that cells give it.
pub const MAX_PERIOD_S: u64 = u32::MAX as u64;
/// The least that the fewest members of a sale can be set to.
pub const MIN_COHORT: u32 = 1;

/// The root cell: the sister contracts and the settings for new offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Root {
    /// Who is in which sale.
    pub attestations: Address,
    /// Who counts.
    pub votes: Address,
    /// Who may pause.
    pub guardian: Address,
    /// Sets this deployment apart.
    pub salt: Hash32,
    /// The guardian's pause.
    pub pause: Pause,
    /// For offers made from now on.
    pub settings: Settings,
    /// For proposals made from now on.
    pub proposals: ProposalSettings,
}

/// What offers made from now on get; an offer keeps what it was made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// For the treasury, never returned.
    pub listing_fee: Amount,
    /// The lowest price for a million points of weight, after fee and tips.
    pub reserve_per_million: Amount,
    /// The treasury's part of what is paid.
    pub fee: Bps,
    /// The keepers' part of what is paid.
    pub tip: Bps,
    /// The fewest members a sale may be made with.
    pub cohort_min: u32,
    /// From the end of voting to the end of leaving, in seconds.
    pub opt_out_s: u64,
    /// The shortest delivery and dispute period, in seconds.
    pub period_min_s: u64,
    /// The longest.
    pub period_max_s: u64,
    /// Time to rule, from the end of the dispute period, in seconds.
    pub ruling_s: u64,
}

impl Settings {
    /// Refuses values outside the bounds; `position` in the error is the field's, counted from 0.
    pub fn check(&self) -> Result<(), Error> {
        let Self {
            listing_fee: _,
            reserve_per_million: _,
            fee,
            tip,
            cohort_min,
            opt_out_s,
            period_min_s,
            period_max_s,
            ruling_s,
        } = *self;
        let fee_and_tip = u32::from(fee.get()).saturating_add(tip.get().into());
        let lasts = |seconds: u64| (MIN_PERIOD_S..=MAX_PERIOD_S).contains(&seconds);
        let within = [
            (2, fee_and_tip <= MAX_FEE_AND_TIP.get().into()),
            (4, cohort_min >= MIN_COHORT),
            (5, lasts(opt_out_s)),
            (6, lasts(period_min_s)),
            (7, lasts(period_max_s) && period_min_s <= period_max_s),
            (8, lasts(ruling_s)),
        ];
        match within.into_iter().find(|(_, fits)| !fits) {
            Some((position, _)) => Err(Error::SettingOutOfBounds { position }),
            None => Ok(()),
        }
    }

    pub(super) fn event(&self) -> Event {
        let Self {
            listing_fee,
            reserve_per_million,
            fee,
            tip,
            cohort_min,
            opt_out_s,
            period_min_s,
            period_max_s,
            ruling_s,
        } = *self;
        Event::SettingsChanged {
            listing_fee,
            reserve_per_million,
            fee_bps: fee.get(),
            tip_bps: tip.get(),
            cohort_min,
            opt_out_s,
            period_min_s,
            period_max_s,
            ruling_s,
        }
    }
}

impl Root {
    /// Bytes of the cell.
    pub const SIZE: usize = 3 * 20 + 32 + 5 + 2 * 16 + 2 * 2 + 4 + 4 * 4 + 2 * 4;

    /// The cell.
    pub fn to_bytes(&self) -> [u8; Self::SIZE] {
        let Self { attestations, votes, guardian, salt, pause: Pause { until }, settings, proposals } = self;
        let Settings {
            listing_fee,
            reserve_per_million,
            fee,
            tip,
            cohort_min,
            opt_out_s,
            period_min_s,
            period_max_s,
            ruling_s,
        } = settings;
        let mut cell = Writer::new();
        cell.put(&attestations.0).put(&votes.0).put(&guardian.0).put(salt).short::<5>(until.0);
        cell.put(&listing_fee.0.to_le_bytes()).put(&reserve_per_million.0.to_le_bytes());
        cell.put(&fee.get().to_le_bytes()).put(&tip.get().to_le_bytes()).put(&cohort_min.to_le_bytes());
        cell.short::<4>(*opt_out_s).short::<4>(*period_min_s).short::<4>(*period_max_s).short::<4>(*ruling_s);
        let ProposalSettings { timelock_s, grace_s } = proposals;
        cell.short::<4>(*timelock_s).short::<4>(*grace_s);
        cell.finish()
    }

    /// The cell, read.
    pub fn from_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        let mut cell = Reader::new(bytes);
        Self {
            attestations: Address(cell.take()),
            votes: Address(cell.take()),
            guardian: Address(cell.take()),
            salt: cell.take(),
            pause: Pause { until: Timestamp(cell.short::<5>()) },
            settings: Settings {
                listing_fee: Amount(u128::from_le_bytes(cell.take())),
                reserve_per_million: Amount(u128::from_le_bytes(cell.take())),
                fee: cell.bps(),
                tip: cell.bps(),
                cohort_min: u32::from_le_bytes(cell.take()),
                opt_out_s: cell.short::<4>(),
                period_min_s: cell.short::<4>(),
                period_max_s: cell.short::<4>(),
                ruling_s: cell.short::<4>(),
            },
            proposals: ProposalSettings { timelock_s: cell.short::<4>(), grace_s: cell.short::<4>() },
        }
    }
}

/// What proposals made from now on get; a proposal keeps what it was made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProposalSettings {
    /// From the end of voting to the first second of execution, in seconds.
    pub timelock_s: u64,
    /// From then to the last second of execution, in seconds.
    pub grace_s: u64,
}

impl ProposalSettings {
    /// Refuses values outside the bounds; `position` in the error is the field's, counted from 0.
    pub fn check(&self) -> Result<(), Error> {
        let Self { timelock_s, grace_s } = *self;
        for (position, seconds) in (0..).zip([timelock_s, grace_s]) {
            if !(MIN_PERIOD_S..=MAX_PERIOD_S).contains(&seconds) {
                return Err(Error::SettingOutOfBounds { position });
            }
        }
        Ok(())
    }
}

impl ProposalSettings {
    pub(super) const fn event(&self) -> Event {
        let Self { timelock_s, grace_s } = *self;
        Event::ProposalSettingsChanged { timelock_s, grace_s }
    }
}

/// A proposal: when its calls may be made, and whether they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The last second of voting.
    pub voting_ends: Timestamp,
    /// The first second in which it may be executed: voting and the timelock are over.
    pub executable_from: Timestamp,
    /// The last.
    pub executable_until: Timestamp,
    /// Whether it was executed.
    pub executed: bool,
}

impl Proposal {
    /// Bytes of the cell.
    pub const SIZE: usize = 3 * 8 + 1;

    /// The cell.
    pub fn to_bytes(&self) -> [u8; Self::SIZE] {
        let Self { voting_ends, executable_from, executable_until, executed } = self;
        let mut cell = Writer::new();
        cell.put(&voting_ends.0.to_le_bytes()).put(&executable_from.0.to_le_bytes());
        cell.put(&executable_until.0.to_le_bytes()).put(&[u8::from(*executed)]);
        cell.finish()
    }

    /// The cell, read.
    pub fn from_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        let mut cell = Reader::new(bytes);
        Self {
            voting_ends: Timestamp(cell.short::<8>()),
            executable_from: Timestamp(cell.short::<8>()),
            executable_until: Timestamp(cell.short::<8>()),
            executed: cell.take::<1>() != [0],
        }
    }
}

/// The DAO's lists that an account, or as a currency a token, is on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    /// May deliver.
    pub custodian: bool,
    /// May rule.
    pub arbiter: bool,
    /// May be paid in.
    pub currency: bool,
}

impl Roles {
    /// The cell.
    pub const fn to_byte(self) -> u8 {
        let Self { custodian, arbiter, currency } = self;
        custodian as u8 | (arbiter as u8) << 1 | (currency as u8) << 2
    }

    /// The cell, read.
    pub const fn from_byte(byte: u8) -> Self {
        Self { custodian: byte & 1 != 0, arbiter: byte & 2 != 0, currency: byte & 4 != 0 }
    }
}
