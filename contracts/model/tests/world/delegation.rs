//! The token and its delegation, as dashboards know them from OpenZeppelin's Votes.

use chorus_core::{
    abi::{Uint256, Word as _},
    error::Error,
    event::VotesEvent as Event,
    types::{Address, Points, Timestamp, Weight},
    votes::timepoint,
};
use chorus_model::{Action, Logged, World};

use crate::steps::*;

/// The events that `votes` has logged since the log was this long.
pub(crate) fn since(world: &World, logged: usize) -> Vec<Event> {
    let votes = |entry: &(Timestamp, Logged)| match entry.1 {
        Logged::Votes(event) => Some(event),
        _ => None,
    };
    world.log()[logged..].iter().filter_map(votes).collect()
}

fn votes(world: &World, who: Address) -> u64 {
    world.voter(who).votes.value().0
}

fn past(world: &World, who: Address, at: u64) -> u64 {
    world.past_votes(who, Timestamp(at)).unwrap().0
}

/// Shows V01, K01, K02.
#[test]
fn a_fresh_account_has_nothing() {
    let world = world_of(&pool());
    let account = world.voter(person(1));
    assert_eq!((account.nonce, account.votes.value(), account.votes.latest()), (0, Points(0), None));
    let before = Timestamp(world.now().0 - 1);
    assert_eq!((world.past_votes(person(1), before), world.past_supply(before)), (Ok(Points(0)), Ok(Points(0))));
}

/// Shows V02.
#[test]
fn a_balance_delegated_to_nobody_gives_no_votes_and_counts_in_the_supply() {
    // Here the first mint delegates to the member, so to delegate to nobody is a choice made before it.
    let mut world = world_of(&pool());
    ok(&mut world, person(1), Action::Delegate { to: Address::ZERO });
    join(&mut world, person(1), 5, ALL);
    wait(&mut world, 1);
    check(&world);
    assert_eq!((world.voter(person(1)).balance, votes(&world, person(1))), (Weight(5), 0));
    assert_eq!(world.past_supply(Timestamp(world.now().0 - 1)), Ok(Points(5)));
}

#[test]
fn v03_delegating_without_a_balance_moves_no_votes() {
    let mut world = world_of(&pool());
    let logged = world.log().len();
    ok(&mut world, person(1), Action::Delegate { to: person(1) });
    let changed = Event::DelegateChanged { delegator: person(1), fromDelegate: Address::ZERO, toDelegate: person(1) };
    assert_eq!(since(&world, logged), [changed]);
}

/// Shows V04, T02.
#[test]
fn a_first_mint_delegates_to_the_member_from_that_second_on() {
    let mut world = world_of(&pool());
    let (logged, now) = (world.log().len(), world.now().0);
    join(&mut world, person(1), 5, ALL);
    assert_eq!(
        since(&world, logged),
        [
            Event::Transfer { from: Address::ZERO, to: person(1), value: 5.into() },
            Event::DelegateChanged { delegator: person(1), fromDelegate: Address::ZERO, toDelegate: person(1) },
            Event::DelegateVotesChanged { delegate: person(1), previousVotes: 0.into(), newVotes: 5.into() },
        ]
    );
    wait(&mut world, 1);
    assert_eq!((past(&world, person(1), now - 1), past(&world, person(1), now)), (0, 5));
}

/// Shows I05.
#[test]
fn v05_delegating_anew_moves_all_votes_and_keeps_the_past() {
    let mut world = world_with(&[5]);
    ok(&mut world, person(1), Action::Delegate { to: person(2) });
    wait(&mut world, 1);
    let then = world.now().0;
    ok(&mut world, person(1), Action::Delegate { to: person(3) });
    wait(&mut world, 1);
    assert_eq!((votes(&world, person(2)), votes(&world, person(3))), (0, 5));
    assert_eq!((past(&world, person(2), then - 1), past(&world, person(2), then)), (5, 0));
    assert_eq!((past(&world, person(3), then - 1), past(&world, person(3), then)), (0, 5));
}

/// Shows V08, V09, V10, I04.
#[test]
fn mint_and_burn_move_the_delegates_votes_right_after_the_transfer() {
    // There are no transfers: a burn is the sender's half of one, a mint the receiver's.
    let mut world = world_with(&[5, 7]);
    ok(&mut world, person(1), Action::Delegate { to: KEEPER });
    ok(&mut world, person(2), Action::Delegate { to: KEEPER });
    let logged = world.log().len();
    join(&mut world, person(1), 9, ALL);
    join(&mut world, person(1), 2, ALL);
    let changes = |from, to, value: u64, before: u64, after: u64| {
        [
            Event::Transfer { from, to, value: value.into() },
            Event::DelegateVotesChanged { delegate: KEEPER, previousVotes: before.into(), newVotes: after.into() },
        ]
    };
    let mint = changes(Address::ZERO, person(1), 4, 12, 16);
    let burn = changes(person(1), Address::ZERO, 7, 16, 9);
    assert_eq!(since(&world, logged), [mint, burn].concat());
    ok(&mut world, person(2), Action::Withdraw);
    assert_eq!(votes(&world, KEEPER), 2);
}

#[test]
fn v12_k07_three_changes_in_one_second_are_one_checkpoint() {
    let mut world = world_with(&[5]);
    let entries = world.voter(person(1)).votes.recent().len();
    for weight in [6, 7, 8] {
        join(&mut world, person(1), weight, ALL);
    }
    let votes = world.voter(person(1)).votes;
    assert_eq!((votes.recent().len(), votes.value()), (entries + 1, Points(8)));
}

#[test]
fn v15_t03_lookups_at_now_or_later_are_errors_with_both_times() {
    let mut world = world_with(&[5]);
    let clock = world.now();
    for timepoint in [clock, Timestamp(clock.0 + 1), Timestamp(u64::MAX)] {
        let error = Error::FutureLookup { timepoint, clock };
        assert_eq!(world.past_votes(person(1), timepoint), Err(error));
        assert_eq!(world.past_supply(timepoint), Err(error));
    }
    wait(&mut world, 1);
    assert_eq!(world.past_votes(person(1), clock), Ok(Points(5)));
    // A `uint256` that no clock can reach is later than any time, whatever its last bytes are.
    for byte in 0..24 {
        let mut word = clock.word();
        word[byte] = 1;
        assert_eq!(timepoint(Uint256(word)), Timestamp(u64::MAX));
    }
    assert_eq!(timepoint(Uint256(clock.word())), clock);
}

#[test]
fn v16_v17_lookups_before_the_first_checkpoint_and_long_after_the_last() {
    let mut world = world_with(&[5]);
    wait(&mut world, 1_000_000);
    let now = world.now().0;
    assert_eq!((past(&world, person(1), 0), past(&world, person(1), now - 1)), (0, 5));
    assert_eq!(world.past_supply(Timestamp(0)), Ok(Points(0)));
}

/// Shows V18, K08, K09.
#[test]
fn the_past_supply_follows_each_mint_and_burn() {
    let mut world = world_of(&pool());
    let mut steps = Vec::new();
    for (who, weight) in [(1, 10), (1, 0), (1, 10), (2, 20), (1, 0), (2, 0)] {
        match weight {
            0 => drop(ok(&mut world, person(who), Action::Withdraw)),
            _ => drop(join(&mut world, person(who), weight, ALL)),
        }
        steps.push(world.now());
        wait(&mut world, 2);
    }
    let supplies: Vec<_> = steps.iter().map(|at| world.past_supply(*at).unwrap().0).collect();
    assert_eq!(supplies, [10, 0, 10, 30, 20, 0]);
}

#[test]
fn i06_lookups_in_histories_longer_than_a_page_are_right() {
    // The newest 24 entries lie with their owner; 80 changes make three pages besides.
    let mut world = world_with(&[5]);
    for change in 1..=80 {
        join(&mut world, person(1), 5 + change % 7 + change, ALL);
        world.apply(STRANGER, &Action::Wait { seconds: 1 + u64::from(change % 3) }).unwrap();
    }
    check(&world);
    assert_eq!(world.voter(person(1)).votes.pages, 3);
}
