//! Histories of votes, of the supply and of the quorum: the only place where they grow and where they are looked up.

use super::host::{Host, Past, Total};
use crate::{
    abi::Uint256,
    checkpoints::Trace,
    error::Error,
    types::{Address, Points, Timestamp},
};

/// The value is `value` from `now` on.
pub(super) fn push<H: Host>(
    host: &mut H,
    of: Past,
    trace: &mut Trace,
    now: Timestamp,
    value: Points,
) -> Result<(), Error> {
    if let Some(full) = trace.push(now, value).map_err(|_| Error::Overflow)? {
        host.set_history(of, trace.pages.saturating_sub(1), &full);
    }
    Ok(())
}

/// The value at `at`.
pub(super) fn value_at<H: Host>(host: &H, of: Past, trace: &Trace, at: Timestamp) -> Points {
    trace.upper_lookup(at, |page| host.history(of, page))
}

fn check_past(now: Timestamp, at: Timestamp) -> Result<(), Error> {
    if at < now { Ok(()) } else { Err(Error::FutureLookup { timepoint: at, clock: now }) }
}

/// A `uint256` time point of ERC-5805: what does not fit 64 bits is in the future.
pub fn timepoint(word: Uint256) -> Timestamp {
    match word.0.split_last_chunk::<8>() {
        Some((high, low)) if high.iter().all(|byte| *byte == 0) => Timestamp(u64::from_be_bytes(*low)),
        _ => Timestamp(u64::MAX),
    }
}

/// Votes of `account` at `at`, a second that is over.
///
/// # Errors
/// [`Error::FutureLookup`].
pub fn past_votes<H: Host>(host: &H, now: Timestamp, account: Address, at: Timestamp) -> Result<Points, Error> {
    check_past(now, at)?;
    Ok(value_at(host, Past::Votes(account), &host.account(account).votes, at))
}

/// The supply at `at`, a second that is over.
///
/// # Errors
/// [`Error::FutureLookup`].
pub fn past_supply<H: Host>(host: &H, now: Timestamp, at: Timestamp) -> Result<Points, Error> {
    check_past(now, at)?;
    Ok(value_at(host, Past::Total(Total::Supply), &host.total(Total::Supply), at))
}
