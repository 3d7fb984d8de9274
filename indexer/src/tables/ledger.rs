//! The ledger: double entry over the money that `escrow` holds and pays, checked against its balance.

mod accounts;

pub use accounts::{Account, AccountKind};

use std::{collections::BTreeMap, marker::PhantomData};

use chorus_bindings::{B256, U256, core::names::CreditReason};
use sqlx::{
    Decode, FromRow, Sqlite, Type,
    error::BoxDynError,
    query, query_as,
    sqlite::{SqliteTypeInfo, SqliteValueRef},
};

use super::{Applying, List, Reader, Value, offers};
use crate::{
    Error,
    values::{Address, Amount, At, Hash},
};
use accounts::AccountColumns;

/// A change of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Money moved, or changed whose it is.
    Moved(Movement),
    /// A credit must stand at this balance now.
    Stands {
        /// The currency.
        currency: chorus_bindings::Address,
        /// Whoever may withdraw it; address 0 is the treasury.
        owner: chorus_bindings::Address,
        /// What it must stand at.
        balance: u128,
    },
}

/// Money goes from one account to another: two postings that sum to zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Movement {
    /// Why it moved.
    pub kind: Kind,
    /// The money that moved.
    pub currency: Currency,
    /// The account it leaves.
    pub from: Party,
    /// The account it comes to.
    pub to: Party,
    /// How much, in the currency's smallest unit; never 0.
    pub amount: u128,
}

/// Why money moved. Codes up to 255 are the contract's reasons of credits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It was credited, for a reason of the contract's. One that we do not know is still booked; the sums show whether
    /// rightly.
    Credit(u8),
    /// A price was deposited.
    Deposit,
    /// A share was pushed to its member.
    Payout,
    /// A credit was withdrawn.
    Withdrawal,
    /// What keeps an account alive came in.
    Base,
    /// Money came that no event tells of.
    Donation,
}

/// Which money moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Currency {
    /// This token; address 0 is native money.
    Token(chorus_bindings::Address),
    /// What this offer is paid in.
    OfOffer(B256),
}

/// A side of a movement, as events name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// An account that events name in full.
    Account(Account),
    /// The buyer of this offer, outside `escrow`.
    Buyer(B256),
}

/// One side of a movement.
#[derive(Clone, Debug, FromRow)]
pub struct Posting {
    /// Its place in the ledger.
    pub id: u64,
    /// Why money moved.
    pub kind: Kind,
    /// Which money; address 0 is native.
    pub currency: Address,
    /// The account.
    #[sqlx(flatten, try_from = "AccountColumns")]
    pub account: Account,
    /// Whether the money leaves the account.
    pub outgoing: bool,
    /// The amount moved.
    pub amount: Amount,
    /// The offer concerned.
    pub offer: Option<Hash>,
    /// The event. A donation has none: it stands after the block's last.
    #[sqlx(flatten)]
    pub at: At,
}

impl Movement {
    /// What keeps `escrow` alive in a currency, where it takes anything.
    pub(super) fn base(currency: chorus_bindings::Address, amount: u128) -> Option<Self> {
        let (from, to) = (Party::Account(Account::Unknown), Party::Account(Account::Base));
        (amount > 0).then_some(Self { kind: Kind::Base, currency: Currency::Token(currency), from, to, amount })
    }

    /// Two postings that sum to zero, and the sums of both accounts.
    pub(super) async fn apply(self, on: &mut Applying<'_>) -> Result<(), Error> {
        let Self { kind, currency, from, to, amount } = self;
        let concerned = [from, to].into_iter().find_map(|party| match party {
            Party::Buyer(offer) | Party::Account(Account::Deposit(Hash(offer))) => Some(offer),
            Party::Account(_) => None,
        });
        let concerned = match concerned {
            Some(offer) => Some(offers::find(on, &offer).await?),
            None => None,
        };
        let currency = match currency {
            Currency::Token(token) => Address(token),
            Currency::OfOffer(offer) => offers::find(on, &offer).await?.currency,
        };
        for (party, outgoing) in [(from, true), (to, false)] {
            let account = match party {
                Party::Account(account) => account,
                Party::Buyer(offer) => Account::Outside(offers::find(on, &offer).await?.buyer),
            };
            let row = row_of(on, account).await?;
            let insert = query(
                "INSERT INTO postings (kind, currency, account, outgoing, amount, offer, block, event) \
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            );
            let insert = insert.bind(kind.code()).bind(currency.0.as_slice()).bind(row).bind(outgoing);
            let insert = insert.bind(Amount::from(amount)).bind(concerned.as_ref().map(|offer| offer.id));
            on.run(insert.bind(on.number()?).bind(on.event)).await?;
            let amount = U256::from(amount);
            let (received, spent) = if outgoing { (U256::ZERO, amount) } else { (amount, U256::ZERO) };
            sum(on, account, row, currency, received, spent).await?;
        }
        Ok(())
    }
}

impl Change {
    pub(super) async fn apply(self, on: &mut Applying<'_>) -> Result<(), Error> {
        match self {
            Self::Moved(movement) => movement.apply(on).await,
            Self::Stands { currency, owner, balance } => {
                let account = Account::credit(owner);
                let ours = balance_of(on, account, Address(currency)).await?;
                if ours != U256::from(balance) {
                    return Err(on.wrong(format!("{account} holds {ours}, the event says {balance}")));
                }
                Ok(())
            }
        }
    }
}

impl Kind {
    /// The kinds of the ledger's own, with their codes and words.
    const OWN: [(Self, u16, &'static str); 5] = [
        (Self::Deposit, 256, "deposit"),
        (Self::Payout, 257, "payout"),
        (Self::Withdrawal, 258, "withdrawal"),
        (Self::Base, 259, "base"),
        (Self::Donation, 260, "donation"),
    ];

    /// Its word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Credit(reason) => CreditReason::from_code(reason).map_or("other_credit", CreditReason::name),
            own => Self::OWN.iter().find(|known| known.0 == own).map_or("", |known| known.2),
        }
    }

    fn code(self) -> u16 {
        match self {
            Self::Credit(reason) => reason.into(),
            own => Self::OWN.iter().find(|known| known.0 == own).map_or(0, |known| known.1),
        }
    }
}

impl Type<Sqlite> for Kind {
    fn type_info() -> SqliteTypeInfo {
        <u16 as Type<Sqlite>>::type_info()
    }

    fn compatible(found: &SqliteTypeInfo) -> bool {
        <u16 as Type<Sqlite>>::compatible(found)
    }
}

impl<'r> Decode<'r, Sqlite> for Kind {
    fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
        let code = <u16 as Decode<'r, Sqlite>>::decode(value)?;
        if let Ok(reason) = u8::try_from(code) {
            return Ok(Self::Credit(reason));
        }
        let own = Self::OWN.iter().find(|known| known.1 == code);
        Ok(own.ok_or_else(|| format!("no movement has the code {code}"))?.0)
    }
}

async fn row_of(on: &mut Applying<'_>, account: Account) -> Result<i64, Error> {
    let (kind, owner) = account.columns();
    let known = query_as::<_, (i64,)>("SELECT id FROM accounts WHERE kind = ? AND owner = ?").bind(kind).bind(owner);
    match on.find(known).await? {
        Some((row,)) => Ok(row),
        None => on.insert(query("INSERT INTO accounts (kind, owner) VALUES (?, ?)").bind(kind).bind(owner)).await,
    }
}

async fn sum(
    on: &mut Applying<'_>,
    account: Account,
    row: i64,
    currency: Address,
    received: U256,
    spent: U256,
) -> Result<(), Error> {
    let (had, gave) = sums(on, row, currency).await?;
    let (had, gave) = (stepped(on, account, had, received)?, stepped(on, account, gave, spent)?);
    if account.is_inside() && gave > had {
        return Err(on.wrong(format!("{account} received {had} and gave away {gave} of {currency}")));
    }
    let replace = query("INSERT OR REPLACE INTO sums (account, currency, received, spent) VALUES (?, ?, ?, ?)");
    on.run(replace.bind(row).bind(currency.0.as_slice()).bind(Amount(had)).bind(Amount(gave))).await?;
    if account.is_inside() { hold(on, account, currency, received, spent).await } else { Ok(()) }
}

/// Adds to what all accounts of a kind hold.
async fn hold(
    on: &mut Applying<'_>,
    account: Account,
    currency: Address,
    received: U256,
    spent: U256,
) -> Result<(), Error> {
    let (kind, _) = account.columns();
    let held = query_as::<_, (Amount,)>("SELECT amount FROM holdings WHERE currency = ? AND kind = ?");
    let held = on.find(held.bind(currency.0.as_slice()).bind(kind)).await?.map_or(U256::ZERO, |(held,)| held.0);
    let holds = stepped(on, account, held, received)?.checked_sub(spent);
    let holds = holds.ok_or_else(|| on.wrong(format!("accounts like {account} hold {held} and give away {spent}")))?;
    let replace = query("INSERT OR REPLACE INTO holdings (currency, kind, amount) VALUES (?, ?, ?)");
    on.run(replace.bind(currency.0.as_slice()).bind(kind).bind(Amount(holds))).await?;
    Ok(())
}

/// What an account received and spent so far.
async fn sums(on: &mut Applying<'_>, row: i64, currency: Address) -> Result<(U256, U256), Error> {
    let sums = query_as::<_, (Amount, Amount)>("SELECT received, spent FROM sums WHERE account = ? AND currency = ?");
    let found = on.find(sums.bind(row).bind(currency.0.as_slice())).await?;
    Ok(found.map_or_else(Default::default, |(received, spent)| (received.0, spent.0)))
}

async fn balance_of(on: &mut Applying<'_>, account: Account, currency: Address) -> Result<U256, Error> {
    let row = row_of(on, account).await?;
    let (received, spent) = sums(on, row, currency).await?;
    received.checked_sub(spent).ok_or_else(|| on.wrong(format!("{account} received {received} and spent {spent}")))
}

fn stepped(on: &Applying<'_>, account: Account, from: U256, by: U256) -> Result<U256, Error> {
    from.checked_add(by).ok_or_else(|| on.wrong(format!("{account} stands at {from} and changes by {by}")))
}

/// Offers that came to their end in this block hold nothing any more.
pub(super) async fn settled_deposits_are_empty(on: &mut Applying<'_>) -> Result<(), Error> {
    let ended = "SELECT offer, currency FROM offers WHERE id IN ( \
                     SELECT offer FROM closings WHERE block = ?1 UNION SELECT offer FROM refunds WHERE block = ?1 \
                 )";
    let ended = query_as::<_, (Hash, Address)>(ended).bind(on.number()?);
    for (offer, currency) in on.all(ended).await? {
        let left = balance_of(on, Account::Deposit(offer), currency).await?;
        if !left.is_zero() {
            return Err(on.wrong(format!("offer {offer} ended with {left} of its price undistributed")));
        }
    }
    Ok(())
}

/// `escrow` holds what the ledger says; more is a donation, less is an error.
pub(super) async fn balance_is_explained(on: &mut Applying<'_>, balance_wei: U256) -> Result<(), Error> {
    let native = chorus_bindings::Address::ZERO;
    let held = query_as::<_, (Amount,)>("SELECT amount FROM holdings WHERE currency = ?").bind(native.as_slice());
    let explained = on.all(held).await?.into_iter().fold(U256::ZERO, |sum, (held,)| sum.saturating_add(held.0));
    let Some(donated) = balance_wei.checked_sub(explained) else {
        return Err(on.wrong(format!("escrow's balance is {balance_wei}, the ledger says {explained}")));
    };
    if donated.is_zero() {
        return Ok(());
    }
    let amount = u128::try_from(donated).map_err(|_| on.wrong(format!("a donation of {donated}")))?;
    let (from, to) = (Party::Account(Account::Unknown), Party::Account(Account::Donations));
    Movement { kind: Kind::Donation, currency: Currency::Token(native), from, to, amount }.apply(on).await
}

/// The ledger: all postings, those of an account, of an offer or of both.
pub fn list(account: Option<Account>, offer: Option<Hash>) -> List<Posting> {
    let account = account.as_ref().map(Account::columns);
    let account = account.map(|(kind, owner)| {
        [("accounts.kind", Value::Number(kind as u64)), ("accounts.owner", Value::Blob(owner.to_vec()))]
    });
    let offer = offer.map(|offer| ("offers.offer", Value::Blob(offer.0.to_vec())));
    List {
        columns: "postings.id, postings.kind, postings.currency, accounts.kind AS account_kind, owner, outgoing, \
                  amount, offers.offer, postings.block, postings.event",
        from: "postings JOIN accounts ON accounts.id = postings.account LEFT JOIN offers ON offers.id = postings.offer",
        block: "postings.block",
        key: &["postings.id"],
        filters: account.into_iter().flatten().chain(offer).collect(),
        row: PhantomData,
    }
}

/// What somebody may withdraw now, by currency.
pub async fn credits(reader: &mut Reader, owner: Address) -> Result<BTreeMap<Address, Amount>, Error> {
    let account = Account::credit(owner.0);
    let (kind, owner) = account.columns();
    let credits = "SELECT currency, received, spent FROM sums JOIN accounts ON id = account \
                   WHERE kind = ?2 AND owner = ?3";
    let values = [Value::Number(kind as u64), Value::Blob(owner.to_vec())];
    let rows: Vec<(Address, Amount, Amount)> = reader.all(credits, &values).await?;
    let credits = rows.into_iter().map(|(currency, received, spent)| {
        let balance = received.0.checked_sub(spent.0);
        let balance = balance.ok_or_else(|| Error::Database(format!("{account} spent {spent} of {received}")))?;
        Ok((currency, Amount(balance)))
    });
    credits.collect()
}

/// What all accounts of each kind inside `escrow` hold of native money now.
pub async fn holdings(reader: &mut Reader) -> Result<BTreeMap<AccountKind, Amount>, Error> {
    let holdings = "SELECT kind, amount FROM holdings WHERE currency = ?2";
    let native = Value::Blob(chorus_bindings::Address::ZERO.to_vec());
    Ok(reader.all::<(AccountKind, Amount)>(holdings, &[native]).await?.into_iter().collect())
}
