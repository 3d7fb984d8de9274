//! What owners of money sign and anybody relays: one function for each message that has a signed form.

use super::{credits::withdraw_credit, host::Host, settle::claim};
use crate::{
    abi::Word as _,
    eip712::hash_words,
    error::Error,
    event::EscrowEvent as Event,
    signed::{Act, check_deadline},
    signed_types::{self, struct_words},
    types::{Address, Amount, OfferId, Timestamp},
};

/// What a signature in `escrow` is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestKind {
    /// The share of a sale: a `Claim`.
    Claim(OfferId),
    /// The whole credit in this currency: a `WithdrawCredit`.
    WithdrawCredit(Address),
}

/// What somebody asks `escrow` to pay them, by signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Whose money it is.
    pub account: Address,
    /// Which money.
    pub kind: RequestKind,
    /// Where it goes.
    pub to: Address,
    /// The last second at which the signature is good.
    pub deadline: Timestamp,
}

impl Request {
    /// What `account` signs at `nonce`.
    pub fn signed<H: Host>(&self, host: &H, nonce: u64) -> Act {
        let Self { kind, account, to, deadline } = *self;
        let (account, nonce, to, deadline) = (account.word(), nonce.word(), to.word(), deadline.word());
        let (words, fields) = match kind {
            RequestKind::Claim(offer) => {
                (signed_types::Claim.words, struct_words!(Claim, [account, nonce, offer.word(), to, deadline]))
            }
            RequestKind::WithdrawCredit(currency) => (
                signed_types::WithdrawCredit.words,
                struct_words!(WithdrawCredit, [account, nonce, currency.word(), to, deadline]),
            ),
        };
        Act { words, digest: host.domain(host.root().salt).digest::<H>(hash_words::<H, _>(fields)) }
    }

    /// Takes the account's signature, once: it uses up their nonce.
    fn accept<H: Host>(&self, host: &mut H, now: Timestamp, signature: &[u8]) -> Result<(), Error> {
        check_deadline(now, self.deadline)?;
        let nonce = host.nonce(self.account);
        self.signed(host, nonce).check(host, self.account, nonce, signature)?;
        let next = nonce.checked_add(1).ok_or(Error::Overflow)?;
        host.set_nonce(self.account, next);
        host.emit(Event::NonceUsed { account: self.account, nonce: next });
        Ok(())
    }
}

/// Does what somebody signed: [`claim`] or [`withdraw_credit`] by anybody, to the address they named. `keeper`, who
/// brings a claim, earns its tip.
///
/// # Errors
/// Those of the two, [`Error::SignatureExpired`], and those of [`Act::check`].
pub fn relay<H: Host>(
    host: &mut H,
    now: Timestamp,
    keeper: Address,
    request: &Request,
    signature: &[u8],
) -> Result<Amount, Error> {
    request.accept(host, now, signature)?;
    let Request { kind, account, to, .. } = *request;
    match kind {
        RequestKind::Claim(offer) => claim(host, now, keeper, account, offer, to),
        RequestKind::WithdrawCredit(currency) => withdraw_credit(host, account, currency, to),
    }
}
