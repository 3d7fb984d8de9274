//! What each message of the three contracts costs on the embedded runtime, in a pool of 60 with an open sale.
//!
//! Weights and deposits follow from the code and the runtime alone: every run, on any machine, prints the same.

use chorus_bindings::{Address, B256, Contract, SolCall, U256, attestations, code, escrow, votes};
use chorus_tests::bytecode::{
    ARBITER, BUYER, CUSTODIAN, Cost, GUARDIAN, KEEPER, Pool, Receipt, STRANGER, UNIT, deliver_call, member, settings,
};
use clap::Parser;

const MEMBERS: u32 = 60;

/// Measures every message of the contracts once, in a pool of 60 members with an open sale.
///
/// What a message needs of a block (computing time and proof), what storage deposit it takes, and how long its call is.
#[derive(Parser)]
#[command(after_help = "Examples:\n  costs\n  costs --json | jq '.[] | select(.proof_bytes > 200000) | .message'")]
struct Arguments {
    /// Prints a list of objects: message, ref_time_ps, proof_bytes, deposit (a decimal string), calldata_bytes.
    #[arg(long)]
    json: bool,
}

struct Row {
    message: &'static str,
    cost: Cost,
}

fn main() -> anyhow::Result<()> {
    let Arguments { json } = Arguments::parse();
    let rows = measure();
    if json {
        let rows: Vec<_> = rows.iter().map(Row::to_json).collect();
        println!("{}", serde_json::to_string_pretty(&rows)?);
        return Ok(());
    }
    println!("| message | ref time (M ps) | proof (KB) | deposit (native units) | calldata (bytes) |");
    println!("|---|--:|--:|--:|--:|");
    for row in &rows {
        println!("{}", row.to_markdown());
    }
    println!();
    println!("| contract | code (bytes) |");
    println!("|---|--:|");
    for contract in [Contract::Attestations, Contract::Votes, Contract::Escrow] {
        println!("| {} | {} |", format!("{contract:?}").to_lowercase(), grouped(code(contract).len() as u64));
    }
    Ok(())
}

impl Row {
    fn to_json(&self) -> serde_json::Value {
        let Cost { ref_time_ps, proof_bytes, deposit, calldata_bytes } = self.cost;
        serde_json::json!({
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
        self.0.push(Row { message, cost: receipt.cost });
        match receipt.result {
            Ok(returned) => returned,
            Err(refusal) => panic!("{message} was refused: {refusal:?}"),
        }
    }

    /// Notes what a call would cost, and does not do it.
    fn attempt<C: SolCall>(&mut self, message: &'static str, pool: &Pool, from: Address, to: Contract, call: &C) {
        self.add(message, pool.try_call(from, to, call));
    }
}

fn measure() -> Vec<Row> {
    let mut pool = Pool::new(&settings());
    let mut table = Table::default();
    let names =
        ["attestations (constructor and code)", "votes (constructor and code)", "escrow (constructor and code)"];
    table.0.extend(names.into_iter().zip(pool.constructors).map(|(message, cost)| Row { message, cost }));

    pool.join(&[10_000; MEMBERS as usize - 1]);
    let last = member(MEMBERS);
    pool.endow(last, 1_000_000_000_000_000_000);
    table.add("attestations.attest, a new member, 2 signatures", pool.contribute(last, 10_000, 1));
    pool.now += 1;

    let price = 1_000 * UNIT;
    let terms = pool.terms(price);
    let sent = price + pool.listing_fee();
    let accepted = table.add("escrow.offer", pool.pay(BUYER, Contract::Escrow, sent, &terms));
    attestations_messages(&mut table, &pool);
    votes_messages(&mut table, &pool, accepted);
    pool.now += 1;
    let disputed = pool.offer(price);
    pool.now += 1;
    let defeated = pool.offer(price);
    escrow_messages(&mut table, &mut pool, [accepted, disputed, defeated]);
    table.0
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
    table.attempt("votes.castVote", pool, someone, to, &vote);
    table.attempt("votes.delegate", pool, someone, to, &votes::delegateCall { delegatee: member(31) });
    let mirror = votes::mirrorCall { member: someone, weight: 20_000 };
    table.attempt("votes.mirror (by attestations)", pool, pool.address(Contract::Attestations), to, &mirror);
    let open_ballot = votes::openBallotCall { proposalId: U256::from(1) };
    table.attempt("votes.openBallot (by escrow)", pool, pool.address(Contract::Escrow), to, &open_ballot);

    let value = U256::from(1);
    let [from, spender] = [someone, member(31)];
    let mut refused = |message, cost| table.0.push(Row { message, cost });
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
        table.attempt(message, pool, KEEPER, to, &distribute);
    }
    let claimant = member(30);
    table.attempt("escrow.claim", pool, claimant, to, &escrow::claimCall { offer: accepted, to: claimant });
    let withdraw = escrow::withdrawCreditCall { currency: Address::ZERO, to: BUYER };
    table.attempt("escrow.withdrawCredit", pool, BUYER, to, &withdraw);
    table.attempt("escrow.pause", pool, GUARDIAN, to, &escrow::pauseCall { until: pool.now + 60 });
}
