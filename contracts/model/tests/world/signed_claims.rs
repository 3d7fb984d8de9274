//! Claims and withdrawals that members and owners sign and anybody hands in: they need no money for the fee.

use chorus_core::{
    error::Error,
    escrow::{Request, RequestKind},
    offer::Terms,
    types::{Address, OfferId, Timestamp},
};
use chorus_model::{Action, Pool, Site, World, model_account, model_key};

use crate::steps::*;

fn claim_of(world: &World, member: Address, id: OfferId, to: Address) -> Request {
    let deadline = Timestamp(world.now().0 + 60);
    Request { kind: RequestKind::Claim(id), account: member, to, deadline }
}

fn withdrawal_of(world: &World, owner: Address, currency: Address, to: Address) -> Request {
    let deadline = Timestamp(world.now().0 + 60);
    Request { kind: RequestKind::WithdrawCredit(currency), account: owner, to, deadline }
}

/// The request, signed by the account that it names.
fn relaying(world: &World, request: Request) -> Action {
    relayed_as(world, request.account, request)
}

fn relayed_as(world: &World, signer: Address, request: Request) -> Action {
    Action::Relay { request, signature: world.sign_act(signer, &world.request_act(&request)) }
}

fn invalid(account: Address, nonce: u64) -> Error {
    Error::InvalidSignature { account, nonce }
}

/// Shows T12, T31, T32.
#[test]
fn a_relayed_claim_pays_the_member_and_tips_the_relayer() {
    let mut world = world_with(&[60, 40]);
    let id = settling(&mut world, terms());
    let tip = facts(&world, id).settlement().unwrap().tip.0;
    let request = claim_of(&world, person(1), id, STRANGER);
    let before = world.balance(STRANGER).0;
    let action = relaying(&world, request);
    ok(&mut world, KEEPER, action);
    let share = facts(&world, id).paid_sum.0;
    assert_eq!((world.balance(STRANGER).0 - before, world.balance(KEEPER).0), (share, 0));
    assert_eq!([KEEPER, person(1), STRANGER].map(|owner| world.credit(owner).0), [tip, 0, 0]);
    assert_eq!((world.nonce(person(1)), world.nonce(KEEPER)), (1, 0));
    // It works once: not again by signature, nor by the member, nor by a keeper.
    let again = relaying(&world, request);
    assert_eq!(refused(&mut world, KEEPER, again), Error::AlreadyPaid { number: 1.into() });
    assert_eq!(distribute(&mut world, STRANGER, id, 1, 2), 1);
    assert_eq!(world.credit(KEEPER).0, tip);
}

/// Shows I22.
#[test]
fn t09_t31_nobody_redirects_repeats_or_reuses_a_signed_claim() {
    let mut world = world_with(&[60, 40]);
    let id = settling(&mut world, terms());
    let other = settling(&mut world, Terms { salt: [4; 32], ..terms() });
    let request = claim_of(&world, person(1), id, person(1));
    let signed = world.sign_act(person(1), &world.request_act(&request));
    // Every field must be as it was signed.
    for changed in [
        Request { to: KEEPER, ..request },
        Request { kind: RequestKind::Claim(other), ..request },
        Request { deadline: Timestamp(request.deadline.0 + 1), ..request },
        Request { account: person(2), ..request },
        Request { kind: RequestKind::WithdrawCredit(Address::ZERO), ..request },
    ] {
        let action = Action::Relay { request: changed, signature: signed.clone() };
        assert_eq!(refused(&mut world, KEEPER, action), invalid(changed.account, 0));
    }
    // A signature of somebody else, or none at all, is refused.
    for signer in [person(2), KEEPER] {
        let action = relayed_as(&world, signer, request);
        assert_eq!(refused(&mut world, signer, action), invalid(person(1), 0));
    }
    for signature in [vec![], signed[..64].to_vec(), [signed.clone(), vec![0]].concat(), vec![0; 96]] {
        assert_eq!(refused(&mut world, KEEPER, Action::Relay { request, signature }), invalid(person(1), 0));
    }

    // A member who claims from another sale first uses up this nonce, and the older signature is void.
    let action = relaying(&world, claim_of(&world, person(1), other, person(1)));
    ok(&mut world, KEEPER, action.clone());
    let action = Action::Relay { request, signature: signed };
    assert_eq!(refused(&mut world, KEEPER, action), invalid(person(1), 1));
    // A direct call uses up no nonce.
    let request = claim_of(&world, person(1), id, person(1));
    let signed = relaying(&world, request);
    wait_until(&mut world, request.deadline);
    let mut late = world.clone();
    wait(&mut late, 1);
    let expired = Error::SignatureExpired { deadline: request.deadline };
    assert_eq!(refused(&mut late, KEEPER, signed.clone()), expired);
    ok(&mut world, KEEPER, signed);
}

#[test]
fn t09_t49_a_signature_is_for_one_deployment() {
    let deploy = |site: Site| {
        let mut world = world_of(&Pool { site, ..pool() });
        join(&mut world, person(1), 60, ALL);
        wait(&mut world, 1);
        let id = settling(&mut world, terms());
        (world, id)
    };
    let (mut here, id) = deploy(Site::MODEL);
    for site in [
        Site { chain_id: 1, ..Site::MODEL },
        Site { escrow: Address([0x77; 20]), ..Site::MODEL },
        Site { salts: [[8; 32]; 3], ..Site::MODEL },
    ] {
        let (there, _) = deploy(site);
        let request = claim_of(&here, person(1), id, KEEPER);
        let signature = there.sign_act(person(1), &there.request_act(&request));
        assert_eq!(refused(&mut here, KEEPER, Action::Relay { request, signature }), invalid(person(1), 0));
    }
}

#[test]
fn a_member_claims_and_withdraws_with_a_substrate_key() {
    let (key, stranger) = (model_key(0), model_key(1));
    let member = model_account(&key);
    let mut world = world_with(&[60]);
    join(&mut world, member, 40, ALL);
    wait(&mut world, 1);
    let id = settling(&mut world, terms());
    world.close(member);
    let request = claim_of(&world, member, id, member);
    // A Substrate key names its account, and somebody else's does not name the member.
    let action = relayed_as(&world, model_account(&stranger), request);
    assert_eq!(refused(&mut world, KEEPER, action), invalid(member, 0));
    let action = relaying(&world, request);
    ok(&mut world, KEEPER, action);
    // They could not be paid there, and name another account by signature.
    let due = world.credit(member).0;
    assert_ne!(due, 0);
    let request = withdrawal_of(&world, member, Address::ZERO, STRANGER);
    let action = relaying(&world, request);
    let before = world.balance(STRANGER).0;
    ok(&mut world, KEEPER, action);
    assert_eq!((world.balance(STRANGER).0 - before, world.credit(member).0, world.nonce(member)), (due, 0, 2));
}

#[test]
fn t12_t31_a_relayed_withdrawal_goes_where_its_owner_says() {
    let mut world = world_with(&[60, 40]);
    let id = settling(&mut world, terms());
    distribute(&mut world, KEEPER, id, 1, 2);
    let due = world.credit(KEEPER).0;
    let request = withdrawal_of(&world, KEEPER, Address::ZERO, person(2));
    let before = world.balance(person(2)).0;
    let action = relaying(&world, request);
    let redirected = Action::Relay {
        request: Request { to: STRANGER, ..request },
        signature: world.sign_act(KEEPER, &world.request_act(&request)),
    };
    assert_eq!(refused(&mut world, STRANGER, redirected), invalid(KEEPER, 0));
    ok(&mut world, STRANGER, action.clone());
    assert_eq!((world.balance(person(2)).0 - before, world.credit(KEEPER).0), (due, 0));
    // Nothing is due any more, and the treasury has no key.
    let action = relaying(&world, request);
    assert_eq!(refused(&mut world, STRANGER, action), Error::NothingDue { owner: KEEPER, currency: Address::ZERO });
    let request = withdrawal_of(&world, TREASURY, Address::ZERO, STRANGER);
    let action = relayed_as(&world, STRANGER, request);
    assert_eq!(refused(&mut world, STRANGER, action), invalid(TREASURY, 0));
    // A refusal uses up no nonce: the signature is good as soon as the obstacle is gone.
    assert_eq!(world.nonce(KEEPER), 1);
}

/// Shows I22.
#[test]
fn a_failed_payment_of_a_relayed_withdrawal_leaves_the_signature_good() {
    let mut world = world_with(&[60, 40]);
    let id = settling(&mut world, terms());
    distribute(&mut world, KEEPER, id, 1, 2);
    let request = withdrawal_of(&world, KEEPER, Address::ZERO, person(2));
    let action = relaying(&world, request);
    world.close(person(2));
    assert_eq!(refused(&mut world, STRANGER, action.clone()), Error::PushFailed { to: person(2) });
    world.open(person(2));
    ok(&mut world, STRANGER, action);
}
