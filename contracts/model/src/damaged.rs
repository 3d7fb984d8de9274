//! Damaged bytes into every message that takes bytes: batches, signatures, packed terms, the DAO's calls.
//!
//! The bytes are well made first and damaged then: bytes out of nothing get no further than the first check.

use chorus_core::{
    abi::Word as _,
    attestations::Submission,
    escrow,
    hash::Keccak as _,
    offer::Terms,
    packing::SignedVote,
    settings::SETTINGS,
    types::{Address, Amount, BallotId, OfferId},
};

use crate::{
    action::Action,
    cast::{Cast, NOON, contribution},
    driver::Driver,
    pool::Site,
    world::World,
};

/// Damages a message as `bytes` say, hands it in, and checks that every invariant holds after it.
///
/// The first byte says which message; each further four say where and how it is damaged.
///
/// # Errors
/// What does not hold, as a sentence that begins with its number.
pub fn play_damaged(bytes: &[u8]) -> Result<(), String> {
    let Some((choice, harm)) = bytes.split_first() else { return Ok(()) };
    let cast = Cast::model();
    let (mut world, offer) = pool_with_an_offer(&cast)?;
    let (caller, action) = match choice % 6 {
        0 => (cast.keeper, Action::AttestMany { batch: damaged(contributions(&cast, &world), harm) }),
        1 => {
            let ballots = damaged(ballots(&cast, &world, offer.into()), harm);
            (cast.keeper, Action::VotesBySig { id: offer.into(), ballots })
        }
        2 => return propose(&cast, &mut world, harm),
        3 => attest_for(&cast, &world, harm),
        4 => attest(&cast, &world, harm),
        _ => return terms(harm),
    };
    play(&mut world, caller, &action).map(drop)
}

/// A pool of three with an offer that takes votes.
fn pool_with_an_offer(cast: &Cast) -> Result<(World, OfferId), String> {
    let pool = cast.pool(NOON, Site::MODEL);
    let mut world = World::new(&pool).map_err(|error| format!("{error:?}"))?;
    cast.enter(&mut world);
    let mut driver = Driver::over(cast.clone(), &[]);
    while let Some(step) = driver.step(&world) {
        step.play(&mut world).map_err(|refused| format!("{refused:?}"))?;
    }
    let terms = Terms { price: Amount(1_000_000), ..cast.terms() };
    let sent = Amount(terms.price.0 + pool.offers.listing_fee.0);
    world.apply(cast.buyer, &Action::Offer { terms, sent }).map_err(|refused| format!("{refused:?}"))?;
    let offer = world.offers().first().copied().ok_or("no offer")?;
    Ok((world, offer))
}

/// Applies an action; F01 and every invariant hold after it. Returns whether it was accepted.
fn play(world: &mut World, caller: Address, action: &Action) -> Result<bool, String> {
    let before = world.clone();
    let accepted = world.apply(caller, action).is_ok();
    if !accepted && !world.is_same(&before) {
        return Err(format!("F01 {action:?}"));
    }
    world.check_invariants().map_err(|broken| format!("{broken} (after {action:?})"))?;
    Ok(accepted)
}

fn contributions(cast: &Cast, world: &World) -> Vec<u8> {
    let mut batch = Vec::new();
    for member in cast.people.iter().skip(3) {
        let contribution = contribution(world.now(), *member, 5);
        let signature = world.sign_act(*member, &world.contribution_act(*member, &contribution, 1));
        let (signatures, member_signature) = (world.sign(*member, &contribution), Some(signature.as_slice()));
        let submission =
            Submission { member: *member, contribution, purposes: 1, signatures: &signatures, member_signature };
        submission.pack(&mut batch);
    }
    batch
}

fn ballots(cast: &Cast, world: &World, id: BallotId) -> Vec<u8> {
    let mut ballots = Vec::new();
    for voter in cast.people.iter().take(3) {
        let signature = world.sign_act(*voter, &world.ballot_act(*voter, id, 1));
        SignedVote { voter: *voter, support: 1, signature: &signature }.pack(&mut ballots);
    }
    ballots
}

fn attest(cast: &Cast, world: &World, harm: &[u8]) -> (Address, Action) {
    let member = cast.people.last().copied().unwrap_or_default();
    let contribution = contribution(world.now(), member, 5);
    let signatures = damaged(world.sign(member, &contribution), harm);
    (member, Action::Attest { contribution, purposes: 1, signatures })
}

fn attest_for(cast: &Cast, world: &World, harm: &[u8]) -> (Address, Action) {
    let member = cast.people.last().copied().unwrap_or_default();
    let contribution = contribution(world.now(), member, 5);
    let signatures = world.sign(member, &contribution);
    let signature = world.sign_act(member, &world.contribution_act(member, &contribution, 1));
    let member_signature = damaged(signature, harm);
    (cast.keeper, Action::AttestFor { member, contribution, purposes: 1, signatures, member_signature })
}

/// A damaged settings call. What can be proposed must be executable without breaking anything.
fn propose(cast: &Cast, world: &mut World, harm: &[u8]) -> Result<(), String> {
    let Some((kind, harm)) = harm.split_first() else { return Ok(()) };
    let Some(message) = SETTINGS.get(usize::from(*kind) % SETTINGS.len()) else { return Ok(()) };
    let site = world.site();
    let target = site.address(message.contract);
    let words = if message.fields().all(|field| field.width != 0) { message.fields().count() } else { 3 };
    let mut call = message.selector.to_vec();
    call.resize(4 + 32 * words, 0);
    let calls = vec![(target, damaged(call, harm))];
    let proposer = cast.people.first().copied().unwrap_or_default();
    let description = Vec::new();
    if !play(world, proposer, &Action::Propose { calls: calls.clone(), description })? {
        return Ok(());
    }
    let description_hash = World::keccak(&[]);
    let id = world.proposal_id(&calls, description_hash).into();
    play(world, proposer, &Action::Vote { id, support: 1 })?;
    play(world, proposer, &Action::Wait { seconds: 145 })?;
    play(world, cast.keeper, &Action::Execute { calls, description_hash }).map(drop)
}

/// Terms say what their words say, to the last bit, or they are refused.
fn terms(harm: &[u8]) -> Result<(), String> {
    let words = damaged(vec![0; 12 * 32], harm);
    let Ok(terms) = escrow::decode_terms(Address::ZERO, &words) else { return Ok(()) };
    let Terms { buyer: _, currency, price, purpose, fields_hash, licence_hash, min_members, .. } = terms;
    let Terms { min_weight, custodian, arbiter, delivery_s, dispute_s, salt, .. } = terms;
    let again = [
        currency.word(),
        price.word(),
        purpose.word(),
        fields_hash,
        licence_hash,
        min_members.word(),
        min_weight.word(),
        custodian.word(),
        arbiter.word(),
        delivery_s.word(),
        dispute_s.word(),
        salt,
    ];
    if again.as_flattened() == words { Ok(()) } else { Err(format!("terms {terms:?} are not {words:02x?}")) }
}

/// Changes, cuts, doubles or adds bytes. Each four bytes of `harm` say where, how and by which value.
fn damaged(mut bytes: Vec<u8>, harm: &[u8]) -> Vec<u8> {
    let (edits, _) = harm.as_chunks::<4>();
    for [high, low, how, value] in edits {
        let at = usize::from(u16::from_be_bytes([*high, *low])) % (bytes.len() + 1);
        match how % 8 {
            0..4 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= value),
            4 => bytes.truncate(at),
            5 => bytes.insert(at, *value),
            6 => bytes.extend(vec![*value; usize::from(*value)]),
            _ => bytes.extend_from_within(at..),
        }
        // As much as one argument may be long.
        bytes.truncate(16_384);
    }
    bytes
}
