//! Compares what the events say with what the contracts store, and with balances, all at one block.

use std::collections::{BTreeMap, BTreeSet};

use chorus_abi::{Address, B256, Contract, SolCall, U256, attestations, escrow, tokens, votes};
use futures::{StreamExt as _, TryStreamExt as _};

use super::hashes;
use super::recount::{division, owed};
use super::report::Check;
use super::rules;
use chorus_client::keys::address_of;
use chorus_client::pool::Pool;
use chorus_client::record::{Member, Record};
use chorus_client::{BlockId, Error};

/// Questions asked at the same time.
const CONCURRENCY: usize = 64;

/// The address that stands for native money as a currency.
const NATIVE: Address = Address::ZERO;

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
        for (id, offer) in self.record.order.iter().filter_map(|id| Some((id, self.record.offers.get(id)?))) {
            check.equal("id of an offer", &hashes::offer_id(separator, offer), id);
        }
        for id in &self.record.proposal_order {
            let Some(proposal) = self.record.proposals.get(id) else { continue };
            check.equal("id of a proposal", &hashes::proposal_id(separator, proposal), id);
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
            check.equal(format_args!("weight of {who}"), &member.weight, &stored.weight);
            check.equal(format_args!("purposes of {who}"), &member.purposes, &stored.purposes);
            check.equal(format_args!("nonce of {who}"), &member.nonce, &stored.nonce);
            check.equal(format_args!("commitment of {who}"), &member.commitment, &stored.commitment);
            check.equal(format_args!("nullifier of {who}"), &member.nullifier, &stored.nullifier);
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
            let proposal = U256::from_be_bytes(id.0);
            let tally = self.ask(Contract::Votes, votes::proposalVotesCall { proposalId: proposal }).await?;
            let stored = [tally.againstVotes, tally.forVotes, tally.abstainVotes];
            check.equal(format_args!("tally of {id} (against, for, abstain)"), &rules::tally(ballot), &stored);
            let snapshot = self.ask(Contract::Votes, votes::proposalSnapshotCall { proposalId: proposal }).await?;
            check.equal(format_args!("snapshot of {id}"), &U256::from(ballot.snapshot), &snapshot);
            let deadline = self.ask(Contract::Votes, votes::proposalDeadlineCall { proposalId: proposal }).await?;
            check.equal(format_args!("deadline of {id}"), &U256::from(ballot.deadline), &deadline);
            let voters: Vec<Address> = ballot.votes.iter().map(|vote| vote.voter).collect();
            let voted = self
                .ask_all(Contract::Votes, voters, |account| votes::hasVotedCall {
                    proposalId: proposal,
                    account: *account,
                })
                .await?;
            for (voter, voted) in voted {
                check.equal(format_args!("whether {voter} voted in {id}"), &true, &voted);
            }
        }
        Ok(check)
    }

    pub(super) async fn sales(&self) -> anyhow::Result<Check> {
        let mut check = Check::new("contract storage: sales and their members");
        let count = self.ask(Contract::Attestations, attestations::saleCountCall {}).await?;
        check.equal("number of sales", &(self.record.sales.len() as u32), &count);
        let last = self.record.members.keys().next_back().copied().unwrap_or_default();
        for (number, sale) in &self.record.sales {
            let stored = self.ask(Contract::Attestations, attestations::saleTotalsCall { sale: *number }).await?;
            let totals = (stored.purpose, stored.window_ends, stored.total_weight, stored.members);
            let (weight, members) = sale.totals();
            check.equal(
                format_args!("sale {number}: purpose, end of window, W, M"),
                &(sale.purpose, sale.window_ends, weight, members),
                &totals,
            );
            let pages = (1..=last).step_by(PAGE as usize).map(|from| (from, PAGE.min(last - from + 1)));
            let pages = self
                .ask_all(Contract::Attestations, pages, |&(from, count)| attestations::sharesInCall {
                    sale: *number,
                    from,
                    count,
                })
                .await?;
            for ((from, count), page) in pages {
                check.equal(format_args!("length of a page of sale {number}"), &(count as usize * 24), &page.len());
                for (number_of_member, share) in (from..).zip(page.chunks_exact(24)) {
                    let stored = u32::from_be_bytes([share[20], share[21], share[22], share[23]]);
                    let expected = sale.members.get(&number_of_member).filter(|member| member.left.is_none());
                    let weight = expected.map_or(0, |member| member.weight);
                    check.equal(format_args!("weight of member {number_of_member} in sale {number}"), &weight, &stored);
                    if let Some(member) = expected {
                        check.equal(
                            format_args!("address of member {number_of_member}"),
                            &member.address,
                            &Address::from_slice(&share[..20]),
                        );
                    }
                }
            }
        }
        Ok(check)
    }

    pub(super) async fn offers(&self) -> anyhow::Result<Check> {
        let mut check = Check::new("contract storage: offers and settlements");
        for id in &self.record.order {
            let Some(offer) = self.record.offers.get(id) else { continue };
            let expected = rules::status(offer, self.time_s);
            let status = self.ask(Contract::Escrow, escrow::statusCall { offer: *id }).await?;
            check.equal(format_args!("status of {id}"), &expected, &status);
            let Some((sale, split)) = division(self.record, offer) else { continue };
            if matches!(expected, 9 | 10) {
                let stored = self.ask(Contract::Escrow, escrow::settlementCall { offer: *id }).await?;
                let stored = [stored.price, stored.paid, stored.fee, stored.tip, stored.net].map(U256::from);
                let expected = [split.price, split.paid, split.fee, split.tip, split.net];
                check.equal(format_args!("settlement of {id} (price, paid, fee, tip, net)"), &expected, &stored);
            }
            let settled: BTreeSet<u32> = offer.payouts.iter().map(|(_, paid)| paid.number).collect();
            let numbers: Vec<u32> = sale.members.keys().copied().collect();
            let paid = self
                .ask_all(Contract::Escrow, numbers, |number| escrow::isPaidCall { offer: *id, number: *number })
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
        let proposals = self.record.proposal_order.iter().filter_map(|id| Some((*id, self.record.proposals.get(id)?)));
        let states =
            self.ask_all(Contract::Escrow, proposals, |(id, _)| escrow::proposalStateCall { proposal: *id }).await?;
        for ((id, proposal), state) in states {
            check.equal(format_args!("state of {id}"), &rules::proposal_state(proposal, self.time_s, false), &state);
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
        let owners: Vec<(Address, Address)> = self.record.credits.keys().copied().collect();
        let credits = self
            .ask_all(Contract::Escrow, owners, |&(currency, owner)| escrow::creditOfCall { currency, owner })
            .await?;
        for ((currency, owner), credit) in credits {
            check.equal(format_args!("credit of {owner}"), &self.record.credits[&(currency, owner)], &credit);
        }
        Ok(check)
    }

    /// What `escrow` holds of each currency is what it owes, and what came uninvited.
    pub(super) async fn escrow_balance(&self) -> anyhow::Result<Check> {
        let mut check = Check::new("balances: escrow holds all that it owes");
        let escrow = self.pool.address(Contract::Escrow);
        let currencies: BTreeSet<Address> = self.record.currencies.keys().copied().chain([NATIVE]).collect();
        for currency in currencies {
            let balance = balance(self.pool, currency, escrow, self.block.hash).await?;
            let (deposits, credits, treasury, base) = owed(self.record, currency);
            let owed = deposits + credits + treasury + base;
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
        note(pruned, "are in blocks whose state the node no longer keeps: ask an archive node");
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
