//! The guardian's pause of new and replaced contributions.

use super::host::Host;
use crate::{
    error::Error,
    event::AttestationsEvent as Event,
    types::{Address, Timestamp},
};

/// The guardian stops new and replaced contributions until `until`.
pub fn pause<H: Host>(host: &mut H, now: Timestamp, caller: Address, until: Timestamp) -> Result<(), Error> {
    let mut root = host.root();
    root.pause = root.pause.begin(root.guardian, caller, now, until)?;
    host.set_root(&root);
    host.emit(Event::Paused { guardian: caller, until, next_allowed: root.pause.next_allowed() });
    Ok(())
}
