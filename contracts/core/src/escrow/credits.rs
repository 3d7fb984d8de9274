//! Money that leaves `escrow`: pushes, and credits for whatever cannot be pushed.

use super::host::Host;
use crate::{
    error::Error,
    event::EscrowEvent as Event,
    money::sum,
    names::CreditReason,
    types::{Address, Amount, BallotId},
};

/// Adds to what is due to `owner`; `of` is the offer or the proposal it comes from.
pub(super) fn add_credit<H: Host>(
    host: &mut H,
    reason: CreditReason,
    of: BallotId,
    currency: Address,
    owner: Address,
    amount: Amount,
) -> Result<(), Error> {
    if amount == Amount(0) {
        return Ok(());
    }
    let balance = sum(host.credit(currency, owner), amount)?;
    host.set_credit(currency, owner, balance);
    host.emit(Event::Credited { currency, owner, reason: reason.code(), amount, balance, offer: of });
    Ok(())
}

/// Sends money from `escrow`; false, and nothing moved, if `to` cannot be paid.
///
/// A push in a token may fail because the caller brought too little weight. Then the whole call fails: otherwise
/// whoever calls could turn everybody's payment into a credit (T52).
pub(super) fn push<H: Host>(host: &mut H, currency: Address, to: Address, amount: Amount) -> Result<bool, Error> {
    if currency == Address::ZERO {
        return Ok(host.push_native(to, amount));
    }
    // A token would take them: what `escrow` sends itself is nobody's any more, and nobody has the zero address.
    if to == Address::ZERO || to == host.this() {
        return Ok(false);
    }
    if host.push_token(currency, to, amount) {
        return Ok(true);
    }
    if host.has_weight_for_push() { Ok(false) } else { Err(Error::NotEnoughWeight) }
}

/// Pays the whole credit of `owner` in `currency` to `to`. If that fails, nothing has happened.
pub fn withdraw_credit<H: Host>(host: &mut H, owner: Address, currency: Address, to: Address) -> Result<Amount, Error> {
    let amount = host.credit(currency, owner);
    if amount == Amount(0) {
        return Err(Error::NothingDue { owner, currency });
    }
    host.set_credit(currency, owner, Amount(0));
    host.emit(Event::CreditWithdrawn { currency, owner, to, amount });
    if !push(host, currency, to, amount)? {
        return Err(Error::PushFailed { to });
    }
    Ok(amount)
}
