//! What is fixed at deployment, what the DAO sets, and what the guardian may stop.

use super::Host;
use super::cells::{Attesters, Root};
use crate::error::Error;
use crate::event::AttestationsEvent as Event;
use crate::hash::Hash32;
use crate::pause;
use crate::types::{Address, Points, Purpose, Timestamp};

/// The guardian stops new and replaced contributions until `until`.
pub fn pause<H: Host>(host: &mut H, now: Timestamp, caller: Address, until: Timestamp) -> Result<(), Error> {
    let mut root = host.root();
    caller.check_is(root.guardian)?;
    root.pause = root.pause.begin(now, until)?;
    host.set_root(&root);
    host.emit(Event::Paused { guardian: caller, until, next_allowed: root.pause.next_allowed() });
    Ok(())
}

/// What the constructor fixes.
#[derive(Clone, Copy, Debug)]
pub struct Construction {
    /// The contract that mirrors weight as votes.
    pub votes: Address,
    /// The contract that opens sales.
    pub escrow: Address,
    /// Who may pause.
    pub guardian: Address,
    /// New weight a UTC day, at most.
    pub daily_weight_cap: Points,
    /// How many purposes there are.
    pub purposes: u8,
    /// Hash of their texts.
    pub purposes_hash: Hash32,
    /// Sets this deployment's signatures apart.
    pub salt: Hash32,
}

/// Builds the first cells, or refuses what is out of bounds; `position` in the error counts the constructor's arguments.
pub fn construct(with: &Construction, attesters: &[Address], threshold: u8) -> Result<(Root, Attesters), Error> {
    let keys = Attesters::new(attesters, threshold).ok_or(Error::SettingOutOfBounds { position: 4 })?;
    check_cap(with.daily_weight_cap, 5)?;
    if with.purposes == 0 || with.purposes > Purpose::MAX {
        return Err(Error::SettingOutOfBounds { position: 6 });
    }
    Ok((Root::new(with), keys))
}

/// The events of a construction: its values, then each attester.
pub fn construction_events<'a>(
    with: &'a Construction,
    attesters: &'a [Address],
    threshold: u8,
) -> impl Iterator<Item = Event> + 'a {
    let Construction { votes, escrow, guardian, daily_weight_cap, purposes, purposes_hash, salt } = *with;
    let deployed = Event::AttestationsDeployed {
        votes,
        escrow,
        guardian,
        threshold,
        daily_weight_cap,
        purposes,
        purposes_hash,
        salt,
        max_pause_s: pause::MAX_PAUSE_S,
        min_unpaused_s: pause::MIN_UNPAUSED_S,
    };
    core::iter::once(deployed).chain(attesters.iter().map(|attester| Event::AttesterAdded { attester: *attester }))
}

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

/// Names who may pause; [`Address::ZERO`] is nobody. For `escrow` alone, as the DAO decided.
pub fn set_guardian<H: Host>(host: &mut H, caller: Address, guardian: Address) -> Result<(), Error> {
    let mut root = host.root();
    caller.check_is(root.escrow)?;
    let previous = core::mem::replace(&mut root.guardian, guardian);
    host.set_root(&root);
    host.emit(Event::GuardianChanged { previous, guardian });
    Ok(())
}

/// A day takes some new weight at least.
fn check_cap(cap: Points, position: u8) -> Result<(), Error> {
    if cap == Points(0) { Err(Error::SettingOutOfBounds { position }) } else { Ok(()) }
}
