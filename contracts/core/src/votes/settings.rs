//! What the DAO sets in `votes`, and the quorum of any past second.

use super::{
    history::{past_supply, push, value_at},
    host::{Host, Past, Total},
};
use crate::{
    error::Error,
    event::VotesEvent as Event,
    fields::Changed,
    settings::{MAX_SUPPLY, VotingSettings},
    types::{Address, Bps, Points, Timestamp},
};

/// Changes what ballots opened from now on are opened with. For `escrow` alone, which executes what the DAO decided.
///
/// # Errors
/// [`Error::Unauthorized`], [`Error::SettingOutOfBounds`].
pub fn set_voting<H: Host>(
    host: &mut H,
    now: Timestamp,
    caller: Address,
    settings: &VotingSettings,
) -> Result<(), Error> {
    let mut root = host.root();
    caller.check_is(root.escrow)?;
    settings.check(0)?;
    let previous = core::mem::replace(&mut root.voting, *settings);
    let mut quorums = host.total(Total::Quorum);
    if quorums.latest().is_none() {
        push(host, Past::Total(Total::Quorum), &mut quorums, Timestamp(0), packed_quorum(&previous))?;
    }
    push(host, Past::Total(Total::Quorum), &mut quorums, now, packed_quorum(&root.voting))?;
    host.set_total(Total::Quorum, &quorums);
    host.set_root(&root);
    host.emit(Event::VotingChanged { change: Changed { previous, new: *settings } });
    Ok(())
}

/// The quorum of a ballot whose snapshot is `at`, by the settings of that second.
///
/// # Errors
/// [`Error::FutureLookup`].
pub fn quorum_at<H: Host>(host: &H, now: Timestamp, at: Timestamp) -> Result<Points, Error> {
    let supply = past_supply(host, now, at)?;
    let quorums = host.total(Total::Quorum);
    let packed = match quorums.latest() {
        Some(_) => value_at(host, Past::Total(Total::Quorum), &quorums, at),
        None => packed_quorum(&host.root().voting),
    };
    quorum_of(supply, u16::try_from(packed.0 >> 48).unwrap_or_default(), Points(packed.0 & MAX_SUPPLY.0))
}

/// The part and the least of a quorum as one value of a history: the least fits the lower 48 bits.
fn packed_quorum(voting: &VotingSettings) -> Points {
    Points(u64::from(voting.quorum_bps) << 48 | voting.quorum_min.0)
}

/// The votes that a proposer must have: a part of the supply, rounded up, and never zero.
pub(super) fn threshold_of(supply: Points, part_bps: u16) -> Result<Points, Error> {
    quorum_of(supply, part_bps, Points(1))
}

/// The votes that for and abstain must reach: a part of the supply, rounded up, and never less than `least`.
///
/// # Errors
/// None while invariants hold.
pub fn quorum_of(supply: Points, part_bps: u16, least: Points) -> Result<Points, Error> {
    let parts = supply.0.checked_mul(part_bps.into()).ok_or(Error::Overflow)?;
    Ok(least.max(Points(parts.div_ceil(Bps::WHOLE.get().into()))))
}
