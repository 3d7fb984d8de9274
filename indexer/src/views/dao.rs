//! The pool.

use std::collections::BTreeMap;

use chorus_bindings::{Contract, Deployment};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    Error,
    tables::{
        ledger::AccountKind,
        settings::{Currency, Setting},
    },
    values::{Address, Amount, Hash, Points},
    views::events,
};

/// The pool: its contracts, settings, lists and totals.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Dao {
    /// Hash of block 0.
    pub genesis_hash: Hash,
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// Addresses by contract.
    pub contracts: BTreeMap<&'static str, Address>,
    /// The purposes' texts, in order of their bits.
    pub purposes: Vec<String>,
    /// The last announced values, by contract and event name.
    #[schema(value_type = Object)]
    pub settings: Settings,
    /// Accounts that attest.
    pub attesters: Vec<Address>,
    /// Accounts that may deliver.
    pub custodians: Vec<Address>,
    /// Accounts that may rule on disputes.
    pub arbiters: Vec<Address>,
    /// What may be paid with.
    pub currencies: Vec<AllowedCurrency>,
    /// Sums over the pool.
    pub totals: Totals,
    /// The native money that `escrow` holds.
    pub escrow: EscrowFunds,
}

/// The values that contracts announced, by contract and event name.
pub type Settings = BTreeMap<&'static str, BTreeMap<String, Value>>;

/// A currency that offers may use.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AllowedCurrency {
    /// Its contract; address 0 is native money.
    pub address: Address,
    /// What `escrow` holds of it and never pays out.
    pub base_amount: Amount,
}

/// Sums over the pool.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Totals {
    /// Everybody who was ever a member.
    pub members: u64,
    /// Members whose weight is not 0.
    pub active_members: u64,
    /// Their weight.
    pub weight: u64,
    /// Supply of the vote token.
    pub supply: Points,
    /// Offers made.
    pub offers: u64,
    /// Shares settled.
    pub payouts: u64,
}

/// The native money in `escrow`, in wei, by purpose: `balance = deposits + credits + treasury + donations + base`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EscrowFunds {
    /// Spendable balance on chain after the block.
    pub balance: Amount,
    /// Prices of offers not yet settled.
    pub deposits: Amount,
    /// Credits of members, buyers and keepers.
    pub credits: Amount,
    /// The treasury's credit.
    pub treasury: Amount,
    /// Money that came uninvited.
    pub donations: Amount,
    /// What keeps the account alive.
    pub base: Amount,
}

impl Dao {
    /// The addresses of the three contracts, by name.
    pub fn contracts(deployment: &Deployment) -> BTreeMap<&'static str, Address> {
        let address = |contract: Contract| (contract.name(), Address(deployment.address_of(contract)));
        Contract::ALL.map(address).into()
    }

    /// What each contract last announced, with the fields of its events decoded.
    ///
    /// # Errors
    /// [`Error::Database`] when a row is not an event of that contract.
    pub fn settings(rows: Vec<Setting>) -> Result<Settings, Error> {
        let mut settings = Settings::new();
        for Setting { contract, name, topics, data } in rows {
            let fields = events::fields(contract.0, &topics, &data)?;
            settings.entry(contract.0.name()).or_default().insert(name, fields);
        }
        Ok(settings)
    }
}

impl EscrowFunds {
    /// A balance, divided by what the ledger says that the accounts of each kind hold.
    pub fn new(balance: Amount, holdings: &BTreeMap<AccountKind, Amount>) -> Self {
        let of = |kind| holdings.get(&kind).copied().unwrap_or_default();
        Self {
            balance,
            deposits: of(AccountKind::Deposit),
            credits: of(AccountKind::Credit),
            treasury: of(AccountKind::Treasury),
            donations: of(AccountKind::Donations),
            base: of(AccountKind::Base),
        }
    }
}

impl From<Currency> for AllowedCurrency {
    fn from(row: Currency) -> Self {
        let Currency { address, base_amount } = row;
        Self { address, base_amount }
    }
}
