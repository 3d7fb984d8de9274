//! What `escrow`'s own settings messages do. Only a proposal that passed makes them.

use super::{cells::Roles, credits::add_credit, host::Host};
use crate::{
    error::Error,
    event::EscrowEvent as Event,
    fields::Somebody,
    names::CreditReason,
    settings::Setting,
    types::{Address, Amount, ProposalId},
};

impl Setting {
    /// Does it, for a proposal that passed.
    pub(super) fn apply<H: Host>(self, host: &mut H, proposal: ProposalId) -> Result<(), Error> {
        let mut root = host.root();
        match self {
            Self::Offers { settings } => {
                root.offers = settings;
                host.set_root(&root);
                host.emit(Event::SettingsChanged { settings });
            }
            Self::Proposals { settings } => {
                root.proposals = settings;
                host.set_root(&root);
                host.emit(Event::ProposalSettingsChanged { settings });
            }
            Self::Guardian { guardian } => {
                let previous = core::mem::replace(&mut root.guardian, guardian);
                host.set_root(&root);
                host.emit(Event::GuardianChanged { previous, guardian });
            }
            Self::AddCustodian { custodian: Somebody(custodian) } => {
                change_roles(host, custodian, Event::CustodianAdded { custodian }, |roles| roles.custodian = true);
            }
            Self::RemoveCustodian { custodian } => {
                change_roles(host, custodian, Event::CustodianRemoved { custodian }, |roles| roles.custodian = false);
            }
            Self::AddArbiter { arbiter: Somebody(arbiter) } => {
                change_roles(host, arbiter, Event::ArbiterAdded { arbiter }, |roles| roles.arbiter = true);
            }
            Self::RemoveArbiter { arbiter } => {
                change_roles(host, arbiter, Event::ArbiterRemoved { arbiter }, |roles| roles.arbiter = false);
            }
            Self::AllowCurrency { currency, base_amount } => allow_currency(host, currency, base_amount)?,
            Self::DisallowCurrency { currency } => {
                change_roles(host, currency, Event::CurrencyDisallowed { currency }, |roles| roles.currency = false);
            }
            Self::SpendTreasury { currency, amount, to: Somebody(to) } => spend(host, proposal, currency, amount, to)?,
        }
        Ok(())
    }
}

/// Puts an account on a list or takes it off, and logs it. If nothing changes, nothing is logged.
pub(super) fn change_roles<H: Host>(host: &mut H, account: Address, event: Event, change: impl FnOnce(&mut Roles)) {
    let before = host.roles(account);
    let mut roles = before;
    change(&mut roles);
    if roles != before {
        host.set_roles(account, roles);
        host.emit(event);
    }
}

/// The base amount is what the chain asks of a holder of this currency. `escrow` must have it before anything else in
/// that currency, so that it is nobody's; a currency that comes back keeps it, because by then there may be deposits.
fn allow_currency<H: Host>(host: &mut H, currency: Address, base_amount: Amount) -> Result<(), Error> {
    match host.base_amount(currency) {
        Some(known) if known == base_amount => {}
        Some(known) => return Err(Error::BaseAmountDiffers { currency, base_amount: known }),
        None => {
            let held = host.token_balance(currency).ok_or(Error::TransferRefused { currency })?;
            if held < base_amount {
                return Err(Error::BaseAmountMissing { currency, held, base_amount });
            }
            host.set_base_amount(currency, base_amount);
        }
    }
    change_roles(host, currency, Event::CurrencyAllowed { currency, base_amount }, |roles| roles.currency = true);
    Ok(())
}

/// Moves credit of the treasury's to `to`, who withdraws it: a payment that could fail would hold up the whole
/// proposal.
fn spend<H: Host>(
    host: &mut H,
    proposal: ProposalId,
    currency: Address,
    asked: Amount,
    to: Address,
) -> Result<(), Error> {
    let credit = host.credit(currency, Address::ZERO);
    let left = credit.0.checked_sub(asked.0).map(Amount);
    let balance = left.ok_or(Error::TreasuryTooSmall { currency, credit, asked })?;
    host.set_credit(currency, Address::ZERO, balance);
    host.emit(Event::TreasurySpent { currency, to, amount: asked, balance });
    add_credit(host, CreditReason::TreasuryPayment, proposal.into(), currency, to, asked)
}
