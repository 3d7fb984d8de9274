//! The guardian's pause of new offers.

use super::host::Host;
use crate::{
    error::Error,
    event::EscrowEvent as Event,
    types::{Address, Timestamp},
};

/// The guardian stops new offers until `until`, and nothing else.
pub fn pause<H: Host>(host: &mut H, now: Timestamp, caller: Address, until: Timestamp) -> Result<(), Error> {
    let mut root = host.root();
    root.pause = root.pause.begin(root.guardian, caller, now, until)?;
    host.set_root(&root);
    host.emit(Event::Paused { guardian: caller, until, next_allowed: root.pause.next_allowed() });
    Ok(())
}
