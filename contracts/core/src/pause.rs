//! The guardian's pause: seven days at most, not again for thirty, and it ends by itself.

use crate::{
    error::Error,
    types::{Address, DAY_S, Timestamp},
};

/// The longest pause, in seconds.
pub const MAX_PAUSE_S: u64 = 7 * DAY_S;
/// The shortest time between the end of a pause and the next, in seconds.
pub const MIN_UNPAUSED_S: u64 = 30 * DAY_S;

/// The present or last pause, if there ever was one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pause {
    /// The last second of it, zero if there never was one: an `Option` in a cell makes the contracts longer.
    until: Timestamp,
}

impl Pause {
    /// Refuses while a pause lasts.
    pub fn check_not_paused(self, now: Timestamp) -> Result<(), Error> {
        if self.until != Timestamp(0) && now <= self.until {
            return Err(Error::PausedUntil { until: self.until });
        }
        Ok(())
    }

    /// The last second of it.
    pub fn until(self) -> Option<Timestamp> {
        (self.until != Timestamp(0)).then_some(self.until)
    }

    /// From when on the guardian may pause again.
    pub fn next_allowed(self) -> Timestamp {
        match self.until {
            Timestamp(0) => Timestamp(0),
            Timestamp(until) => Timestamp(until.saturating_add(MIN_UNPAUSED_S)),
        }
    }

    /// As cells keep it and views answer it: the last second, zero if there never was a pause.
    pub fn stored(self) -> u64 {
        self.until.0
    }

    /// A pause that a cell kept.
    pub fn from_stored(until: u64) -> Self {
        Self { until: Timestamp(until) }
    }

    /// A pause from now until `until`, by `caller`, who must be the guardian.
    ///
    /// # Errors
    /// [`Error::Unauthorized`], [`Error::PauseTooSoon`], [`Error::PauseOutOfBounds`].
    pub fn begin(self, guardian: Address, caller: Address, now: Timestamp, until: Timestamp) -> Result<Self, Error> {
        caller.check_is(guardian)?;
        let latest = Timestamp(now.0.saturating_add(MAX_PAUSE_S));
        if now < self.next_allowed() {
            return Err(Error::PauseTooSoon { next_allowed: self.next_allowed() });
        }
        if until <= now || until > latest {
            return Err(Error::PauseOutOfBounds { until, latest });
        }
        Ok(Self { until })
    }
}
