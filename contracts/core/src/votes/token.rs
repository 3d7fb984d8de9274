//! Balances and delegation (ERC-5805).

use super::{
    cells::Account,
    history::push,
    host::{Host, Past, Total},
};
use crate::{
    error::Error,
    event::VotesEvent as Event,
    settings::MAX_SUPPLY,
    types::{Address, Points, Timestamp, Weight},
};

/// Bytes of a change for [`mirror`]: whose balance, and the weight it becomes, big endian.
const CHANGE: usize = 20 + 4;

/// Makes members' balances equal to their weights: mints or burns the differences. For `attestations` alone.
///
/// `changes` are packed: 20 bytes of an address, 4 of a weight, and so on. Votes are delegated to the member at the
/// first mint, unless they chose before.
///
/// # Errors
/// [`Error::Unauthorized`], [`Error::BatchMalformed`].
pub fn mirror<H: Host>(host: &mut H, now: Timestamp, caller: Address, changes: &[u8]) -> Result<(), Error> {
    caller.check_is(host.root().attestations)?;
    let (changes, rest) = changes.as_chunks::<CHANGE>();
    if !rest.is_empty() {
        return Err(Error::BatchMalformed { position: u32::try_from(changes.len()).unwrap_or(u32::MAX) });
    }
    let mut history = host.total(Total::Supply);
    let before = history.value();
    let mut supply = before;
    for change in changes {
        let (member, weight) = (change.first_chunk::<20>(), change.last_chunk::<4>());
        let member = Address(member.copied().unwrap_or_default());
        let weight = Weight(u32::from_be_bytes(weight.copied().unwrap_or_default()));
        let previous = set_balance(host, now, member, weight)?;
        supply = shift(supply, previous, weight)?;
    }
    if supply != before {
        push(host, Past::Total(Total::Supply), &mut history, now, supply)?;
        host.set_total(Total::Supply, &history);
    }
    Ok(())
}

/// Makes a balance equal to a weight, and returns the balance there was.
fn set_balance<H: Host>(host: &mut H, now: Timestamp, member: Address, weight: Weight) -> Result<Weight, Error> {
    let mut account = host.account(member);
    let before = core::mem::replace(&mut account.balance, weight);
    if before == weight {
        return Ok(before);
    }
    let (from, to, value) = match weight.0.checked_sub(before.0) {
        Some(minted) => (Address::ZERO, member, minted),
        None => (member, Address::ZERO, before.0.saturating_sub(weight.0)),
    };
    host.emit(Event::Transfer { from, to, value: u64::from(value).into() });
    if !account.chose_delegate {
        account.chose_delegate = true;
        account.delegate = member;
        host.emit(Event::DelegateChanged { delegator: member, fromDelegate: Address::ZERO, toDelegate: member });
    }
    let delegate = account.delegate;
    if delegate == member {
        shift_votes(host, now, member, &mut account, before, weight)?;
    }
    host.set_account(member, &account);
    if delegate != member {
        move_votes(host, now, delegate, before, weight)?;
    }
    Ok(before)
}

/// Gives the votes of `delegator`, now and later, to `delegatee`; [`Address::ZERO`] gives them to nobody.
///
/// # Errors
/// None while invariants hold.
pub fn delegate<H: Host>(host: &mut H, now: Timestamp, delegator: Address, delegatee: Address) -> Result<(), Error> {
    let account = host.account(delegator);
    delegate_from(host, now, delegator, account, delegatee)
}

/// [`delegate`], with the account of the delegator at hand.
pub(super) fn delegate_from<H: Host>(
    host: &mut H,
    now: Timestamp,
    delegator: Address,
    mut account: Account,
    delegatee: Address,
) -> Result<(), Error> {
    account.chose_delegate = true;
    let before = core::mem::replace(&mut account.delegate, delegatee);
    let balance = account.balance;
    host.set_account(delegator, &account);
    host.emit(Event::DelegateChanged { delegator, fromDelegate: before, toDelegate: delegatee });
    if before != delegatee {
        move_votes(host, now, before, balance, Weight(0))?;
        move_votes(host, now, delegatee, Weight(0), balance)?;
    }
    Ok(())
}

/// One balance in the votes of `delegate` goes from `before` to `after`. The zero address has no votes.
fn move_votes<H: Host>(
    host: &mut H,
    now: Timestamp,
    delegate: Address,
    before: Weight,
    after: Weight,
) -> Result<(), Error> {
    if delegate == Address::ZERO || before == after {
        return Ok(());
    }
    let mut account = host.account(delegate);
    shift_votes(host, now, delegate, &mut account, before, after)?;
    host.set_account(delegate, &account);
    Ok(())
}

/// [`move_votes`] in an account that the caller will write.
fn shift_votes<H: Host>(
    host: &mut H,
    now: Timestamp,
    delegate: Address,
    account: &mut Account,
    before: Weight,
    after: Weight,
) -> Result<(), Error> {
    let previous = account.votes.value();
    let votes = shift(previous, before, after)?;
    push(host, Past::Votes(delegate), &mut account.votes, now, votes)?;
    host.emit(Event::DelegateVotesChanged { delegate, previousVotes: previous.into(), newVotes: votes.into() });
    Ok(())
}

fn shift(sum: Points, before: Weight, after: Weight) -> Result<Points, Error> {
    let without = sum.0.checked_sub(before.0.into());
    let with = without.and_then(|rest| rest.checked_add(after.0.into())).map(Points);
    with.filter(|sum| *sum <= MAX_SUPPLY).ok_or(Error::Overflow)
}
