//! The recount on a small sale told in events: clean as it is, and with each lie named.

use chorus_abi::{
    Address, B256, Event, U256,
    attestations::{self, AttestationsEvents},
    escrow::{self, EscrowEvents},
    votes::{self, VotesEvents},
};
use chorus_client::{
    BlockId, Emitted,
    record::{At, History, Log, Record},
};

use super::{Manifests, hashes, recount};

const OFFER: B256 = B256::repeat_byte(0x0F);
const WEIGHTS: [u32; 3] = [10, 20, 30];

fn member(number: u32) -> Address {
    Address::repeat_byte(number as u8)
}

fn commitment(number: u32) -> B256 {
    B256::repeat_byte(0xC0 + number as u8)
}

fn proposal() -> U256 {
    U256::from_be_bytes(OFFER.0)
}

/// A sale among three members: the third leaves, the first two share 940 after fee and tips.
fn story() -> Vec<(u64, Event)> {
    let deployed = votes::VotesDeployed {
        attestations: Address::ZERO,
        escrow: Address::ZERO,
        voting_period_s: 100,
        quorum_bps: 1_000,
        quorum_min: 1,
        approval_bps: 5_000,
        proposal_threshold_bps: 100,
        salt: B256::ZERO,
    };
    let mut events = vec![(100, Event::Votes(VotesEvents::VotesDeployed(deployed)))];
    for (number, weight) in (1..).zip(WEIGHTS) {
        events.extend(joined(number, weight).map(|event| (100, event)));
    }
    events.extend(offered().map(|event| (200, event)));
    events.extend(voted().map(|event| (250, event)));
    events.push((260, left(3, 30)));
    events.extend(delivered_and_accepted());
    events.extend(settled().map(|event| (430, event)));
    events
}

fn offered() -> [Event; 4] {
    let opened = attestations::SaleOpened { sale: 1, purpose: 0, window_ends: 400, total_weight: 60, members: 3 };
    let ballot = votes::BallotOpened {
        proposalId: proposal(),
        snapshot: 199,
        deadline: 300,
        supply: U256::from(60),
        quorum: U256::from(6),
        approval_bps: 5_000,
    };
    let made = escrow::OfferMade {
        offer: OFFER,
        buyer: Address::repeat_byte(0xB0),
        currency: Address::ZERO,
        price: 1_000,
        purpose: 0,
        fields_hash: B256::ZERO,
        licence_hash: B256::ZERO,
        min_members: 1,
        min_weight: 1,
        custodian: Address::repeat_byte(0xC0),
        arbiter: Address::repeat_byte(0xA0),
        salt: B256::ZERO,
    };
    let conditions = escrow::OfferTerms {
        offer: OFFER,
        sale: 1,
        voting_ends: 300,
        opt_out_ends: 400,
        delivery_ends: 500,
        dispute_s: 50,
        ruling_s: 50,
        fee_bps: 500,
        tip_bps: 100,
        listing_fee: 0,
        total_weight: 60,
        members: 3,
    };
    [
        Event::Attestations(AttestationsEvents::SaleOpened(opened)),
        Event::Votes(VotesEvents::BallotOpened(ballot)),
        Event::Escrow(EscrowEvents::OfferMade(made)),
        Event::Escrow(EscrowEvents::OfferTerms(conditions)),
    ]
}

fn voted() -> [Event; 2] {
    let cast = votes::VoteCast {
        voter: member(1),
        proposalId: proposal(),
        support: 1,
        weight: U256::from(10),
        reason: String::new(),
    };
    let tally = votes::TallyChanged {
        proposalId: proposal(),
        against_votes: U256::ZERO,
        for_votes: U256::from(10),
        abstain_votes: U256::ZERO,
    };
    [Event::Votes(VotesEvents::VoteCast(cast)), Event::Votes(VotesEvents::TallyChanged(tally))]
}

fn left(number: u32, weight: u32) -> Event {
    Event::Attestations(AttestationsEvents::SaleLeft(attestations::SaleLeft {
        sale: 1,
        member: member(number),
        number,
        weight,
        total_weight: 30,
        members: 2,
        nonce: 2,
    }))
}

fn delivered_and_accepted() -> [(u64, Event); 3] {
    let sealed = escrow::Sealed { offer: OFFER, outcome: 1, total_weight: 30, members: 2 };
    let delivered = escrow::Delivered {
        offer: OFFER,
        bundle_hash: B256::ZERO,
        manifest_root: hashes::manifest_root(&[(1, commitment(1)), (2, commitment(2))]).unwrap(),
        dispute_ends: 460,
        ruling_ends: 510,
    };
    [
        (401, Event::Escrow(EscrowEvents::Sealed(sealed))),
        (410, Event::Escrow(EscrowEvents::Delivered(delivered))),
        (420, Event::Escrow(EscrowEvents::Accepted(escrow::Accepted { offer: OFFER }))),
    ]
}

fn settled() -> [Event; 4] {
    let call = escrow::Distributed {
        offer: OFFER,
        keeper: Address::repeat_byte(0xEE),
        from: 1,
        count: 3,
        settled_now: 2,
        settled: 2,
        paid_sum: 939,
        tips: 10,
    };
    let end = escrow::OfferPaid { offer: OFFER, paid_sum: 939, tip_sum: 10, fee: 50, residue: 1 };
    [
        Event::Escrow(EscrowEvents::Distributed(call)),
        paid(1, 10, 313),
        paid(2, 20, 626),
        Event::Escrow(EscrowEvents::OfferPaid(end)),
    ]
}

fn joined(number: u32, weight: u32) -> [Event; 3] {
    let member = member(number);
    let attested = attestations::Attested {
        member,
        number,
        commitment: commitment(number),
        nullifier: B256::repeat_byte(number as u8),
        weight,
        previous_weight: 0,
        purposes: 1,
        rule_version: 1,
        route: 1,
        nonce: 1,
    };
    let minted = votes::Transfer { from: Address::ZERO, to: member, value: U256::from(weight) };
    let delegated = votes::DelegateChanged { delegator: member, fromDelegate: Address::ZERO, toDelegate: member };
    [
        Event::Attestations(AttestationsEvents::Attested(attested)),
        Event::Votes(VotesEvents::Transfer(minted)),
        Event::Votes(VotesEvents::DelegateChanged(delegated)),
    ]
}

fn paid(number: u32, weight: u32, share: u128) -> Event {
    Event::Escrow(EscrowEvents::SharePaid(escrow::SharePaid {
        offer: OFFER,
        member: member(number),
        number,
        weight,
        share,
        to: member(number),
        credited: false,
    }))
}

/// Every difference that the recount finds once `lie` has changed the events.
fn audit(lie: impl Fn(&mut Event)) -> Vec<String> {
    let logs = (0u32..).zip(story()).map(|(index, (time_s, mut event))| {
        lie(&mut event);
        let raw =
            Emitted { event_index: index, extrinsic: None, contract: Address::ZERO, topics: vec![], data: vec![] };
        Log { at: At { block: time_s, event: index }, extrinsic: None, time_s, event, raw }
    });
    let until = BlockId { number: 1_000, hash: B256::ZERO };
    let history = History { logs: logs.collect(), until, time_s: 1_000 };
    let checks = recount::all(&history, &Record::replay(&history), &Manifests::new());
    checks.into_iter().flat_map(|check| check.differences).collect()
}

/// The lie is found, and its difference says these words.
fn check(words: &str, lie: impl Fn(&mut Event)) {
    let differences = audit(lie);
    assert!(differences.iter().any(|difference| difference.contains(words)), "{words:?} is not in {differences:#?}");
}

#[test]
fn an_honest_sale_is_clean() {
    assert_eq!(audit(|_| {}), Vec::<String>::new());
}

#[test]
fn a_share_that_is_one_unit_off_is_named() {
    check("share of member 2", |event| {
        if let Event::Escrow(EscrowEvents::SharePaid(paid)) = event
            && paid.number == 2
        {
            paid.share += 1;
        }
    });
}

#[test]
fn fee_residue_and_tips_are_recomputed() {
    let lie = |change: fn(&mut escrow::OfferPaid)| {
        move |event: &mut Event| {
            if let Event::Escrow(EscrowEvents::OfferPaid(paid)) = event {
                change(paid);
            }
        }
    };
    check("fee of", lie(|paid| paid.fee += 1));
    check("residue of", lie(|paid| paid.residue = 0));
    check("sum of tips", lie(|paid| paid.tip_sum -= 1));
    check("sum of shares", lie(|paid| paid.paid_sum += 1));
}

#[test]
fn a_call_announces_what_it_settled() {
    let lie = |change: fn(&mut escrow::Distributed)| {
        move |event: &mut Event| {
            if let Event::Escrow(EscrowEvents::Distributed(call)) = event {
                change(call);
            }
        }
    };
    check("tips of the call", lie(|call| call.tips += 2));
    check("shares after the call", lie(|call| call.paid_sum -= 1));
    check("members settled of", lie(|call| (call.settled, call.settled_now) = (1, 1)));
}

#[test]
fn a_vote_is_counted_with_the_power_of_its_snapshot_alone() {
    check("weight of 0x0101010101010101010101010101010101010101's vote", |event| {
        if let Event::Votes(VotesEvents::VoteCast(vote)) = event {
            vote.weight += U256::from(1);
        }
    });
    check("outcome of", |event| {
        if let Event::Escrow(EscrowEvents::Sealed(sealed)) = event {
            sealed.outcome = 2;
        }
    });
}

/// Shows T17.
#[test]
fn members_and_weight_of_a_sale_are_recounted() {
    check("W and M after a member left", |event| {
        if let Event::Attestations(AttestationsEvents::SaleLeft(left)) = event {
            left.total_weight += 1;
        }
    });
    check("W and M of a new sale", |event| {
        if let Event::Attestations(AttestationsEvents::SaleOpened(sale)) = event {
            sale.members = 2;
        }
    });
}

#[test]
fn a_member_who_left_is_not_paid() {
    check("member 3", |event| {
        if let Event::Escrow(EscrowEvents::SharePaid(paid)) = event
            && paid.number == 2
        {
            paid.number = 3;
        }
    });
}

fn delivered(members: &[(u32, B256)]) -> impl Fn(&mut Event) {
    let root = hashes::manifest_root(members).unwrap();
    move |event| {
        if let Event::Escrow(EscrowEvents::Delivered(delivered)) = event {
            delivered.manifest_root = root;
        }
    }
}

/// Shows T56.
#[test]
fn the_member_in_whom_a_manifest_differs_is_named() {
    check("member 2 is missing from it", delivered(&[(1, commitment(1))]));
    let all = [1, 2, 3].map(|number| (number, commitment(number)));
    check("member 3 is in it, who left the sale", delivered(&all));
    check("more than one member differs", delivered(&[(1, B256::ZERO), (2, B256::ZERO)]));
}
