//! The guardian's pause: seven days at most, not again for thirty, and it ends by itself.

use crate::error::Error;
use crate::types::{Address, DAY_S, Timestamp};

/// The longest pause, in seconds.
pub const MAX_PAUSE_S: u64 = 7 * DAY_S;
/// The shortest time between the end of a pause and the next, in seconds.
pub const MIN_UNPAUSED_S: u64 = 30 * DAY_S;

/// When the present or last pause ends. Zero: there never was one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pause {
    /// The last second of it.
    pub until: Timestamp,
}

impl Pause {
    /// Refuses while a pause lasts.
    pub fn check_not_paused(self, now: Timestamp) -> Result<(), Error> {
        if self.until != Timestamp(0) && now <= self.until {
            return Err(Error::PausedUntil { until: self.until });
        }
        Ok(())
    }

    /// From when on the guardian may pause again.
    pub fn next_allowed(self) -> Timestamp {
        match self.until {
            Timestamp(0) => Timestamp(0),
            Timestamp(until) => Timestamp(until.saturating_add(MIN_UNPAUSED_S)),
        }
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
