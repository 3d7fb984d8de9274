//! What a listening history weighs.
//!
//! **Rule 1.** Listening is summed per UTC day. A day gives its whole minutes (60,000 ms, rounded down),
//! at most [`DAILY_CAP_MINUTES`]. The weight is the sum over all days, at least 1 and at most
//! [`MAX_WEIGHT`]: the cap is eleven years of full days, and nobody gets more by leaving a speaker on.
//!
//! A history that cannot be is refused and not repaired. Rules are never edited: a change is a new
//! version, and what was attested under an old one stays (T15).

/// The greatest weight of one contribution, in points.
pub const MAX_WEIGHT: u32 = 1_000_000;

/// Minutes of one day that count under rule 1.
pub const DAILY_CAP_MINUTES: u32 = 240;

/// Milliseconds of a UTC day.
pub const DAY_MS: u64 = 24 * 60 * MINUTE_MS;

/// The day Spotify was founded, 23 April 2006, as days since 1 January 1970: nobody listened before.
pub const FIRST_DAY: u32 = 13_261;

const MINUTE_MS: u64 = 60_000;

/// A version of the rule. Attestations name the one they were made under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum RuleVersion {
    /// Rule 1, described at the top of this module.
    V1 = 1,
}

impl RuleVersion {
    /// The rule for new contributions.
    pub const CURRENT: Self = Self::V1;
}

impl From<RuleVersion> for u16 {
    fn from(version: RuleVersion) -> Self {
        match version {
            RuleVersion::V1 => 1,
        }
    }
}

impl TryFrom<u16> for RuleVersion {
    type Error = Refusal;

    fn try_from(version: u16) -> Result<Self, Refusal> {
        match version {
            1 => Ok(Self::V1),
            _ => Err(Refusal::UnknownVersion { version }),
        }
    }
}

/// One UTC day with listening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// Days since 1 January 1970.
    pub day: u32,
    /// Milliseconds played on that day.
    pub played_ms: u64,
}

/// Why a history has no weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No rule has this number.
    UnknownVersion {
        /// The number asked for.
        version: u16,
    },
    /// Not a millisecond was played: a weight is never zero.
    NothingPlayed,
    /// A day follows itself or a later one.
    DayOutOfOrder {
        /// The offending day, since 1970.
        day: u32,
        /// The day before it in the list.
        previous: u32,
    },
    /// A day before Spotify existed.
    DayBeforeSpotify {
        /// The offending day, since 1970.
        day: u32,
    },
    /// A day that has not come yet.
    DayInFuture {
        /// The offending day, since 1970.
        day: u32,
        /// The day of the check.
        today: u32,
    },
    /// More than 24 hours on one day.
    MoreThanADay {
        /// The offending day, since 1970.
        day: u32,
        /// What it claims.
        played_ms: u64,
    },
}

impl core::fmt::Display for Refusal {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::UnknownVersion { version } => write!(f, "no weight rule has number {version}"),
            Self::NothingPlayed => f.write_str("nothing was played"),
            Self::DayOutOfOrder { day, previous } => {
                write!(f, "day {day} follows day {previous}: days must rise")
            }
            Self::DayBeforeSpotify { day } => {
                write!(f, "day {day} is before Spotify existed (day {FIRST_DAY})")
            }
            Self::DayInFuture { day, today } => write!(f, "day {day} is after today, day {today}"),
            Self::MoreThanADay { day, played_ms } => {
                write!(f, "day {day} holds {played_ms} ms, more than the {DAY_MS} ms of a day")
            }
        }
    }
}

impl core::error::Error for Refusal {}

/// The weight, in points, of a history given as its days with listening, each once and rising.
///
/// `today` is the day of the check, in days since 1970, and is the last one allowed.
pub fn weight(version: RuleVersion, days: impl IntoIterator<Item = Day>, today: u32) -> Result<u32, Refusal> {
    match version {
        RuleVersion::V1 => weight_v1(days, today),
    }
}

fn weight_v1(days: impl IntoIterator<Item = Day>, today: u32) -> Result<u32, Refusal> {
    let mut previous: Option<u32> = None;
    let mut played = false;
    let mut points: u32 = 0;
    for Day { day, played_ms } in days {
        if let Some(previous) = previous.filter(|previous| day <= *previous) {
            return Err(Refusal::DayOutOfOrder { day, previous });
        }
        if day < FIRST_DAY {
            return Err(Refusal::DayBeforeSpotify { day });
        }
        if day > today {
            return Err(Refusal::DayInFuture { day, today });
        }
        if played_ms > DAY_MS {
            return Err(Refusal::MoreThanADay { day, played_ms });
        }
        let minutes = u32::try_from(played_ms / MINUTE_MS).unwrap_or(DAILY_CAP_MINUTES);
        points = points.saturating_add(minutes.min(DAILY_CAP_MINUTES));
        played |= played_ms > 0;
        previous = Some(day);
    }
    if !played {
        return Err(Refusal::NothingPlayed);
    }
    Ok(points.clamp(1, MAX_WEIGHT))
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    const TODAY: u32 = 20_000;

    fn of(days: &[(u32, u64)]) -> Result<u32, Refusal> {
        let days = days.iter().map(|&(day, played_ms)| Day { day, played_ms });
        weight(RuleVersion::V1, days, TODAY)
    }

    #[test]
    fn unknown_version_is_refused() {
        assert_eq!(RuleVersion::try_from(0), Err(Refusal::UnknownVersion { version: 0 }));
        assert_eq!(RuleVersion::try_from(2), Err(Refusal::UnknownVersion { version: 2 }));
        assert_eq!(RuleVersion::try_from(u16::from(RuleVersion::CURRENT)), Ok(RuleVersion::V1));
    }

    #[test]
    fn t16_empty_history_is_refused() {
        assert_eq!(of(&[]), Err(Refusal::NothingPlayed));
        assert_eq!(of(&[(15_000, 0), (15_001, 0)]), Err(Refusal::NothingPlayed));
    }

    #[test]
    fn days_must_rise() {
        let twice = Refusal::DayOutOfOrder { day: 15_000, previous: 15_000 };
        assert_eq!(of(&[(15_000, 1), (15_000, 1)]), Err(twice));
        let back = Refusal::DayOutOfOrder { day: 14_999, previous: 15_000 };
        assert_eq!(of(&[(15_000, 1), (14_999, 1)]), Err(back));
    }

    #[test]
    fn no_day_before_spotify_or_after_today() {
        let early = Refusal::DayBeforeSpotify { day: FIRST_DAY - 1 };
        assert_eq!(of(&[(FIRST_DAY - 1, 1)]), Err(early));
        assert_eq!(of(&[(FIRST_DAY, 60_000)]), Ok(1));
        assert_eq!(of(&[(TODAY, 60_000)]), Ok(1));
        let late = Refusal::DayInFuture { day: TODAY + 1, today: TODAY };
        assert_eq!(of(&[(TODAY + 1, 1)]), Err(late));
    }

    #[test]
    fn more_than_24_hours_a_day_is_refused() {
        assert_eq!(of(&[(15_000, DAY_MS)]), Ok(DAILY_CAP_MINUTES));
        let played_ms = DAY_MS + 1;
        assert_eq!(of(&[(15_000, played_ms)]), Err(Refusal::MoreThanADay { day: 15_000, played_ms }));
        assert!(of(&[(15_000, u64::MAX)]).is_err());
    }

    #[test]
    fn minutes_are_floored_per_day_and_capped() {
        assert_eq!(of(&[(15_000, 119_999)]), Ok(1));
        assert_eq!(of(&[(15_000, 59_999), (15_001, 59_999)]), Ok(1), "at least 1");
        assert_eq!(of(&[(15_000, 240 * 60_000)]), Ok(240));
        assert_eq!(of(&[(15_000, 241 * 60_000)]), Ok(240));
        assert_eq!(of(&[(15_000, 120_000), (15_001, 180_000)]), Ok(5));
    }

    #[test]
    fn the_whole_is_capped() {
        let days: Vec<_> = (FIRST_DAY..=TODAY).map(|day| (day, DAY_MS)).collect();
        assert_eq!(of(&days), Ok(MAX_WEIGHT));
    }

    proptest! {
        #[test]
        fn accepted_weights_equal_the_naive_sum(
            days in prop::collection::btree_map(FIRST_DAY..=TODAY, 1..=DAY_MS, 1..400)
        ) {
            let naive: u64 = days.values().map(|ms| (ms / 60_000).min(240)).sum();
            let days: Vec<_> = days.into_iter().collect();
            prop_assert_eq!(u64::from(of(&days).unwrap()), naive.clamp(1, 1_000_000));
        }

        #[test]
        fn any_list_is_weighed_within_bounds_or_refused(
            days in prop::collection::vec((any::<u32>(), any::<u64>()), 0..20), today: u32
        ) {
            let days = days.into_iter().map(|(day, played_ms)| Day { day, played_ms });
            if let Ok(points) = weight(RuleVersion::V1, days, today) {
                prop_assert!((1..=MAX_WEIGHT).contains(&points));
            }
        }

        #[test]
        fn one_more_day_never_weighs_less(
            days in prop::collection::btree_map(FIRST_DAY..TODAY, 1..=DAY_MS, 1..50), more in 0..=DAY_MS
        ) {
            let mut days: Vec<_> = days.into_iter().collect();
            let before = of(&days).unwrap();
            days.push((TODAY, more));
            prop_assert!(of(&days).unwrap() >= before);
        }
    }

    #[test]
    fn a_refusal_names_what_it_is_about() {
        let day = alloc::format!("{}", Refusal::DayOutOfOrder { day: 7, previous: 9 });
        assert_eq!(day, "day 7 follows day 9: days must rise");
        assert_eq!(alloc::format!("{}", Refusal::UnknownVersion { version: 5 }), "no weight rule has number 5");
    }
}
