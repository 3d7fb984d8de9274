//! What each message of the three contracts costs on the embedded runtime, as figures and as `tests/COSTS.md`.
//!
//! Weights and deposits follow from the code and the runtime alone: every run, on any machine, measures the same.

mod batches;
mod openzeppelin;

use std::{fmt::Write as _, path::Path};

use chorus_bindings::{Address, B256, Contract, SolCall, U256, attestations, code, escrow, votes};

use crate::bytecode::{
    ARBITER, BLOCK, BUYER, CUSTODIAN, Cost, GUARDIAN, KEEPER, Pool, Receipt, STRANGER, UNIT, deliver_call, member,
    settings,
};

/// Where the figures are kept.
pub const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/COSTS.md");

/// Members of the pool in which single messages are measured.
const MEMBERS: u32 = 60;

/// What the document says before its tables.
const INTRODUCTION: &str = "\
# What each message costs

`./scripts/bench costs --write` writes this file from the embedded runtime, and `tests/tests/costs.rs` measures again
and compares. The figures follow from the contracts' code alone, so every machine measures the same. The rows of
OpenZeppelin and of nobody need npm and a Solidity compiler: only the command measures those.

**Time** is computing time on the chain's reference machine. **Proof** is what a validator needs to check the call
without the chain's state. **Deposit** is what the caller lends for new storage, in units of native money. **Call** is
the length of selector and arguments. Time and proof decide how many calls fit a block.

Proof is the scarce good. A call pays for the whole code of each contract that it enters, for 10.3 KB of each storage
cell that it touches, however small the cell is, and for 4.6 KB of each outgoing call. Hence small code, few and full
cells, 13 members to a page, the tallies of open ballots in the root cell, and few calls between the contracts. A batch
enters the contracts once for all its items. A budget keeps the code small: `code_stays_within_its_budget` in
`tests/tests/bytecode`.
";

/// Whose contract it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Chorus,
    OpenZeppelin,
    /// Nobody's: a bare loop, the least that any contract could cost.
    Nobody,
}

impl By {
    fn name(self) -> &'static str {
        match self {
            Self::Chorus => "Chorus",
            Self::OpenZeppelin => "OpenZeppelin",
            Self::Nobody => "nobody",
        }
    }
}

/// What different contracts do for the same purpose.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Act {
    Contribution,
    Vote,
    MovingVotes,
    Payment,
}

impl Act {
    const ALL: [Self; 4] = [Self::Contribution, Self::Vote, Self::MovingVotes, Self::Payment];

    fn name(self) -> &'static str {
        match self {
            Self::Contribution => "a contribution",
            Self::Vote => "a vote",
            Self::MovingVotes => "moving votes",
            Self::Payment => "a payment",
        }
    }

    /// How often it happened in the sale of Unwrapped: 18,000 members, of whom 10,000 voted and all were paid.
    fn in_unwrapped(self) -> u64 {
        match self {
            Self::Contribution | Self::Payment => 18_000,
            Self::Vote => 10_000,
            Self::MovingVotes => 0,
        }
    }
}

/// A call, and what it cost.
struct Row {
    by: By,
    act: Option<Act>,
    /// How many acts one call does.
    acts: u32,
    message: &'static str,
    cost: Cost,
}

impl Row {
    fn to_json(&self) -> serde_json::Value {
        let Cost { ref_time_ps, proof_bytes, deposit, calldata_bytes } = self.cost;
        serde_json::json!({
            "by": self.by.name(),
            "act": self.act.map(Act::name),
            "acts": self.acts,
            "message": self.message,
            "ref_time_ps": ref_time_ps,
            "proof_bytes": proof_bytes,
            "deposit": deposit.to_string(),
            "calldata_bytes": calldata_bytes,
        })
    }

    fn to_markdown(&self) -> String {
        let Cost { ref_time_ps, proof_bytes, deposit, calldata_bytes } = self.cost;
        let (time, proof) = (microseconds(ref_time_ps), proof_bytes as f64 / 1_000.0);
        // The chain counts money with 12 decimals.
        let deposit = deposit as f64 / 1e12;
        format!("| {} | {time} | {proof:.1} | {deposit:.4} | {} |", self.message, grouped(calldata_bytes as u64))
    }

    /// Computing time and proof of one act.
    fn each(&self) -> (u64, u64) {
        let acts = u64::from(self.acts);
        (self.cost.ref_time_ps.div_ceil(acts), self.cost.proof_bytes.div_ceil(acts))
    }
}

/// Whether this line of the document is a figure that [`Costs::measure`] does not measure.
pub fn is_measured_beside_ours(line: &str) -> bool {
    [By::OpenZeppelin, By::Nobody].iter().any(|by| line.contains(&format!("| {} |", by.name())))
}

/// Picoseconds as microseconds, rounded up.
fn microseconds(picoseconds: u64) -> String {
    grouped(picoseconds.div_ceil(1_000_000))
}

/// A number with its thousands set apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(",")
}

/// What was measured, in the order of measuring.
#[derive(Default)]
pub struct Costs(Vec<Row>);

impl Costs {
    /// Measures every message of Chorus' contracts.
    pub fn measure() -> Self {
        let mut costs = Self::default();
        measure(&mut costs);
        batches::measure(&mut costs);
        costs
    }

    /// Measures OpenZeppelin's equivalents too, with the EVM code in `folder`.
    ///
    /// # Errors
    /// When the code cannot be read.
    pub fn measure_openzeppelin(&mut self, folder: &Path) -> anyhow::Result<()> {
        openzeppelin::measure(self, folder)
    }

    /// Each row as an object.
    pub fn to_json(&self) -> Vec<serde_json::Value> {
        self.0.iter().map(Row::to_json).collect()
    }

    /// The text of `tests/COSTS.md`.
    pub fn document(&self) -> String {
        let mut text = String::from(INTRODUCTION);
        self.write(&mut text).expect("a text takes everything");
        text
    }

    fn write(&self, text: &mut String) -> std::fmt::Result {
        let (time, proof) = (microseconds(BLOCK.0), grouped(BLOCK.1 / 1_000));
        writeln!(text, "\n## Each message\n")?;
        writeln!(text, "A block takes {time} µs and {proof} KB of proof for such calls.\n")?;
        writeln!(text, "| message | time (µs) | proof (KB) | deposit (units) | call (bytes) |")?;
        writeln!(text, "|---|--:|--:|--:|--:|")?;
        for row in self.by(By::Chorus) {
            writeln!(text, "{}", row.to_markdown())?;
        }
        writeln!(text, "\n| contract | code (bytes) |")?;
        writeln!(text, "|---|--:|")?;
        for contract in Contract::ALL {
            writeln!(text, "| {} | {} |", contract.name(), grouped(code(contract).len() as u64))?;
        }
        self.write_comparison(text)
    }

    /// Notes what an accepted call cost.
    fn add<R>(&mut self, message: &'static str, receipt: Receipt<R>) -> R {
        self.note(By::Chorus, None, 1, message, receipt)
    }

    /// Notes what an accepted call cost that does `acts` of what others do too.
    fn note<R>(&mut self, by: By, act: Option<Act>, acts: u32, message: &'static str, receipt: Receipt<R>) -> R {
        self.0.push(Row { by, act, acts, message, cost: receipt.cost });
        match receipt.result {
            Ok(returned) => returned,
            Err(refusal) => panic!("{message} was refused: {refusal:?}"),
        }
    }

    /// Notes what a call would cost, and does not do it.
    fn attempt<C: SolCall>(&mut self, message: &'static str, pool: &Pool, from: Address, to: Contract, call: &C) {
        self.add(message, pool.try_call(from, to, call));
    }

    fn by(&self, by: By) -> impl Iterator<Item = &Row> {
        self.0.iter().filter(move |row| row.by == by)
    }

    /// Ours and theirs for one act each, and how many full blocks the sale of Unwrapped takes.
    fn write_comparison(&self, text: &mut String) -> std::fmt::Result {
        writeln!(text, "\n## Beside OpenZeppelin\n")?;
        writeln!(text, "One act each, on the same runtime; the share of each item where a batch does many.\n")?;
        writeln!(text, "| act | by | message | time (µs) | proof (KB) |")?;
        writeln!(text, "|---|---|---|--:|--:|")?;
        for act in Act::ALL {
            for row in self.0.iter().filter(|row| row.act == Some(act)) {
                let (time, proof) = row.each();
                let of = if row.acts == 1 { String::new() } else { format!(", each of {}", row.acts) };
                let (time, proof) = (microseconds(time), proof as f64 / 1_000.0);
                let (act, by, message) = (act.name(), row.by.name(), row.message);
                writeln!(text, "| {act} | {by} | {message}{of} | {time} | {proof:.2} |")?;
            }
        }
        writeln!(
            text,
            "\nUnwrapped is a data DAO of more than 18,000 Spotify listeners, of whom more than 10,000 voted"
        )?;
        writeln!(text, "on its sale. 18,000 contributions, 10,000 votes and 18,000 payments fill so many blocks:\n")?;
        writeln!(text, "| by | how | full blocks |")?;
        writeln!(text, "|---|---|--:|")?;
        writeln!(text, "| Chorus | each by itself | {} |", self.blocks(By::Chorus, |row| row.acts == 1))?;
        writeln!(text, "| Chorus | in batches | {} |", self.blocks(By::Chorus, |_| true))?;
        if self.by(By::OpenZeppelin).next().is_some() {
            let blocks = self.blocks(By::OpenZeppelin, |_| true);
            writeln!(text, "| OpenZeppelin | each by itself | {blocks} |")?;
        }
        Ok(())
    }

    /// Full blocks for the sale of Unwrapped, with the cheapest of the rows that are `taken` for each act.
    fn blocks(&self, by: By, taken: impl Fn(&Row) -> bool) -> u64 {
        let cheapest =
            |act| self.by(by).filter(|row| row.act == Some(act) && taken(row)).map(Row::each).min_by_key(|each| each.1);
        let (mut time, mut proof) = (0, 0);
        for act in Act::ALL {
            let (each_time, each_proof) = cheapest(act).expect("each act was measured");
            time += act.in_unwrapped() * each_time;
            proof += act.in_unwrapped() * each_proof;
        }
        time.div_ceil(BLOCK.0).max(proof.div_ceil(BLOCK.1))
    }
}

fn measure(costs: &mut Costs) {
    let mut pool = Pool::new(&settings());
    let names =
        ["attestations (constructor and code)", "votes (constructor and code)", "escrow (constructor and code)"];
    for (message, cost) in names.into_iter().zip(pool.constructors) {
        costs.0.push(Row { by: By::Chorus, act: None, acts: 1, message, cost });
    }

    pool.join(&[10_000; MEMBERS as usize - 1]);
    let last = member(MEMBERS);
    // Who calls pays deposits; the sister contracts call by themselves here.
    for caller in [last, pool.address(Contract::Attestations), pool.address(Contract::Escrow)] {
        pool.endow(caller, 1_000_000_000_000_000_000);
    }
    let joined = pool.contribute(last, 10_000, 1);
    costs.note(By::Chorus, Some(Act::Contribution), 1, "attestations.attest, a new member, 2 signatures", joined);
    pool.now += 1;

    let price = 1_000 * UNIT;
    let terms = pool.terms(price);
    let sent = price + pool.listing_fee();
    let accepted = costs.add("escrow.offer", pool.pay(BUYER, Contract::Escrow, sent, &terms));
    attestations_messages(costs, &pool);
    votes_messages(costs, &pool, accepted);
    pool.now += 1;
    let disputed = pool.offer(price);
    pool.now += 1;
    let defeated = pool.offer(price);
    escrow_messages(costs, &mut pool, [accepted, disputed, defeated]);
}

/// Messages of members and of the sister contracts, while a sale is open.
fn attestations_messages(costs: &mut Costs, pool: &Pool) {
    let to = Contract::Attestations;
    let someone = member(30);
    let again = pool.attested(&pool.attestation(someone, 20_000), 1);
    costs.attempt("attestations.attest, replacing, 2 signatures", pool, someone, to, &again);
    let more = attestations::setPurposesCall { purposes: 0b11 };
    costs.attempt("attestations.setPurposes, adding one", pool, someone, to, &more);
    let none = attestations::setPurposesCall { purposes: 0 };
    costs.attempt("attestations.setPurposes, leaving a sale by it", pool, someone, to, &none);
    costs.attempt("attestations.leave", pool, someone, to, &attestations::leaveCall { sale: 1 });
    costs.attempt("attestations.withdraw, leaving a sale by it", pool, someone, to, &attestations::withdrawCall {});
    let open_sale = attestations::openSaleCall { purpose: 0, window_ends: pool.now + 150 };
    let escrow = pool.address(Contract::Escrow);
    costs.attempt("attestations.openSale (by escrow)", pool, escrow, to, &open_sale);
    let pause = attestations::pauseCall { until: pool.now + 60 };
    costs.attempt("attestations.pause", pool, GUARDIAN, to, &pause);
}

fn votes_messages(costs: &mut Costs, pool: &Pool, offer: B256) {
    let to = Contract::Votes;
    let someone = member(30);
    let vote = votes::castVoteCall { proposalId: offer.into(), support: 1 };
    costs.note(By::Chorus, Some(Act::Vote), 1, "votes.castVote", pool.try_call(someone, to, &vote));
    let delegated = pool.try_call(someone, to, &votes::delegateCall { delegatee: member(31) });
    costs.note(By::Chorus, Some(Act::MovingVotes), 1, "votes.delegate", delegated);
    let mirror = votes::mirrorCall { changes: [someone.as_slice(), &20_000u32.to_be_bytes()].concat().into() };
    costs.attempt("votes.mirror (by attestations)", pool, pool.address(Contract::Attestations), to, &mirror);
    let open_ballot = votes::openBallotCall { proposalId: U256::from(1), proposer: someone };
    costs.attempt("votes.openBallot (by escrow)", pool, pool.address(Contract::Escrow), to, &open_ballot);

    let value = U256::from(1);
    let [from, spender] = [someone, member(31)];
    let mut refused = |message, cost| costs.0.push(Row { by: By::Chorus, act: None, acts: 1, message, cost });
    refused("votes.transfer (refused)", pool.try_call(from, to, &votes::transferCall { to: spender, value }).cost);
    refused("votes.approve (refused)", pool.try_call(from, to, &votes::approveCall { spender, value }).cost);
    let transfer_from = votes::transferFromCall { from, to: spender, value };
    refused("votes.transferFrom (refused)", pool.try_call(spender, to, &transfer_from).cost);
}

/// Three offers: one is accepted, one disputed, and for one nobody votes.
fn escrow_messages(costs: &mut Costs, pool: &mut Pool, [accepted, disputed, defeated]: [B256; 3]) {
    let to = Contract::Escrow;
    for offer in [accepted, disputed] {
        for number in 1..=MEMBERS / 5 {
            pool.vote(member(number), offer, 1).ok();
        }
    }
    pool.now += 151;
    costs.add("escrow.seal", pool.call(KEEPER, to, &escrow::sealCall { offer: accepted }));
    costs.add("escrow.deliver", pool.call(CUSTODIAN, to, &deliver_call(accepted)));
    costs.add("escrow.accept", pool.call(BUYER, to, &escrow::acceptCall { offer: accepted }));
    for offer in [disputed, defeated] {
        pool.call(KEEPER, to, &escrow::sealCall { offer }).ok();
    }
    pool.call(CUSTODIAN, to, &deliver_call(disputed)).ok();
    let dispute = escrow::disputeCall { offer: disputed, reason_hash: B256::repeat_byte(9) };
    costs.add("escrow.dispute", pool.call(BUYER, to, &dispute));
    let rule = escrow::ruleCall { offer: disputed, returned_bps: 2_500 };
    costs.add("escrow.rule, returning a part", pool.call(ARBITER, to, &rule));
    costs.add("escrow.refund", pool.call(STRANGER, to, &escrow::refundCall { offer: defeated }));

    for (message, count) in [
        ("escrow.distribute, 1 member", 1),
        ("escrow.distribute, 13 members", 13),
        ("escrow.distribute, 60 members", MEMBERS),
    ] {
        let distribute = escrow::distributeCall { offer: accepted, from: 1, count };
        assert_eq!(pool.try_call(KEEPER, to, &distribute).ok(), count, "all of them are paid");
        costs.note(By::Chorus, Some(Act::Payment), count, message, pool.try_call(KEEPER, to, &distribute));
    }
    let claimant = member(30);
    costs.attempt("escrow.claim", pool, claimant, to, &escrow::claimCall { offer: accepted, to: claimant });
    let withdraw = escrow::withdrawCreditCall { currency: Address::ZERO, to: BUYER };
    costs.attempt("escrow.withdrawCredit", pool, BUYER, to, &withdraw);
    costs.attempt("escrow.pause", pool, GUARDIAN, to, &escrow::pauseCall { until: pool.now + 60 });
}
