//! Proposals, and the settings that their calls change.

use chorus_core::{
    abi::{Words, selector},
    contract::Contract,
    escrow::{OfferSettings, ProposalSettings},
    fields::Argument,
    settings::SettingsMessage,
    types::Address,
};

use super::{Accepted, Ballot, Books, Proposal};
use crate::{outcome::Outcome, sisters::sister_action};

/// The group that `call` brings, if it is the message of `escrow` with this name.
fn group<T: Argument>(name: &str, call: &[u8]) -> Option<T> {
    let (selector, words) = call.split_first_chunk::<4>()?;
    let message = SettingsMessage::find(Contract::Escrow, name)?;
    (message.selector == *selector).then(|| T::read(&mut Words::new(words), 0).ok())?
}

impl Books {
    pub(super) fn book_proposal(&mut self, call: Accepted<'_>, calls: &[(Address, Vec<u8>)]) {
        let Accepted { now, caller: proposer, outcome, .. } = call;
        let Outcome::Proposed(id) = outcome else { return };
        self.expect_threshold("G04 a proposer below the threshold", now, proposer);
        self.expect("G05 one to eight calls", (1..=8).contains(&calls.len()), true);
        self.book_ballot(now, id.into());
        let voting_ends = now.0 + self.pool.voting.voting_period_s;
        let executable_from = voting_ends + self.pool.proposals.timelock_s;
        let executable_until = executable_from + self.pool.proposals.grace_s;
        let calls = calls.into();
        let proposal = Proposal { calls, voting_ends, executable_from, executable_until, executed: false };
        let twice = self.proposals.insert(id, proposal).is_some();
        self.expect("G03 the same proposal twice", twice, false);
    }

    pub(super) fn book_execution(&mut self, call: Accepted<'_>, calls: &[(Address, Vec<u8>)]) {
        let Outcome::Proposed(id) = call.outcome else { return };
        let passed = self.ballots.get(&id.into()).is_some_and(Ballot::passes);
        self.expect("G16 a proposal that passed", passed, true);
        let Some(proposal) = self.proposals.get_mut(&id) else { return };
        let in_time = (proposal.executable_from..=proposal.executable_until).contains(&call.now.0);
        let again = std::mem::replace(&mut proposal.executed, true);
        let same = proposal.calls == calls;
        self.expect("G17 executed in its time, once, as proposed", (in_time, again, same), (true, false, true));
        let by_escrow = Accepted { outcome: Outcome::Done, news: &[], ..call.of(self.pool.site.escrow) };
        for (target, call) in calls {
            match sister_action(&self.pool.site, *target, call) {
                Some(action) => self.book(by_escrow, &action),
                None => self.book_setting(call),
            }
        }
    }

    /// Books a setting of `escrow`'s own, by the words of the call.
    fn book_setting(&mut self, call: &[u8]) {
        let word = |index: usize| {
            let end = 4 + 32 * (index + 1);
            call.get(end - 16..end).map_or(0, |low| low.iter().fold(0u128, |sum, byte| sum << 8 | u128::from(*byte)))
        };
        let address = |index: usize| {
            let end = 4 + 32 * (index + 1);
            Address(call.get(end - 20..end).and_then(|bytes| bytes.try_into().ok()).unwrap_or_default())
        };
        let is = |name: &str, types: &[&str]| call.starts_with(&selector(name, types));
        if let Some(settings) = group::<OfferSettings>("setOfferSettings", call) {
            self.pool.offers = settings;
        } else if let Some(settings) = group::<ProposalSettings>("setProposalSettings", call) {
            self.pool.proposals = settings;
        } else if is("setGuardian", &["address"]) {
            self.pool.guardian = address(0);
        } else if is("spendTreasury", &["address", "uint128", "address"]) {
            let (currency, amount, to) = (address(0), word(1), address(2));
            let treasury = self.credits.entry((currency, Address::ZERO)).or_default();
            let enough = *treasury >= amount;
            *treasury = treasury.saturating_sub(amount);
            self.expect("T50 no more than the treasury's credit", enough, true);
            self.credit(currency, to, amount);
        } else {
            let lists = [
                ("custodian", "addCustodian", "removeCustodian", &["address"] as &[&str]),
                ("arbiter", "addArbiter", "removeArbiter", &["address"]),
                ("currency", "allowCurrency", "disallowCurrency", &["address", "uint128"]),
            ];
            let list = lists.into_iter().find(|(_, add, remove, types)| is(add, types) || is(remove, &["address"]));
            match list {
                Some((list, add, _, types)) => {
                    self.listed.insert((list, address(0)), is(add, types));
                }
                None => self.differences.push(format!("T50 executed what is not a setting: {call:02x?}")),
            }
        }
    }
}
