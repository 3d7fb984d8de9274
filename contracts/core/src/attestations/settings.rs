//! What the DAO sets in `attestations`, by `escrow`.

use super::{cells::Attesters, host::Host};
use crate::{
    error::Error,
    event::AttestationsEvent as Event,
    types::{Address, Points},
};

/// Sets who attests, and how many of them must sign. For `escrow` alone, as the DAO decided.
///
/// What was accepted stays: a removed attester takes nothing with them (T15).
pub fn set_attesters<H: Host>(
    host: &mut H,
    caller: Address,
    attesters: &[Address],
    threshold: u8,
) -> Result<(), Error> {
    caller.check_is(host.root().escrow)?;
    let set = Attesters::new(attesters, threshold).ok_or(Error::SettingOutOfBounds { position: 1 })?;
    let before = host.attesters();
    host.set_attesters(&set);
    for attester in before.keys().iter().copied().filter(|key| set.position(*key).is_none()) {
        host.emit(Event::AttesterRemoved { attester });
    }
    for attester in attesters.iter().copied().filter(|key| before.position(*key).is_none()) {
        host.emit(Event::AttesterAdded { attester });
    }
    host.emit(Event::AttestersChanged { threshold, count: set.count() });
    Ok(())
}

/// Caps the new weight of a UTC day, from today on. For `escrow` alone, as the DAO decided.
pub fn set_daily_weight_cap<H: Host>(host: &mut H, caller: Address, cap: Points) -> Result<(), Error> {
    let mut root = host.root();
    caller.check_is(root.escrow)?;
    check_cap(cap, 0)?;
    let previous = core::mem::replace(&mut root.daily_weight_cap, cap);
    host.set_root(&root);
    host.emit(Event::DailyWeightCapChanged { previous, cap });
    Ok(())
}

/// Names the account that may pause; [`Address::ZERO`] is nobody. For `escrow` alone, as the DAO decided.
pub fn set_guardian<H: Host>(host: &mut H, caller: Address, guardian: Address) -> Result<(), Error> {
    let mut root = host.root();
    caller.check_is(root.escrow)?;
    let previous = core::mem::replace(&mut root.guardian, guardian);
    host.set_root(&root);
    host.emit(Event::GuardianChanged { previous, guardian });
    Ok(())
}

/// Refuses a cap of zero: a day takes some new weight at least.
pub(super) fn check_cap(cap: Points, position: u8) -> Result<(), Error> {
    if cap == Points(0) { Err(Error::SettingOutOfBounds { position }) } else { Ok(()) }
}
