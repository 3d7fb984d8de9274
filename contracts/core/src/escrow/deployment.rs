//! What the constructor of `escrow` fixes, and its first cells.

use super::{cells::Root, host::Host, settings::change_roles};
use crate::{
    error::Error,
    event::EscrowEvent as Event,
    hash::Hash32,
    pause::{MAX_PAUSE_S, MIN_UNPAUSED_S, Pause},
    settings::{OfferSettings, ProposalSettings},
    types::{Address, Amount},
};

/// What the constructor fixes.
#[derive(Clone, Copy, Debug)]
pub struct Construction {
    /// The contract of the sales.
    pub attestations: Address,
    /// The contract of the ballots.
    pub votes: Address,
    /// The account that may pause new offers.
    pub guardian: Address,
    /// For the first offers.
    pub offers: OfferSettings,
    /// For the first proposals.
    pub proposals: ProposalSettings,
    /// Sets this deployment's signatures and ids apart from any other's.
    pub salt: Hash32,
}

/// Writes the first cells and logs them: settings, the lists, native money as a currency.
///
/// # Errors
/// [`Error::SettingOutOfBounds`]: positions count the values of [`OfferSettings`], then one for timelock and grace
/// together, one for the custodians and one for the arbiters.
pub fn construct<H: Host>(
    host: &mut H,
    with: &Construction,
    custodians: &[Address],
    arbiters: &[Address],
) -> Result<(), Error> {
    let Construction { attestations, votes, guardian, offers, proposals, salt } = *with;
    let after_offers = |more: u8| {
        let position = u8::try_from(OfferSettings::COUNT).unwrap_or(u8::MAX).saturating_add(more);
        Error::SettingOutOfBounds { position }
    };
    offers.check(0)?;
    proposals.check(0).map_err(|_| after_offers(0))?;
    if custodians.is_empty() || custodians.contains(&Address::ZERO) {
        return Err(after_offers(1));
    }
    if arbiters.is_empty() || arbiters.contains(&Address::ZERO) {
        return Err(after_offers(2));
    }
    host.set_root(&Root { attestations, votes, guardian, salt, pause: Pause::default(), offers, proposals });
    host.emit(Event::EscrowDeployed {
        attestations,
        votes,
        guardian,
        salt,
        max_pause_s: MAX_PAUSE_S,
        min_unpaused_s: MIN_UNPAUSED_S,
    });
    host.emit(Event::SettingsChanged { settings: offers });
    host.emit(Event::ProposalSettingsChanged { settings: proposals });
    for &custodian in custodians {
        change_roles(host, custodian, Event::CustodianAdded { custodian }, |roles| roles.custodian = true);
    }
    for &arbiter in arbiters {
        change_roles(host, arbiter, Event::ArbiterAdded { arbiter }, |roles| roles.arbiter = true);
    }
    // The runtime holds the existential deposit of a contract apart, so native money needs no base amount of ours.
    let (currency, base_amount) = (Address::ZERO, Amount(0));
    host.set_base_amount(currency, base_amount);
    change_roles(host, currency, Event::CurrencyAllowed { currency, base_amount }, |roles| roles.currency = true);
    Ok(())
}
