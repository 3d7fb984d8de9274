//! One block into its rows.

use super::{contract_name, read};
use crate::{
    Error,
    chain::{Block, Emitted},
    decode::{address, hash},
    project::{Account, Balance, Change, Contribution, Currency, Movement, Nonce, OfferChange, ProposalChange, Role},
};
use chorus_bindings::{Address, Contract, U256, attestations, escrow, votes};
use serde_json::Value;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

/// An event of ours with what it changes.
#[derive(Clone, Debug)]
pub struct Applied {
    /// As it came.
    pub emitted: Emitted,
    /// From whom.
    pub contract: Contract,
    /// Its name in the ABI.
    pub name: &'static str,
    /// Its fields as the API shows them.
    pub fields: Value,
    /// What it changes.
    pub changes: Vec<Change>,
}

/// The sum of all accounts inside `escrow`, kept beside them.
const HELD: &str = "escrow";

/// Runs one statement with these values.
macro_rules! run {
    ($on:expr, $sql:literal $(, $value:expr)* $(,)?) => {
        sqlx::query($sql)$(.bind($value))*.execute(&mut *$on.connection).await.map_err(|error| $on.refused(error))
    };
}

/// Fetches at most one row.
macro_rules! find {
    ($on:expr, $sql:literal $(, $value:expr)* $(,)?) => {
        sqlx::query($sql)$(.bind($value))*.fetch_optional(&mut *$on.connection).await.map_err(|error| $on.refused(error))
    };
}

/// Writes all of `block` through `connection`, which is in a transaction.
pub(super) async fn block(connection: &mut SqliteConnection, block: &Block, events: &[Applied]) -> Result<(), Error> {
    let mut on = Applying { connection, block: block.number, time_s: block.time_ms / 1_000, event: 0 };
    let number = on.int(block.number)?;
    run!(
        on,
        "INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?)",
        number,
        hash(&block.hash),
        hash(&block.parent_hash),
        on.int(on.time_s)?,
        block.event_count,
        block.escrow_balance_wei.to_string(),
    )?;
    // It is decodable now, or we would not be here.
    run!(on, "DELETE FROM undecoded WHERE block = ?", number)?;
    for applied in events {
        on.event = applied.emitted.event_index;
        run!(
            on,
            "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            number,
            on.event,
            applied.emitted.extrinsic_index,
            contract_name(applied.contract),
            applied.name,
            applied.emitted.topics.concat(),
            &applied.emitted.data,
            applied.fields.to_string(),
        )?;
        for change in &applied.changes {
            on.change(change).await?;
        }
    }
    on.event = block.event_count;
    on.distributions_are_paid().await?;
    on.settled_deposits_are_empty().await?;
    on.balance_is_explained(block.escrow_balance_wei).await
}

struct Applying<'a> {
    connection: &'a mut SqliteConnection,
    block: u64,
    time_s: u64,
    event: u32,
}

impl Applying<'_> {
    async fn change(&mut self, change: &Change) -> Result<(), Error> {
        let (block, event) = (self.int(self.block)?, self.event);
        match change {
            Change::Setting(setting) => {
                let (contract, fields) = (contract_name(setting.contract), setting.values.to_string());
                run!(
                    self,
                    "INSERT INTO settings VALUES (?, ?, ?, ?, ?)",
                    block,
                    event,
                    contract,
                    setting.name,
                    fields
                )?;
            }
            Change::Role(change) => self.role(change).await?,
            Change::Currency(allowed) => self.currency(allowed).await?,
            Change::CurrencyDropped(escrow::CurrencyDisallowed { currency }) => {
                let dropped = run!(
                    self,
                    "UPDATE currencies SET allowed = 0 WHERE address = ? AND allowed = 1",
                    address(currency)
                )?;
                if dropped.rows_affected() == 0 {
                    return Err(self.wrong(format!("{currency} was dropped without being a currency")));
                }
            }
            Change::Contribution(contribution) => self.contribution(contribution).await?,
            Change::SaleOpened(sale) => self.sale_opened(sale).await?,
            Change::SaleLeft(leave) => self.sale_left(leave).await?,
            Change::Tokens(transfer) => self.tokens(transfer).await?,
            Change::Delegation(votes::DelegateChanged { delegator, fromDelegate: _, toDelegate }) => {
                let (delegator, delegate) = (address(delegator), address(toDelegate));
                run!(self, "INSERT OR REPLACE INTO delegations VALUES (?, ?)", delegator, delegate)?;
            }
            Change::Power(votes::DelegateVotesChanged { delegate, previousVotes: _, newVotes }) => {
                let (delegate, time_s) = (address(delegate), self.int(self.time_s)?);
                run!(
                    self,
                    "INSERT OR REPLACE INTO power VALUES (?, ?, ?, ?)",
                    delegate,
                    time_s,
                    newVotes.to_string(),
                    block
                )?;
            }
            Change::Ballot(votes::BallotOpened { proposalId, snapshot, deadline, supply, quorum, approval_bps }) => {
                run!(
                    self,
                    "INSERT INTO ballots VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    ballot(*proposalId),
                    self.int(*snapshot)?,
                    self.int(*deadline)?,
                    supply.to_string(),
                    quorum.to_string(),
                    approval_bps,
                    block,
                    event,
                )?;
            }
            Change::Vote(votes::VoteCast { voter, proposalId, support, weight, reason }) => {
                run!(
                    self,
                    "INSERT INTO votes (ballot, voter, support, weight, reason, block, event) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    ballot(*proposalId),
                    address(voter),
                    support,
                    weight.to_string(),
                    reason,
                    block,
                    event,
                )?;
            }
            Change::Tally(votes::TallyChanged { proposalId, against_votes, for_votes, abstain_votes }) => {
                run!(
                    self,
                    "INSERT INTO tallies VALUES (?, ?, ?, ?, ?, ?)",
                    ballot(*proposalId),
                    against_votes.to_string(),
                    for_votes.to_string(),
                    abstain_votes.to_string(),
                    block,
                    event,
                )?;
            }
            Change::Offer(change) => self.offer(change).await?,
            Change::Proposal(change) => self.proposal(change).await?,
            Change::Movement(movement) => self.movement(movement).await?,
            Change::Credit(credit) => self.credit_stands_at(credit).await?,
            Change::Nonce(Nonce { contract, account, nonce }) => {
                let (contract, nonce) = (contract_name(*contract), self.int(*nonce)?);
                run!(self, "INSERT OR REPLACE INTO nonces VALUES (?, ?, ?)", contract, address(account), nonce)?;
            }
        }
        Ok(())
    }

    async fn role(&mut self, change: &Role) -> Result<(), Error> {
        let Role { role, address: who, listed } = change;
        let (who, block, event) = (address(who), self.int(self.block)?, self.event);
        if *listed {
            let added =
                run!(self, "INSERT INTO roles VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", role, &who, block, event)?;
            if added.rows_affected() == 0 {
                return Err(self.wrong(format!("{who} joined the list of {role}s, being on it already")));
            }
        } else {
            let removed = run!(self, "DELETE FROM roles WHERE role = ? AND address = ?", role, &who)?;
            if removed.rows_affected() == 0 {
                return Err(self.wrong(format!("{who} left the list of {role}s without being on it")));
            }
        }
        Ok(())
    }

    /// The steps of an offer's life.
    async fn offer(&mut self, change: &OfferChange) -> Result<(), Error> {
        let (block, event) = (self.int(self.block)?, self.event);
        match change {
            OfferChange::Made(made) => self.offer_made(made).await?,
            OfferChange::Terms(terms) => self.terms(terms).await?,
            OfferChange::Seal(escrow::Sealed { offer, outcome, total_weight, members }) => {
                let total_weight = self.int(*total_weight)?;
                run!(
                    self,
                    "INSERT INTO seals VALUES (?, ?, ?, ?, ?, ?)",
                    hash(offer),
                    outcome,
                    total_weight,
                    members,
                    block,
                    event
                )?;
            }
            OfferChange::Delivery(escrow::Delivered {
                offer,
                bundle_hash,
                manifest_root,
                dispute_ends,
                ruling_ends,
            }) => {
                run!(
                    self,
                    "INSERT INTO deliveries VALUES (?, ?, ?, ?, ?, ?, ?)",
                    hash(offer),
                    hash(bundle_hash),
                    hash(manifest_root),
                    self.int(*dispute_ends)?,
                    self.int(*ruling_ends)?,
                    block,
                    event,
                )?;
            }
            OfferChange::Acceptance(escrow::Accepted { offer }) => {
                run!(self, "INSERT INTO acceptances VALUES (?, ?, ?)", hash(offer), block, event)?;
            }
            OfferChange::Dispute(escrow::Disputed { offer, reason_hash }) => {
                run!(self, "INSERT INTO disputes VALUES (?, ?, ?, ?)", hash(offer), hash(reason_hash), block, event)?;
            }
            OfferChange::Ruling(escrow::Ruled { offer, arbiter, returned_bps, returned }) => {
                let (offer, arbiter, returned) = (hash(offer), address(arbiter), returned.to_string());
                run!(
                    self,
                    "INSERT INTO rulings VALUES (?, ?, ?, ?, ?, ?)",
                    offer,
                    arbiter,
                    returned_bps,
                    returned,
                    block,
                    event
                )?;
            }
            OfferChange::Refund(escrow::Refunded { offer, buyer, amount }) => {
                let (offer, buyer, amount) = (hash(offer), address(buyer), amount.to_string());
                run!(self, "INSERT INTO refunds VALUES (?, ?, ?, ?, ?)", offer, buyer, amount, block, event)?;
            }
            OfferChange::Distribution(distributed) => self.distribution(distributed).await?,
            OfferChange::Payout(paid) => self.payout(paid).await?,
            OfferChange::Closing(escrow::OfferPaid { offer, paid_sum, tip_sum, fee, residue }) => {
                run!(
                    self,
                    "INSERT INTO closings VALUES (?, ?, ?, ?, ?, ?, ?)",
                    hash(offer),
                    paid_sum.to_string(),
                    tip_sum.to_string(),
                    fee.to_string(),
                    residue.to_string(),
                    block,
                    event,
                )?;
            }
        }
        Ok(())
    }

    async fn offer_made(&mut self, made: &escrow::OfferMade) -> Result<(), Error> {
        let (block, event) = (self.int(self.block)?, self.event);
        let escrow::OfferMade {
            offer,
            buyer,
            currency,
            price,
            purpose,
            fields_hash,
            licence_hash,
            min_members,
            min_weight,
            custodian,
            arbiter,
            salt,
        } = made;
        run!(
            self,
            "INSERT INTO offers (offer, buyer, currency, price, purpose, fields_hash, licence_hash, min_members, min_weight, \
             custodian, arbiter, salt, block, event) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            hash(offer),
            address(buyer),
            address(currency),
            price.to_string(),
            purpose,
            hash(fields_hash),
            hash(licence_hash),
            min_members,
            self.int(*min_weight)?,
            address(custodian),
            address(arbiter),
            hash(salt),
            block,
            event,
        )?;
        Ok(())
    }

    async fn terms(&mut self, terms: &escrow::OfferTerms) -> Result<(), Error> {
        let (block, event) = (self.int(self.block)?, self.event);
        let escrow::OfferTerms {
            offer,
            sale,
            voting_ends,
            opt_out_ends,
            delivery_ends,
            dispute_s,
            ruling_s,
            fee_bps,
            tip_bps,
            listing_fee,
            total_weight,
            members,
        } = terms;
        run!(
            self,
            "INSERT INTO terms VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            hash(offer),
            sale,
            self.int(*voting_ends)?,
            self.int(*opt_out_ends)?,
            self.int(*delivery_ends)?,
            self.int(*dispute_s)?,
            self.int(*ruling_s)?,
            fee_bps,
            tip_bps,
            listing_fee.to_string(),
            self.int(*total_weight)?,
            members,
            block,
            event,
        )?;
        Ok(())
    }

    async fn distribution(&mut self, distributed: &escrow::Distributed) -> Result<(), Error> {
        let (block, event) = (self.int(self.block)?, self.event);
        let escrow::Distributed { offer, keeper, from, count, settled_now, settled, paid_sum, tips } = distributed;
        run!(
            self,
            "INSERT INTO distributions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            hash(offer),
            address(keeper),
            from,
            count,
            settled_now,
            settled,
            paid_sum.to_string(),
            tips.to_string(),
            block,
            event,
        )?;
        Ok(())
    }

    /// A share, as part of the distribution that stands before it.
    async fn payout(&mut self, paid: &escrow::SharePaid) -> Result<(), Error> {
        let escrow::SharePaid { offer, member, number, weight, share, to, credited } = paid;
        let (offer, currency) = (hash(offer), self.offer_says("currency", hash(offer)).await?);
        let call = find!(
            self,
            "SELECT keeper, settled_now, settled, tips FROM distributions WHERE offer = ? ORDER BY block DESC, event DESC LIMIT 1",
            &offer,
        )?;
        let call = call.ok_or_else(|| self.wrong(format!("a share of {offer} by no call")))?;
        let (keeper, settled_now, settled): (String, i64, i64) =
            (call.try_get("keeper")?, call.try_get("settled_now")?, call.try_get("settled")?);
        let last = find!(self, "SELECT settled FROM payouts WHERE offer = ? ORDER BY id DESC LIMIT 1", &offer)?;
        let place = last.map_or(Ok(0), |row| row.try_get::<i64, _>("settled"))? + 1;
        if place <= settled - settled_now || settled < place {
            return Err(self.wrong(format!(
                "the share of member {number} is the offer's {place}th, and its call settles {settled_now} up to {settled}"
            )));
        }
        // The contract credits the same tip for each member of a call.
        let tip = read::amount(&call, "tips")? / U256::from(settled_now.unsigned_abs());
        run!(
            self,
            "INSERT INTO payouts (offer, number, member, weight, share, tip, payee, keeper, credited, settled, block, event, currency) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            offer,
            number,
            address(member),
            weight,
            share.to_string(),
            tip.to_string(),
            address(to),
            keeper,
            credited,
            place,
            self.int(self.block)?,
            self.event,
            currency,
        )?;
        Ok(())
    }

    /// A currency is allowed. One that was allowed before keeps its base amount, which stands in the ledger already.
    async fn currency(&mut self, allowed: &escrow::CurrencyAllowed) -> Result<(), Error> {
        let escrow::CurrencyAllowed { currency, base_amount } = allowed;
        let (who, base) = (address(currency), base_amount.to_string());
        let (block, event) = (self.int(self.block)?, self.event);
        let again = run!(
            self,
            "UPDATE currencies SET allowed = 1 WHERE address = ? AND base_amount = ? AND allowed = 0",
            &who,
            &base
        )?;
        if again.rows_affected() == 1 {
            return Ok(());
        }
        run!(
            self,
            "INSERT INTO currencies (address, base_amount, block, event) VALUES (?, ?, ?, ?)",
            who,
            base,
            block,
            event
        )?;
        if *base_amount == 0 {
            return Ok(());
        }
        let (currency, from, to) = (Currency::Token(*currency), Account::Unknown, Account::Base);
        self.movement(&Movement { kind: "base", currency, from, to, amount: *base_amount }).await
    }

    /// A proposal of the DAO's own calls.
    async fn proposal(&mut self, change: &ProposalChange) -> Result<(), Error> {
        let (block, event) = (self.int(self.block)?, self.event);
        match change {
            ProposalChange::Made(proposed) => {
                let escrow::Proposed {
                    proposal,
                    proposer,
                    description_hash,
                    voting_ends,
                    executable_from,
                    executable_until,
                    count,
                } = proposed;
                run!(
                    self,
                    "INSERT INTO proposals (proposal, proposer, description_hash, voting_ends, executable_from, executable_until, \
                     calls, block, event) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    hash(proposal),
                    address(proposer),
                    hash(description_hash),
                    self.int(*voting_ends)?,
                    self.int(*executable_from)?,
                    self.int(*executable_until)?,
                    count,
                    block,
                    event,
                )?;
            }
            ProposalChange::Call(escrow::ProposedCall { proposal, index, target, call }) => {
                run!(
                    self,
                    "INSERT INTO proposed_calls VALUES (?, ?, ?, ?, ?, ?)",
                    hash(proposal),
                    index,
                    address(target),
                    call.to_vec(),
                    block,
                    event
                )?;
            }
            ProposalChange::Execution(escrow::ProposalExecuted { proposal, caller }) => {
                run!(
                    self,
                    "INSERT INTO executions VALUES (?, ?, ?, ?)",
                    hash(proposal),
                    address(caller),
                    block,
                    event
                )?;
            }
        }
        Ok(())
    }

    async fn contribution(&mut self, contribution: &Contribution) -> Result<(), Error> {
        let Contribution { kind, member, number, attested, previous_weight, weight, purposes, nonce } = contribution;
        let member = address(member);
        let before =
            find!(self, "SELECT number, weight, commitment, nullifier FROM members WHERE address = ?", &member)?;
        let held: i64 = before.as_ref().map_or(Ok(0), |row| row.try_get("weight"))?;
        if held != i64::from(*previous_weight) {
            return Err(self.wrong(format!("member {member} had weight {held}, the event says {previous_weight}")));
        }
        let (commitment, nullifier, rule_version, route) = match (attested, &before) {
            (Some(new), _) => (hash(&new.commitment), hash(&new.nullifier), Some(new.rule_version), Some(new.route)),
            (None, Some(row)) => (row.try_get("commitment")?, row.try_get("nullifier")?, None, None),
            (None, None) => return Err(self.wrong(format!("{member} was never attested"))),
        };
        run!(
            self,
            "INSERT INTO members VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (address) DO UPDATE SET number = excluded.number, \
             weight = excluded.weight, purposes = excluded.purposes, commitment = excluded.commitment, \
             nullifier = excluded.nullifier, nonce = excluded.nonce",
            &member,
            number,
            weight,
            purposes,
            &commitment,
            &nullifier,
            self.int(*nonce)?,
        )?;
        run!(
            self,
            "INSERT INTO attestations (block, event, kind, member, number, previous_weight, weight, purposes, commitment, nullifier, \
             rule_version, route, nonce) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            self.int(self.block)?,
            self.event,
            kind,
            &member,
            number,
            previous_weight,
            weight,
            purposes,
            commitment,
            nullifier,
            rule_version,
            route,
            self.int(*nonce)?,
        )?;
        Ok(())
    }

    async fn sale_opened(&mut self, opened: &attestations::SaleOpened) -> Result<(), Error> {
        let attestations::SaleOpened { sale, purpose, window_ends, total_weight, members } = opened;
        let (block, total_weight) = (self.int(self.block)?, self.int(*total_weight)?);
        let window_ends = self.int(*window_ends)?;
        run!(
            self,
            "INSERT INTO sales VALUES (?, ?, ?, ?, ?, ?, ?)",
            sale,
            purpose,
            window_ends,
            total_weight,
            members,
            block,
            self.event
        )?;
        run!(
            self,
            "INSERT INTO sale_members SELECT ?, number, address, weight, commitment, ? FROM members WHERE weight > 0 AND purposes & (1 << ?)",
            sale,
            block,
            purpose,
        )?;
        let row = find!(
            self,
            "SELECT COUNT(*) AS heads, COALESCE(SUM(weight), 0) AS weight FROM sale_members WHERE sale = ?",
            sale
        )?;
        let (heads, weight): (i64, i64) =
            row.map_or(Ok((0, 0)), |row| Ok::<_, sqlx::Error>((row.try_get("heads")?, row.try_get("weight")?)))?;
        if (heads, weight) != (i64::from(*members), total_weight) {
            return Err(self.wrong(format!(
                "sale {sale} opened with {members} members and weight {total_weight}, the members' records say {heads} and {weight}"
            )));
        }
        Ok(())
    }

    async fn sale_left(&mut self, left: &attestations::SaleLeft) -> Result<(), Error> {
        let attestations::SaleLeft { sale, member, number, weight, total_weight, members, nonce } = left;
        let before = find!(
            self,
            "SELECT total_weight, members FROM (SELECT total_weight, members, block, event FROM sale_leaves WHERE sale = ?1 \
             UNION ALL SELECT total_weight, members, 0, 0 FROM sales WHERE sale = ?1) ORDER BY block DESC, event DESC LIMIT 1",
            sale,
        )?
        .ok_or_else(|| self.wrong(format!("sale {sale} was never opened")))?;
        let entered = find!(self, "SELECT weight FROM sale_members WHERE sale = ? AND number = ?", sale, number)?;
        let entered: Option<i64> = entered.map(|row| row.try_get("weight")).transpose()?;
        if entered != Some(i64::from(*weight)) {
            return Err(self.wrong(format!(
                "member {number} left sale {sale} with weight {weight}, having entered it with {entered:?}"
            )));
        }
        let total_weight = self.int(*total_weight)?;
        let after =
            (before.try_get::<i64, _>("total_weight")? - i64::from(*weight), before.try_get::<i64, _>("members")? - 1);
        if after != (total_weight, i64::from(*members)) {
            return Err(self.wrong(format!(
                "sale {sale} now has weight and members {after:?}, the event says ({total_weight}, {members})"
            )));
        }
        run!(
            self,
            "INSERT INTO sale_leaves VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            sale,
            number,
            address(member),
            weight,
            total_weight,
            members,
            self.int(self.block)?,
            self.event,
        )?;
        run!(self, "UPDATE members SET nonce = ? WHERE number = ?", self.int(*nonce)?, number)?;
        Ok(())
    }

    async fn tokens(&mut self, transfer: &votes::Transfer) -> Result<(), Error> {
        let votes::Transfer { from, to, value } = *transfer;
        for (account, adds) in [(from, false), (to, true)] {
            // The zero address stands for the supply, which grows as it gives.
            if account == Address::ZERO {
                let row = find!(self, "SELECT supply FROM supply ORDER BY time_s DESC LIMIT 1")?;
                let supply = self.stepped("the token's supply", amount_in(row.as_ref(), "supply")?, value, !adds)?;
                let (time_s, block) = (self.int(self.time_s)?, self.int(self.block)?);
                run!(self, "INSERT OR REPLACE INTO supply VALUES (?, ?, ?)", time_s, supply.to_string(), block)?;
            } else {
                let account = address(&account);
                let row = find!(self, "SELECT balance FROM balances WHERE account = ?", &account)?;
                let balance = self.stepped(&account, amount_in(row.as_ref(), "balance")?, value, adds)?;
                run!(self, "INSERT OR REPLACE INTO balances VALUES (?, ?)", account, balance.to_string())?;
            }
        }
        Ok(())
    }

    /// Two postings that sum to zero, and the sums of both accounts.
    async fn movement(&mut self, movement: &Movement) -> Result<(), Error> {
        let Movement { kind, currency, from, to, amount } = movement;
        let currency = match currency {
            Currency::Token(token) => address(token),
            Currency::OfOffer(offer) => self.offer_says("currency", hash(offer)).await?,
        };
        let offer = [from, to].into_iter().find_map(|account| match account {
            Account::Buyer(offer) | Account::Deposit(offer) => Some(hash(offer)),
            _ => None,
        });
        let (from, to) = (self.account(from).await?, self.account(to).await?);
        for (account, amount) in [(&from, format!("-{amount}")), (&to, amount.to_string())] {
            run!(
                self,
                "INSERT INTO postings (block, event, kind, currency, account, amount, offer) VALUES (?, ?, ?, ?, ?, ?, ?)",
                self.int(self.block)?,
                self.event,
                kind,
                &currency,
                account,
                amount,
                &offer,
            )?;
        }
        let amount = U256::from(*amount);
        self.sum(&from, &currency, U256::ZERO, amount).await?;
        self.sum(&to, &currency, amount, U256::ZERO).await?;
        match (is_inside(&from), is_inside(&to)) {
            (false, true) => self.sum(HELD, &currency, amount, U256::ZERO).await,
            (true, false) => self.sum(HELD, &currency, U256::ZERO, amount).await,
            (true, true) | (false, false) => Ok(()),
        }
    }

    async fn sum(&mut self, account: &str, currency: &str, received: U256, spent: U256) -> Result<(), Error> {
        let (had, gave) = self.sums(account, currency).await?;
        let received = self.stepped(account, had, received, true)?;
        let spent = self.stepped(account, gave, spent, true)?;
        if is_inside(account) && spent > received {
            return Err(self.wrong(format!("{account} received {received} and gave away {spent} of {currency}")));
        }
        let (received, spent) = (received.to_string(), spent.to_string());
        run!(self, "INSERT OR REPLACE INTO accounts VALUES (?, ?, ?, ?)", account, currency, received, spent)?;
        Ok(())
    }

    /// What an account received and spent so far.
    async fn sums(&mut self, account: &str, currency: &str) -> Result<(U256, U256), Error> {
        let row =
            find!(self, "SELECT received, spent FROM accounts WHERE account = ? AND currency = ?", account, currency)?;
        Ok((amount_in(row.as_ref(), "received")?, amount_in(row.as_ref(), "spent")?))
    }

    async fn balance(&mut self, account: &str, currency: &str) -> Result<U256, Error> {
        let (received, spent) = self.sums(account, currency).await?;
        self.stepped(account, received, spent, false)
    }

    async fn credit_stands_at(&mut self, credit: &Balance) -> Result<(), Error> {
        let account = self.account(&Account::Credit(credit.owner)).await?;
        let ours = self.balance(&account, &address(&credit.currency)).await?;
        if ours != U256::from(credit.balance) {
            return Err(self.wrong(format!("{account} holds {ours}, the event says {}", credit.balance)));
        }
        Ok(())
    }

    /// Whoever a call of this block settled was paid or credited in it too.
    async fn distributions_are_paid(&mut self) -> Result<(), Error> {
        let number = self.int(self.block)?;
        let open = find!(
            self,
            "SELECT offer, MAX(settled) AS most, (SELECT COUNT(*) FROM payouts WHERE payouts.offer = distributions.offer) AS paid \
             FROM distributions WHERE block = ? GROUP BY offer HAVING most <> paid LIMIT 1",
            number,
        )?;
        let Some(row) = open else { return Ok(()) };
        let (offer, settled, paid): (String, i64, i64) =
            (row.try_get("offer")?, row.try_get("most")?, row.try_get("paid")?);
        Err(self.wrong(format!("{settled} members of offer {offer} are settled and {paid} have a share")))
    }

    /// Offers that came to their end in this block hold nothing any more.
    async fn settled_deposits_are_empty(&mut self) -> Result<(), Error> {
        let number = self.int(self.block)?;
        let ended = sqlx::query(
            "SELECT offer, currency FROM offers WHERE offer IN (SELECT offer FROM closings WHERE block = ?1 UNION SELECT offer FROM refunds WHERE block = ?1)",
        )
        .bind(number)
        .fetch_all(&mut *self.connection)
        .await?;
        for row in ended {
            let (offer, currency): (String, String) = (row.try_get("offer")?, row.try_get("currency")?);
            let left = self.balance(&format!("escrow:deposit:{offer}"), &currency).await?;
            if !left.is_zero() {
                return Err(self.wrong(format!("offer {offer} ended with {left} of its price undistributed")));
            }
        }
        Ok(())
    }

    /// `escrow` holds what the ledger says; more is a donation, less is an error.
    async fn balance_is_explained(&mut self, balance_wei: U256) -> Result<(), Error> {
        let native = address(&Address::ZERO);
        let explained = self.balance(HELD, &native).await?;
        let Some(donated) = balance_wei.checked_sub(explained) else {
            return Err(self.wrong(format!("escrow's balance is {balance_wei}, the ledger says {explained}")));
        };
        if donated.is_zero() {
            return Ok(());
        }
        let amount = u128::try_from(donated).map_err(|_| self.wrong(format!("a donation of {donated}")))?;
        let currency = Currency::Token(Address::ZERO);
        self.movement(&Movement { kind: "donation", currency, from: Account::Unknown, to: Account::Donations, amount })
            .await
    }

    async fn account(&mut self, account: &Account) -> Result<String, Error> {
        Ok(match account {
            Account::Outside(owner) => format!("outside:{}", address(owner)),
            Account::Buyer(offer) => {
                format!("outside:{}", self.offer_says("buyer", hash(offer)).await?)
            }
            Account::Unknown => "outside:unknown".into(),
            Account::Deposit(offer) => format!("escrow:deposit:{}", hash(offer)),
            Account::Credit(owner) => format!("escrow:credit:{}", address(owner)),
            Account::Donations => "escrow:donations".into(),
            Account::Base => "escrow:base".into(),
        })
    }

    async fn offer_says(&mut self, column: &'static str, offer: String) -> Result<String, Error> {
        let row = find!(self, "SELECT buyer, currency FROM offers WHERE offer = ?", &offer)?;
        let row = row.ok_or_else(|| self.wrong(format!("offer {offer} was never made")))?;
        Ok(row.try_get(column)?)
    }

    fn stepped(&self, what: &str, from: U256, by: U256, up: bool) -> Result<U256, Error> {
        let to = if up { from.checked_add(by) } else { from.checked_sub(by) };
        to.ok_or_else(|| self.wrong(format!("{what} stands at {from} and changes by {by}")))
    }

    /// SQLite's integers have 63 bits.
    fn int(&self, value: u64) -> Result<i64, Error> {
        i64::try_from(value).map_err(|_| self.wrong(format!("{value} is beyond 63 bits")))
    }

    fn wrong(&self, what: String) -> Error {
        Error::Inconsistent { block: self.block, what: format!("event {}: {what}", self.event) }
    }

    /// A step taken twice or out of order is the events' fault, everything else the database's.
    fn refused(&self, error: sqlx::Error) -> Error {
        match error.as_database_error() {
            Some(fault) if fault.is_unique_violation() || fault.is_foreign_key_violation() => {
                self.wrong(fault.to_string())
            }
            _ => error.into(),
        }
    }
}

fn is_inside(account: &str) -> bool {
    account.starts_with(HELD)
}

fn ballot(proposal: U256) -> String {
    format!("0x{}", hex::encode(proposal.to_be_bytes::<32>()))
}

fn amount_in(row: Option<&SqliteRow>, column: &str) -> Result<U256, Error> {
    row.map_or(Ok(U256::ZERO), |row| read::amount(row, column))
}
