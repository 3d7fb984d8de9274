//! Sales in which members act without money for fees, and in which the buyer pays with a token.

use std::collections::BTreeMap;

use chorus::{
    actions::{self, NATIVE, Support, Terms},
    deploy::{self, Code, NewPool},
    keeper::Done,
    proposals::Call,
    relay::{Outcome, relay},
    signed::{Act, SignedAct},
};
use chorus_bindings::{Address, B256, Contract, U256, escrow, tokens};
use chorus_client::{Error, keys::Key, pool::Pool, record::Record};
use chorus_core::names::{Seal, Status};
use chorus_devnet::Config;
use chorus_tests::{
    dollar::{self, DOLLAR},
    stage::{self, Stage, UNIT, Where},
};
use tempfile::TempDir;

/// An amount that no number here divides.
const PRICE: u128 = 100 * UNIT + 7_000_000;

async fn set_stage() -> (Stage, TempDir) {
    let folder = TempDir::new().unwrap();
    let stage = Stage::set(Where::Embedded(Config::for_tests()), stage::settings(8), folder.path()).await.unwrap();
    (stage, folder)
}

async fn tomorrow(stage: &Stage) -> u64 {
    stage.pool.client().timestamp(None).await.unwrap() + 24 * 60 * 60
}

async fn native_balance(stage: &Stage, account: Address) -> U256 {
    stage.pool.client().balance(account, None).await.unwrap()
}

async fn dollars(stage: &Stage, token: Address, account: Address) -> u128 {
    let balance = stage.pool.client().view(token, &tokens::balanceOfCall { account }, None).await.unwrap();
    balance.try_into().unwrap()
}

async fn assert_audit_is_clean(stage: &Stage) {
    let report = chorus_audit::run(&stage.pool, &chorus_audit::Options::default(), |_, _| {}).await.unwrap();
    assert!(report.is_clean(), "{report}");
}

/// Everything that members do is signed and relayed, with both kinds of keys; what they are paid goes where they say.
#[tokio::test(flavor = "multi_thread")]
async fn a_sale_in_which_no_member_holds_any_money() {
    let (mut stage, _folder) = set_stage().await;
    stage.contribute_penniless(6).await.unwrap();
    let deadline = tomorrow(&stage).await;
    // Somebody drops a purpose and takes it up again; somebody lets another vote.
    stage.sign_and_relay(|index| (index == 2).then_some(Act::SetPurposes { purposes: 0b10, deadline })).await.unwrap();
    stage.sign_and_relay(|index| (index == 2).then_some(Act::SetPurposes { purposes: 0b11, deadline })).await.unwrap();
    let delegate = stage.members[1].address();
    stage.sign_and_relay(|index| (index == 0).then_some(Act::Delegate { to: delegate, deadline })).await.unwrap();

    let offer = stage.offer(&stage.terms(PRICE)).await.unwrap();
    // Whoever delegated has no vote of their own.
    let vote = |support: Support| Act::Vote { ballot: offer, support: support as u8 };
    stage
        .sign_and_relay(|index| match index {
            0 => None,
            4 => Some(vote(Support::Against)),
            _ => Some(vote(Support::For)),
        })
        .await
        .unwrap();
    let sale = stage.offer_facts(offer).await.unwrap().1.conditions.sale;
    stage.sign_and_relay(|index| (index == 4).then_some(Act::Leave { sale, deadline })).await.unwrap();
    stage.sign_and_relay(|index| (index == 5).then_some(Act::Withdraw { deadline })).await.unwrap();

    let facts = stage.offer_facts(offer).await.unwrap().1;
    assert_eq!(facts.ballot.votes.len(), 5);
    stage.pass(facts.conditions.opt_out_ends + 1).await.unwrap();
    assert_eq!(stage.keep(|_, _| {}).await.unwrap(), [Done::Sealed { offer }]);
    let sealed = stage.offer_facts(offer).await.unwrap().1.sealed.unwrap().1;
    assert_eq!((sealed.outcome, sealed.members), (Seal::Sealed.code(), 4));
    stage.deliver(offer, |_, _| {}).await.unwrap();
    actions::accept(&stage.pool, &stage.officers.buyer, offer).await.unwrap();

    // Two name an account that can be paid; a keeper settles the others, who have none.
    let shop = stage.officers.guardian.address();
    let before = native_balance(&stage, shop).await;
    let deadline = tomorrow(&stage).await;
    stage.sign_and_relay(|index| (index < 2).then_some(Act::Claim { offer, to: shop, deadline })).await.unwrap();
    stage.keep(|_, _| {}).await.unwrap();
    assert_eq!(stage.status(offer).await.unwrap(), Status::Paid);
    let facts = stage.offer_facts(offer).await.unwrap().1;
    let share = |index: usize| {
        let member = stage.members[index].address();
        facts.payouts.iter().find(|(_, paid)| paid.member == member).unwrap().1.clone()
    };
    assert_eq!(native_balance(&stage, shop).await - before, U256::from(share(0).share + share(1).share));
    for index in [2, 3] {
        let member = stage.members[index].address();
        assert!(share(index).credited);
        let credit = actions::credit_of(&stage.pool, NATIVE, member, None).await.unwrap();
        assert_eq!(credit, share(index).share);
    }
    let act = Act::WithdrawCredit { currency: NATIVE, to: shop, deadline };
    stage.sign_and_relay(|index| [2, 3].contains(&index).then_some(act.clone())).await.unwrap();
    let all: u128 = (0..4).map(|index| share(index).share).sum();
    assert_eq!(native_balance(&stage, shop).await - before, U256::from(all));
    // Until the end none of them had anything to pay with.
    for member in &stage.members {
        assert_eq!(native_balance(&stage, member.address()).await, U256::ZERO);
    }
    assert_audit_is_clean(&stage).await;
    stage.strike().await;
}

/// What was relayed before is skipped; what is bad is named, and stops nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn a_relayer_skips_what_is_bad_and_finds_what_is_done() {
    let (mut stage, _folder) = set_stage().await;
    stage.contribute_penniless(5).await.unwrap();
    let offer = stage.offer(&stage.terms(PRICE)).await.unwrap();
    let mut acts = Vec::new();
    for member in &stage.members {
        let act = Act::Vote { ballot: offer, support: 1 };
        acts.push(SignedAct::sign(&stage.pool, &member.key, act, None).await.unwrap());
    }
    // A stranger without votes: the signature is good, the vote is not.
    let stranger = Key::from_uri("//Stranger").unwrap();
    let act = Act::Vote { ballot: offer, support: 1 };
    acts.push(SignedAct::sign(&stage.pool, &stranger, act, None).await.unwrap());
    // One that was changed on its way.
    acts[1].act = Act::Vote { ballot: offer, support: 0 };
    // One with the nonce of an act that never came.
    acts[2] = {
        let act = Act::Vote { ballot: offer, support: 1 };
        SignedAct::sign(&stage.pool, &stage.members[2].key, act, Some(7)).await.unwrap()
    };
    let keeper = &stage.officers.keeper;
    let outcomes = relay(&stage.pool, keeper, &acts, |_| {}).await.unwrap();
    let reason = |index: usize| match &outcomes[index] {
        Outcome::Skipped { reason } => reason.clone(),
        other => panic!("{index}: {other:?}"),
    };
    assert!(reason(1).contains("not that of"), "{}", reason(1));
    assert!(reason(2).contains("has to come first"), "{}", reason(2));
    assert!(reason(5).contains("no votes"), "{}", reason(5));
    for index in [0, 3, 4] {
        assert!(matches!(outcomes[index], Outcome::Accepted { .. }), "{:?}", outcomes[index]);
    }
    // All good ones went in one transaction.
    let facts = stage.offer_facts(offer).await.unwrap().1;
    let blocks: std::collections::BTreeSet<u64> = facts.ballot.votes.iter().map(|vote| vote.at.block).collect();
    assert_eq!((facts.ballot.votes.len(), blocks.len()), (3, 1));

    let again = relay(&stage.pool, keeper, &acts, |_| {}).await.unwrap();
    for index in [0, 3, 4] {
        assert_eq!(again[index], Outcome::Done);
    }
    assert_audit_is_clean(&stage).await;
    stage.strike().await;
}

fn call(name: &str, arguments: &[(&str, String)]) -> Call {
    let arguments: BTreeMap<_, _> = arguments.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    // No argument keeps its present value by default.
    Call::new(name, arguments, &Record::default()).unwrap()
}

/// The members allow the test dollar by a vote, are offered dollars, and get them on accounts that hold nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn a_sale_in_the_test_dollar() {
    let (mut stage, _folder) = set_stage().await;
    let officers = &stage.officers;
    let token = dollar::deploy(stage.pool.client(), &officers.deployer).await.unwrap();
    let mint = dollar::mintCall { to: officers.buyer.address(), value: U256::from(10_000 * DOLLAR) };
    stage.pool.client().send(&officers.deployer, token, U256::ZERO, &mint).await.unwrap();
    stage.contribute(4, || {}).await.unwrap();

    // It is not allowed yet.
    let terms = Terms { currency: token, price: 55 * DOLLAR + 1, ..stage.terms(0) };
    let refused = stage.offer(&terms).await.unwrap_err();
    assert!(format!("{refused:#}").contains("not a currency of this pool"), "{refused:#}");
    let settings = [
        ("listing_fee", DOLLAR.to_string()),
        ("reserve_per_million", "1".into()),
        ("fee_bps", "500".into()),
        ("tip_bps", "100".into()),
        ("cohort_min", "1".into()),
        ("opt_out_s", "8".into()),
        ("period_min_s", "20".into()),
        ("period_max_s", "86400".into()),
        ("ruling_s", "60".into()),
    ];
    let allow = [("currency", token.to_string()), ("base_amount", "0".into())];
    stage.decide(&[call("escrow.setOfferSettings", &settings), call("escrow.allowCurrency", &allow)]).await.unwrap();

    let had = dollars(&stage, token, stage.officers.buyer.address()).await;
    let offer = stage.offer(&terms).await.unwrap();
    assert_eq!(had - dollars(&stage, token, stage.officers.buyer.address()).await, terms.price + DOLLAR);
    stage.vote(offer, |_| Some(Support::For), || {}).await.unwrap();
    let ends = stage.offer_facts(offer).await.unwrap().1.conditions.opt_out_ends;
    stage.pass(ends + 1).await.unwrap();
    assert_eq!(stage.keep(|_, _| {}).await.unwrap(), [Done::Sealed { offer }]);
    stage.deliver(offer, |_, _| {}).await.unwrap();
    actions::accept(&stage.pool, &stage.officers.buyer, offer).await.unwrap();
    stage.keep(|_, _| {}).await.unwrap();
    assert_eq!(stage.status(offer).await.unwrap(), Status::Paid);

    let facts = stage.offer_facts(offer).await.unwrap().1;
    let paid = facts.paid.unwrap().1;
    for (_, payout) in &facts.payouts {
        assert!(!payout.credited && payout.share > 0);
        assert_eq!(dollars(&stage, token, payout.member).await, payout.share);
    }
    assert_eq!(paid.paid_sum + paid.tip_sum + paid.fee + paid.residue, terms.price);
    let credit = async |owner| actions::credit_of(&stage.pool, token, owner, None).await.unwrap();
    assert_eq!(credit(Address::ZERO).await, DOLLAR + paid.fee + paid.residue);
    assert_eq!(credit(stage.officers.keeper.address()).await, paid.tip_sum);
    let escrow = stage.pool.address(Contract::Escrow);
    assert_eq!(dollars(&stage, token, escrow).await, DOLLAR + paid.fee + paid.residue + paid.tip_sum);

    // Only a vote spends the treasury's dollars.
    let payee = Address::repeat_byte(0x77);
    let spend = [("currency", token.to_string()), ("amount", DOLLAR.to_string()), ("to", payee.to_string())];
    stage.decide(&[call("escrow.spendTreasury", &spend)]).await.unwrap();
    assert_eq!(actions::credit_of(&stage.pool, token, payee, None).await.unwrap(), DOLLAR);
    assert_audit_is_clean(&stage).await;
    stage.strike().await;
}

/// A test dollar that the members allowed by their vote; `owner` has many.
async fn allowed_dollar(stage: &Stage, owner: Address) -> Address {
    let (client, deployer) = (stage.pool.client(), &stage.officers.deployer);
    let token = dollar::deploy(client, deployer).await.unwrap();
    let mint = dollar::mintCall { to: owner, value: U256::from(10u128.pow(30)) };
    client.send(deployer, token, U256::ZERO, &mint).await.unwrap();
    let allow = [("currency", token.to_string()), ("base_amount", "0".into())];
    stage.decide(&[call("escrow.allowCurrency", &allow)]).await.unwrap();
    token
}

/// With an Ethereum key a buyer signs a permit and makes the offer in one transaction, without any approval.
#[tokio::test(flavor = "multi_thread")]
async fn a_buyer_with_an_ethereum_key_pays_by_permit() {
    let (mut stage, _folder) = set_stage().await;
    stage.contribute(2, || {}).await.unwrap();
    let (client, pool) = (stage.pool.client(), &stage.pool);
    let buyer = Key::from_uri(&format!("eth:0x{}", "46".repeat(32))).unwrap();
    client.transfer(&stage.officers.deployer, buyer.account(), U256::from(20 * UNIT)).await.unwrap();
    let token = allowed_dollar(&stage, buyer.address()).await;
    // The listing fee and the reserve of this pool are in units of 18 decimals.
    let terms = Terms { currency: token, ..stage.terms(PRICE) };
    let had = dollars(&stage, token, buyer.address()).await;

    let (offer, receipt) = actions::offer_with_permit(pool, &buyer, &terms).await.unwrap();
    assert_eq!(stage.offer_facts(offer).await.unwrap().1.made.buyer, buyer.address());
    assert_eq!(had - dollars(&stage, token, buyer.address()).await, PRICE + UNIT);
    assert!(receipt.fee > 0);
    let owner = buyer.address();
    let asked = tokens::allowanceCall { owner, spender: pool.address(Contract::Escrow) };
    assert_eq!(client.view(token, &asked, None).await.unwrap(), U256::ZERO);
    assert_eq!(client.view(token, &tokens::noncesCall { owner }, None).await.unwrap(), U256::from(1));

    let refused = async |buyer: &Key, currency| {
        let terms = Terms { currency, salt: B256::repeat_byte(1), ..terms.clone() };
        format!("{:#}", actions::offer_with_permit(pool, buyer, &terms).await.unwrap_err())
    };
    assert!(refused(&stage.officers.buyer, token).await.contains("signed with an Ethereum key"));
    assert!(refused(&buyer, NATIVE).await.contains("native money"));
    assert!(refused(&buyer, Address::repeat_byte(7)).await.contains("does not take permits"));
    assert_audit_is_clean(&stage).await;
    stage.strike().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ethereum_key_deploys_a_pool_and_holds_offices() {
    let (stage, _folder) = set_stage().await;
    let client = stage.pool.client();
    let key = Key::from_uri(&format!("eth:0x{}", "47".repeat(32))).unwrap();
    client.transfer(&stage.officers.deployer, key.account(), U256::from(20 * UNIT)).await.unwrap();
    let settings = NewPool {
        attesters: vec![key.address()],
        threshold: 1,
        custodians: vec![key.address()],
        arbiters: vec![stage.officers.arbiter.address()],
        guardian: key.address(),
        ..stage::settings(1)
    };
    let deployment = deploy::deploy(client, &key, Code::embedded(), &settings, |_, _| {}).await.unwrap();
    let pool = Pool::open(client.clone(), deployment).await.unwrap();
    let until = client.timestamp(None).await.unwrap() + 60;
    pool.send(&key, Contract::Escrow, U256::ZERO, &escrow::pauseCall { until }).await.unwrap();
    let refused = pool.send(&stage.officers.guardian, Contract::Escrow, U256::ZERO, &escrow::pauseCall { until }).await;
    assert!(matches!(refused, Err(Error::Reverted { .. })), "{refused:?}");
    stage.strike().await;
}

/// The same sale for members without any native money: dollars reach accounts that exist only through them.
#[tokio::test(flavor = "multi_thread")]
async fn dollars_reach_members_who_hold_nothing_else() {
    let (mut stage, _folder) = set_stage().await;
    // One member can send, to propose the dollar and vote for it.
    stage.contribute(1, || {}).await.unwrap();
    let token = allowed_dollar(&stage, stage.officers.buyer.address()).await;

    stage.contribute_penniless(3).await.unwrap();
    // The listing fee and the reserve of this pool are in units of 18 decimals.
    let terms = Terms { currency: token, ..stage.terms(PRICE) };
    let offer: B256 = stage.offer(&terms).await.unwrap();
    stage.sign_and_relay(|_| Some(Act::Vote { ballot: offer, support: 1 })).await.unwrap();
    let ends = stage.offer_facts(offer).await.unwrap().1.conditions.opt_out_ends;
    stage.pass(ends + 1).await.unwrap();
    stage.keep(|_, _| {}).await.unwrap();
    stage.deliver(offer, |_, _| {}).await.unwrap();
    actions::accept(&stage.pool, &stage.officers.buyer, offer).await.unwrap();
    // One claims to another address, which was never seen before.
    let deadline = tomorrow(&stage).await;
    let fresh = Address::repeat_byte(0x99);
    stage.sign_and_relay(|index| (index == 1).then_some(Act::Claim { offer, to: fresh, deadline })).await.unwrap();
    stage.keep(|_, _| {}).await.unwrap();
    let facts = stage.offer_facts(offer).await.unwrap().1;
    assert_eq!(facts.payouts.len(), 4);
    for (_, payout) in &facts.payouts {
        assert!(!payout.credited);
        assert_eq!(dollars(&stage, token, payout.to).await, payout.share);
    }
    assert!(facts.payouts.iter().any(|(_, paid)| paid.to == fresh));
    for member in &stage.members[1..] {
        assert_eq!(native_balance(&stage, member.address()).await, U256::ZERO);
    }
    assert_audit_is_clean(&stage).await;
    stage.strike().await;
}
