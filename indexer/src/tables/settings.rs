//! What the contracts announced of themselves, and the DAO's lists: roles and currencies.

use std::collections::BTreeSet;

use chorus_bindings::{Contract, escrow};
use sqlx::{FromRow, Sqlite, SqlitePool, query, query_as};

use super::{Applying, Code, Reader, Value, ledger};
use crate::{
    Error,
    values::{Address, Amount, Bytes},
};

/// A change of what the contracts are set to, or of the DAO's lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// A contract was made.
    Deployed(Contract),
    /// A contract announced values under this event's name; the last ones hold.
    Announced(Contract),
    /// Somebody joined one of the DAO's lists.
    Joined(Role, chorus_bindings::Address),
    /// Somebody left it.
    Left(Role, chorus_bindings::Address),
    /// Offers may use a currency.
    Allowed(&'a escrow::CurrencyAllowed),
    /// Offers may use it no longer.
    Disallowed(&'a escrow::CurrencyDisallowed),
}

/// One of the DAO's lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[repr(u8)]
pub enum Role {
    /// They sign what was contributed.
    Attester = 1,
    /// They deliver.
    Custodian = 2,
    /// They rule on disputes.
    Arbiter = 3,
}

/// The event in which a contract last announced some of its values.
#[derive(Clone, Debug, FromRow)]
pub struct Setting {
    /// The contract.
    pub contract: Code<Contract>,
    /// The event's name.
    pub name: String,
    /// Signature hash and indexed fields.
    pub topics: Bytes,
    /// The other fields.
    pub data: Bytes,
}

/// A currency that offers may use.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Currency {
    /// Its contract; address 0 is native money.
    pub address: Address,
    /// What `escrow` holds of it and never pays out.
    pub base_amount: Amount,
}

impl Role {
    /// Its word in messages.
    fn name(self) -> &'static str {
        match self {
            Self::Attester => "attester",
            Self::Custodian => "custodian",
            Self::Arbiter => "arbiter",
        }
    }
}

impl Change<'_> {
    pub(super) async fn apply(self, on: &mut Applying<'_>) -> Result<(), Error> {
        match self {
            Self::Deployed(contract) => {
                let insert = query("INSERT INTO deployed (contract, block, event) VALUES (?, ?, ?)");
                on.run(insert.bind(Code(contract)).bind(on.number()?).bind(on.event)).await?;
                announced(on, contract).await
            }
            Self::Announced(contract) => announced(on, contract).await,
            Self::Joined(role, who) => joined(on, role, Address(who)).await,
            Self::Left(role, who) => left(on, role, Address(who)).await,
            Self::Allowed(event) => allowed(on, event).await,
            Self::Disallowed(escrow::CurrencyDisallowed { currency }) => {
                let drop = query("UPDATE currencies SET allowed = 0 WHERE address = ? AND allowed = 1");
                if on.run(drop.bind(currency.as_slice())).await?.rows_affected() == 0 {
                    return Err(on.wrong(format!("{currency} was dropped without being a currency")));
                }
                Ok(())
            }
        }
    }
}

async fn announced(on: &mut Applying<'_>, contract: Contract) -> Result<(), Error> {
    let insert = query(
        "INSERT INTO settings (block, event, contract, name) \
         SELECT block, event, contract, name FROM events WHERE block = ? AND event = ? AND contract = ?",
    );
    on.run(insert.bind(on.number()?).bind(on.event).bind(Code(contract))).await?;
    Ok(())
}

async fn joined(on: &mut Applying<'_>, role: Role, who: Address) -> Result<(), Error> {
    let insert = query("INSERT INTO roles (role, address, block, event) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING");
    let insert = insert.bind(role).bind(who.0.as_slice()).bind(on.number()?).bind(on.event);
    if on.run(insert).await?.rows_affected() == 0 {
        return Err(on.wrong(format!("{who} joined the list of {}s, being on it already", role.name())));
    }
    Ok(())
}

async fn left(on: &mut Applying<'_>, role: Role, who: Address) -> Result<(), Error> {
    let delete = query("DELETE FROM roles WHERE role = ? AND address = ?").bind(role).bind(who.0.as_slice());
    if on.run(delete).await?.rows_affected() == 0 {
        return Err(on.wrong(format!("{who} left the list of {}s without being on it", role.name())));
    }
    Ok(())
}

/// A currency that was allowed before keeps its base amount, which stands in the ledger already.
async fn allowed(on: &mut Applying<'_>, event: &escrow::CurrencyAllowed) -> Result<(), Error> {
    let escrow::CurrencyAllowed { currency, base_amount } = event;
    let base = Amount::from(*base_amount);
    let again = query("UPDATE currencies SET allowed = 1 WHERE address = ? AND base_amount = ? AND allowed = 0");
    if on.run(again.bind(currency.as_slice()).bind(base)).await?.rows_affected() == 1 {
        return Ok(());
    }
    let insert =
        query("INSERT INTO currencies (address, base_amount, allowed, block, event) VALUES (?, ?, TRUE, ?, ?)");
    on.run(insert.bind(currency.as_slice()).bind(base).bind(on.number()?).bind(on.event)).await?;
    match ledger::Movement::base(*currency, *base_amount) {
        Some(movement) => movement.apply(on).await,
        None => Ok(()),
    }
}

/// The contracts whose deployment was seen, asked outside of any view.
pub async fn deployed(writer: &SqlitePool) -> Result<BTreeSet<Contract>, Error> {
    let deployed = query_as::<Sqlite, (Code<Contract>,)>("SELECT contract FROM deployed").fetch_all(writer).await?;
    Ok(deployed.into_iter().map(|(contract,)| contract.0).collect())
}

/// What each contract last announced, by the event's name.
pub async fn announced_last(reader: &mut Reader) -> Result<Vec<Setting>, Error> {
    let last = "SELECT contract, name, topics, data FROM events JOIN ( \
                    SELECT block, event, \
                    ROW_NUMBER() OVER (PARTITION BY contract, name ORDER BY block DESC, event DESC) AS newest \
                    FROM settings WHERE block <= ?1 \
                ) USING (block, event) WHERE newest = 1 ORDER BY contract, name";
    reader.all(last, &[]).await
}

/// Everybody on one of the DAO's lists now, in order of joining it.
pub async fn listed(reader: &mut Reader, role: Role) -> Result<Vec<Address>, Error> {
    let listed = "SELECT address FROM roles WHERE role = ?2 ORDER BY block, event";
    let rows = reader.all::<(Address,)>(listed, &[Value::Number(role as u64)]).await?;
    Ok(rows.into_iter().map(|(address,)| address).collect())
}

/// The currencies that offers may use now.
pub async fn currencies(reader: &mut Reader) -> Result<Vec<Currency>, Error> {
    reader.all("SELECT address, base_amount FROM currencies WHERE allowed = 1 ORDER BY block, event", &[]).await
}
