//! The chain's time: the machine's clock, moved forward on request.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::error::Error;

/// What `pallet_timestamp` demands between two blocks.
const MINIMUM_PERIOD_MS: u64 = 1;

/// Tells each block its time. Blocks may share a second but never a millisecond.
#[derive(Debug)]
pub(crate) struct Clock {
    /// How far the chain's time is ahead of the machine's.
    offset_ms: i128,
    /// The time of the next block, when somebody set it.
    set_ms: Option<u64>,
}

impl Clock {
    /// A clock that gives the first block `time` (unix seconds), or the machine's time.
    pub(crate) fn new(time: Option<u64>) -> Self {
        Self { offset_ms: 0, set_ms: time.map(|s| s.saturating_mul(1000)) }
    }

    /// Gives the next block the second `unix_s`, which must not lie before the last block at `last_ms`.
    pub(crate) fn set(&mut self, unix_s: u64, last_ms: u64) -> Result<(), Error> {
        let earliest_s = (last_ms + MINIMUM_PERIOD_MS) / 1000;
        if unix_s < earliest_s {
            return Err(Error::TimeGoesForward { asked_s: unix_s, earliest_s });
        }
        if unix_s > LATEST_S {
            return Err(Error::TimeTooFar { asked_s: unix_s, latest_s: LATEST_S });
        }
        self.set_ms = Some(unix_s * 1000);
        Ok(())
    }

    /// The unix milliseconds that a block after the one at `last_ms` would get now.
    pub(crate) fn peek(&self, last_ms: u64) -> u64 {
        let now_ms = || u64::try_from(machine_ms() + self.offset_ms).unwrap_or_default();
        self.set_ms.unwrap_or_else(now_ms).max(last_ms + MINIMUM_PERIOD_MS)
    }

    /// Notes that a block took the time `ms`; later blocks go on from there.
    pub(crate) fn took(&mut self, ms: u64) {
        if self.set_ms.take().is_some() {
            self.offset_ms = i128::from(ms) - machine_ms();
        }
    }
}

/// The end of the year 9999: far enough, and milliseconds stay far from overflow.
const LATEST_S: u64 = 253_402_300_799;

fn machine_ms() -> i128 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i128::try_from(since.as_millis()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(clock: &mut Clock, last_ms: u64) -> u64 {
        let ms = clock.peek(last_ms);
        clock.took(ms);
        ms
    }

    #[test]
    fn set_time_is_the_next_blocks_and_later_blocks_go_on_from_there() {
        let mut clock = Clock::new(Some(1_000));
        assert_eq!(next(&mut clock, 0), 1_000_000);
        clock.set(5_000, 1_000_000).unwrap();
        assert_eq!(next(&mut clock, 1_000_000), 5_000_000);
        let later = next(&mut clock, 5_000_000);
        assert!((5_000_001..5_060_000).contains(&later), "{later}");
    }

    #[test]
    fn blocks_share_a_second_but_not_a_millisecond() {
        let mut clock = Clock::new(Some(1_000));
        let first = next(&mut clock, 0);
        clock.set(1_000, first).unwrap();
        assert_eq!(next(&mut clock, first), first + 1);
    }

    #[test]
    fn time_never_goes_back() {
        let mut clock = Clock::new(None);
        assert!(clock.set(999, 1_000_000).is_err());
        assert!(clock.set(1_000, 1_000_999).is_err(), "the second is used up");
        assert!(clock.set(1_001, 1_000_999).is_ok());
        assert!(clock.set(u64::MAX, 0).is_err());
    }
}
