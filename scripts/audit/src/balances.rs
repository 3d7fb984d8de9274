//! Compares what the events say with balances: what `escrow` holds, and that every share arrived.

use std::collections::{BTreeMap, BTreeSet};

use chorus_abi::{Address, B256, Contract, U256, tokens};
use chorus_client::{Error, NATIVE, keys::address_of, pool::Pool};
use futures::StreamExt as _;

use super::{
    money::Owed,
    report::Check,
    storage::{CONCURRENCY, View},
};

impl View<'_> {
    /// `escrow` holds of each currency what it owes, and perhaps what came uninvited.
    pub(super) async fn escrow_balance(&self) -> anyhow::Result<Check> {
        let mut check = Check::new("balances: escrow holds all that it owes");
        let escrow = self.pool.address(Contract::Escrow);
        let currencies: BTreeSet<Address> = self.record.currencies.keys().copied().chain([NATIVE]).collect();
        for currency in currencies {
            let balance = balance(self.pool, currency, escrow, self.block.hash).await?;
            let owed = Owed::of(self.record, currency).total();
            let name = if currency == NATIVE { "native money".into() } else { format!("token {currency}") };
            check.holds(|| format!("escrow owes {owed} of {name} and holds {balance}"), balance >= owed);
            if balance > owed {
                check.notes.push(format!("{} of {name} came uninvited and is a donation", balance - owed));
            }
        }
        Ok(check)
    }

    /// The balance of each member who was paid grew by their share, in the block of the payment.
    pub(super) async fn payments(&self) -> anyhow::Result<Check> {
        let mut check = Check::new("balances: every pushed share arrived");
        let mut pushed: BTreeMap<u64, BTreeMap<(Address, Address), U256>> = BTreeMap::new();
        for offer in self.record.offers.values() {
            for (at, paid) in offer.payouts.iter().filter(|(_, paid)| !paid.credited) {
                let payees = pushed.entry(at.block).or_default();
                *payees.entry((offer.made.currency, paid.to)).or_default() += U256::from(paid.share);
            }
        }
        let (mut pruned, mut senders, mut more) = (0u64, 0u64, 0u64);
        for (number, payees) in pushed {
            let client = self.pool.client();
            let (Some(before), Some(after)) = (client.block_hash(number - 1).await?, client.block_hash(number).await?)
            else {
                check.differs(format!("block {number}, in which members were paid, is missing"));
                continue;
            };
            let paid_fees: BTreeSet<Address> = client.fee_payers(after).await?.iter().map(address_of).collect();
            let balances: Vec<_> = futures::stream::iter(payees)
                .map(|((currency, payee), share)| async move {
                    let balances = async {
                        Ok::<_, Error>((
                            balance(self.pool, currency, payee, before).await?,
                            balance(self.pool, currency, payee, after).await?,
                        ))
                    };
                    (currency, payee, share, balances.await)
                })
                .buffered(CONCURRENCY)
                .collect()
                .await;
            for (currency, payee, share, balances) in balances {
                match balances {
                    Err(_) => pruned += 1,
                    Ok(_) if currency == NATIVE && paid_fees.contains(&payee) => senders += 1,
                    Ok((before, after)) => {
                        let grown = after.saturating_sub(before);
                        check.holds(
                            || format!("{payee} should have received {share} in block {number} and has {grown} more"),
                            grown >= share,
                        );
                        more += u64::from(grown > share);
                    }
                }
            }
        }
        let mut note = |count: u64, why: &str| {
            if count > 0 {
                check.notes.push(format!("{count} payments {why}"));
            }
        };
        note(pruned, "are in blocks whose state the node no longer keeps: audit with an archive node");
        note(senders, "went to accounts that paid fees in the same block, so their balance alone does not show them");
        note(more, "came together with other money");
        Ok(check)
    }
}

/// What an account has of a currency, at a block.
async fn balance(pool: &Pool, currency: Address, account: Address, at: B256) -> Result<U256, Error> {
    match currency {
        NATIVE => pool.client().balance(account, Some(at)).await,
        token => pool.client().view(token, &tokens::balanceOfCall { account }, Some(at)).await,
    }
}
