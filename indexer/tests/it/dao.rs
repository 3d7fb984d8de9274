//! What the DAO decides, as it is served.

use chorus_bindings::{
    Address, Contract, Setting, attestations,
    core::names::{Seal, Support},
    escrow, votes,
};

use crate::common::{all, index, ok, sim::Sim, story::*};

#[tokio::test]
async fn a_proposal_is_served_with_its_calls_in_words_and_its_state_at_each_moment() {
    let setting = Setting::find(Contract::Escrow, "setProposalSettings").unwrap();
    let call = setting.encode(|name| Some(if name == "timelock_s" { "60" } else { "600" }.into())).unwrap();
    for (votes, waits, executed, state) in [
        // Voting ends a period after the first of two blocks, the timelock half a period later, and the time to execute
        // after three periods.
        (vec![(0, Support::For)], 0, false, "active"),
        (vec![(0, Support::For)], PERIOD_S - 2, false, "active"),
        (vec![(0, Support::For)], PERIOD_S - 1, false, "queued"),
        (vec![(0, Support::For)], PERIOD_S + PERIOD_S / 2 - 3, false, "queued"),
        (vec![(0, Support::For)], PERIOD_S + PERIOD_S / 2 - 2, false, "succeeded"),
        (vec![(0, Support::For)], 3 * PERIOD_S - 2, false, "succeeded"),
        (vec![(0, Support::For)], 3 * PERIOD_S - 1, false, "expired"),
        (vec![(0, Support::For), (1, Support::Against)], PERIOD_S, false, "defeated"),
        (vec![], PERIOD_S, false, "defeated"),
        (vec![(0, Support::For)], PERIOD_S, false, "queued"),
        (vec![(0, Support::For)], 2 * PERIOD_S, false, "succeeded"),
        (vec![(0, Support::For)], 2 * PERIOD_S, true, "executed"),
        (vec![(0, Support::For)], 4 * PERIOD_S, false, "expired"),
    ] {
        let mut story = Story::new(&[1, 1]);
        let proposal = story.propose(Contract::Escrow, call.clone(), &votes);
        story.wait(waits);
        if executed {
            story.execute(proposal);
        }
        let folder = tempfile::tempdir().unwrap();
        let sim = Sim::new(&story);
        let running = index(&sim, &folder.path().join("pool.sqlite")).await.unwrap();
        running.reached(sim.height()).await.unwrap();
        let proposals = all(&running, "/v1/proposals").await;
        let found = &proposals[0];
        assert_eq!(found["state"], state);
        assert_eq!(found["calls"][0]["contract"], "escrow");
        assert_eq!(found["calls"][0]["name"], "setProposalSettings");
        assert_eq!(found["calls"][0]["arguments"], serde_json::json!({"timelock_s": "60", "grace_s": "600"}));
        assert_eq!(found["execution"].is_object(), executed);
        let cast = all(&running, &format!("/v1/proposals/{proposal}/votes")).await;
        assert_eq!(cast.len(), votes.len());
        assert!(cast.iter().all(|vote| vote["power"] == vote["weight"]));
        running.stop().await;
    }
}

#[tokio::test]
async fn what_the_dao_decides_is_what_is_served() {
    let mut story = Story::new(&[10, 20]);
    let sale = story.offer(1_000_003);
    story.seal(&sale, Seal::Defeated);
    story.refund(&sale);
    // The listing fee is the treasury's to spend.
    story.spend_treasury(person(2), 50);
    story.withdraw_credit(person(2));
    story.revoke_member(0);
    let (old, new) = (Address::repeat_byte(0x62), Address::repeat_byte(0x72));
    story.emit(Contract::Escrow, &escrow::CustodianRemoved { custodian: old });
    story.emit(Contract::Escrow, &escrow::CustodianAdded { custodian: new });
    // Dropped and allowed again: its base amount is booked once.
    let token = Address::repeat_byte(0x73);
    story.emit(Contract::Escrow, &escrow::CurrencyAllowed { currency: token, base_amount: 7 });
    story.emit(Contract::Escrow, &escrow::CurrencyDisallowed { currency: token });
    story.emit(Contract::Escrow, &escrow::CurrencyAllowed { currency: token, base_amount: 7 });
    story.emit(Contract::Votes, &votes::NonceUsed { account: person(2), nonce: 4 });
    story.block();
    let folder = tempfile::tempdir().unwrap();
    let sim = Sim::new(&story);
    let running = index(&sim, &folder.path().join("pool.sqlite")).await.unwrap();
    running.reached(sim.height()).await.unwrap();
    let dao = &ok(&running, "/v1/dao").await["data"];
    assert_eq!(dao["custodians"], serde_json::json!([format!("0x{}", hex::encode(new))]));
    assert_eq!(dao["currencies"][1]["base_amount"], "7");
    assert_eq!(dao["escrow"]["treasury"], "27");
    assert_eq!(dao["totals"]["active_members"], 1);
    let postings = all(&running, "/v1/ledger?account=escrow:base").await;
    assert_eq!(postings.len(), 1);
    let changes = all(&running, "/v1/attestations").await;
    assert_eq!(changes.last().unwrap()["kind"], "revoked");
    let member = &ok(&running, &format!("/v1/members/0x{}", hex::encode(person(2)))).await["data"];
    assert_eq!((&member["votes_nonce"], &member["escrow_nonce"]), (&4.into(), &0.into()));
    running.stop().await;
}

#[tokio::test]
async fn whoever_and_whatever_is_dropped_may_come_back() {
    let mut story = Story::new(&[10, 20]);
    let [attester, other, custodian, arbiter, token] = [0x61, 0x64, 0x62, 0x63, 0x73].map(Address::repeat_byte);
    let (escrow, pool) = (Contract::Escrow, Contract::Attestations);
    story.emit(escrow, &escrow::CurrencyAllowed { currency: token, base_amount: 7 });
    for _ in 0..2 {
        story.emit(escrow, &escrow::CustodianRemoved { custodian });
        story.emit(escrow, &escrow::ArbiterRemoved { arbiter });
        story.emit(pool, &attestations::AttesterRemoved { attester });
        story.emit(pool, &attestations::AttesterAdded { attester: other });
        story.emit(pool, &attestations::AttestersChanged { threshold: 1, count: 1 });
        for currency in [NATIVE, token] {
            story.emit(escrow, &escrow::CurrencyDisallowed { currency });
        }
        story.block();
        // On two lists at once: they do not know of each other.
        story.emit(escrow, &escrow::ArbiterAdded { arbiter });
        story.emit(escrow, &escrow::CustodianAdded { custodian: arbiter });
        story.emit(escrow, &escrow::CustodianAdded { custodian });
        story.emit(escrow, &escrow::CustodianRemoved { custodian: arbiter });
        story.emit(pool, &attestations::AttesterRemoved { attester: other });
        story.emit(pool, &attestations::AttesterAdded { attester });
        story.emit(pool, &attestations::AttestersChanged { threshold: 1, count: 1 });
        story.emit(escrow, &escrow::CurrencyAllowed { currency: NATIVE, base_amount: 0 });
        story.emit(escrow, &escrow::CurrencyAllowed { currency: token, base_amount: 7 });
        story.block();
    }
    let sale = story.offer(1_000);
    story.seal(&sale, Seal::Defeated);
    let folder = tempfile::tempdir().unwrap();
    let sim = Sim::new(&story);
    let running = index(&sim, &folder.path().join("pool.sqlite")).await.unwrap();
    running.reached(sim.height()).await.unwrap();
    let dao = &ok(&running, "/v1/dao").await["data"];
    let alone = |address: Address| serde_json::json!([format!("0x{}", hex::encode(address))]);
    assert_eq!(dao["custodians"], alone(custodian));
    assert_eq!(dao["arbiters"], alone(arbiter));
    assert_eq!(dao["attesters"], alone(attester));
    assert_eq!(dao["currencies"].as_array().unwrap().len(), 2);
    running.stop().await;
}
