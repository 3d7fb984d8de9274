//! Moments, durations and addresses as people read and write them.

use anyhow::{Context as _, bail};
use chorus_bindings::Address;
use chorus_client::keys::{Key, address_of};
use jiff::{Span, SpanRelativeTo, SpanRound, Timestamp, Unit};

/// Reads a duration as seconds: `90`, `90s`, `15m`, `12h`, `7d`, or several units as in `1d 12h`.
///
/// # Errors
/// When it is not a duration, or not a whole number of seconds.
pub fn parse_seconds(text: &str) -> anyhow::Result<u64> {
    if let Ok(seconds) = text.trim().parse() {
        return Ok(seconds);
    }
    let parsed = text.parse::<Span>().and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()));
    parsed
        .ok()
        .filter(|duration| duration.subsec_nanos() == 0)
        .and_then(|duration| u64::try_from(duration.as_secs()).ok())
        .with_context(|| format!("{text:?} is not a duration: write 90s, 15m, 12h or 7d"))
}

/// Writes a duration in its two largest units: `3d 4h`, `2m 5s`.
pub fn duration(seconds: u64) -> String {
    let smallest = match seconds {
        0..3_600 => Unit::Second,
        3_600..86_400 => Unit::Minute,
        _ => Unit::Hour,
    };
    let round = SpanRound::new().largest(Unit::Day).smallest(smallest).days_are_24_hours();
    let span = i64::try_from(seconds).ok().and_then(|seconds| Span::new().try_seconds(seconds).ok());
    let rounded = span.and_then(|span| span.round(round).ok());
    rounded.map_or_else(|| format!("{seconds}s"), |span| format!("{span:#}"))
}

/// Writes how many there are of something: `1 member`, `19 members`.
pub fn count(number: u32, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

/// Writes a moment in unix seconds as a date and a time: `2026-06-01 14:02:05 UTC`.
pub fn moment(unix_s: u64) -> String {
    let timestamp = i64::try_from(unix_s).ok().and_then(|second| Timestamp::from_second(second).ok());
    match timestamp {
        Some(timestamp) => timestamp.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        None => format!("{unix_s} in unix seconds"),
    }
}

/// Reads an address as `0x` and 40 hex digits, `0x` and 64 (a Substrate account), or a development name such as
/// `//Alice`.
pub fn parse_address(text: &str) -> anyhow::Result<Address> {
    if text.starts_with("//") {
        return Ok(Key::from_uri(text)?.address());
    }
    let bytes = hex::decode(text.strip_prefix("0x").unwrap_or(text)).ok();
    match bytes.as_deref() {
        Some(address) if address.len() == 20 => Ok(Address::from_slice(address)),
        Some(account) if account.len() == 32 => {
            let mut id = [0; 32];
            id.copy_from_slice(account);
            Ok(address_of(&id))
        }
        _ => bail!("{text} is not an address: write 0x and 40 hex digits, or //Alice"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_something_is_singular() {
        assert_eq!([0, 1, 2].map(|number| count(number, "member")), ["0 members", "1 member", "2 members"]);
    }

    #[test]
    fn an_address_may_be_a_name_or_an_account() {
        let alice = Key::from_uri("//Alice").unwrap();
        assert_eq!(parse_address("//Alice").unwrap(), alice.address());
        assert_eq!(parse_address(&hex::encode(alice.account())).unwrap(), alice.address());
        assert_eq!(parse_address(&alice.address().to_string()).unwrap(), alice.address());
        assert!(parse_address("0x12").is_err());
    }

    #[test]
    fn durations_are_read_with_their_unit() {
        for (text, expected) in [
            ("90", 90),
            ("90s", 90),
            ("15m", 900),
            ("12h", 43_200),
            ("7d", 604_800),
            ("1d 12h", 129_600),
            ("2w", 1_209_600),
        ] {
            assert_eq!(parse_seconds(text).unwrap(), expected, "{text}");
        }
        for text in ["", "d", "-1s", "1mo", "1.5s", "99999999999999999999d", "1é", "7 x"] {
            assert!(parse_seconds(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_are_written_in_their_two_largest_units() {
        for (seconds, expected) in [
            (0, "0s"),
            (45, "45s"),
            (125, "2m 5s"),
            (3_600, "1h"),
            (3_700, "1h 2m"),
            (604_800, "7d"),
            (273_599, "3d 4h"),
        ] {
            assert_eq!(duration(seconds), expected);
        }
    }

    #[test]
    fn moments_are_written_with_their_date() {
        assert_eq!(moment(1_780_322_525), "2026-06-01 14:02:05 UTC");
        assert_eq!(moment(u64::MAX), "18446744073709551615 in unix seconds");
    }
}
