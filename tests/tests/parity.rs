//! Parity: random steps, each played by the model and by the contracts' code, with the same bytes coming of it.
//!
//! After every step the answer or the error, every event and every balance are equal; at the end of a life every storage
//! cell is too. The model is set on the very site of the contracts, so that ids, digests and logs can be compared as they
//! are, and checks real signatures in software while the contracts ask the chain.

use chorus::deploy::Settings;
use chorus_bindings::{Address, B256, Bytes, Contract, SolCall, attestations, escrow, votes};
use chorus_core::abi::{Event as _, Word as _};
use chorus_core::attestations::Contribution;
use chorus_core::eip712::Signature;
use chorus_core::hash::Hash32;
use chorus_core::signed::substrate_address;
use chorus_core::types;
use chorus_core::world::driver::{CHAIN_UNIT, Cast, Driver, FUNDS, Step};
use chorus_core::world::{self, Action, Logged, Outcome, Refused, Signing, Site, World};
use chorus_devnet::polkadot_sdk::sp_core::{Pair as _, crypto::ByteArray as _, sr25519};
use chorus_tests::bytecode::{
    self, ARBITER, BUYER, CUSTODIAN, End, GUARDIAN, KEEPER, Pool, Raw, START, STRANGER, address_of, attester, chain_id,
};
use k256::ecdsa::{RecoveryId, SigningKey, VerifyingKey};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// Steps that are calls, at least.
const CALLS: usize = 10_000;
/// Steps of one pool's life. Longer lives grow slow, as the model's own checks look at all of the past.
const STEPS_OF_A_LIFE: usize = 500;
/// What everybody has for deposits, in the chain's smallest unit.
const FOR_DEPOSITS: u128 = 1_000_000_000_000_000_000;

#[test]
fn ten_thousand_random_calls_do_the_same_in_the_model_and_on_bytecode() {
    let seed = match std::env::var("CHORUS_SEED") {
        Ok(seed) => seed.parse().expect("CHORUS_SEED is a number"),
        Err(_) => 1,
    };
    println!("CHORUS_SEED={seed} repeats this run; another number is another run");
    let mut met = Met::default();
    for life in seed.. {
        let mut both = Both::new();
        let mut driver = Driver::seeded(cast(), life);
        for number in 0..STEPS_OF_A_LIFE {
            let step = driver.step(&both.world).expect("a seed has no end");
            if let Err(difference) = both.play(&step, &mut met) {
                panic!("CHORUS_SEED={life}, step {number}, {step:?}:\n{difference}");
            }
        }
        both.compare_cells();
        both.world.check_invariants().expect("the model holds its invariants");
        if met.calls >= CALLS {
            break;
        }
    }
    met.check();
}

/// What a run came across.
#[derive(Default)]
struct Met {
    calls: usize,
    accepted: BTreeMap<String, usize>,
    errors: BTreeMap<String, usize>,
}

impl Met {
    fn note(&mut self, action: &Action, answer: &Result<Outcome, Refused>) {
        self.calls += usize::from(!matches!(action, Action::Wait { .. }));
        let name = |of: String| of.split([' ', '{', '(']).next().unwrap_or_default().to_owned();
        match answer {
            Ok(_) => *self.accepted.entry(name(format!("{action:?}"))).or_default() += 1,
            Err(Refused::Rule(error)) => *self.errors.entry(name(format!("{error:?}"))).or_default() += 1,
            Err(Refused::Funds) => *self.errors.entry("Funds".into()).or_default() += 1,
        }
    }

    /// A run that met little has shown little.
    fn check(&self) {
        println!("{} calls\naccepted: {:?}\nrefused: {:?}", self.calls, self.accepted, self.errors);
        assert!(self.calls >= CALLS && self.accepted.values().sum::<usize>() * 3 > self.calls);
        assert!(self.accepted.len() >= 19, "every action that can be is accepted at least once");
        assert!(self.errors.len() >= 35, "and most errors are met");
    }
}

/// A pool in the model and on bytecode.
struct Both {
    world: World,
    pool: Pool,
    cast: Cast,
    /// By how much an account has less on chain than in the model, for reasons beside the rules: deposits, and being gone.
    apart: BTreeMap<types::Address, i128>,
}

impl Both {
    fn new() -> Self {
        let cast = cast();
        let site = |pool: &Pool| Site {
            chain_id: chain_id(),
            attestations: model(pool.address(Contract::Attestations)),
            votes: model(pool.address(Contract::Votes)),
            escrow: model(pool.address(Contract::Escrow)),
            salts: pool.salts().map(|salt| salt.0),
            signing: SIGNING,
        };
        let mut pool = Pool::new(&settings(&cast.pool(types::Timestamp(START), Site::MODEL)));
        let mut world = World::new(&cast.pool(types::Timestamp(pool.now), site(&pool))).expect("it can be deployed");
        cast.enter(&mut world);
        for account in [cast.buyer, cast.stranger] {
            pool.endow(real(account), FUNDS / CHAIN_UNIT + FOR_DEPOSITS);
        }
        for account in &cast.people {
            pool.endow(real(*account), FOR_DEPOSITS);
        }
        let mut both = Self { world, pool, cast, apart: BTreeMap::new() };
        for account in both.accounts() {
            both.measure(account);
        }
        both
    }

    /// Everybody whose money may move.
    fn accounts(&self) -> Vec<types::Address> {
        let Cast { guardian, buyer, custodian, arbiter, keeper, stranger, nobody, .. } = self.cast;
        let Site { attestations, votes, escrow, .. } = *self.world.site();
        let others = [guardian, buyer, custodian, arbiter, keeper, stranger, nobody, attestations, votes, escrow];
        self.cast.people.iter().copied().chain(others).collect()
    }

    /// From here on both must move alike.
    fn measure(&mut self, account: types::Address) {
        let (there, here) = (self.world.balance(account).0 as i128, self.pool.balance(real(account)) as i128);
        self.apart.insert(account, there - here);
    }

    fn play(&mut self, step: &Step, met: &mut Met) -> Result<(), String> {
        let logged = self.world.log().len();
        let answer = step.play(&mut self.world);
        match step {
            Step::Close(person) => {
                self.pool.endow(real(*person), 0);
                self.measure(*person);
            }
            Step::Open(person) => {
                self.pool.endow(real(*person), FOR_DEPOSITS);
                self.measure(*person);
            }
            Step::Act { caller, action } => {
                met.note(action, &answer);
                match action {
                    Action::Wait { seconds } => self.pool.now += seconds,
                    Action::Donate { amount } => {
                        self.pool.donate(real(*caller), self.pool.address(Contract::Escrow), amount.0 / CHAIN_UNIT);
                    }
                    _ => {
                        let (to, value, data) = call(action);
                        let raw = self.pool.send(real(*caller), self.pool.address(to), value, data);
                        self.compare(&answer, logged, &raw)?;
                        *self.apart.entry(*caller).or_default() += raw.deposit * CHAIN_UNIT as i128;
                    }
                }
            }
        }
        self.compare_balances()
    }

    fn compare(&self, answer: &Result<Outcome, Refused>, logged: usize, raw: &Raw) -> Result<(), String> {
        let expected = match answer {
            Ok(outcome) => End::Returned(returned(*outcome)),
            Err(Refused::Rule(error)) => End::Reverted(error.encode().as_bytes().to_vec()),
            // The chain has its own words for it.
            Err(Refused::Funds) if matches!(raw.end, End::Trapped(_)) => return Ok(()),
            Err(Refused::Funds) => End::Trapped("not enough money".into()),
        };
        if raw.end != expected {
            return Err(format!("the model: {answer:?} = {expected:02x?}\non bytecode: {:02x?}", raw.end));
        }
        let log = &self.world.log()[logged..];
        let events: Vec<_> = log.iter().map(|(_, event)| self.encoded(event)).collect();
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

    fn encoded(&self, event: &Logged) -> (Address, Vec<B256>, Vec<u8>) {
        let (of, (topics, data)) = match event {
            Logged::Attestations(event) => (Contract::Attestations, event.encode()),
            Logged::Votes(event) => (Contract::Votes, event.encode()),
            Logged::Escrow(event) => (Contract::Escrow, event.encode()),
        };
        let topics = topics.as_slice().iter().map(B256::from).collect();
        (self.pool.address(of), topics, data.as_bytes().to_vec())
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

    fn compare_cells(&self) {
        let mut kinds = BTreeSet::new();
        for (of, key, cell) in self.world.cells() {
            let of = match of {
                world::Contract::Attestations => Contract::Attestations,
                world::Contract::Votes => Contract::Votes,
                world::Contract::Escrow => Contract::Escrow,
            };
            let kept = self.pool.cell(of, key.clone());
            assert_eq!(kept.as_deref(), Some(cell), "cell {key:02x?} of {of:?}");
            kinds.insert((of, key.len(), key.first().copied()));
        }
        assert!(kinds.len() >= 12, "a life writes cells of most kinds: {kinds:?}");
    }
}

// The same in the two languages.

/// The contract, native money and calldata of an action.
fn call(action: &Action) -> (Contract, u128, Vec<u8>) {
    use Contract::{Attestations, Escrow, Votes};
    let hash = |id: types::OfferId| B256::from(id.0);
    let number = |id: types::OfferId| B256::from(id.0).into();
    let (to, data) = match *action {
        Action::Attest { contribution, purposes, ref signatures } => {
            let Contribution { commitment, nullifier, weight, rule_version, route, deadline } = contribution;
            let call = attestations::attestCall {
                commitment: commitment.into(),
                nullifier: nullifier.into(),
                weight: weight.0,
                rule_version,
                route,
                purposes,
                deadline: deadline.0,
                signatures: bytes(signatures),
            };
            (Attestations, call.abi_encode())
        }
        Action::AttestFor { member, contribution, purposes, ref signatures, ref member_signature } => {
            let Contribution { commitment, nullifier, weight, rule_version, route, deadline } = contribution;
            let call = attestations::attestForCall {
                member: real(member),
                commitment: commitment.into(),
                nullifier: nullifier.into(),
                weight: weight.0,
                rule_version,
                route,
                purposes,
                deadline: deadline.0,
                signatures: bytes(signatures),
                member_signature: bytes(member_signature),
            };
            (Attestations, call.abi_encode())
        }
        Action::AttestMany { ref batch } => {
            (Attestations, attestations::attestManyCall { contributions: bytes(batch) }.abi_encode())
        }
        Action::SetPurposesFor { member, purposes, deadline, ref signature } => {
            let (member, deadline, signature) = (real(member), deadline.0, bytes(signature));
            (Attestations, attestations::setPurposesForCall { member, purposes, deadline, signature }.abi_encode())
        }
        Action::WithdrawFor { member, deadline, ref signature } => {
            let (member, deadline, signature) = (real(member), deadline.0, bytes(signature));
            (Attestations, attestations::withdrawForCall { member, deadline, signature }.abi_encode())
        }
        Action::LeaveFor { member, sale, deadline, ref signature } => {
            let (member, deadline, signature) = (real(member), deadline.0, bytes(signature));
            (Attestations, attestations::leaveForCall { member, sale: sale.0, deadline, signature }.abi_encode())
        }
        Action::Revoke { member, deadline, ref signatures } => {
            let (member, deadline, signatures) = (real(member), deadline.0, bytes(signatures));
            (Attestations, attestations::revokeCall { member, deadline, signatures }.abi_encode())
        }
        Action::SetAttesters { ref attesters, threshold } => {
            (Attestations, attestations::setAttestersCall { attesters: reals(attesters), threshold }.abi_encode())
        }
        Action::SetDailyWeightCap { cap } => {
            (Attestations, attestations::setDailyWeightCapCall { cap: cap.0 }.abi_encode())
        }
        Action::SetContributionsGuardian { guardian } => {
            (Attestations, attestations::setGuardianCall { guardian: real(guardian) }.abi_encode())
        }
        Action::SetPurposes { purposes } => (Attestations, attestations::setPurposesCall { purposes }.abi_encode()),
        Action::Withdraw => (Attestations, attestations::withdrawCall {}.abi_encode()),
        Action::Leave { sale } => (Attestations, attestations::leaveCall { sale: sale.0 }.abi_encode()),
        Action::OpenSale { purpose, window_ends } => {
            (Attestations, attestations::openSaleCall { purpose, window_ends: window_ends.0 }.abi_encode())
        }
        Action::PauseContributions { until } => (Attestations, attestations::pauseCall { until: until.0 }.abi_encode()),

        Action::Delegate { to } => (Votes, votes::delegateCall { delegatee: real(to) }.abi_encode()),
        Action::Vote { id, support } => (Votes, votes::castVoteCall { proposalId: number(id), support }.abi_encode()),
        Action::Mirror { member, weight } => {
            (Votes, votes::mirrorCall { member: real(member), weight: weight.0 }.abi_encode())
        }
        Action::OpenBallot { id } => (Votes, votes::openBallotCall { proposalId: number(id) }.abi_encode()),

        Action::Offer { terms, sent } => {
            let call = escrow::offerCall {
                currency: real(terms.currency),
                price: terms.price.0,
                purpose: terms.purpose,
                fields_hash: terms.fields_hash.into(),
                licence_hash: terms.licence_hash.into(),
                min_members: terms.min_members,
                min_weight: terms.min_weight.0,
                custodian: real(terms.custodian),
                arbiter: real(terms.arbiter),
                delivery_s: terms.delivery_s,
                dispute_s: terms.dispute_s,
                salt: terms.salt.into(),
            };
            return (Escrow, sent.0, call.abi_encode());
        }
        Action::Seal { offer } => (Escrow, escrow::sealCall { offer: hash(offer) }.abi_encode()),
        Action::Deliver { offer, bundle_hash, manifest_root } => {
            let (bundle_hash, manifest_root) = (bundle_hash.into(), manifest_root.into());
            (Escrow, escrow::deliverCall { offer: hash(offer), bundle_hash, manifest_root }.abi_encode())
        }
        Action::Accept { offer } => (Escrow, escrow::acceptCall { offer: hash(offer) }.abi_encode()),
        Action::Dispute { offer } => {
            (Escrow, escrow::disputeCall { offer: hash(offer), reason_hash: B256::ZERO }.abi_encode())
        }
        Action::Rule { offer, returned_bps } => {
            (Escrow, escrow::ruleCall { offer: hash(offer), returned_bps }.abi_encode())
        }
        Action::Refund { offer } => (Escrow, escrow::refundCall { offer: hash(offer) }.abi_encode()),
        Action::Distribute { offer, from, count } => {
            (Escrow, escrow::distributeCall { offer: hash(offer), from: from.0, count }.abi_encode())
        }
        Action::Claim { offer, to } => (Escrow, escrow::claimCall { offer: hash(offer), to: real(to) }.abi_encode()),
        Action::WithdrawCredit { currency, to } => {
            (Escrow, escrow::withdrawCreditCall { currency: real(currency), to: real(to) }.abi_encode())
        }
        Action::PauseOffers { until } => (Escrow, escrow::pauseCall { until: until.0 }.abi_encode()),

        Action::Wait { .. } | Action::Donate { .. } => unreachable!("no message"),
    };
    (to, 0, data)
}

/// What a message returns.
fn returned(outcome: Outcome) -> Vec<u8> {
    match outcome {
        Outcome::Done => return Vec::new(),
        Outcome::Member(number) => number.word(),
        Outcome::Counted(power) => power.word(),
        Outcome::Offered(id) => id.word(),
        Outcome::Sealed(seal) => seal.code().word(),
        Outcome::Settled(count) | Outcome::Accepted(count) => count.word(),
        Outcome::Paid(amount) => amount.word(),
    }
    .to_vec()
}

fn real(address: types::Address) -> Address {
    Address::from(address.0)
}

fn reals(addresses: &[types::Address]) -> Vec<Address> {
    addresses.iter().map(|address| real(*address)).collect()
}

fn bytes(bytes: &[u8]) -> Bytes {
    Bytes::copy_from_slice(bytes)
}

fn model(address: Address) -> types::Address {
    types::Address(address.0.0)
}

fn settings(pool: &world::Pool) -> Settings {
    Settings {
        purposes: (0..pool.purposes).map(|number| format!("purpose {number}")).collect(),
        attesters: reals(&pool.attesters),
        threshold: pool.threshold,
        daily_weight_cap: pool.daily_weight_cap.0,
        custodians: reals(&pool.custodians),
        arbiters: reals(&pool.arbiters),
        guardian: real(pool.guardian),
        voting_period_s: pool.voting_period_s,
        quorum_bps: pool.quorum_bps,
        quorum_min: pool.quorum_min.0,
        approval_bps: pool.approval_bps,
        listing_fee: pool.settings.listing_fee.0,
        reserve_per_million: pool.settings.reserve_per_million.0,
        fee_bps: pool.settings.fee.get(),
        tip_bps: pool.settings.tip.get(),
        cohort_min: pool.settings.cohort_min,
        opt_out_s: pool.settings.opt_out_s,
        period_min_s: pool.settings.period_min_s,
        period_max_s: pool.settings.period_max_s,
        ruling_s: pool.settings.ruling_s,
    }
}

// Keys.

/// The officers of [`bytecode`], and people with keys: four with Ethereum's, two with Substrate's.
fn cast() -> Cast {
    Cast {
        people: (11..15)
            .map(|number| model(address_of(&attester(number))))
            .chain(substrate().keys().copied())
            .collect(),
        attesters: (1..=5).map(|number| model(address_of(&attester(number)))).collect(),
        guardian: model(GUARDIAN),
        buyer: model(BUYER),
        custodian: model(CUSTODIAN),
        arbiter: model(ARBITER),
        keeper: model(KEEPER),
        stranger: model(STRANGER),
        nobody: model(bytecode::member(1)),
    }
}

const SIGNING: Signing = Signing {
    ecdsa: |signer, digest| {
        let key = ethereum().get(&signer).unwrap_or(&ethereum()[&model(address_of(&attester(STRAY_KEY)))]);
        let (signature, recovery) = key.sign_prehash_recoverable(&digest).expect("a digest is signed");
        let mut bytes = [27 + recovery.to_byte(); 65];
        bytes[..64].copy_from_slice(&signature.to_bytes());
        bytes
    },
    recover: |digest, &Signature { r, s, v }| {
        let signature = k256::ecdsa::Signature::from_scalars(r, s).ok()?;
        let key = VerifyingKey::recover_from_prehash(&digest, &signature, RecoveryId::from_byte(v - 27)?).ok()?;
        Some(model(Address::from_raw_public_key(&key.to_encoded_point(false).as_bytes()[1..])))
    },
    substrate_key: |account| Some(substrate().get(&account)?.public().0),
    sr25519: |key, message| {
        let pair = substrate().values().find(|pair| pair.public().0 == key).expect("a key of the cast");
        pair.sign(message).0
    },
    verify_sr25519: |key, message, signature| {
        let key = sr25519::Public::from_slice(key).expect("32 bytes");
        sr25519::Pair::verify(&sr25519::Signature::from_raw(*signature), message, &key)
    },
};

/// Signs for who has no key of their own: nobody knows its account.
const STRAY_KEY: u8 = 99;

fn ethereum() -> &'static BTreeMap<types::Address, SigningKey> {
    static KEYS: OnceLock<BTreeMap<types::Address, SigningKey>> = OnceLock::new();
    KEYS.get_or_init(|| {
        let keys = (1..=5).chain(11..15).chain([STRAY_KEY]).map(attester);
        keys.map(|key| (model(address_of(&key)), key)).collect()
    })
}

fn substrate() -> &'static BTreeMap<types::Address, sr25519::Pair> {
    static KEYS: OnceLock<BTreeMap<types::Address, sr25519::Pair>> = OnceLock::new();
    let account = |key: &Hash32| substrate_address::<chorus_core::hash::Software>(key);
    KEYS.get_or_init(|| {
        let pairs = [21, 22].map(|number| sr25519::Pair::from_seed(&[number; 32]));
        pairs.into_iter().map(|pair| (account(&pair.public().0), pair)).collect()
    })
}
