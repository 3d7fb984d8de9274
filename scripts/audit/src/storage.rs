//! Compares what the events say with what the contracts store, all at one block.

use std::collections::BTreeSet;

use chorus_abi::{Address, B256, Contract, SolCall, U256, attestations, escrow, votes};
use chorus_client::{
    BlockId, Error, TREASURY,
    pool::Pool,
    record::{Ballot, Member, Record, Sale, Tally},
};
use futures::{StreamExt as _, TryStreamExt as _};

use super::{hashes, money::division, report::Check, rules};

/// Questions asked at the same time.
pub(super) const CONCURRENCY: usize = 64;

/// Member numbers asked for at a time; `sharesIn` answers 512 at most.
const PAGE: u32 = 256;

/// A pool at a block.
pub(super) struct View<'a> {
    pub(super) pool: &'a Pool,
    pub(super) record: &'a Record,
    pub(super) block: BlockId,
    /// The clock of that block.
    pub(super) time_s: u64,
}

impl View<'_> {
    async fn ask<C: SolCall>(&self, contract: Contract, call: C) -> Result<C::Return, Error> {
        self.pool.view(contract, &call, Some(self.block.hash)).await
    }

    /// Asks the same of many, several at a time, and gives the answers in order.
    async fn ask_all<T, C: SolCall>(
        &self,
        contract: Contract,
        items: impl IntoIterator<Item = T>,
        call: impl Fn(&T) -> C,
    ) -> Result<Vec<(T, C::Return)>, Error> {
        let questions = items.into_iter().map(|item| {
            let call = call(&item);
            async move { Ok((item, self.ask(contract, call).await?)) }
        });
        futures::stream::iter(questions).buffered(CONCURRENCY).try_collect().await
    }

    /// The id of each offer and proposal is the hash of exactly what it says.
    pub(super) async fn ids(&self) -> anyhow::Result<Check> {
        let mut check = Check::new("offers and proposals: ids hash exactly their contents");
        let separator: B256 = self.ask(Contract::Escrow, escrow::DOMAIN_SEPARATORCall {}).await?;
        for (id, offer) in self.record.offers() {
            check.equal("id of an offer", &hashes::offer_id(separator, offer), &id);
        }
        for (id, proposal) in self.record.proposals() {
            check.equal("id of a proposal", &hashes::proposal_id(separator, proposal), &id);
        }
        Ok(check)
    }

    pub(super) async fn members(&self) -> anyhow::Result<Check> {
        let mut check = Check::new("contract storage: members");
        let members: Vec<(u32, &Member)> =
            self.record.members.iter().map(|(number, member)| (*number, member)).collect();
        let count = self.ask(Contract::Attestations, attestations::memberCountCall {}).await?;
        check.equal("number of members", &(members.len() as u32), &count);
        let stored = self
            .ask_all(Contract::Attestations, members, |(_, member)| attestations::memberOfCall {
                member: member.address,
            })
            .await?;
        for ((number, member), stored) in stored {
            let who = format!("member {number} ({})", member.address);
            check.equal(format_args!("number of {who}"), &number, &stored.number);
            check.equal(format_args!("nonce of {who}"), &member.nonce, &stored.nonce);
            check.equal(format_args!("weight of {who}"), &member.weight(), &stored.weight);
            check.equal(format_args!("purposes of {who}"), &member.purposes(), &stored.purposes);
            // The contract stores zeros for a member without a contribution.
            let hashes = member.contribution.map(|contribution| (contribution.commitment, contribution.nullifier));
            let (commitment, nullifier) = hashes.unwrap_or_default();
            check.equal(format_args!("commitment of {who}"), &commitment, &stored.commitment);
            check.equal(format_args!("nullifier of {who}"), &nullifier, &stored.nullifier);
        }
        Ok(check)
    }

    pub(super) async fn votes(&self) -> anyhow::Result<Check> {
        let mut check = Check::new("contract storage: votes");
        let supply = self.ask(Contract::Votes, votes::totalSupplyCall {}).await?;
        check.equal("supply", &self.record.token.supply(), &supply);
        let members: Vec<Address> = self.record.members.values().map(|member| member.address).collect();
        let balances = self
            .ask_all(Contract::Votes, members.clone(), |account| votes::balanceOfCall { account: *account })
            .await?;
        for (member, balance) in balances {
            let expected = self.record.token.balances.get(&member).copied().unwrap_or_default();
            check.equal(format_args!("balance of {member}"), &expected, &balance);
        }
        let power = self.ask_all(Contract::Votes, members, |account| votes::getVotesCall { account: *account }).await?;
        for (member, power) in power {
            check.equal(format_args!("votes of {member}"), &self.record.token.power_at(member, u64::MAX), &power);
        }
        for (id, ballot) in self.record.ballots() {
            self.ballot(&mut check, id, ballot).await?;
        }
        Ok(check)
    }

    async fn ballot(&self, check: &mut Check, id: B256, ballot: &Ballot) -> anyhow::Result<()> {
        let number = U256::from_be_bytes(id.0);
        let stored = self.ask(Contract::Votes, votes::proposalVotesCall { proposalId: number }).await?;
        let (against_votes, for_votes, abstain_votes) = (stored.againstVotes, stored.forVotes, stored.abstainVotes);
        let stored = Tally { against_votes, for_votes, abstain_votes };
        check.equal(format_args!("tally of {id}"), &rules::tally(ballot), &stored);
        let snapshot = self.ask(Contract::Votes, votes::proposalSnapshotCall { proposalId: number }).await?;
        check.equal(format_args!("snapshot of {id}"), &U256::from(ballot.snapshot), &snapshot);
        let deadline = self.ask(Contract::Votes, votes::proposalDeadlineCall { proposalId: number }).await?;
        check.equal(format_args!("deadline of {id}"), &U256::from(ballot.deadline), &deadline);
        let voters = ballot.votes.iter().map(|vote| vote.voter);
        let voted = |account: &Address| votes::hasVotedCall { proposalId: number, account: *account };
        for (voter, voted) in self.ask_all(Contract::Votes, voters, voted).await? {
            check.equal(format_args!("whether {voter} voted in {id}"), &true, &voted);
        }
        Ok(())
    }

    pub(super) async fn sales(&self) -> anyhow::Result<Check> {
        let mut check = Check::new("contract storage: sales and their members");
        let count = self.ask(Contract::Attestations, attestations::saleCountCall {}).await?;
        check.equal("number of sales", &(self.record.sales.len() as u32), &count);
        for (number, sale) in &self.record.sales {
            let stored = self.ask(Contract::Attestations, attestations::saleTotalsCall { sale: *number }).await?;
            let totals = (stored.purpose, stored.window_ends, stored.total_weight, stored.members);
            let (weight, members) = sale.totals();
            let expected = (sale.purpose, sale.window_ends, weight, members);
            check.equal(format_args!("sale {number}: purpose, end of window, W, M"), &expected, &totals);
            self.sale_members(&mut check, *number, sale).await?;
        }
        Ok(check)
    }

    async fn sale_members(&self, check: &mut Check, sale: u32, members: &Sale) -> anyhow::Result<()> {
        /// A member's share in an answer of `sharesIn`: 20 bytes of address, 4 of weight.
        const SHARE: usize = 24;
        let last = self.record.members.keys().next_back().copied().unwrap_or_default();
        let pages = (1..=last).step_by(PAGE as usize).map(|from| (from, PAGE.min(last - from + 1)));
        let page = |&(from, count): &(u32, u32)| attestations::sharesInCall { sale, from, count };
        for ((from, count), page) in self.ask_all(Contract::Attestations, pages, page).await? {
            check.equal(format_args!("length of a page of sale {sale}"), &(count as usize * SHARE), &page.len());
            for (number, share) in (from..).zip(page.chunks_exact(SHARE)) {
                let (address, weight) = share.split_at(20);
                let stored = weight.iter().fold(0u32, |weight, byte| weight << 8 | u32::from(*byte));
                let expected = members.members.get(&number).filter(|member| member.left.is_none());
                let weight = expected.map_or(0, |member| member.weight);
                check.equal(format_args!("weight of member {number} in sale {sale}"), &weight, &stored);
                if let Some(member) = expected {
                    let stored = Address::from_slice(address);
                    check.equal(format_args!("address of member {number} in sale {sale}"), &member.address, &stored);
                }
            }
        }
        Ok(())
    }

    pub(super) async fn offers(&self) -> anyhow::Result<Check> {
        let mut check = Check::new("contract storage: offers and settlements");
        for (id, offer) in self.record.offers() {
            let expected = rules::status(offer, self.time_s);
            let stored = self.ask(Contract::Escrow, escrow::statusCall { offer: id }).await?;
            check.equal(format_args!("status of {id}"), &(expected as u8), &stored);
            let Some((sale, split)) = division(self.record, offer) else { continue };
            if expected.pays() {
                let stored = self.ask(Contract::Escrow, escrow::settlementCall { offer: id }).await?;
                let stored = [stored.price, stored.paid, stored.fee, stored.tip, stored.net].map(U256::from);
                let expected = [split.price, split.paid, split.fee, split.tip, split.net];
                check.equal(format_args!("settlement of {id} (price, paid, fee, tip, net)"), &expected, &stored);
            }
            let settled: BTreeSet<u32> = offer.payouts.iter().map(|(_, paid)| paid.number).collect();
            let numbers: Vec<u32> = sale.members.keys().copied().collect();
            let paid = self
                .ask_all(Contract::Escrow, numbers, |number| escrow::isPaidCall { offer: id, number: *number })
                .await?;
            for (number, paid) in paid {
                check.equal(
                    format_args!("whether member {number} of {id} is settled"),
                    &settled.contains(&number),
                    &paid,
                );
            }
        }
        Ok(check)
    }

    pub(super) async fn proposals(&self) -> anyhow::Result<Check> {
        let mut check = Check::new("contract storage: proposals");
        let state = |(id, _): &(B256, _)| escrow::proposalStateCall { proposal: *id };
        for ((id, proposal), state) in self.ask_all(Contract::Escrow, self.record.proposals(), state).await? {
            let expected = rules::proposal_state(proposal, self.time_s);
            check.equal(format_args!("state of {id}"), &(expected as u8), &state);
        }
        Ok(check)
    }

    pub(super) async fn nonces(&self) -> anyhow::Result<Check> {
        let mut check = Check::new("contract storage: nonces of signatures");
        for ((contract, account), nonce) in &self.record.nonces {
            let stored = match contract {
                Contract::Votes => self.ask(*contract, votes::noncesCall { account: *account }).await?,
                _ => U256::from(self.ask(*contract, escrow::noncesCall { account: *account }).await?),
            };
            check.equal(format_args!("nonce of {account} in {contract:?}"), &U256::from(*nonce), &stored);
        }
        Ok(check)
    }

    pub(super) async fn credits(&self) -> anyhow::Result<Check> {
        let mut check = Check::new("contract storage: credits");
        let treasury = self.record.treasury.keys().map(|currency| (*currency, TREASURY));
        let owners = self.record.credits.keys().copied().chain(treasury);
        let credit = |&(currency, owner): &(Address, Address)| escrow::creditOfCall { currency, owner };
        for ((currency, owner), stored) in self.ask_all(Contract::Escrow, owners, credit).await? {
            let expected = self.record.credit(currency, owner);
            check.equal(format_args!("credit of {owner} in {currency}"), &expected, &stored);
        }
        Ok(check)
    }
}
