//! Amounts of native money as people write them. Contracts count in the smallest unit, 10^-18.

use anyhow::{Context as _, ensure};

/// Decimals of native money inside contracts and in every API of Chorus.
pub const DECIMALS: usize = 18;

/// Reads `12.5` (whole units), or `12500000000000000000wei` (smallest units).
///
/// # Errors
/// When it is no number, has more than 18 decimals, or does not fit 128 bits.
pub fn parse(text: &str) -> anyhow::Result<u128> {
    let text = text.trim().replace('_', "");
    if let Some(wei) = text.strip_suffix("wei") {
        return wei.trim().parse().with_context(|| format!("{text} is no whole number below 2^128"));
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    ensure!(!whole.is_empty() && digits(whole) && digits(fraction), "{text} is no amount: write 12.5, or 12500wei");
    ensure!(fraction.len() <= DECIMALS, "{text} has more than {DECIMALS} decimals");
    format!("{whole}{fraction:0<DECIMALS$}").parse().with_context(|| format!("{text} is too large"))
}

/// Writes an amount of smallest units in whole units, without trailing zeros.
pub fn show(wei: u128) -> String {
    let digits = format!("{wei:0>width$}", width = DECIMALS + 1);
    let (whole, fraction) = digits.split_at(digits.len() - DECIMALS);
    match fraction.trim_end_matches('0') {
        "" => whole.to_owned(),
        fraction => format!("{whole}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_and_written_exactly() {
        for (text, wei) in
            [("0", 0), ("1", 10u128.pow(18)), ("12.5", 125 * 10u128.pow(17)), ("0.000000000000000001", 1)]
        {
            assert_eq!(parse(text).unwrap(), wei);
            assert_eq!(show(wei), text);
        }
        assert_eq!(parse("7wei").unwrap(), 7);
        assert_eq!(show(u128::MAX), "340282366920938463463.374607431768211455");
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in ["", ".5", "-1", "1e3", "1.0000000000000000001", "340282366920938463464", "1.2.3", "wei"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
