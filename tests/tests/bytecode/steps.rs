//! The pool of these tests, and how its prices are divided.

use chorus_bindings::{Address, B256, Contract, U256, escrow, votes};
use chorus_tests::bytecode::{Pool, member, settings};

/// A pool whose members have these weights and allow purpose 0.
pub(crate) fn pool(weights: &[u32]) -> Pool {
    let mut pool = Pool::new(&settings());
    pool.join(weights);
    pool
}

/// How a price is divided, by the formulas of `contracts/README.md` and none of our code: fee, tip, shares, residue.
pub(crate) struct Split {
    pub(crate) fee: u128,
    pub(crate) tip: u128,
    pub(crate) shares: Vec<u128>,
    pub(crate) residue: u128,
}

pub(crate) fn split(price: u128, weights: &[u32]) -> Split {
    let (members, total) = (weights.len() as u128, weights.iter().copied().map(u128::from).sum::<u128>());
    let fee = price * u128::from(settings().offers.fee_bps.get()) / 10_000;
    let tip = price * u128::from(settings().offers.tip_bps.get()) / 10_000 / members;
    let net = price - fee - members * tip;
    let shares: Vec<_> = weights.iter().map(|weight| net * u128::from(*weight) / total).collect();
    let residue = net - shares.iter().sum::<u128>();
    Split { fee, tip, shares, residue }
}

/// The native money of these members.
pub(crate) fn balances(pool: &Pool, members: &[u32]) -> Vec<u128> {
    members.iter().map(|number| pool.balance(member(*number))).collect()
}

/// How much more these members have than before.
pub(crate) fn gained(pool: &Pool, members: &[u32], before: &[u128]) -> Vec<u128> {
    balances(pool, members).iter().zip(before).map(|(after, before)| after - before).collect()
}

pub(crate) fn distribute(offer: B256, from: u32, count: u32) -> escrow::distributeCall {
    escrow::distributeCall { offer, from, count }
}

pub(crate) fn withdraw_credit(to: Address) -> escrow::withdrawCreditCall {
    escrow::withdrawCreditCall { currency: Address::ZERO, to }
}

/// The votes against, for and abstaining.
pub(crate) fn tally(pool: &Pool, offer: B256) -> [U256; 3] {
    let votes::proposalVotesReturn { againstVotes, forVotes, abstainVotes } =
        pool.view(Contract::Votes, &votes::proposalVotesCall { proposalId: offer.into() });
    [againstVotes, forVotes, abstainVotes]
}
