//! What the constructor of `votes` fixes, and its first cell.

use super::{
    cells::{OpenBallots, Root},
    host::Host,
};
use crate::{error::Error, event::VotesEvent as Event, hash::Hash32, settings::VotingSettings, types::Address};

/// What the constructor fixes.
#[derive(Clone, Copy, Debug)]
pub struct Construction {
    /// The contract that mints and burns.
    pub attestations: Address,
    /// The contract that opens ballots.
    pub escrow: Address,
    /// What ballots are opened with, until the DAO decides otherwise.
    pub voting: VotingSettings,
    /// Sets this deployment's signatures apart.
    pub salt: Hash32,
}

/// Writes the first cell and logs it.
///
/// # Errors
/// [`Error::SettingOutOfBounds`], whose position counts the constructor's arguments.
pub fn construct<H: Host>(host: &mut H, with: &Construction) -> Result<(), Error> {
    let Construction { attestations, escrow, voting, salt } = *with;
    voting.check(2)?;
    host.set_root(&Root { attestations, escrow, salt, voting, ballots: 0, open: OpenBallots::default() });
    host.emit(Event::VotesDeployed { attestations, escrow, voting, salt });
    Ok(())
}
