//! What the constructor of `attestations` fixes, and its first cells.

use super::{
    cells::{Attesters, Root},
    host::Host,
    settings::check_cap,
};
use crate::{
    error::Error,
    event::AttestationsEvent as Event,
    hash::Hash32,
    pause::{MAX_PAUSE_S, MIN_UNPAUSED_S, Pause},
    types::{Address, Points, Purpose},
};

/// What the constructor fixes.
#[derive(Clone, Copy, Debug)]
pub struct Construction {
    /// The contract that mirrors weight as votes.
    pub votes: Address,
    /// The contract that opens sales.
    pub escrow: Address,
    /// The account that may pause new contributions.
    pub guardian: Address,
    /// New weight a UTC day, at most.
    pub daily_weight_cap: Points,
    /// How many purposes there are.
    pub purposes: u8,
    /// The hash of their texts.
    pub purposes_hash: Hash32,
    /// Sets this deployment's signatures apart.
    pub salt: Hash32,
}

/// Writes the first cells and logs them: what is fixed, then each attester.
///
/// # Errors
/// [`Error::SettingOutOfBounds`], whose position counts the constructor's arguments.
pub fn construct<H: Host>(
    host: &mut H,
    with: &Construction,
    attesters: &[Address],
    threshold: u8,
) -> Result<(), Error> {
    let Construction { votes, escrow, guardian, daily_weight_cap, purposes, purposes_hash, salt } = *with;
    let keys = Attesters::new(attesters, threshold).ok_or(Error::SettingOutOfBounds { position: 4 })?;
    check_cap(daily_weight_cap, 5)?;
    if purposes == 0 || purposes > Purpose::MAX {
        return Err(Error::SettingOutOfBounds { position: 6 });
    }
    host.set_root(&Root {
        votes,
        escrow,
        guardian,
        salt,
        pause: Pause::default(),
        daily_weight_cap,
        day: 0,
        day_weight: Points(0),
        members: 0,
        sales: 0,
        purposes,
        purposes_hash,
        open: Default::default(),
        totals: Default::default(),
    });
    host.set_attesters(&keys);
    host.emit(Event::AttestationsDeployed {
        votes,
        escrow,
        guardian,
        threshold,
        daily_weight_cap,
        purposes,
        purposes_hash,
        salt,
        max_pause_s: MAX_PAUSE_S,
        min_unpaused_s: MIN_UNPAUSED_S,
    });
    for &attester in attesters {
        host.emit(Event::AttesterAdded { attester });
    }
    Ok(())
}
