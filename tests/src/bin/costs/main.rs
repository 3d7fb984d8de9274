//! What each message of the three contracts costs on the embedded runtime, in a pool of 60 with an open sale.
//!
//! Weights and deposits follow from the code and the runtime alone: every run, on any machine, prints the same.

mod batches;
mod openzeppelin;

use std::path::PathBuf;

use chorus_bindings::{Address, B256, Contract, SolCall, U256, attestations, code, escrow, votes};
use chorus_tests::bytecode::{
    ARBITER, BLOCK, BUYER, CUSTODIAN, Cost, GUARDIAN, KEEPER, Pool, Receipt, STRANGER, UNIT, deliver_call, member,
    settings,
};
use clap::Parser;

const MEMBERS: u32 = 60;

/// Measures every message of the contracts once, in a pool of 60 members with an open sale.
///
/// What a message needs of a block (computing time and proof), what storage deposit it takes, and how long its call is.
#[derive(Parser)]
#[command(after_help = "Examples:\n  costs\n  costs --json | jq '.[] | select(.proof_bytes > 200000) | .message'")]
struct Arguments {
    /// Prints a list of objects: by, act (what it can be compared by, or null), acts (how many in one call), message,
    /// ref_time_ps, proof_bytes, deposit (a decimal string), calldata_bytes.
    #[arg(long)]
    json: bool,
    /// Measures OpenZeppelin's equivalents too: a folder with their EVM code, as ./scripts/bench compiles it.
    #[arg(long, value_name = "FOLDER")]
    openzeppelin: Option<PathBuf>,
}

/// Whose contract it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Chorus,
    OpenZeppelin,
    /// Nobody's: the least that any contract could cost.
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

struct Row {
    by: By,
    act: Option<Act>,
    /// How many acts one call does.
    acts: u32,
    message: &'static str,
    cost: Cost,
}

fn main() -> anyhow::Result<()> {
    let Arguments { json, openzeppelin } = Arguments::parse();
    let mut table = Table::default();
    measure(&mut table);
    batches::measure(&mut table);
    if let Some(folder) = openzeppelin {
        openzeppelin::measure(&mut table, &folder)?;
    }
    if json {
        let rows: Vec<_> = table.0.iter().map(Row::to_json).collect();
        println!("{}", serde_json::to_string_pretty(&rows)?);
        return Ok(());
    }
    println!("| message | ref time (M ps) | proof (KB) | deposit (native units) | calldata (bytes) |");
    println!("|---|--:|--:|--:|--:|");
    for row in table.by(By::Chorus) {
        println!("{}", row.to_markdown());
    }
    println!();
    println!("| contract | code (bytes) |");
    println!("|---|--:|");
    for contract in [Contract::Attestations, Contract::Votes, Contract::Escrow] {
        println!("| {} | {} |", format!("{contract:?}").to_lowercase(), grouped(code(contract).len() as u64));
    }
    if table.by(By::OpenZeppelin).next().is_some() {
        table.print_comparison();
    }
    Ok(())
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
        let (time, proof) = (grouped(ref_time_ps.div_ceil(1_000_000)), proof_bytes as f64 / 1_000.0);
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

/// A number with its thousands set apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(",")
}

/// Rows of the table, as they are measured.
#[derive(Default)]
struct Table(Vec<Row>);

impl Table {
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

    /// Ours and theirs, for one act each, and how many full blocks the sale of Unwrapped takes by the cheapest of each.
    fn print_comparison(&self) {
        println!();
        println!("| act | by | message | ref time (M ps) | proof (KB) |");
        println!("|---|---|---|--:|--:|");
        for act in Act::ALL {
            for row in self.0.iter().filter(|row| row.act == Some(act)) {
                let (time, proof) = row.each();
                let of = if row.acts == 1 { String::new() } else { format!(", each of {}", row.acts) };
                let (time, proof) = (grouped(time.div_ceil(1_000_000)), proof as f64 / 1_000.0);
                println!("| {} | {} | {}{of} | {time} | {proof:.2} |", act.name(), row.by.name(), row.message);
            }
        }
        println!();
        println!("| 18,000 contributions, 10,000 votes, 18,000 payments | full blocks |");
        println!("|---|--:|");
        println!("| Chorus, each by itself | {} |", self.blocks(By::Chorus, |row| row.acts == 1));
        println!("| Chorus, in batches | {} |", self.blocks(By::Chorus, |_| true));
        println!("| OpenZeppelin | {} |", self.blocks(By::OpenZeppelin, |_| true));
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

fn measure(table: &mut Table) {
    let mut pool = Pool::new(&settings());
    let names =
        ["attestations (constructor and code)", "votes (constructor and code)", "escrow (constructor and code)"];
    for (message, cost) in names.into_iter().zip(pool.constructors) {
        table.0.push(Row { by: By::Chorus, act: None, acts: 1, message, cost });
    }

    pool.join(&[10_000; MEMBERS as usize - 1]);
    let last = member(MEMBERS);
    // Who calls pays deposits; the sister contracts call by themselves here.
    for caller in [last, pool.address(Contract::Attestations), pool.address(Contract::Escrow)] {
        pool.endow(caller, 1_000_000_000_000_000_000);
    }
    let joined = pool.contribute(last, 10_000, 1);
    table.note(By::Chorus, Some(Act::Contribution), 1, "attestations.attest, a new member, 2 signatures", joined);
    pool.now += 1;

    let price = 1_000 * UNIT;
    let terms = pool.terms(price);
    let sent = price + pool.listing_fee();
    let accepted = table.add("escrow.offer", pool.pay(BUYER, Contract::Escrow, sent, &terms));
    attestations_messages(table, &pool);
    votes_messages(table, &pool, accepted);
    pool.now += 1;
    let disputed = pool.offer(price);
    pool.now += 1;
    let defeated = pool.offer(price);
    escrow_messages(table, &mut pool, [accepted, disputed, defeated]);
}

/// Messages of members and of the sister contracts, while a sale is open.
fn attestations_messages(table: &mut Table, pool: &Pool) {
    let to = Contract::Attestations;
    let someone = member(30);
    let again = pool.attested(&pool.attestation(someone, 20_000), 1);
    table.attempt("attestations.attest, replacing, 2 signatures", pool, someone, to, &again);
    let more = attestations::setPurposesCall { purposes: 0b11 };
    table.attempt("attestations.setPurposes, adding one", pool, someone, to, &more);
    let none = attestations::setPurposesCall { purposes: 0 };
    table.attempt("attestations.setPurposes, leaving a sale by it", pool, someone, to, &none);
    table.attempt("attestations.leave", pool, someone, to, &attestations::leaveCall { sale: 1 });
    table.attempt("attestations.withdraw, leaving a sale by it", pool, someone, to, &attestations::withdrawCall {});
    let open_sale = attestations::openSaleCall { purpose: 0, window_ends: pool.now + 150 };
    let escrow = pool.address(Contract::Escrow);
    table.attempt("attestations.openSale (by escrow)", pool, escrow, to, &open_sale);
    let pause = attestations::pauseCall { until: pool.now + 60 };
    table.attempt("attestations.pause", pool, GUARDIAN, to, &pause);
}

fn votes_messages(table: &mut Table, pool: &Pool, offer: B256) {
    let to = Contract::Votes;
    let someone = member(30);
    let vote = votes::castVoteCall { proposalId: offer.into(), support: 1 };
    table.note(By::Chorus, Some(Act::Vote), 1, "votes.castVote", pool.try_call(someone, to, &vote));
    let delegated = pool.try_call(someone, to, &votes::delegateCall { delegatee: member(31) });
    table.note(By::Chorus, Some(Act::MovingVotes), 1, "votes.delegate", delegated);
    let mirror = votes::mirrorCall { changes: [someone.as_slice(), &20_000u32.to_be_bytes()].concat().into() };
    table.attempt("votes.mirror (by attestations)", pool, pool.address(Contract::Attestations), to, &mirror);
    let open_ballot = votes::openBallotCall { proposalId: U256::from(1), proposer: someone };
    table.attempt("votes.openBallot (by escrow)", pool, pool.address(Contract::Escrow), to, &open_ballot);

    let value = U256::from(1);
    let [from, spender] = [someone, member(31)];
    let mut refused = |message, cost| table.0.push(Row { by: By::Chorus, act: None, acts: 1, message, cost });
    refused("votes.transfer (refused)", pool.try_call(from, to, &votes::transferCall { to: spender, value }).cost);
    refused("votes.approve (refused)", pool.try_call(from, to, &votes::approveCall { spender, value }).cost);
    let transfer_from = votes::transferFromCall { from, to: spender, value };
    refused("votes.transferFrom (refused)", pool.try_call(spender, to, &transfer_from).cost);
}

/// Three offers: one is accepted, one disputed, and for one nobody votes.
fn escrow_messages(table: &mut Table, pool: &mut Pool, [accepted, disputed, defeated]: [B256; 3]) {
    let to = Contract::Escrow;
    for offer in [accepted, disputed] {
        for number in 1..=MEMBERS / 5 {
            pool.vote(member(number), offer, 1).ok();
        }
    }
    pool.now += 151;
    table.add("escrow.seal", pool.call(KEEPER, to, &escrow::sealCall { offer: accepted }));
    table.add("escrow.deliver", pool.call(CUSTODIAN, to, &deliver_call(accepted)));
    table.add("escrow.accept", pool.call(BUYER, to, &escrow::acceptCall { offer: accepted }));
    for offer in [disputed, defeated] {
        pool.call(KEEPER, to, &escrow::sealCall { offer }).ok();
    }
    pool.call(CUSTODIAN, to, &deliver_call(disputed)).ok();
    let dispute = escrow::disputeCall { offer: disputed, reason_hash: B256::repeat_byte(9) };
    table.add("escrow.dispute", pool.call(BUYER, to, &dispute));
    let rule = escrow::ruleCall { offer: disputed, returned_bps: 2_500 };
    table.add("escrow.rule, returning a part", pool.call(ARBITER, to, &rule));
    table.add("escrow.refund", pool.call(STRANGER, to, &escrow::refundCall { offer: defeated }));

    for (message, count) in [
        ("escrow.distribute, 1 member", 1),
        ("escrow.distribute, 13 members", 13),
        ("escrow.distribute, 60 members", MEMBERS),
    ] {
        let distribute = escrow::distributeCall { offer: accepted, from: 1, count };
        assert_eq!(pool.try_call(KEEPER, to, &distribute).ok(), count, "all of them are paid");
        table.note(By::Chorus, Some(Act::Payment), count, message, pool.try_call(KEEPER, to, &distribute));
    }
    let claimant = member(30);
    table.attempt("escrow.claim", pool, claimant, to, &escrow::claimCall { offer: accepted, to: claimant });
    let withdraw = escrow::withdrawCreditCall { currency: Address::ZERO, to: BUYER };
    table.attempt("escrow.withdrawCredit", pool, BUYER, to, &withdraw);
    table.attempt("escrow.pause", pool, GUARDIAN, to, &escrow::pauseCall { until: pool.now + 60 });
}
