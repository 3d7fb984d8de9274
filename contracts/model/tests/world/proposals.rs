//! The DAO's own calls: which can be proposed, when they run, and what they do.

use chorus_core::{
    abi::Word,
    error::Error,
    escrow::{MAX_CALL_BYTES, MAX_DESCRIPTION_BYTES, OfferSettings, ProposalState, Roles},
    hash::{Keccak as _, Software},
    offer::{Seal, Terms},
    settings::{SETTINGS, SettingsMessage},
    types::{Address, Amount, BallotId, Points, ProposalId, Timestamp},
};
use chorus_model::{ATTESTATIONS, Action, Contract, ESCROW, Refused, Site, VOTES, World};
use proptest::prelude::*;

use crate::steps::*;

fn guardian(who: Address) -> (Address, Vec<u8>) {
    (ESCROW, setting("setGuardian", &["address"], &[who.word()]))
}

fn timelock(timelock_s: u64, grace_s: u64) -> (Address, Vec<u8>) {
    (ESCROW, setting("setProposalSettings", &["uint64", "uint64"], &[timelock_s.word(), grace_s.word()]))
}

fn listing(name: &str, who: Address) -> (Address, Vec<u8>) {
    (ESCROW, setting(name, &["address"], &[who.word()]))
}

fn cap(points: u64) -> (Address, Vec<u8>) {
    (ATTESTATIONS, setting("setDailyWeightCap", &["uint64"], &[points.word()]))
}

fn wrong(current: ProposalState) -> Error {
    Error::WrongProposalState { current: current as u8, required: ProposalState::Succeeded as u8 }
}

#[track_caller]
fn state(world: &World, id: ProposalId, expected: ProposalState) {
    assert_eq!(world.proposal_state(id), Some(expected));
}

/// Shows I21, G15, G17.
#[test]
fn g01_a_passed_proposal_waits_and_runs_once() {
    // Four voters with 10, 7, 5 and 2 votes: 17 for, 5 against, 2 abstaining.
    let mut world = world_with(&[10, 7, 5, 2]);
    let calls = [guardian(STRANGER), cap(5)];
    let id = propose(&mut world, person(1), &calls, "why");
    let made = world.proposal(id).unwrap();
    assert_eq!(made.voting_ends.0, world.now().0 + VOTING_S);
    assert_eq!(
        (made.executable_from.0, made.executable_until.0),
        (made.voting_ends.0 + TIMELOCK_S, made.voting_ends.0 + TIMELOCK_S + GRACE_S)
    );
    let ballot = id;
    for (who, support) in [(1, 1), (2, 1), (3, 0), (4, 2)] {
        state(&world, id, ProposalState::Active);
        vote(&mut world, person(who), ballot, support);
    }
    assert_eq!(against_for_abstain(&world, ballot), [5, 17, 2]);

    // G15: not while votes are taken, although it is winning.
    wait_until(&mut world, made.voting_ends);
    assert_eq!(refused(&mut world, KEEPER, executing(&calls, "why")), wrong(ProposalState::Active));
    // Nor while the timelock runs.
    wait(&mut world, 1);
    state(&world, id, ProposalState::Queued);
    wait_until(&mut world, Timestamp(made.executable_from.0 - 1));
    assert_eq!(refused(&mut world, KEEPER, executing(&calls, "why")), wrong(ProposalState::Queued));
    wait(&mut world, 1);
    state(&world, id, ProposalState::Succeeded);

    // The last second of grace is in time; the next is too late.
    let mut late = world.clone();
    wait_until(&mut late, made.executable_until);
    ok(&mut late.clone(), STRANGER, executing(&calls, "why"));
    wait(&mut late, 1);
    state(&late, id, ProposalState::Expired);
    assert_eq!(refused(&mut late, KEEPER, executing(&calls, "why")), wrong(ProposalState::Expired));

    // Anybody can execute it, and what it names changes.
    ok(&mut world, KEEPER, executing(&calls, "why"));
    state(&world, id, ProposalState::Executed);
    let until = Timestamp(world.now().0 + 1);
    let error = refused(&mut world, GUARDIAN, Action::PauseOffers { until });
    assert_eq!(error, Error::Unauthorized { caller: GUARDIAN, required: STRANGER });
    ok(&mut world, STRANGER, Action::PauseOffers { until });
    // G17: not again.
    assert_eq!(refused(&mut world, KEEPER, executing(&calls, "why")), wrong(ProposalState::Executed));
}

#[test]
fn g02_an_unknown_proposal_does_not_exist_for_any_message() {
    let mut world = world_with(&[60]);
    let calls = [guardian(STRANGER)];
    propose(&mut world, person(1), &calls, "why");
    for (calls, why) in [
        (vec![guardian(STRANGER)], "other"),
        (vec![guardian(KEEPER)], "why"),
        (vec![guardian(STRANGER), guardian(STRANGER)], "why"),
        (vec![], "why"),
    ] {
        let error = refused(&mut world, KEEPER, executing(&calls, why));
        assert!(matches!(error, Error::NoSuchProposal { .. }), "{error:?}");
    }
    let id = BallotId([7; 32]);
    assert_eq!(refused(&mut world, person(1), Action::Vote { id, support: 1 }), Error::NoSuchBallot { id });
    assert_eq!(world.proposal_state(ProposalId([7; 32])), None);
}

/// Shows G03.
#[test]
fn the_same_proposal_twice_is_refused_even_when_the_first_is_over() {
    let mut world = world_with(&[60, 40]);
    let calls = [guardian(STRANGER)];
    let proposal = propose(&mut world, person(1), &calls, "why");
    // Whoever proposes it: the id is made of the calls and the description, not of the proposer.
    for proposer in [person(1), person(2)] {
        assert_eq!(refused(&mut world, proposer, proposing(&calls, "why")), Error::ProposalExists { proposal });
    }
    wait(&mut world, 10_000);
    assert_eq!(refused(&mut world, person(1), proposing(&calls, "why")), Error::ProposalExists { proposal });
    propose(&mut world, person(2), &calls, "why, once more");
}

/// Shows G04, T51.
#[test]
fn a_proposer_needs_the_votes_one_second_before() {
    // One per cent of 1,000 is 10.
    let mut world = world_with(&[981, 10, 9]);
    let calls = [guardian(STRANGER)];
    let required = Points(10);
    let error = refused(&mut world, person(3), proposing(&calls, "why"));
    assert_eq!(error, Error::BelowProposalThreshold { votes: Points(9), required });
    let error = refused(&mut world, STRANGER, proposing(&calls, "why"));
    assert_eq!(error, Error::BelowProposalThreshold { votes: Points(0), required });
    assert_eq!(chorus_core::votes::proposal_threshold(&world, world.now()), Ok(required));
    // Votes delegated to them in the same second do not count yet.
    ok(&mut world, person(1), Action::Delegate { to: person(3) });
    refused(&mut world, person(3), proposing(&calls, "why"));
    propose(&mut world, person(2), &calls, "why");
    wait(&mut world, 1);
    propose(&mut world, person(3), &calls, "why, by another");
}

/// A thief has all attester keys for this many days, each of which takes 100 points of new weight. Returns what becomes
/// of their proposal while the honest members, who have 1,000 points, sleep.
fn proposal_with_stolen_keys(days: u64, quorum_bps: u16, quorum_min: u64) -> ProposalState {
    let mut world =
        world_of(&pool_voting(|voting| (voting.quorum_bps, voting.quorum_min) = (quorum_bps, Points(quorum_min))));
    join(&mut world, person(1), 1_000, ALL);
    ok(&mut world, ESCROW, Action::SetDailyWeightCap { cap: Points(100) });
    // The theft begins with the last second of a day.
    wait_until(&mut world, Timestamp(20_002 * 86_400 - 1));
    for day in 0..days as u32 {
        // Twenty new members, none of whom has enough votes to propose alone.
        for member in (0..20).map(|index| person(100 + 20 * day + index)) {
            join(&mut world, member, 5, ALL);
            ok(&mut world, member, Action::Delegate { to: STRANGER });
        }
        let one_more = attest(&world, person(99), person(99), 1, ALL);
        let full = Error::DailyCapReached { added: Points(101), cap: Points(100) };
        assert_eq!(refused(&mut world, person(99), one_more), full);
        wait(&mut world, 1);
    }
    let id = propose(&mut world, STRANGER, &[cap(u64::MAX)], "no cap");
    assert_eq!(vote(&mut world, STRANGER, id, 1), 100 * days);
    wait(&mut world, VOTING_S + 1);
    world.proposal_state(id).unwrap()
}

#[test]
fn t51_attester_keys_stolen_for_a_day_pass_no_proposal() {
    let (defeated, passed) = (ProposalState::Defeated, ProposalState::Queued);
    for (days, quorum_bps, quorum_min, expected) in [
        // The cap stays below an absolute quorum, or below a part of the 1,100 points that there are then.
        (1, 0, 101, defeated),
        (1, 0, 100, passed),
        (1, 910, 1, defeated),
        (1, 909, 1, passed),
        // A theft of two seconds around midnight can use the caps of two days.
        (2, 0, 201, defeated),
        (2, 0, 200, passed),
        (2, 1_667, 1, defeated),
        (2, 1_666, 1, passed),
    ] {
        let state = proposal_with_stolen_keys(days, quorum_bps, quorum_min);
        assert_eq!(state, expected, "{days} days, {quorum_bps} bps, {quorum_min} points");
    }
}

#[test]
fn g05_t37_lists_and_texts_have_bounds() {
    let mut world = world_with(&[60]);
    let count = |calls: u32| Error::CallCountOutOfBounds { targets: calls, calls, most: 8 };
    assert_eq!(refused(&mut world, person(1), proposing(&[], "why")), count(0));
    let nine: Vec<_> = (1..=9).map(|index| guardian(person(index))).collect();
    assert_eq!(refused(&mut world, person(1), proposing(&nine, "why")), count(9));
    propose(&mut world, person(1), &nine[..8], "why");

    let long = "a".repeat(MAX_DESCRIPTION_BYTES as usize + 1);
    let error = refused(&mut world, person(1), proposing(&nine[..1], &long));
    assert_eq!(error, Error::DescriptionTooLong { most: 4_096 });
    propose(&mut world, person(1), &nine[..1], &long[1..]);

    // A call with a list has no fixed size, but a bound.
    let revoke = |bytes: usize| {
        let mut call = setting("revoke", &["address", "uint64", "bytes"], &[]);
        call.resize(bytes, 0);
        [(ATTESTATIONS, call)]
    };
    let position = 0;
    let error = refused(&mut world, person(1), proposing(&revoke(MAX_CALL_BYTES + 1), "why"));
    assert_eq!(error, Error::CallNotAllowed { position, target: ATTESTATIONS });
    propose(&mut world, person(1), &revoke(MAX_CALL_BYTES), "why");
}

/// Shows T50, T08.
#[test]
fn only_settings_messages_of_the_three_contracts_can_be_proposed() {
    let mut world = world_with(&[60]);
    let fine = guardian(STRANGER);
    let call = |target, name, types: &[&str], words: &[[u8; 32]]| (target, setting(name, types, words));
    let mut long = fine.1.clone();
    long.push(0);
    let mut dirty = fine.1.clone();
    dirty[4] = 1;
    for (target, call) in [
        // Another target, even for a call that is allowed elsewhere.
        (STRANGER, fine.1.clone()),
        (Address::ZERO, fine.1.clone()),
        (BUYER, vec![]),
        // A setting of the other sister, a message that is not a setting, and no message at all.
        call(ATTESTATIONS, "setVoting", &["uint64", "uint16", "uint64", "uint16", "uint16"], &[]),
        call(VOTES, "setGuardian", &["address"], &[STRANGER.word()]),
        call(VOTES, "mirror", &["bytes"], &[32u64.word(), 0u64.word()]),
        call(VOTES, "openBallot", &["uint256"], &[[1; 32]]),
        call(ATTESTATIONS, "openSale", &["uint8", "uint64"], &[1u8.word(), 9u64.word()]),
        call(ESCROW, "withdrawCredit", &["address", "address"], &[Address::ZERO.word(), STRANGER.word()]),
        call(ESCROW, "execute", &["address[]", "bytes[]", "bytes32"], &[]),
        call(ESCROW, "pause", &["uint64"], &[1u64.word()]),
        (ESCROW, vec![]),
        (ESCROW, fine.1[..3].to_vec()),
        // Too short, too long, out of range: a wallet would show something other than what is done.
        (ESCROW, fine.1[..35].to_vec()),
        (ESCROW, long),
        (ESCROW, dirty),
        (ATTESTATIONS, cap(1).1[..20].to_vec()),
        call(ATTESTATIONS, "setDailyWeightCap", &["uint64"], &[(1u128 << 64).word()]),
    ] {
        let error = refused(&mut world, person(1), proposing(&[fine.clone(), (target, call)], "why"));
        assert_eq!(error, Error::CallNotAllowed { position: 1, target });
    }
    propose(&mut world, person(1), &[fine], "why");
}

#[test]
fn every_settings_message_has_a_selector_of_its_own() {
    for (index, call) in SETTINGS.iter().enumerate() {
        let same = SETTINGS[..index].iter().filter(|other| other.contract == call.contract);
        assert!(same.clone().all(|other| other.selector != call.selector), "{}", call.name);
        // `escrow` calls tokens too. None of those calls is a settings message of a sister contract.
        for token in ["transfer(address,uint256)", "transferFrom(address,address,uint256)", "balanceOf(address)"] {
            assert_ne!(&Software::keccak(token.as_bytes())[..4], call.selector);
        }
        assert!(call.contract == Contract::Escrow || call.name != "spendTreasury");
    }
}

#[test]
fn t54_settings_out_of_bounds_are_not_even_proposed() {
    let mut world = world_with(&[60]);
    let good = pool().offers;
    let out = |settings: OfferSettings| offer_settings(&settings);
    let word = |call: (Address, Vec<u8>), index: usize, value: u64| {
        let mut bytes = call.1;
        bytes[4 + 32 * index + 24..4 + 32 * (index + 1)].copy_from_slice(&value.to_be_bytes());
        (call.0, bytes)
    };
    for (call, position) in [
        (word(out(good), 2, 10_001), 2),
        (word(out(good), 3, 10_001), 3),
        (out(OfferSettings { fee_bps: bps(1_999), tip_bps: bps(2), ..good }), 2),
        (out(OfferSettings { cohort_min: 0, ..good }), 4),
        (out(OfferSettings { opt_out_s: 0, ..good }), 5),
        (out(OfferSettings { period_min_s: 0, ..good }), 6),
        (out(OfferSettings { period_min_s: 9, period_max_s: 8, ..good }), 7),
        (out(OfferSettings { ruling_s: 1 << 32, ..good }), 8),
        (timelock(0, 1), 0),
        (timelock(1, 0), 1),
        (timelock(1 << 32, 1), 0),
        (timelock(1, 1 << 32), 1),
        (listing("addCustodian", Address::ZERO), 0),
        (listing("addArbiter", Address::ZERO), 0),
        (spending(Address::ZERO, 1, Address::ZERO), 2),
    ] {
        let error = refused(&mut world, person(1), proposing(&[call], "why"));
        assert_eq!(error, Error::SettingOutOfBounds { position });
    }
    let most = u32::MAX.into();
    enact(&mut world, &[timelock(1, most)]);
    enact(
        &mut world,
        &[timelock(1, 1), out(OfferSettings { fee_bps: bps(1_999), tip_bps: bps(1), ruling_s: most, ..good })],
    );
}

/// Shows G13, G14, G16.
#[test]
fn a_proposal_that_did_not_pass_is_not_executed() {
    for votes in [&[][..], &[(3, 1)], &[(1, 0)], &[(1, 2)], &[(1, 1), (2, 0)]] {
        // The quorum is ten, which the third does not reach alone; the first two weigh the same.
        let mut world = world_with(&[50, 50, 9]);
        let calls = [guardian(STRANGER)];
        let id = propose(&mut world, person(1), &calls, "why");
        for (who, support) in votes {
            vote(&mut world, person(*who), id, *support);
        }
        let from = world.proposal(id).unwrap().executable_from;
        wait_until(&mut world, from);
        state(&world, id, ProposalState::Defeated);
        assert_eq!(refused(&mut world, KEEPER, executing(&calls, "why")), wrong(ProposalState::Defeated));
        // A defeat is final.
        wait(&mut world, GRACE_S + 1);
        state(&world, id, ProposalState::Defeated);
    }
}

/// Shows I21.
#[test]
fn either_all_calls_of_a_proposal_are_made_or_none() {
    let mut world = world_with(&[60]);
    // The treasury has nothing yet, so the third call is refused. A refusal by a sister contract counts the same.
    for (bad, expected) in [
        (
            spending(Address::ZERO, 1, STRANGER),
            Error::TreasuryTooSmall { currency: Address::ZERO, credit: Amount(0), asked: Amount(1) },
        ),
        (cap(0), Error::SettingOutOfBounds { position: 0 }),
    ] {
        let calls = [guardian(STRANGER), cap(77), bad];
        let why = format!("{expected:?}");
        let id = propose(&mut world, person(1), &calls, &why);
        queued(&mut world, id, &[person(1)]);
        let error = refused(&mut world, KEEPER, executing(&calls, &why));
        assert_eq!(std::mem::discriminant(&error), std::mem::discriminant(&expected), "{error:?}");
        // It can be tried again as long as the grace period lasts.
        state(&world, id, ProposalState::Succeeded);
    }
}

#[test]
fn t50_the_treasury_spends_no_more_than_its_credit() {
    let mut world = world_with(&[60, 40]);
    let id = settling(&mut world, terms());
    distribute(&mut world, KEEPER, id, 1, 2);
    let has = world.credit(TREASURY).0;
    assert!(has > LISTING_FEE);
    let too_much = [spending(Address::ZERO, has, STRANGER), spending(Address::ZERO, 1, STRANGER)];
    let id = propose(&mut world, person(1), &too_much, "twice");
    queued(&mut world, id, &[person(1)]);
    let error = refused(&mut world, KEEPER, executing(&too_much, "twice"));
    let (credit, asked) = (Amount(0), Amount(1));
    assert_eq!(error, Error::TreasuryTooSmall { currency: Address::ZERO, credit, asked });

    let before = world.balance(ESCROW);
    enact(&mut world, &[spending(Address::ZERO, has - 5, STRANGER), spending(Address::ZERO, 2, person(2))]);
    assert_eq!([TREASURY, STRANGER, person(2)].map(|owner| world.credit(owner).0), [3, has - 5, 2]);
    // A payment is a credit, so a payee who cannot be paid holds nobody up.
    assert_eq!(world.balance(ESCROW), before);
    ok(&mut world, STRANGER, withdrawing(KEEPER));
    assert_eq!(world.balance(KEEPER).0, has - 5);
}

/// Shows T04, Q02, I20, T06.
#[test]
fn an_offer_and_a_proposal_keep_the_settings_they_were_made_with() {
    let mut world = world_with(&[60, 40]);
    let settings = OfferSettings {
        listing_fee: Amount(LISTING_FEE),
        fee_bps: bps(0),
        tip_bps: bps(0),
        opt_out_s: 1,
        ruling_s: 1,
        ..pool().offers
    };
    let calls = [offer_settings(&settings), timelock(7, 8)];
    let first = propose(&mut world, person(1), &calls, "shorter");
    let second = propose(&mut world, person(1), &[guardian(STRANGER)], "made before");
    vote(&mut world, person(1), second, 1);
    vote(&mut world, person(1), first, 1);
    wait(&mut world, VOTING_S + TIMELOCK_S - 10);
    let id = offer(&mut world, terms());
    let made = facts(&world, id);
    wait(&mut world, 10);
    let proposal = world.proposal(second);
    ok(&mut world, KEEPER, executing(&calls, "shorter"));
    assert_eq!((facts(&world, id), world.proposal(second)), (made, proposal));
    assert_eq!((made.fee, made.opt_out_ends.0 - made.voting_ends.0, made.ruling_s), (bps(500), OPT_OUT_S, RULING_S));

    // Whatever is made from now on has the new settings.
    let later = offer(&mut world, Terms { salt: [4; 32], ..terms() });
    let made = facts(&world, later);
    assert_eq!((made.fee, made.opt_out_ends.0 - made.voting_ends.0, made.ruling_s), (bps(0), 1, 1));
    let third = propose(&mut world, person(1), &[guardian(STRANGER)], "made later");
    let times = world.proposal(third).unwrap();
    assert_eq!(times.executable_from.0 - times.voting_ends.0, 7);
    assert_eq!(times.executable_until.0 - times.executable_from.0, 8);
    ok(&mut world, KEEPER, executing(&[guardian(STRANGER)], "made before"));
}

fn voting(quorum_bps: u16, quorum_min: u64) -> (Address, Vec<u8>) {
    let words = [VOTING_S.word(), quorum_bps.word(), quorum_min.word(), 5_000u16.word(), 100u16.word()];
    (VOTES, setting("setVoting", &["uint64", "uint16", "uint64", "uint16", "uint16"], &words))
}

/// Shows Q02, T04, T05.
#[test]
fn a_quorum_lowered_by_a_proposal_counts_for_later_ballots_only() {
    let mut world = world_with(&[60, 5, 35]);
    let calls = [voting(1, 1)];
    let id = propose(&mut world, person(1), &calls, "lower");
    let defeated = propose(&mut world, person(1), &[guardian(STRANGER)], "with a tenth");
    let open = offer(&mut world, terms());
    for ballot in [BallotId::from(defeated), open.into()] {
        // Five of 100 are less than the ten that the quorum asks for.
        vote(&mut world, person(2), ballot, 1);
    }
    queued(&mut world, id, &[person(1)]);
    state(&world, defeated, ProposalState::Defeated);
    ok(&mut world, KEEPER, executing(&calls, "lower"));
    state(&world, defeated, ProposalState::Defeated);
    let error = refused(&mut world, KEEPER, executing(&[guardian(STRANGER)], "with a tenth"));
    assert_eq!(error, wrong(ProposalState::Defeated));
    assert_eq!(seal(&mut world, open), Seal::Defeated);
    // The next ballot needs a single vote.
    wait(&mut world, 1);
    let later = propose(&mut world, person(1), &[guardian(STRANGER)], "with one");
    queued(&mut world, later, &[person(2)]);
    ok(&mut world, KEEPER, executing(&[guardian(STRANGER)], "with one"));
}

/// Shows T36.
#[test]
fn an_account_taken_off_a_list_still_serves_the_offers_that_name_it() {
    let mut world = world_with(&[60]);
    let id = offer(&mut world, terms());
    let calls = [
        listing("removeCustodian", CUSTODIAN),
        listing("removeArbiter", ARBITER),
        listing("addCustodian", KEEPER),
        listing("addArbiter", STRANGER),
        (ESCROW, setting("disallowCurrency", &["address"], &[Address::ZERO.word()])),
    ];
    let change = propose(&mut world, person(1), &calls, "others");
    vote(&mut world, person(1), change, 1);
    passed(&mut world, id, &[person(1)]);
    wait(&mut world, TIMELOCK_S);
    ok(&mut world, KEEPER, executing(&calls, "others"));
    assert_eq!((world.roles(CUSTODIAN), world.roles(ARBITER)), (Roles::default(), Roles::default()));

    assert_eq!(seal(&mut world, id), Seal::Sealed);
    ok(&mut world, CUSTODIAN, delivery(id));
    ok(&mut world, BUYER, Action::Dispute { offer: id });
    ok(&mut world, ARBITER, Action::Rule { offer: id, returned_bps: 1 });
    distribute(&mut world, KEEPER, id, 1, 1);
    ok(&mut world, BUYER, withdrawing(BUYER));

    let terms = Terms { salt: [4; 32], custodian: KEEPER, arbiter: STRANGER, ..terms() };
    let error = refused(&mut world, BUYER, offering(terms));
    assert_eq!(error, Error::CurrencyNotAllowed { currency: Address::ZERO });
    enact(&mut world, &[allowing(Address::ZERO, 0)]);
    let error = refused(&mut world, BUYER, offering(Terms { custodian: CUSTODIAN, ..terms }));
    assert_eq!(error, Error::NotACustodian { account: CUSTODIAN });
    let error = refused(&mut world, BUYER, offering(Terms { arbiter: ARBITER, ..terms }));
    assert_eq!(error, Error::NotAnArbiter { account: ARBITER });
    offer(&mut world, terms);
}

/// Shows T15, T17.
#[test]
fn the_dao_changes_attesters_and_revokes_only_with_their_signatures() {
    let mut world = world_with(&[60, 40, 1]);
    let deadline = Timestamp(world.now().0 + 10_000);
    let unsigned = [revoking(person(3), deadline, &[])];
    let id = propose(&mut world, person(1), &unsigned, "by a majority alone");
    queued(&mut world, id, &[person(1)]);
    let error = refused(&mut world, KEEPER, executing(&unsigned, "by a majority alone"));
    assert!(matches!(error, Error::TooFewAttesters { .. }), "{error:?}");

    let signatures = world.sign_revocation(person(3), deadline);
    let words = [0x40u64.word(), 1u8.word(), 1u64.word(), attester(3).word()];
    let attesters = [setting("setAttesters", &["address[]", "uint8"], &[]), words.concat()].concat();
    enact(&mut world, &[revoking(person(3), deadline, &signatures), (ATTESTATIONS, attesters)]);
    // Members attested by those who are gone stay.
    assert_eq!([1, 2, 3].map(|number: u32| world.record(number.into()).weight.0), [60, 40, 0]);
    let action = attest(&world, person(4), person(4), 5, ALL);
    ok(&mut world, person(4), action);
}

/// `revoke`, as the ABI encodes it.
fn revoking(member: Address, deadline: Timestamp, signatures: &[u8]) -> (Address, Vec<u8>) {
    let head = [member.word(), deadline.word(), 0x60u64.word(), (signatures.len() as u64).word()];
    let mut call = [setting("revoke", &["address", "uint64", "bytes"], &[]), head.concat(), signatures.into()].concat();
    call.resize(4 + (call.len() - 4).next_multiple_of(32), 0);
    (ATTESTATIONS, call)
}

#[test]
fn t35_a_pause_stops_no_proposal() {
    let mut world = world_with(&[60]);
    let until = Timestamp(world.now().0 + 86_400);
    ok(&mut world, GUARDIAN, Action::PauseOffers { until });
    ok(&mut world, GUARDIAN, Action::PauseContributions { until });
    enact(&mut world, &[guardian(STRANGER)]);
    assert!(world.now() <= until);
}

#[test]
fn f12_only_escrow_opens_the_ballot_of_a_proposal() {
    let mut world = world_with(&[60]);
    for caller in [person(1), BUYER, STRANGER, GUARDIAN] {
        let action = Action::OpenProposal { id: BallotId([1; 32]), proposer: person(1) };
        assert_eq!(refused(&mut world, caller, action), Error::Unauthorized { caller, required: ESCROW });
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn t50_no_bytes_but_settings_messages_are_proposed(
        choice in 0..SETTINGS.len(),
        flip in prop::option::of((0..300usize, 1..=255u8)),
        resize in prop::option::of(0..330usize),
        words in prop::collection::vec(prop_oneof![0..3u64, 0..1u64 << 33], 9),
    ) {
        let mut world = world_with(&[60]);
        let message = SETTINGS[choice];
        let target = Site::MODEL.address(message.contract);
        // How many bytes of each word its argument takes; a call with a list is decoded by the contract it is for.
        let widths = |message: &SettingsMessage| message.fields().map(|field| field.width).collect::<Vec<_>>();
        let has_list = |message: &SettingsMessage| widths(message).contains(&0);
        let count = if has_list(&message) { 1 } else { widths(&message).len() };
        let words: Vec<_> = words.iter().map(Word::word).collect();
        let mut call = [&message.selector, words[..count].as_flattened()].concat();
        if let Some((at, mask)) = flip {
            let at = at % call.len();
            call[at] ^= mask;
        }
        if let Some(len) = resize {
            call.resize(len, 0);
        }
        let known = SETTINGS.iter().find(|one| one.contract == message.contract && call.starts_with(&one.selector));
        let fits = known.is_some_and(|known| has_list(known) || {
            let widths = widths(known);
            let mut words = call[4..].chunks(32).zip(&widths);
            call.len() == 4 + 32 * widths.len()
                && words.all(|(word, width)| word[..32 - width].iter().all(|byte| *byte == 0))
        });
        match world.apply(person(1), &proposing(&[(target, call)], "why")) {
            Ok(_) => prop_assert!(fits),
            Err(Refused::Rule(Error::CallNotAllowed { .. })) => prop_assert!(!fits),
            Err(Refused::Rule(Error::SettingOutOfBounds { .. })) => prop_assert!(fits && target == ESCROW),
            Err(other) => prop_assert!(false, "{:?}", other),
        }
        check(&world);
    }
}
