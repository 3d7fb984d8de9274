//! The vote token: balances, delegations, power over time, supply over time.

use chorus_bindings::{U256, votes};
use sqlx::{query, query_as};

use super::{Applying, Reader, points};
use crate::{
    Error,
    values::{Address, Points},
};

/// A change of the vote token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// Tokens were minted or burned.
    Moved(&'a votes::Transfer),
    /// An account gave its votes to somebody.
    Delegated(&'a votes::DelegateChanged),
    /// A delegate has this many votes from this second on.
    Power(&'a votes::DelegateVotesChanged),
}

impl Change<'_> {
    pub(super) async fn apply(self, on: &mut Applying<'_>) -> Result<(), Error> {
        match self {
            Self::Moved(event) => moved(on, event).await,
            Self::Delegated(votes::DelegateChanged { delegator, fromDelegate: _, toDelegate }) => {
                let replace = query("INSERT OR REPLACE INTO delegations (delegator, delegate) VALUES (?, ?)");
                on.run(replace.bind(delegator.as_slice()).bind(toDelegate.as_slice())).await?;
                Ok(())
            }
            Self::Power(votes::DelegateVotesChanged { delegate, previousVotes: _, newVotes }) => {
                let replace =
                    query("INSERT OR REPLACE INTO power (delegate, time_s, votes, block) VALUES (?, ?, ?, ?)");
                let replace = replace.bind(delegate.as_slice()).bind(on.int(on.time_s)?).bind(points(on, *newVotes)?);
                on.run(replace.bind(on.number()?)).await?;
                Ok(())
            }
        }
    }
}

/// The zero address stands for the supply, which grows as it gives.
async fn moved(on: &mut Applying<'_>, event: &votes::Transfer) -> Result<(), Error> {
    let votes::Transfer { from, to, value } = *event;
    for (account, adds) in [(Address(from), false), (Address(to), true)] {
        if account.0.is_zero() {
            let last = on.find(query_as("SELECT supply FROM supply ORDER BY time_s DESC LIMIT 1")).await?;
            let supply = stepped(on, "the token's supply", last, value, !adds)?;
            let replace = query("INSERT OR REPLACE INTO supply (time_s, supply, block) VALUES (?, ?, ?)");
            on.run(replace.bind(on.int(on.time_s)?).bind(supply).bind(on.number()?)).await?;
        } else {
            let last = query_as("SELECT balance FROM balances WHERE account = ?").bind(account.0.as_slice());
            let last = on.find(last).await?;
            let balance = stepped(on, &account.to_string(), last, value, adds)?;
            let replace = query("INSERT OR REPLACE INTO balances (account, balance) VALUES (?, ?)");
            on.run(replace.bind(account.0.as_slice()).bind(balance)).await?;
        }
    }
    Ok(())
}

fn stepped(on: &Applying<'_>, what: &str, last: Option<(i64,)>, by: U256, up: bool) -> Result<i64, Error> {
    let (from,) = last.unwrap_or_default();
    let by = points(on, by)?;
    let to = if up { from.checked_add(by) } else { from.checked_sub(by) };
    to.filter(|to| *to >= 0).ok_or_else(|| on.wrong(format!("{what} stands at {from} and changes by {by}")))
}

/// The supply.
pub async fn supply(reader: &mut Reader) -> Result<Points, Error> {
    let supply = "SELECT supply FROM supply WHERE block <= ?1 ORDER BY time_s DESC LIMIT 1";
    Ok(reader.optional::<(Points,)>(supply, &[]).await?.map_or_else(Points::default, |(supply,)| supply))
}
