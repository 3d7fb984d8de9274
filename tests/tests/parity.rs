//! Parity: random steps, each played by the model and by the contracts' code, with the same bytes coming of it.
//!
//! After every step the answer or the error, every event and every balance are equal; at the end of a life every storage
//! cell is too. The model is set on the very site of the contracts, so that ids, digests and logs can be compared as they
//! are, and checks real signatures in software while the contracts ask the chain.

use chorus::deploy::{Settings, purposes_hash};
use chorus_bindings::{
    Address, B256, Bytes, Contract, SolCall, SolStruct as _, U256, attestations, escrow, signed, votes,
};
use chorus_core::abi::{Event as _, Uint256, Word as _, tail};
use chorus_core::attestations::Contribution;
use chorus_core::eip712::Signature;
use chorus_core::escrow::{Permit, Request, RequestKind};
use chorus_core::hash::Hash32;
use chorus_core::signed::substrate_address;
use chorus_core::types;
use chorus_core::votes::{Delegation, VotingSettings};
use chorus_devnet::polkadot_sdk::sp_core::{Pair as _, crypto::ByteArray as _, sr25519};
use chorus_model::driver::{CHAIN_UNIT, Cast, Driver, FUNDS, Step};
use chorus_model::{self, Action, Life, Logged, Outcome, Refused, Signing, Site, World};
use chorus_tests::bytecode::{
    self, ARBITER, CUSTODIAN, End, GUARDIAN, KEEPER, Pool, Raw, START, STRANGER, address_of, attester, chain_id,
};
use chorus_tests::dollar;
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

/// A run that met little has shown little.
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
    /// By how much an account has less on chain than in the model, for reasons beside the rules: deposits, and being gone.
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
        let settings = settings(&cast(None).pool(types::Timestamp(START), Site::MODEL));
        let mut pool = Pool::new(&settings);
        let token = pool.deploy(0, dollar::CODE, &[]).ok();
        let cast = cast(Some(model(token)));
        let purposes_hash = purposes_hash(&settings.purposes).0;
        let model = world::Pool { purposes_hash, ..cast.pool(types::Timestamp(pool.now), site(&pool)) };
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
            Step::Act { caller, action } => match action {
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
            // The chain has its own words for it.
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

    /// An event of the model's log as the chain keeps it.
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

impl Both {
    /// Where an action is called, with which native money and calldata.
    fn call(&self, action: &Action) -> (Address, u128, Vec<u8>) {
        let escrow = self.pool.address(Contract::Escrow);
        match *action {
            Action::Approve { amount, .. } => {
                let call = dollar::approveCall { spender: escrow, value: U256::from(amount.0) };
                (self.token, 0, call.abi_encode())
            }
            Action::Donate { amount, .. } => {
                let call = dollar::transferCall { to: escrow, value: U256::from(amount.0) };
                (self.token, 0, call.abi_encode())
            }
            Action::Offer { sent, .. } => (escrow, sent.0, message(action).1),
            _ => {
                let (contract, call) = message(action);
                (self.pool.address(contract), 0, call)
            }
        }
    }
}

/// The contract and calldata of an action that is a message of the pool.
fn message(action: &Action) -> (Contract, Vec<u8>) {
    use Contract::{Attestations, Escrow, Votes};
    let hash = |id: types::OfferId| B256::from(id.0);
    let number = |id: types::BallotId| B256::from(id.0).into();
    match *action {
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
        Action::VoteWithReason { id, support, ref reason } => {
            let (id, reason) = (number(id), reason.clone());
            (Votes, votes::castVoteWithReasonCall { proposalId: id, support, reason }.abi_encode())
        }
        Action::VoteBySig { id, support, voter, ref signature } => {
            let (id, voter, signature) = (number(id), real(voter), bytes(signature));
            (Votes, votes::castVoteBySigCall { proposalId: id, support, voter, signature }.abi_encode())
        }
        Action::VotesBySig { id, ref ballots } => {
            (Votes, votes::castVotesBySigCall { proposalId: number(id), ballots: bytes(ballots) }.abi_encode())
        }
        Action::DelegateBySig { delegation: Delegation { delegatee, nonce, expiry }, ref signature } => {
            let call = votes::delegateBySigCall {
                delegatee: real(delegatee),
                nonce: uint(nonce),
                expiry: uint(expiry),
                v: signature[64],
                r: B256::from_slice(&signature[..32]),
                s: B256::from_slice(&signature[32..64]),
            };
            (Votes, call.abi_encode())
        }
        Action::DelegateFor { delegator, delegation: Delegation { delegatee, nonce, expiry }, ref signature } => {
            let call = votes::delegateForCall {
                delegator: real(delegator),
                delegatee: real(delegatee),
                nonce: uint(nonce),
                expiry: uint(expiry),
                signature: bytes(signature),
            };
            (Votes, call.abi_encode())
        }
        Action::Mirror { ref changes } => (Votes, votes::mirrorCall { changes: bytes(changes) }.abi_encode()),
        Action::OpenBallot { id, proposer } => {
            (Votes, votes::openBallotCall { proposalId: number(id), proposer: real(proposer) }.abi_encode())
        }
        Action::OpenProposal { id, proposer } => {
            (Votes, votes::openProposalCall { proposalId: number(id), proposer: real(proposer) }.abi_encode())
        }
        Action::SetVoting { settings } => {
            let VotingSettings { voting_period_s, quorum_bps, quorum_min, approval_bps, proposal_threshold_bps } =
                settings;
            let call = votes::setVotingCall {
                voting_period_s,
                quorum_bps,
                quorum_min: quorum_min.0,
                approval_bps,
                proposal_threshold_bps,
            };
            (Votes, call.abi_encode())
        }

        Action::Offer { terms, .. } => {
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
            (Escrow, call.abi_encode())
        }
        Action::OfferWithPermit { terms, permit: Permit { deadline, v, r, s } } => {
            let words = [
                terms.currency.word(),
                terms.price.word(),
                terms.purpose.word(),
                terms.fields_hash,
                terms.licence_hash,
                terms.min_members.word(),
                terms.min_weight.word(),
                terms.custodian.word(),
                terms.arbiter.word(),
                terms.delivery_s.word(),
                terms.dispute_s.word(),
                terms.salt,
            ];
            let (terms, permit_deadline) = (bytes(words.as_flattened()), U256::from_be_bytes(deadline));
            (Escrow, escrow::offerWithPermitCall { terms, permit_deadline, v, r: r.into(), s: s.into() }.abi_encode())
        }
        Action::Relay { request: Request { kind, account, about, to, deadline }, ref signature } => {
            let (account, to, deadline, signature) = (real(account), real(to), deadline.0, bytes(signature));
            let call = match kind {
                RequestKind::Claim => {
                    let offer = about.into();
                    escrow::claimForCall { member: account, offer, to, deadline, signature }.abi_encode()
                }
                RequestKind::WithdrawCredit => {
                    let currency = Address::from_word(about.into());
                    escrow::withdrawCreditForCall { owner: account, currency, to, deadline, signature }.abi_encode()
                }
            };
            (Escrow, call)
        }
        Action::Propose { ref calls, ref description } => {
            let (targets, calls) = lists(calls);
            let description = String::from_utf8(description.clone()).expect("a description is text");
            (Escrow, escrow::proposeCall { targets, calls, description }.abi_encode())
        }
        Action::Execute { ref calls, description_hash } => {
            let (targets, calls) = lists(calls);
            let description_hash = description_hash.into();
            (Escrow, escrow::executeCall { targets, calls, description_hash }.abi_encode())
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

        Action::Wait { .. } | Action::Approve { .. } | Action::Donate { .. } => unreachable!("no message"),
    }
}

fn lists(calls: &[(types::Address, Vec<u8>)]) -> (Vec<Address>, Vec<Bytes>) {
    calls.iter().map(|(target, call)| (real(*target), bytes(call))).unzip()
}

fn uint(number: Uint256) -> U256 {
    U256::from_be_bytes(number.0)
}

/// What a message returns.
fn returned(outcome: Outcome) -> Vec<u8> {
    match outcome {
        Outcome::Done => return Vec::new(),
        Outcome::Member(number) => number.word(),
        Outcome::Counted(power) => power.word(),
        Outcome::Offered(id) => id.word(),
        Outcome::Proposed(id) => id.word(),
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
        proposal_threshold_bps: pool.proposal_threshold_bps,
        listing_fee: pool.settings.listing_fee.0,
        reserve_per_million: pool.settings.reserve_per_million.0,
        fee_bps: pool.settings.fee.get(),
        tip_bps: pool.settings.tip.get(),
        cohort_min: pool.settings.cohort_min,
        opt_out_s: pool.settings.opt_out_s,
        period_min_s: pool.settings.period_min_s,
        period_max_s: pool.settings.period_max_s,
        ruling_s: pool.settings.ruling_s,
        timelock_s: pool.proposals.timelock_s,
        grace_s: pool.proposals.grace_s,
    }
}

// Keys.

/// The officers of [`bytecode`], and people with keys: four with Ethereum's, two with Substrate's.
fn cast(token: Option<types::Address>) -> Cast {
    Cast {
        people: (11..15)
            .map(|number| model(address_of(&attester(number))))
            .chain(substrate().keys().copied())
            .collect(),
        attesters: (1..=5).map(|number| model(address_of(&attester(number)))).collect(),
        guardian: model(GUARDIAN),
        buyer: model(address_of(&attester(BUYERS_KEY))),
        custodian: model(CUSTODIAN),
        arbiter: model(ARBITER),
        keeper: model(KEEPER),
        stranger: model(STRANGER),
        nobody: model(bytecode::member(1)),
        token,
        contracts_call: false,
    }
}

const SIGNING: Signing = Signing {
    ecdsa: |signer, digest| {
        let key = ethereum().get(&signer).unwrap_or(&ethereum()[&model(address_of(&attester(STRAY_KEY)))]);
        bytecode::sign(key, digest.into())
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
    permit_digest: |currency, [owner, spender, value, nonce, deadline]| {
        let permit = signed::Permit {
            owner: Address::from_word(owner.into()),
            spender: Address::from_word(spender.into()),
            value: U256::from_be_bytes(value),
            nonce: U256::from_be_bytes(nonce),
            deadline: U256::from_be_bytes(deadline),
        };
        permit.eip712_signing_hash(&dollar::domain(chain_id(), real(currency))).0
    },
};

/// The buyer's, who signs permits.
const BUYERS_KEY: u8 = 31;
/// Signs for who has no key of their own: nobody knows its account.
const STRAY_KEY: u8 = 99;

fn ethereum() -> &'static BTreeMap<types::Address, SigningKey> {
    static KEYS: OnceLock<BTreeMap<types::Address, SigningKey>> = OnceLock::new();
    KEYS.get_or_init(|| {
        let keys = (1..=5).chain(11..15).chain([BUYERS_KEY, STRAY_KEY]).map(attester);
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
