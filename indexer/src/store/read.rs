//! Rows into answers, all as of one block.

use super::{Store, contract_name};
use crate::{
    Error,
    chain::Head,
    decode::{address, hash},
    model::*,
    status,
};
use chorus_bindings::{Address, B256, Deployment, Setting, U256};
use sqlx::{QueryBuilder, Row, Sqlite, Transaction, sqlite::SqliteRow};
use std::collections::BTreeMap;
use std::slice;

/// A read transaction: SQLite shows it the database as of its first look.
pub struct Reader {
    transaction: Transaction<'static, Sqlite>,
    at: u64,
    last: Option<AsOf>,
}

/// A list to page through: rows in order of a growing key, filtered by equality.
pub struct List<T> {
    columns: &'static str,
    table: &'static str,
    /// The columns that order the rows and tell them apart.
    key: &'static [&'static str],
    /// Column and value, as text or number.
    filters: Vec<(&'static str, Filter)>,
    item: fn(&SqliteRow) -> Result<T, Error>,
}

/// A value to filter by. Values never become part of the query's text.
#[derive(Clone, Debug)]
pub(super) enum Filter {
    /// In a text column.
    Text(String),
    /// In a number column.
    Number(u64),
}

impl Store {
    /// A view of the database as of its last block; later blocks do not change it.
    pub async fn read(&self) -> Result<Reader, Error> {
        self.check_identity()?;
        let transaction = self.readers.begin().await?;
        let mut reader = Reader { transaction, at: 0, last: None };
        let last = "SELECT number, hash, time_s FROM blocks ORDER BY number DESC LIMIT 1";
        reader.last = reader.optional(last, &[]).await?.map(|row| as_of(&row)).transpose()?;
        reader.at = reader.last.as_ref().map_or(0, |last| last.block);
        Ok(reader)
    }
}

impl Reader {
    /// The block that this view shows; none before the first was applied.
    pub fn as_of(&self) -> Option<&AsOf> {
        self.last.as_ref()
    }

    /// Looks at an earlier block. False when the database does not have exactly that block.
    pub async fn pin(&mut self, block: Head) -> Result<bool, Error> {
        let row = self
            .optional("SELECT number, hash, time_s FROM blocks WHERE number = ?", &[Filter::Number(block.number)])
            .await?;
        match row.map(|row| as_of(&row)).transpose()? {
            Some(found) if found.hash == hash(&block.hash) => {
                self.at = block.number;
                self.last = Some(found);
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// How many rows the list has as of the block.
    pub async fn count<T>(&mut self, list: &List<T>) -> Result<u64, Error> {
        let mut query = QueryBuilder::new("SELECT COUNT(*) AS count FROM ");
        query.push(list.table);
        self.conditions(&mut query, list);
        let row = query.build().fetch_one(&mut *self.transaction).await?;
        unsigned(&row, "count")
    }

    /// The next rows after `after`, with their keys.
    pub async fn page<T>(&mut self, list: &List<T>, after: [u64; 2], limit: u32) -> Result<Vec<([u64; 2], T)>, Error> {
        let key = list.key.join(", ");
        let mut query = QueryBuilder::new("SELECT ");
        query.push(list.columns).push(" FROM ").push(list.table);
        self.conditions(&mut query, list);
        query.push(" AND (").push(&key).push(") > (");
        let mut values = query.separated(", ");
        for value in &after[..list.key.len()] {
            values.push_bind(int(*value));
        }
        query.push(") ORDER BY ").push(&key).push(" LIMIT ").push_bind(limit);
        let rows = query.build().fetch_all(&mut *self.transaction).await?;
        let key = |row: &SqliteRow| -> Result<[u64; 2], Error> {
            let second = list.key.get(1).map_or(Ok(0), |column| unsigned(row, column))?;
            Ok([unsigned(row, list.key[0])?, second])
        };
        rows.iter().map(|row| Ok((key(row)?, (list.item)(row)?))).collect()
    }

    fn conditions<T>(&self, query: &mut QueryBuilder<Sqlite>, list: &List<T>) {
        query.push(" WHERE block <= ").push_bind(int(self.at));
        for (column, value) in &list.filters {
            query.push(" AND ").push(*column).push(" = ");
            match value {
                Filter::Text(text) => query.push_bind(text.clone()),
                Filter::Number(number) => query.push_bind(int(*number)),
            };
        }
    }

    /// One offer.
    pub async fn offer(&mut self, offer: B256) -> Result<Option<Offer>, Error> {
        let mut found = self.page(&offers(Some(offer)), [0, 0], 1).await?;
        match found.pop() {
            Some((_, row)) => Ok(Some(self.whole_offer(row).await?)),
            None => Ok(None),
        }
    }

    /// Completes a row of [`offers`] with the steps of its life.
    pub async fn whole_offer(&mut self, row: OfferRow) -> Result<Offer, Error> {
        let OfferRow(mut offer) = row;
        let id = Filter::Text(offer.offer.clone());
        let of = [id.clone(), Filter::Number(self.at)];
        // An offer and its terms are two events of one call, and rows are committed by whole blocks.
        let terms = self.required("SELECT * FROM terms WHERE offer = ? AND block <= ?", &of).await?;
        offer.sale = unsigned(&terms, "sale")?;
        offer.terms = Terms {
            voting_ends: unsigned(&terms, "voting_ends")?,
            opt_out_ends: unsigned(&terms, "opt_out_ends")?,
            delivery_ends: unsigned(&terms, "delivery_ends")?,
            dispute_s: unsigned(&terms, "dispute_s")?,
            ruling_s: unsigned(&terms, "ruling_s")?,
            fee_bps: unsigned(&terms, "fee_bps")?,
            tip_bps: unsigned(&terms, "tip_bps")?,
            listing_fee: text(&terms, "listing_fee")?,
            total_weight: unsigned(&terms, "total_weight")?,
            members: unsigned(&terms, "members")?,
        };
        let left = "SELECT total_weight, members FROM sale_leaves WHERE sale = ? AND block <= ? ORDER BY block DESC, event DESC LIMIT 1";
        let left = self.optional(left, &[Filter::Number(offer.sale), Filter::Number(self.at)]).await?;
        let remaining = left.as_ref().unwrap_or(&terms);
        (offer.total_weight, offer.members) = (unsigned(remaining, "total_weight")?, unsigned(remaining, "members")?);
        offer.ballot = self.ballot(&of).await?;
        let seal = self.optional("SELECT * FROM seals WHERE offer = ? AND block <= ?", &of).await?;
        offer.seal = seal.map(|row| seal_in(&row)).transpose()?;
        let delivery = self.optional("SELECT * FROM deliveries WHERE offer = ? AND block <= ?", &of).await?;
        offer.delivery = delivery.map(|row| delivery_in(&row)).transpose()?;
        let accepted = self.optional("SELECT * FROM acceptances WHERE offer = ? AND block <= ?", &of).await?;
        offer.accepted = accepted.map(|row| at(&row)).transpose()?;
        let dispute = self.optional("SELECT * FROM disputes WHERE offer = ? AND block <= ?", &of).await?;
        let dispute_in = |row| Ok::<_, Error>(Dispute { reason_hash: text(&row, "reason_hash")?, at: at(&row)? });
        offer.dispute = dispute.map(dispute_in).transpose()?;
        let ruling = self.optional("SELECT * FROM rulings WHERE offer = ? AND block <= ?", &of).await?;
        offer.ruling = ruling.map(|row| ruling_in(&row)).transpose()?;
        let refund = self.optional("SELECT * FROM refunds WHERE offer = ? AND block <= ?", &of).await?;
        let refund_in = |row| Ok::<_, Error>(Refund { amount: text(&row, "amount")?, at: at(&row)? });
        offer.refund = refund.map(refund_in).transpose()?;
        let settled = "SELECT settled FROM payouts WHERE offer = ? AND block <= ? ORDER BY id DESC LIMIT 1";
        offer.settled = self.optional(settled, &of).await?.map_or(Ok(0), |row| unsigned(&row, "settled"))?;
        let closing = self.optional("SELECT * FROM closings WHERE offer = ? AND block <= ?", &of).await?;
        offer.closing = closing.map(|row| closing_in(&row)).transpose()?;
        let now_s = self.last.as_ref().map_or(0, |last| last.time_s);
        status::complete(&mut offer, now_s).map_err(Error::Database)?;
        Ok(offer)
    }

    /// A ballot as of the block; `of` is its id and the block.
    async fn ballot(&mut self, of: &[Filter; 2]) -> Result<Ballot, Error> {
        let ballot = self.required("SELECT * FROM ballots WHERE ballot = ? AND block <= ?", of).await?;
        let tally = "SELECT * FROM tallies WHERE ballot = ? AND block <= ? ORDER BY block DESC, event DESC LIMIT 1";
        let tally = self.optional(tally, of).await?;
        let votes = |column| tally.as_ref().map_or(Ok("0".into()), |row| text(row, column));
        Ok(Ballot {
            snapshot: unsigned(&ballot, "snapshot")?,
            deadline: unsigned(&ballot, "deadline")?,
            supply: text(&ballot, "supply")?,
            quorum: text(&ballot, "quorum")?,
            approval_bps: unsigned(&ballot, "approval_bps")?,
            for_votes: votes("for_votes")?,
            against_votes: votes("against_votes")?,
            abstain_votes: votes("abstain_votes")?,
        })
    }

    /// One proposal.
    pub async fn proposal(&mut self, proposal: B256, deployment: &Deployment) -> Result<Option<Proposal>, Error> {
        let mut found = self.page(&proposals(Some(proposal)), [0, 0], 1).await?;
        match found.pop() {
            Some((_, row)) => Ok(Some(self.whole_proposal(row, deployment).await?)),
            None => Ok(None),
        }
    }

    /// Completes a row of [`proposals`] with its calls, ballot and execution.
    pub async fn whole_proposal(&mut self, row: ProposalRow, deployment: &Deployment) -> Result<Proposal, Error> {
        let ProposalRow(mut proposal) = row;
        let of = [Filter::Text(proposal.proposal.clone()), Filter::Number(self.at)];
        proposal.ballot = self.ballot(&of).await?;
        let calls = self.all("SELECT * FROM proposed_calls WHERE proposal = ? ORDER BY place", &of[..1]).await?;
        proposal.calls = calls.iter().map(|row| call_in(row, deployment)).collect::<Result<_, _>>()?;
        let execution = self.optional("SELECT * FROM executions WHERE proposal = ? AND block <= ?", &of).await?;
        let execution_in = |row| Ok::<_, Error>(Execution { caller: text(&row, "caller")?, at: at(&row)? });
        proposal.execution = execution.map(execution_in).transpose()?;
        let now_s = self.last.as_ref().map_or(0, |last| last.time_s);
        status::complete_proposal(&mut proposal, now_s).map_err(Error::Database)?;
        Ok(proposal)
    }

    /// The second whose power counts in a ballot; none when there is no such ballot.
    pub async fn snapshot_of(&mut self, ballot: B256) -> Result<Option<u64>, Error> {
        let of = [Filter::Text(hash(&ballot)), Filter::Number(self.at)];
        let row = self.optional("SELECT snapshot FROM ballots WHERE ballot = ? AND block <= ?", &of).await?;
        row.map(|row| unsigned(&row, "snapshot")).transpose()
    }

    async fn nonce(&mut self, contract: &str, account: &Filter) -> Result<u64, Error> {
        let of = [Filter::Text(contract.into()), account.clone()];
        let row = self.optional("SELECT nonce FROM nonces WHERE contract = ? AND account = ?", &of).await?;
        row.map_or(Ok(0), |row| unsigned(&row, "nonce"))
    }

    /// A member's current record.
    pub async fn member(&mut self, who: Address) -> Result<Option<Member>, Error> {
        let who = Filter::Text(address(&who));
        let Some(row) = self.optional("SELECT * FROM members WHERE address = ?", slice::from_ref(&who)).await? else {
            return Ok(None);
        };
        let balance = self.optional("SELECT balance FROM balances WHERE account = ?", slice::from_ref(&who)).await?;
        let delegate =
            self.optional("SELECT delegate FROM delegations WHERE delegator = ?", slice::from_ref(&who)).await?;
        let votes = self
            .optional("SELECT votes FROM power WHERE delegate = ? ORDER BY time_s DESC LIMIT 1", slice::from_ref(&who))
            .await?;
        let payouts =
            self.required("SELECT COUNT(*) AS count FROM payouts WHERE member = ?", slice::from_ref(&who)).await?;
        let (votes_nonce, escrow_nonce) = (self.nonce("votes", &who).await?, self.nonce("escrow", &who).await?);
        let credits = self.all("SELECT * FROM accounts WHERE account = 'escrow:credit:' || ?", &[who]).await?;
        Ok(Some(Member {
            address: text(&row, "address")?,
            number: unsigned(&row, "number")?,
            weight: unsigned(&row, "weight")?,
            purposes: unsigned(&row, "purposes")?,
            commitment: text(&row, "commitment")?,
            nullifier: text(&row, "nullifier")?,
            nonce: unsigned(&row, "nonce")?,
            votes_nonce,
            escrow_nonce,
            balance: balance.map_or(Ok("0".into()), |row| text(&row, "balance"))?,
            delegate: delegate.map(|row| text(&row, "delegate")).transpose()?,
            votes: votes.map_or(Ok("0".into()), |row| text(&row, "votes"))?,
            credits: credits
                .iter()
                .map(|row| Ok((text(row, "currency")?, balance_in(row)?.to_string())))
                .collect::<Result<_, Error>>()?,
            payouts: unsigned(&payouts, "count")?,
        }))
    }

    /// The last announced settings, by contract and event name.
    pub async fn settings(&mut self) -> Result<BTreeMap<String, BTreeMap<String, serde_json::Value>>, Error> {
        let mut settings: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for row in self.all("SELECT * FROM settings ORDER BY block, event", &[]).await? {
            settings.entry(text(&row, "contract")?).or_default().insert(text(&row, "name")?, json(&row, "fields")?);
        }
        Ok(settings)
    }

    /// Who is on one of the DAO's lists, in order of joining it.
    pub async fn role(&mut self, role: &str) -> Result<Vec<String>, Error> {
        let rows = self
            .all("SELECT address FROM roles WHERE role = ? ORDER BY block, event", &[Filter::Text(role.into())])
            .await?;
        rows.iter().map(|row| text(row, "address")).collect()
    }

    /// What offers may be paid with.
    pub async fn currencies(&mut self) -> Result<Vec<AllowedCurrency>, Error> {
        let rows = self.all("SELECT * FROM currencies WHERE allowed = 1 ORDER BY block, event", &[]).await?;
        rows.iter()
            .map(|row| Ok(AllowedCurrency { address: text(row, "address")?, base_amount: text(row, "base_amount")? }))
            .collect()
    }

    /// Sums over the pool.
    pub async fn totals(&mut self) -> Result<Totals, Error> {
        let row = self
            .required(
                "SELECT (SELECT COUNT(*) FROM members) AS members, (SELECT COUNT(*) FROM members WHERE weight > 0) AS active_members, \
                 (SELECT COALESCE(SUM(weight), 0) FROM members) AS weight, \
                 COALESCE((SELECT supply FROM supply ORDER BY time_s DESC LIMIT 1), '0') AS supply, \
                 (SELECT COUNT(*) FROM offers) AS offers, (SELECT COUNT(*) FROM payouts) AS payouts",
                &[],
            )
            .await?;
        Ok(Totals {
            members: unsigned(&row, "members")?,
            active_members: unsigned(&row, "active_members")?,
            weight: unsigned(&row, "weight")?,
            supply: text(&row, "supply")?,
            offers: unsigned(&row, "offers")?,
            payouts: unsigned(&row, "payouts")?,
        })
    }

    /// Whose the native money in `escrow` is.
    pub async fn escrow_funds(&mut self) -> Result<EscrowFunds, Error> {
        let native = address(&Address::ZERO);
        let treasury_account = format!("escrow:credit:{native}");
        let [mut deposits, mut credits, mut treasury, mut donations, mut base] = [U256::ZERO; 5];
        for row in self
            .all("SELECT * FROM accounts WHERE currency = ? AND account LIKE 'escrow:%'", &[Filter::Text(native)])
            .await?
        {
            let (account, balance) = (text(&row, "account")?, balance_in(&row)?);
            let sum = match account.as_str() {
                "escrow:donations" => &mut donations,
                "escrow:base" => &mut base,
                account if account == treasury_account => &mut treasury,
                account if account.starts_with("escrow:deposit:") => &mut deposits,
                _ => &mut credits,
            };
            *sum = sum.saturating_add(balance);
        }
        let last = self.optional("SELECT escrow_balance FROM blocks ORDER BY number DESC LIMIT 1", &[]).await?;
        Ok(EscrowFunds {
            balance: last.map_or(Ok("0".into()), |row| text(&row, "escrow_balance"))?,
            deposits: deposits.to_string(),
            credits: credits.to_string(),
            treasury: treasury.to_string(),
            donations: donations.to_string(),
            base: base.to_string(),
        })
    }

    /// A voter's power at a second, from the recorded checkpoints.
    pub async fn power_at(&mut self, voter: &str, time_s: u64) -> Result<String, Error> {
        let values = [Filter::Text(voter.into()), Filter::Number(time_s)];
        let row = self
            .optional(
                "SELECT votes FROM power WHERE delegate = ? AND time_s <= ? ORDER BY time_s DESC LIMIT 1",
                &values,
            )
            .await?;
        row.map_or(Ok("0".into()), |row| text(&row, "votes"))
    }

    /// The sale of an offer, and the second whose power counts for it; none when there is no such offer.
    pub async fn sale_and_snapshot(&mut self, offer: B256) -> Result<Option<(u64, u64)>, Error> {
        let of = "SELECT sale, snapshot FROM terms JOIN ballots ON ballot = offer WHERE offer = ? AND terms.block <= ?";
        let row = self.optional(of, &[Filter::Text(hash(&offer)), Filter::Number(self.at)]).await?;
        row.map(|row| Ok((unsigned(&row, "sale")?, unsigned(&row, "snapshot")?))).transpose()
    }

    /// Events of ours that stop indexing.
    pub async fn undecoded(&mut self) -> Result<Vec<Undecoded>, Error> {
        let rows = self.all("SELECT * FROM undecoded ORDER BY block, event", &[]).await?;
        rows.iter()
            .map(|row| {
                Ok(Undecoded {
                    at: at(row)?,
                    contract: text(row, "contract")?,
                    topics: bytes(row, "topics")?,
                    data: bytes(row, "data")?,
                    reason: text(row, "reason")?,
                })
            })
            .collect()
    }

    async fn optional(&mut self, query: &'static str, values: &[Filter]) -> Result<Option<SqliteRow>, Error> {
        Ok(self.all(query, values).await?.into_iter().next())
    }

    async fn required(&mut self, query: &'static str, values: &[Filter]) -> Result<SqliteRow, Error> {
        // Rows that belong together are written together: one without the other is a damaged database, not "not found".
        self.optional(query, values).await?.ok_or_else(|| Error::Database(format!("no row for {query}")))
    }

    async fn all(&mut self, query: &'static str, values: &[Filter]) -> Result<Vec<SqliteRow>, Error> {
        let bound = values.iter().fold(sqlx::query(query), |query, value| match value {
            Filter::Text(text) => query.bind(text.clone()),
            Filter::Number(number) => query.bind(int(*number)),
        });
        Ok(bound.fetch_all(&mut *self.transaction).await?)
    }
}

/// A row of `offers`, not yet completed: see [`Reader::whole_offer`].
pub struct OfferRow(Offer);

/// All offers, or one.
pub fn offers(offer: Option<B256>) -> List<OfferRow> {
    List {
        columns: "*",
        table: "offers",
        key: &["id"],
        filters: offer.map(|offer| ("offer", Filter::Text(hash(&offer)))).into_iter().collect(),
        item: offer_row,
    }
}

/// A row of `proposals`, not yet completed: see [`Reader::whole_proposal`].
pub struct ProposalRow(Proposal);

/// All proposals, or one.
pub fn proposals(proposal: Option<B256>) -> List<ProposalRow> {
    List {
        columns: "*",
        table: "proposals",
        key: &["id"],
        filters: proposal.map(|proposal| ("proposal", Filter::Text(hash(&proposal)))).into_iter().collect(),
        item: |row| {
            Ok(ProposalRow(Proposal {
                proposal: text(row, "proposal")?,
                proposer: text(row, "proposer")?,
                description_hash: text(row, "description_hash")?,
                executable_from: unsigned(row, "executable_from")?,
                executable_until: unsigned(row, "executable_until")?,
                at: at(row)?,
                ..Proposal::default()
            }))
        },
    }
}

/// All changes of contributions, or one member's.
pub fn attestations(member: Option<Address>) -> List<Attestation> {
    List {
        columns: "*",
        table: "attestations",
        key: &["id"],
        filters: member.map(|member| ("member", Filter::Text(address(&member)))).into_iter().collect(),
        item: |row| {
            Ok(Attestation {
                id: unsigned(row, "id")?,
                kind: text(row, "kind")?,
                member: text(row, "member")?,
                number: unsigned(row, "number")?,
                previous_weight: unsigned(row, "previous_weight")?,
                weight: unsigned(row, "weight")?,
                purposes: unsigned(row, "purposes")?,
                commitment: text(row, "commitment")?,
                nullifier: text(row, "nullifier")?,
                rule_version: optional_unsigned(row, "rule_version")?,
                route: optional_unsigned(row, "route")?,
                nonce: unsigned(row, "nonce")?,
                at: at(row)?,
            })
        },
    }
}

/// The votes of a ballot. Their power is filled in with [`Reader::power_at`].
pub fn votes(offer: B256) -> List<Vote> {
    List {
        columns: "*",
        table: "votes",
        key: &["id"],
        filters: vec![("ballot", Filter::Text(hash(&offer)))],
        item: |row| {
            Ok(Vote {
                id: unsigned(row, "id")?,
                voter: text(row, "voter")?,
                // OpenZeppelin Governor's numbers.
                support: match unsigned(row, "support")? {
                    0 => "against",
                    1 => "for",
                    2 => "abstain",
                    other => return Err(Error::Database(format!("a vote has support {other}"))),
                }
                .into(),
                weight: text(row, "weight")?,
                power: "0".into(),
                reason: text(row, "reason")?,
                at: at(row)?,
            })
        },
    }
}

/// Who was in a sale when it opened. Whether they left is filled in by [`Reader::leave_of`].
pub fn sale_members(sale: u64) -> List<SaleMember> {
    List {
        columns: "number, member, weight, commitment",
        table: "sale_members",
        key: &["number"],
        filters: vec![("sale", Filter::Number(sale))],
        item: |row| {
            Ok(SaleMember {
                number: unsigned(row, "number")?,
                member: text(row, "member")?,
                weight: unsigned(row, "weight")?,
                commitment: text(row, "commitment")?,
                left: None,
            })
        },
    }
}

impl Reader {
    /// When a member left a sale, if so.
    pub async fn leave_of(&mut self, sale: u64, number: u64) -> Result<Option<At>, Error> {
        let values = [Filter::Number(sale), Filter::Number(number), Filter::Number(self.at)];
        let row = self
            .optional("SELECT block, event FROM sale_leaves WHERE sale = ? AND number = ? AND block <= ?", &values)
            .await?;
        row.map(|row| at(&row)).transpose()
    }
}

/// Settled shares, of an offer, of a member, of both or all.
pub fn payouts(offer: Option<B256>, member: Option<Address>) -> List<Payout> {
    let offer = offer.map(|offer| ("offer", Filter::Text(hash(&offer))));
    let member = member.map(|member| ("member", Filter::Text(address(&member))));
    List {
        columns: "*",
        table: "payouts",
        key: &["id"],
        filters: offer.into_iter().chain(member).collect(),
        item: |row| {
            Ok(Payout {
                id: unsigned(row, "id")?,
                offer: text(row, "offer")?,
                number: unsigned(row, "number")?,
                member: text(row, "member")?,
                weight: unsigned(row, "weight")?,
                currency: text(row, "currency")?,
                share: text(row, "share")?,
                tip: text(row, "tip")?,
                payee: text(row, "payee")?,
                keeper: text(row, "keeper")?,
                credited: unsigned(row, "credited")? != 0,
                settled: unsigned(row, "settled")?,
                at: at(row)?,
            })
        },
    }
}

/// The ledger: all postings, those of an account, of an offer or of both.
pub fn postings(account: Option<String>, offer: Option<B256>) -> List<Posting> {
    let account = account.map(|account| ("account", Filter::Text(account)));
    let offer = offer.map(|offer| ("offer", Filter::Text(hash(&offer))));
    List {
        columns: "*",
        table: "postings",
        key: &["id"],
        filters: account.into_iter().chain(offer).collect(),
        item: |row| {
            Ok(Posting {
                id: unsigned(row, "id")?,
                kind: text(row, "kind")?,
                currency: text(row, "currency")?,
                account: text(row, "account")?,
                amount: text(row, "amount")?,
                offer: row.try_get("offer")?,
                at: at(row)?,
            })
        },
    }
}

/// All events of ours, those of a contract, of a name or of both.
pub fn events(contract: Option<&'static str>, name: Option<String>) -> List<Event> {
    let contract = contract.map(|contract| ("contract", Filter::Text(contract.into())));
    let name = name.map(|name| ("name", Filter::Text(name)));
    List {
        columns: "*",
        table: "events",
        key: &["block", "event"],
        filters: contract.into_iter().chain(name).collect(),
        item: |row| {
            let topics: Vec<u8> = row.try_get("topics")?;
            Ok(Event {
                at: at(row)?,
                extrinsic: optional_unsigned(row, "extrinsic")?,
                contract: text(row, "contract")?,
                name: text(row, "name")?,
                topics: topics.chunks(32).map(|topic| format!("0x{}", hex::encode(topic))).collect(),
                data: bytes(row, "data")?,
                fields: json(row, "fields")?,
            })
        },
    }
}

fn offer_row(row: &SqliteRow) -> Result<OfferRow, Error> {
    Ok(OfferRow(Offer {
        offer: text(row, "offer")?,
        status: String::new(),
        status_code: 0,
        buyer: text(row, "buyer")?,
        currency: text(row, "currency")?,
        price: text(row, "price")?,
        purpose: unsigned(row, "purpose")?,
        fields_hash: text(row, "fields_hash")?,
        licence_hash: text(row, "licence_hash")?,
        min_members: unsigned(row, "min_members")?,
        min_weight: unsigned(row, "min_weight")?,
        custodian: text(row, "custodian")?,
        arbiter: text(row, "arbiter")?,
        salt: text(row, "salt")?,
        at: at(row)?,
        ..Offer::default()
    }))
}

fn call_in(row: &SqliteRow, deployment: &Deployment) -> Result<ProposedCall, Error> {
    let target = text(row, "target")?;
    let call: Vec<u8> = row.try_get("call")?;
    let contract = target.parse().ok().and_then(|target| deployment.contract_at(target));
    let decoded = contract.and_then(|contract| Setting::decode(contract, &call));
    let (name, arguments) = decoded.map(|(setting, values)| (setting.name().into(), values)).unzip();
    Ok(ProposedCall {
        target,
        call: format!("0x{}", hex::encode(call)),
        contract: contract.map(|contract| contract_name(contract).into()),
        name,
        arguments: arguments.into_iter().flatten().map(|(name, value)| (name.into(), value)).collect(),
    })
}

fn seal_in(row: &SqliteRow) -> Result<Seal, Error> {
    Ok(Seal {
        outcome: match unsigned(row, "outcome")? {
            1 => "sealed",
            2 => "defeated",
            3 => "minimum_missed",
            other => return Err(Error::Database(format!("a seal has outcome {other}"))),
        }
        .into(),
        total_weight: unsigned(row, "total_weight")?,
        members: unsigned(row, "members")?,
        at: at(row)?,
    })
}

fn delivery_in(row: &SqliteRow) -> Result<Delivery, Error> {
    Ok(Delivery {
        bundle_hash: text(row, "bundle_hash")?,
        manifest_root: text(row, "manifest_root")?,
        dispute_ends: unsigned(row, "dispute_ends")?,
        ruling_ends: unsigned(row, "ruling_ends")?,
        at: at(row)?,
    })
}

fn ruling_in(row: &SqliteRow) -> Result<Ruling, Error> {
    Ok(Ruling {
        arbiter: text(row, "arbiter")?,
        returned_bps: unsigned(row, "returned_bps")?,
        returned: text(row, "returned")?,
        at: at(row)?,
    })
}

fn closing_in(row: &SqliteRow) -> Result<Closing, Error> {
    Ok(Closing {
        paid_sum: text(row, "paid_sum")?,
        tip_sum: text(row, "tip_sum")?,
        fee: text(row, "fee")?,
        residue: text(row, "residue")?,
        at: at(row)?,
    })
}

fn as_of(row: &SqliteRow) -> Result<AsOf, Error> {
    Ok(AsOf {
        block: unsigned(row, "number")?,
        hash: text(row, "hash")?,
        time_s: unsigned(row, "time_s")?,
        complete: true,
    })
}

fn at(row: &SqliteRow) -> Result<At, Error> {
    Ok(At { block: unsigned(row, "block")?, event: unsigned(row, "event")? })
}

fn text(row: &SqliteRow, column: &str) -> Result<String, Error> {
    Ok(row.try_get(column)?)
}

fn json(row: &SqliteRow, column: &str) -> Result<serde_json::Value, Error> {
    serde_json::from_str(&text(row, column)?).map_err(|error| Error::Database(format!("{column}: {error}")))
}

fn bytes(row: &SqliteRow, column: &str) -> Result<String, Error> {
    Ok(format!("0x{}", hex::encode(row.try_get::<Vec<u8>, _>(column)?)))
}

fn balance_in(row: &SqliteRow) -> Result<U256, Error> {
    let (received, spent) = (amount(row, "received")?, amount(row, "spent")?);
    received.checked_sub(spent).ok_or_else(|| Error::Database(format!("an account spent {spent} of {received}")))
}

fn optional_unsigned(row: &SqliteRow, column: &str) -> Result<Option<u64>, Error> {
    let value: Option<i64> = row.try_get(column)?;
    value.map(|value| u64::try_from(value).map_err(|_| Error::Database(format!("{column} is {value}")))).transpose()
}

pub(super) fn unsigned(row: &SqliteRow, column: &str) -> Result<u64, Error> {
    optional_unsigned(row, column)?.ok_or_else(|| Error::Database(format!("{column} is null")))
}

pub(super) fn amount(row: &SqliteRow, column: &str) -> Result<U256, Error> {
    let value = text(row, column)?;
    U256::from_str_radix(&value, 10).map_err(|error| Error::Database(format!("{column} is {value}: {error}")))
}

pub(super) fn b256(row: &SqliteRow, column: &str) -> Result<B256, Error> {
    let value = text(row, column)?;
    value.parse().map_err(|error| Error::Database(format!("{column} is {value}: {error}")))
}

/// A number as SQLite compares it; what is beyond its integers is beyond every row.
fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
