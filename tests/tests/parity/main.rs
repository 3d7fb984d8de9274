//! Parity: random steps, each made in the model and on the contracts' bytecode, with the same bytes coming of both.
//!
//! After every step the answer or the error, every event and every balance are equal, and at the end of a life every
//! storage cell. The model is on the very site of the contracts, so that ids, digests and logs can be compared as they
//! are. It checks real signatures in software, while the contracts ask the chain.

mod keys;
mod messages;

use std::collections::{BTreeMap, BTreeSet};

use chorus_bindings::{Address, B256, Contract, U256, contract, purposes_hash};
use chorus_core::{
    abi::{Event as _, tail},
    types,
};
use chorus_model::{
    Action, Driver, Life, Logged, Outcome, Refused, Site, Step, World,
    cast::{CHAIN_UNIT, Cast, FUNDS},
};
use chorus_tests::{
    bytecode::{End, Pool, Raw, START, STRANGER, chain_id},
    dollar,
    model::{model, new_pool, real},
};

use keys::{SIGNING, cast};
use messages::returned;

/// How many steps must be calls.
const CALLS: usize = 10_000;
/// How many steps a pool's life has. Longer lives grow slow, as the model's own checks look at all of the past.
const STEPS_OF_A_LIFE: usize = 500;
/// The money that everybody has for deposits, in the chain's smallest unit.
const FOR_DEPOSITS: u128 = 1_000_000_000_000_000_000;

#[test]
fn ten_thousand_random_calls_do_the_same_in_the_model_and_on_bytecode() {
    let seed = match std::env::var("CHORUS_SEED") {
        Ok(seed) => seed.parse().expect("CHORUS_SEED is a number"),
        Err(_) => 1,
    };
    println!("CHORUS_SEED={seed} repeats this run; another number is another run");
    let mut met = Life::default();
    for life in seed.. {
        let mut both = Both::new();
        let mut driver = Driver::seeded(both.cast.clone(), life);
        for number in 0..STEPS_OF_A_LIFE {
            let step = driver.step(&both.world).expect("a seed has no end");
            if let Err(difference) = both.play(&step, &mut met) {
                panic!("CHORUS_SEED={life}, step {number}, {step:?}:\n{difference}");
            }
        }
        both.compare_cells();
        both.world.check_invariants().expect("the model holds its invariants");
        if calls(&met) >= CALLS {
            break;
        }
    }
    check(&met);
}

/// A run that met little would show little.
fn check(met: &Life) {
    println!("{} steps\naccepted: {:?}\nrefused: {:?}", met.steps, met.accepted, met.refused);
    assert!(calls(met) >= CALLS && met.accepted.values().sum::<usize>() * 3 > met.steps);
    assert!(met.accepted.len() >= 32, "every action that can be accepted is: {} are", met.accepted.len());
    assert!(met.refused.len() >= 42, "and most errors are met: {} are", met.refused.len());
}

/// How many steps were calls.
fn calls(met: &Life) -> usize {
    met.steps - met.accepted.get("Wait").copied().unwrap_or_default()
}

/// A pool in the model and on bytecode.
struct Both {
    world: World,
    pool: Pool,
    token: Address,
    cast: Cast,
    /// How much less an account has on chain than in the model for reasons beside the rules: deposits, and being gone.
    apart: BTreeMap<types::Address, i128>,
}

impl Both {
    fn new() -> Self {
        let site = |pool: &Pool| Site {
            chain_id: chain_id(),
            attestations: model(pool.address(Contract::Attestations)),
            votes: model(pool.address(Contract::Votes)),
            escrow: model(pool.address(Contract::Escrow)),
            salts: pool.salts().map(|salt| salt.0),
            signing: SIGNING,
        };
        let settings = new_pool(&cast(None).pool(types::Timestamp(START), Site::MODEL));
        let mut pool = Pool::new(&settings);
        let token = pool.deploy(0, dollar::CODE, &[]).ok();
        let cast = cast(Some(model(token)));
        let purposes_hash = purposes_hash(&settings.purposes).0;
        let model = chorus_model::Pool { purposes_hash, ..cast.pool(types::Timestamp(pool.now), site(&pool)) };
        let mut world = World::new(&model).expect("it can be deployed");
        cast.enter(&mut world);
        for account in [cast.buyer, cast.stranger] {
            pool.endow(real(account), FUNDS / CHAIN_UNIT + FOR_DEPOSITS);
            pool.call(STRANGER, token, &dollar::mintCall { to: real(account), value: U256::from(FUNDS) }).ok();
        }
        for account in &cast.people {
            pool.endow(real(*account), FOR_DEPOSITS);
        }
        let mut both = Self { world, pool, token, cast, apart: BTreeMap::new() };
        for account in both.accounts() {
            both.measure(account);
        }
        both
    }

    /// Everybody whose money can move.
    fn accounts(&self) -> Vec<types::Address> {
        let Cast { guardian, buyer, custodian, arbiter, keeper, stranger, nobody, .. } = self.cast;
        let Site { attestations, votes, escrow, .. } = *self.world.site();
        let others = [guardian, buyer, custodian, arbiter, keeper, stranger, nobody, attestations, votes, escrow];
        self.cast.people.iter().copied().chain(others).collect()
    }

    /// From now on the balances of an account must move alike.
    fn measure(&mut self, account: types::Address) {
        let (there, here) = (self.world.balance(account).0 as i128, self.pool.balance(real(account)) as i128);
        self.apart.insert(account, there - here);
    }

    fn play(&mut self, step: &Step, met: &mut Life) -> Result<(), String> {
        let logged = self.world.log().len();
        let answer = step.play(&mut self.world);
        met.note(step, &answer);
        match step {
            Step::Close(person) => {
                self.pool.endow(real(*person), 0);
                self.measure(*person);
            }
            Step::Open(person) => {
                self.pool.endow(real(*person), FOR_DEPOSITS);
                self.measure(*person);
            }
            Step::Call { caller, action } => match action {
                Action::Wait { seconds } => self.pool.now += seconds,
                Action::Donate { currency: types::Address::ZERO, amount } => {
                    self.pool.donate(real(*caller), self.pool.address(Contract::Escrow), amount.0 / CHAIN_UNIT);
                }
                _ => {
                    let (to, value, data) = self.call(action);
                    let mut raw = self.pool.send(real(*caller), to, value, data);
                    *self.apart.entry(*caller).or_default() += raw.deposit * CHAIN_UNIT as i128;
                    let logged_by_token = raw.events.extract_if(.., |(by, ..)| *by == self.token).count();
                    if to == self.token {
                        self.compare_token_balances()?;
                        return matches!(raw.end, End::Returned(_)).then_some(()).ok_or(format!("{raw:?}"));
                    }
                    self.compare(action, &answer, logged, &raw)?;
                    if logged_by_token != 0 {
                        self.compare_token_balances()?;
                    }
                }
            },
        }
        self.compare_balances()
    }

    fn compare(
        &self,
        action: &Action,
        answer: &Result<Outcome, Refused>,
        logged: usize,
        raw: &Raw,
    ) -> Result<(), String> {
        let expected = match answer {
            Ok(_) if matches!(action, Action::Execute { .. }) => End::Returned(Vec::new()),
            Ok(outcome) => End::Returned(returned(*outcome)),
            Err(Refused::Rule(error)) => End::Reverted(error.encode().as_bytes().to_vec()),
            // The chain has words of its own for it.
            Err(Refused::Funds) if matches!(raw.end, End::Trapped(_)) => return Ok(()),
            Err(Refused::Funds) => End::Trapped("not enough money".into()),
        };
        if raw.end != expected {
            return Err(format!("the model: {answer:?} = {expected:02x?}\non bytecode: {:02x?}", raw.end));
        }
        let log = &self.world.log()[logged..];
        let events: Vec<_> = (logged..).zip(log).map(|(index, (_, event))| self.encoded(index, event)).collect();
        if raw.events != events {
            let first = events.iter().zip(&raw.events).position(|(model, real)| model != real);
            let first = first.unwrap_or(events.len().min(raw.events.len()));
            return Err(format!(
                "event {first} of {} and {}:\nthe model: {:?} = {:02x?}\non bytecode: {:02x?}",
                events.len(),
                raw.events.len(),
                log.get(first),
                events.get(first),
                raw.events.get(first)
            ));
        }
        Ok(())
    }

    /// An event of the model's log, as the chain keeps it.
    fn encoded(&self, index: usize, event: &Logged) -> (Address, Vec<B256>, Vec<u8>) {
        let (of, (topics, data)) = match event {
            Logged::Attestations(event) => (Contract::Attestations, event.encode()),
            Logged::Votes(event) => (Contract::Votes, event.encode()),
            Logged::Escrow(event) => (Contract::Escrow, event.encode()),
        };
        let topics = topics.as_slice().iter().map(B256::from).collect();
        let data = match self.world.tail(index) {
            Some(bytes) => tail(&data, bytes),
            None => data.as_bytes().to_vec(),
        };
        (self.pool.address(of), topics, data)
    }

    fn compare_balances(&self) -> Result<(), String> {
        let accounts = self.accounts();
        let real: Vec<_> = accounts.iter().map(|account| real(*account)).collect();
        for (account, balance) in accounts.iter().zip(self.pool.balances(&real)) {
            let apart = self.apart.get(account).copied().unwrap_or_default();
            let (there, here) = (self.world.balance(*account).0 as i128, balance as i128 + apart);
            if there != here {
                return Err(format!("{account:?} has {there} in the model and {here} on bytecode"));
            }
        }
        Ok(())
    }

    fn compare_token_balances(&self) -> Result<(), String> {
        for account in self.accounts() {
            let here = self.pool.view(self.token, &dollar::balanceOfCall { account: real(account) });
            let there = self.world.balance_in(model(self.token), account).0;
            if here != U256::from(there) {
                return Err(format!("{account:?} has {there} of the token in the model and {here} on bytecode"));
            }
        }
        Ok(())
    }

    fn compare_cells(&self) {
        let mut kinds = BTreeSet::new();
        for (of, key, cell) in self.world.cells() {
            let of = contract(of);
            let kept = self.pool.cell(of, key.clone());
            assert_eq!(kept.as_deref(), Some(cell), "cell {key:02x?} of {of:?}");
            kinds.insert((of, key.len(), key.first().copied()));
        }
        assert!(kinds.len() >= 12, "a life writes cells of most kinds: {kinds:?}");
    }
}
