//! Which calls a proposal may make, and what `escrow`'s own do. Nothing else changes a setting.

use super::proposals::MAX_CALL_BYTES;
use super::{CreditReason, Event, Host, ProposalSettings, Roles, Settings, add_credit};
use crate::abi::{Words, same_text, selector};
use crate::contract::Contract;
use crate::error::Error;
use crate::types::{Address, Amount, Bps, ProposalId};

/// A settings message.
#[derive(Clone, Copy, Debug)]
pub struct AllowedCall {
    /// Whose message it is.
    pub contract: Contract,
    /// Its name.
    pub name: &'static str,
    /// Its selector.
    pub selector: [u8; 4],
    /// How many bytes of each argument's word are used. Nothing: its arguments are lists, which the target decodes.
    pub widths: Option<&'static [usize]>,
}

macro_rules! allowed {
    ($( $contract:ident $name:literal ( $($ty:literal $width:literal),* ) )+) => {
        [ $( AllowedCall {
            contract: Contract::$contract,
            name: $name,
            selector: selector($name, &[ $($ty),* ]),
            widths: if $( $width == 0 || )* false { None } else { Some(&[ $($width),* ]) },
        } ),+ ]
    };
}

/// Every call that a proposal may make. A width of 0 marks a list.
pub const ALLOWED: [AllowedCall; 15] = allowed! {
    Attestations "setAttesters" ("address[]" 0, "uint8" 1)
    Attestations "setDailyWeightCap" ("uint64" 8)
    Attestations "setGuardian" ("address" 20)
    Attestations "revoke" ("address" 20, "uint64" 8, "bytes" 0)
    Votes "setVoting" ("uint64" 8, "uint16" 2, "uint64" 8, "uint16" 2, "uint16" 2)
    Escrow "setOfferSettings" ("uint128" 16, "uint128" 16, "uint16" 2, "uint16" 2, "uint32" 4, "uint64" 8, "uint64" 8, "uint64" 8, "uint64" 8)
    Escrow "setProposalSettings" ("uint64" 8, "uint64" 8)
    Escrow "setGuardian" ("address" 20)
    Escrow "addCustodian" ("address" 20)
    Escrow "removeCustodian" ("address" 20)
    Escrow "addArbiter" ("address" 20)
    Escrow "removeArbiter" ("address" 20)
    Escrow "allowCurrency" ("address" 20, "uint128" 16)
    Escrow "disallowCurrency" ("address" 20)
    Escrow "spendTreasury" ("address" 20, "uint128" 16, "address" 20)
};

/// Whether `call` is a settings message of `contract`, written as the ABI writes it: no shorter, no longer, in range.
pub(super) fn is_allowed(contract: Contract, call: &[u8]) -> bool {
    let Some((selector, arguments)) = call.split_first_chunk::<4>() else { return false };
    let allowed = ALLOWED.iter().find(|allowed| allowed.contract == contract && allowed.selector == *selector);
    match allowed.map(|allowed| allowed.widths) {
        None => false,
        Some(None) => call.len() <= MAX_CALL_BYTES,
        Some(Some(widths)) => {
            let mut words = Words::new(arguments);
            for width in widths {
                words.word(*width);
            }
            words.is_well_formed()
        }
    }
}

/// A settings message of `escrow`.
#[derive(Clone, Copy, Debug)]
pub(super) enum Setting {
    Offers(Settings),
    Proposals(ProposalSettings),
    Guardian(Address),
    Custodian { account: Address, listed: bool },
    Arbiter { account: Address, listed: bool },
    AllowCurrency { currency: Address, base_amount: Amount },
    DisallowCurrency(Address),
    SpendTreasury { currency: Address, amount: Amount, to: Address },
}

impl Setting {
    /// Reads a call that [`is_allowed`] for `escrow`, and refuses what is out of bounds; `position` counts its arguments.
    pub(super) fn parse(call: &[u8]) -> Result<Self, Error> {
        let (selector, arguments) = call.split_first_chunk::<4>().unwrap_or((&[0; 4], &[]));
        let mut words = Words::new(arguments);
        let words = &mut words;
        Ok(match *selector {
            SET_OFFER_SETTINGS => {
                let settings = Settings {
                    listing_fee: Amount(words.uint(16)),
                    reserve_per_million: Amount(words.uint(16)),
                    fee: bps(words, 2)?,
                    tip: bps(words, 3)?,
                    cohort_min: words.uint32(),
                    opt_out_s: words.uint64(),
                    period_min_s: words.uint64(),
                    period_max_s: words.uint64(),
                    ruling_s: words.uint64(),
                };
                settings.check()?;
                Self::Offers(settings)
            }
            SET_PROPOSAL_SETTINGS => {
                let settings = ProposalSettings { timelock_s: words.uint64(), grace_s: words.uint64() };
                settings.check()?;
                Self::Proposals(settings)
            }
            SET_GUARDIAN => Self::Guardian(words.address()),
            ADD_CUSTODIAN => Self::Custodian { account: somebody(words, 0)?, listed: true },
            REMOVE_CUSTODIAN => Self::Custodian { account: words.address(), listed: false },
            ADD_ARBITER => Self::Arbiter { account: somebody(words, 0)?, listed: true },
            REMOVE_ARBITER => Self::Arbiter { account: words.address(), listed: false },
            ALLOW_CURRENCY => Self::AllowCurrency { currency: words.address(), base_amount: Amount(words.uint(16)) },
            DISALLOW_CURRENCY => Self::DisallowCurrency(words.address()),
            SPEND_TREASURY => Self::SpendTreasury {
                currency: words.address(),
                amount: Amount(words.uint(16)),
                // The treasury is the zero address.
                to: somebody(words, 2)?,
            },
            // A message that is allowed and not read here would be a mistake of ours.
            _ => return Err(Error::CallNotAllowed { position: 0, target: Address::ZERO }),
        })
    }

    /// Does it, for a proposal that passed.
    pub(super) fn apply<H: Host>(self, host: &mut H, proposal: ProposalId) -> Result<(), Error> {
        let mut root = host.root();
        match self {
            Self::Offers(settings) => {
                root.settings = settings;
                host.set_root(&root);
                host.emit(settings.event());
            }
            Self::Proposals(settings) => {
                root.proposals = settings;
                host.set_root(&root);
                host.emit(settings.event());
            }
            Self::Guardian(guardian) => {
                let previous = core::mem::replace(&mut root.guardian, guardian);
                host.set_root(&root);
                host.emit(Event::GuardianChanged { previous, guardian });
            }
            Self::Custodian { account: custodian, listed } => {
                let event = match listed {
                    true => Event::CustodianAdded { custodian },
                    false => Event::CustodianRemoved { custodian },
                };
                change_roles(host, custodian, event, |roles| roles.custodian = listed);
            }
            Self::Arbiter { account: arbiter, listed } => {
                let event = match listed {
                    true => Event::ArbiterAdded { arbiter },
                    false => Event::ArbiterRemoved { arbiter },
                };
                change_roles(host, arbiter, event, |roles| roles.arbiter = listed);
            }
            Self::AllowCurrency { currency, base_amount } => allow_currency(host, currency, base_amount)?,
            Self::DisallowCurrency(currency) => {
                change_roles(host, currency, Event::CurrencyDisallowed { currency }, |roles| roles.currency = false);
            }
            Self::SpendTreasury { currency, amount, to } => spend(host, proposal, currency, amount, to)?,
        }
        Ok(())
    }
}

/// Puts an account on a list or takes it off, and says so; where nothing changes, nothing is said.
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

/// Moves credit of the treasury's to `to`, who withdraws it: a payment that could fail would hold up the whole proposal.
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

fn bps(words: &mut Words<'_>, position: u8) -> Result<Bps, Error> {
    Bps::new(words.uint16()).ok_or(Error::SettingOutOfBounds { position })
}

fn somebody(words: &mut Words<'_>, position: u8) -> Result<Address, Error> {
    match words.address() {
        Address::ZERO => Err(Error::SettingOutOfBounds { position }),
        account => Ok(account),
    }
}

/// The selector of one of `escrow`'s own settings messages.
const fn own(name: &str) -> [u8; 4] {
    let mut rest = ALLOWED.as_slice();
    while let Some((call, others)) = rest.split_first() {
        if matches!(call.contract, Contract::Escrow) && same_text(call.name, name) {
            return call.selector;
        }
        rest = others;
    }
    panic!("no such settings message")
}

const SET_OFFER_SETTINGS: [u8; 4] = own("setOfferSettings");
const SET_PROPOSAL_SETTINGS: [u8; 4] = own("setProposalSettings");
const SET_GUARDIAN: [u8; 4] = own("setGuardian");
const ADD_CUSTODIAN: [u8; 4] = own("addCustodian");
const REMOVE_CUSTODIAN: [u8; 4] = own("removeCustodian");
const ADD_ARBITER: [u8; 4] = own("addArbiter");
const REMOVE_ARBITER: [u8; 4] = own("removeArbiter");
const ALLOW_CURRENCY: [u8; 4] = own("allowCurrency");
const DISALLOW_CURRENCY: [u8; 4] = own("disallowCurrency");
const SPEND_TREASURY: [u8; 4] = own("spendTreasury");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_of_escrows_that_is_allowed_is_read() {
        for allowed in ALLOWED.iter().filter(|allowed| allowed.contract == Contract::Escrow) {
            let mut call = allowed.selector.to_vec();
            call.resize(4 + 32 * allowed.widths.unwrap_or_default().len(), 0);
            assert!(!matches!(Setting::parse(&call), Err(Error::CallNotAllowed { .. })), "{}", allowed.name);
        }
    }
}
