//! The ledger's accounts: typed, as two columns, and as answers write them.

use std::{fmt, str::FromStr};

use chorus_bindings::B256;
use sqlx::{FromRow, error::BoxDynError};

use crate::values::{Address, Hash};

/// An account of the ledger. What `escrow` holds is the sum of all that are not outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account {
    /// An address outside `escrow`.
    Outside(Address),
    /// Outside, from an address that no event tells.
    Unknown,
    /// The price of an offer, until it is split or given back.
    Deposit(Hash),
    /// What somebody may withdraw.
    Credit(Address),
    /// What the DAO may spend.
    Treasury,
    /// Money that came uninvited.
    Donations,
    /// What keeps `escrow` alive in a currency.
    Base,
}

/// The kinds of [`Account`], as columns hold them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, sqlx::Type)]
#[repr(u8)]
pub enum AccountKind {
    /// See [`Account::Outside`].
    Outside = 1,
    /// See [`Account::Unknown`].
    Unknown = 2,
    /// See [`Account::Deposit`].
    Deposit = 3,
    /// See [`Account::Credit`].
    Credit = 4,
    /// See [`Account::Treasury`].
    Treasury = 5,
    /// See [`Account::Donations`].
    Donations = 6,
    /// See [`Account::Base`].
    Base = 7,
}

/// An account's kind and owner, as columns hold them.
#[derive(FromRow)]
pub struct AccountColumns {
    account_kind: AccountKind,
    owner: Vec<u8>,
}

impl Account {
    /// What this address may withdraw; address 0 stands for the treasury.
    pub fn credit(owner: chorus_bindings::Address) -> Self {
        if owner.is_zero() { Self::Treasury } else { Self::Credit(Address(owner)) }
    }

    /// Its kind and owner, as columns hold them.
    pub(super) fn columns(&self) -> (AccountKind, &[u8]) {
        match self {
            Self::Outside(owner) => (AccountKind::Outside, owner.0.as_slice()),
            Self::Unknown => (AccountKind::Unknown, &[]),
            Self::Deposit(offer) => (AccountKind::Deposit, offer.0.as_slice()),
            Self::Credit(owner) => (AccountKind::Credit, owner.0.as_slice()),
            Self::Treasury => (AccountKind::Treasury, &[]),
            Self::Donations => (AccountKind::Donations, &[]),
            Self::Base => (AccountKind::Base, &[]),
        }
    }

    /// Whether `escrow` holds what is in it.
    pub(super) fn is_inside(&self) -> bool {
        !matches!(self, Self::Outside(_) | Self::Unknown)
    }
}

impl TryFrom<AccountColumns> for Account {
    type Error = BoxDynError;

    fn try_from(columns: AccountColumns) -> Result<Self, BoxDynError> {
        let AccountColumns { account_kind, owner } = columns;
        let address = || chorus_bindings::Address::try_from(&owner[..]).map(Address);
        Ok(match account_kind {
            AccountKind::Outside => Self::Outside(address()?),
            AccountKind::Unknown => Self::Unknown,
            AccountKind::Deposit => Self::Deposit(Hash(B256::try_from(&owner[..])?)),
            AccountKind::Credit => Self::Credit(address()?),
            AccountKind::Treasury => Self::Treasury,
            AccountKind::Donations => Self::Donations,
            AccountKind::Base => Self::Base,
        })
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outside(owner) => write!(f, "outside:{owner}"),
            Self::Unknown => write!(f, "outside:unknown"),
            Self::Deposit(offer) => write!(f, "escrow:deposit:{offer}"),
            Self::Credit(owner) => write!(f, "escrow:credit:{owner}"),
            Self::Treasury => write!(f, "escrow:credit:{}", Address(chorus_bindings::Address::ZERO)),
            Self::Donations => write!(f, "escrow:donations"),
            Self::Base => write!(f, "escrow:base"),
        }
    }
}

/// An account as somebody asks for it.
impl FromStr for Account {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let address = |text: &str| text.parse::<chorus_bindings::Address>().map_err(drop);
        let account = match text {
            "outside:unknown" => Self::Unknown,
            "escrow:donations" => Self::Donations,
            "escrow:base" => Self::Base,
            _ => match text.rsplit_once(':').ok_or(())? {
                ("outside", owner) => Self::Outside(Address(address(owner)?)),
                ("escrow:deposit", offer) => Self::Deposit(Hash(offer.parse().map_err(drop)?)),
                ("escrow:credit", owner) => Self::credit(address(owner)?),
                _ => return Err(()),
            },
        };
        // Other ways to write the same account would be other lists to page through.
        if account.to_string() == text { Ok(account) } else { Err(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_the_same_after_its_columns_and_after_its_text() {
        let address = Address(chorus_bindings::Address::repeat_byte(0xAB));
        for account in [
            Account::Outside(address),
            Account::Unknown,
            Account::Deposit(Hash(B256::repeat_byte(7))),
            Account::Credit(address),
            Account::Treasury,
            Account::Donations,
            Account::Base,
        ] {
            let (account_kind, owner) = account.columns();
            let columns = AccountColumns { account_kind, owner: owner.to_vec() };
            assert_eq!(Account::try_from(columns).unwrap(), account);
            assert_eq!(account.to_string().parse(), Ok(account));
        }
    }

    #[test]
    fn an_account_has_one_text() {
        let address = "ab".repeat(20);
        let upper = format!("outside:0x{}", address.to_uppercase());
        let bare = format!("outside:{address}");
        for text in ["", ":", "escrow", "escrow:", "escrow:deposit:0x", "outside:0x00", "escrow:base:", &upper, &bare] {
            assert_eq!(text.parse::<Account>(), Err(()), "{text}");
        }
    }
}
