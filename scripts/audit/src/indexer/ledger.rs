//! The ledger that the events demand: each movement of money in `escrow`, booked on both sides.

use std::fmt;

use chorus_abi::{Address, B256, Event, U256, escrow::EscrowEvents};
use chorus_client::{
    NATIVE, TREASURY,
    pool::Pool,
    record::{At, History, Record},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    answers::List,
    rows::{Expected, Row, compare_rows, place, plain},
};
use crate::{money::Owed, report::Check};

/// Where money is.
enum Account {
    /// With somebody outside `escrow`.
    Outside(Address),
    /// With nobody that the events name.
    Unknown,
    /// Deposited for an offer.
    Deposit(B256),
    /// Credited to an owner.
    Credit(Address),
    /// The amount of a currency that is never paid out.
    Base,
}

/// As the API writes it.
impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outside(who) => write!(f, "outside:{}", plain(*who)),
            Self::Unknown => write!(f, "outside:unknown"),
            Self::Deposit(offer) => write!(f, "escrow:deposit:{offer}"),
            Self::Credit(owner) => write!(f, "escrow:credit:{}", plain(*owner)),
            Self::Base => write!(f, "escrow:base"),
        }
    }
}

/// One movement of money: why, from where, to where, how much, and for which offer.
struct Movement {
    kind: &'static str,
    currency: Address,
    from: Account,
    to: Account,
    amount: u128,
    offer: Option<B256>,
}

/// The movement that an event of `escrow` tells of, if any.
fn movement(at: At, event: &EscrowEvents, record: &Record) -> Option<Movement> {
    let currency = |offer: B256| record.offers.get(&offer).map(|offer| offer.made.currency).unwrap_or_default();
    let movement = match event {
        EscrowEvents::OfferMade(e) => Movement {
            kind: "deposit",
            currency: e.currency,
            from: Account::Outside(e.buyer),
            to: Account::Deposit(e.offer),
            amount: e.price,
            offer: Some(e.offer),
        },
        EscrowEvents::SharePaid(e) if !e.credited => Movement {
            kind: "payout",
            currency: currency(e.offer),
            from: Account::Deposit(e.offer),
            to: Account::Outside(e.to),
            amount: e.share,
            offer: Some(e.offer),
        },
        EscrowEvents::Credited(e) => {
            let buyer = record.offers.get(&e.offer).map(|offer| offer.made.buyer).unwrap_or_default();
            let deposit = (Account::Deposit(e.offer), Some(e.offer));
            let (kind, (from, offer)) = match e.reason {
                1 => ("listing_fee", (Account::Outside(buyer), Some(e.offer))),
                2 => ("refund", deposit),
                3 => ("returned_by_ruling", deposit),
                4 => ("tip", deposit),
                5 => ("failed_push", deposit),
                6 => ("fee_and_residue", deposit),
                // Its `offer` is a proposal's id.
                7 => ("treasury_payment", (Account::Credit(TREASURY), None)),
                _ => ("other_credit", deposit),
            };
            let (currency, to) = (e.currency, Account::Credit(e.owner));
            Movement { kind, currency, from, to, amount: e.amount, offer }
        }
        EscrowEvents::CreditWithdrawn(e) => Movement {
            kind: "withdrawal",
            currency: e.currency,
            from: Account::Credit(e.owner),
            to: Account::Outside(e.to),
            amount: e.amount,
            offer: None,
        },
        // A currency that is allowed again has its base amount still.
        EscrowEvents::CurrencyAllowed(e) if record.currencies.get(&e.currency).is_some_and(|known| known.at == at) => {
            Movement {
                kind: "base",
                currency: e.currency,
                from: Account::Unknown,
                to: Account::Base,
                amount: e.base_amount,
                offer: None,
            }
        }
        _ => return None,
    };
    (movement.amount > 0).then_some(movement)
}

fn postings(history: &History, record: &Record, until: u64) -> Vec<Expected> {
    let mut rows = Vec::new();
    for log in history.logs.iter().take_while(|log| log.at.block <= until) {
        let Event::Escrow(event) = &log.event else { continue };
        let Some(Movement { kind, currency, from, to, amount, offer }) = movement(log.at, event, record) else {
            continue;
        };
        for (account, sign) in [(from, "-"), (to, "")] {
            let row = json!({
                "at": place(log.at),
                "kind": kind,
                "currency": plain(currency),
                "account": account.to_string(),
                "amount": format!("{sign}{amount}"),
                "offer": offer,
            });
            let name = format!("{kind} in block {}, event {}", log.at.block, log.at.event);
            rows.push(Expected { name, row });
        }
    }
    rows
}

/// One side of a donation: money that came without an event, so that only the balance of `escrow` shows it.
#[derive(Deserialize)]
struct Donation {
    account: String,
    amount: String,
}

impl Donation {
    /// The sum of the donations on an account.
    fn total(donations: &[Self], account: &str) -> anyhow::Result<i128> {
        let amounts = donations.iter().filter(|donation| donation.account == account);
        amounts.map(|donation| Ok(donation.amount.parse::<i128>()?)).sum()
    }
}

/// Postings follow from events; donations follow from the balance of `escrow`.
pub(super) async fn ledger(list: &List, pool: &Pool, history: &History) -> anyhow::Result<Check> {
    let is_donation = |row: &&Row| row.value().get("kind").and_then(Value::as_str) == Some("donation");
    let (donations, rows): (Vec<&Row>, Vec<&Row>) = list.rows.iter().partition(is_donation);
    let record = Record::replay_until(history, list.as_of.block);
    let mut check = compare_rows("API: ledger", rows, postings(history, &record, list.as_of.block));

    let donations = donations.into_iter().map(|row| serde_json::from_value(row.value()));
    let donations = donations.collect::<Result<Vec<Donation>, _>>()?;
    let (donated, given) =
        (Donation::total(&donations, "escrow:donations")?, Donation::total(&donations, "outside:unknown")?);
    let balance = pool.escrow_balance(Some(list.as_of.hash)).await?;
    let expected = balance.checked_sub(Owed::of(&record, NATIVE).total());
    check.equal("donations", &expected, &u128::try_from(donated).ok().map(U256::from));
    check.equal("the other side of donations", &donated, &-given);
    Ok(check)
}
