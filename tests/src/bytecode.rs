//! The contracts' bytecode without nodes, wallets or RPC: a pool on the embedded chain, in this process.
//!
//! Each call runs in a block of its own, at the time that [`Pool::now`] says, and leaves a [`Receipt`]: what it
//! returned or why it was refused, its events, and what it cost. Accounts are plain addresses without keys, because
//! only attestations are signed here. Whatever the bindings cannot decode panics: it is a bug in one of the two.

use chorus::deploy::{Settings, purposes_hash};
use chorus_bindings::{
    Address, Attestation, B256, Bytes, Contract, Eip712Domain, Event, Setting, SolCall, SolConstructor as _,
    SolInterface as _, SolStruct as _, attestations, eip712_domain, escrow, explain_revert, votes,
};
use chorus_core::hash::{Keccak as _, Software};
use chorus_devnet::{
    Chain,
    pallet_revive::{self, Code, ExecConfig, ExecReturnValue, StorageDeposit, TransactionLimits},
    polkadot_sdk::{
        frame_support::{traits::Get as _, weights::Weight},
        frame_system, pallet_balances,
        sp_core::H160,
        sp_runtime::DispatchError,
    },
    runtime::{AccountId, Balance, Runtime, RuntimeEvent, RuntimeOrigin},
};
use k256::ecdsa::SigningKey;

use chorus_bindings::escrow::EscrowErrors as Error;

type Revive = pallet_revive::Pallet<Runtime>;
type Balances = pallet_balances::Pallet<Runtime>;
type System = frame_system::Pallet<Runtime>;

/// One unit of native money as contracts count it, with 18 decimals.
pub const UNIT: u128 = 1_000_000_000_000_000_000;
/// The chain's smallest unit as contracts count it: the chain has 12 decimals.
pub const CHAIN_UNIT: u128 = 1_000_000;
/// When the chain begins, in unix seconds.
pub const START: u64 = 1_800_000_000;

/// What calls may use of a block: three quarters of 2 s and of 10 MiB, in picoseconds and bytes.
pub const BLOCK: (u64, u64) = (1_500_000_000_000, 7_864_320);

/// What everybody has at first, in the chain's smallest unit.
const ENDOWMENT: Balance = 1_000_000_000_000_000_000;
/// More than any call here needs.
const DEPOSIT_LIMIT: Balance = ENDOWMENT / 2;

/// The account that uploads and instantiates the contracts.
pub const DEPLOYER: Address = Address::repeat_byte(0xd0);
/// The account that may pause.
pub const GUARDIAN: Address = Address::repeat_byte(0xd1);
/// The account that makes offers.
pub const BUYER: Address = Address::repeat_byte(0xd2);
/// The account that delivers.
pub const CUSTODIAN: Address = Address::repeat_byte(0xd3);
/// The account that rules on disputes.
pub const ARBITER: Address = Address::repeat_byte(0xd4);
/// The account that distributes.
pub const KEEPER: Address = Address::repeat_byte(0xd5);
/// An account that is neither a member nor an officer.
pub const STRANGER: Address = Address::repeat_byte(0xd6);

/// The address of the member who joins as number `number`.
pub fn member(number: u32) -> Address {
    let mut bytes = [0x11; 20];
    bytes[16..].copy_from_slice(&number.to_be_bytes());
    Address::from(bytes)
}

/// Why a call failed.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The contract said so.
    Error(Error),
    /// It reverted with data that is not an error of the ABI.
    Unknown(Vec<u8>),
    /// The chain ended it.
    Trap(String),
}

/// What a call cost.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Computing time, in picoseconds of the runtime's reference machine.
    pub ref_time_ps: u64,
    /// Proof of validity, in bytes.
    pub proof_bytes: u64,
    /// Deposit for storage, in the chain's smallest unit; negative if some came back.
    pub deposit: i128,
    /// Length of selector and arguments, in bytes.
    pub calldata_bytes: usize,
}

/// What became of a call.
#[derive(Debug)]
pub struct Receipt<R> {
    /// What it returned, or why it failed.
    pub result: Result<R, Refusal>,
    /// What the pool's contracts logged, in order.
    pub events: Vec<Event>,
    /// What it cost.
    pub cost: Cost,
}

impl<R> Receipt<R> {
    /// What it returned.
    ///
    /// # Panics
    /// When it failed, with the reason.
    #[track_caller]
    pub fn ok(self) -> R {
        self.done().0
    }

    /// What it returned, and what it logged.
    ///
    /// # Panics
    /// When it failed, with the reason.
    #[track_caller]
    pub fn done(self) -> (R, Vec<Event>) {
        match self.result {
            Ok(returned) => (returned, self.events),
            Err(refusal) => panic!("refused: {refusal:?}"),
        }
    }

    /// The error it was refused with.
    ///
    /// # Panics
    /// When it succeeded, trapped, or reverted with anything else; and when a refused call left an event.
    #[track_caller]
    pub fn refused(self) -> Error {
        assert!(self.events.is_empty(), "a refused call leaves no events: {:?}", self.events);
        match self.result {
            Ok(_) => panic!("accepted"),
            Err(Refusal::Error(error)) => error,
            Err(other) => panic!("no error of the ABI: {other:?}"),
        }
    }
}

/// What became of a call, as bytes, for comparing.
#[derive(Debug)]
pub struct Raw {
    /// How it ended.
    pub end: End,
    /// The address, topics and data of each event, in order.
    pub events: Vec<(Address, Vec<B256>, Vec<u8>)>,
    /// Deposit for storage, in the chain's smallest unit; negative if some came back.
    pub deposit: i128,
}

/// How a call ended.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// It gave this answer.
    Returned(Vec<u8>),
    /// It was refused with this error, and nothing changed.
    Reverted(Vec<u8>),
    /// The chain ended it.
    Trapped(String),
}

/// The receiver of a call: one of the pool's three contracts, or whatever is at an address.
pub trait Callee: Copy {
    /// Its address.
    fn address_in(self, pool: &Pool) -> Address;
}

impl Callee for Contract {
    fn address_in(self, pool: &Pool) -> Address {
        pool.address(self)
    }
}

impl Callee for Address {
    fn address_in(self, _: &Pool) -> Address {
        self
    }
}

/// What a call left, before it is decoded.
struct Outcome {
    result: Result<ExecReturnValue, DispatchError>,
    events: Vec<(Address, Vec<B256>, Vec<u8>)>,
    weight: Weight,
    deposit: StorageDeposit<Balance>,
}

/// A pool on a chain of its own.
pub struct Pool {
    /// Unix seconds at which the next call happens. Time goes only forward.
    pub now: u64,
    /// What the three constructors cost, in the order of deployment.
    pub constructors: [Cost; 3],
    chain: Chain,
    addresses: [Address; 3],
    salts: [B256; 3],
    domain: Eip712Domain,
    attesters: Vec<SigningKey>,
}

/// Settings with short periods, for pools of few members.
///
/// Voting takes 100 s, leaving 50 s, delivery and dispute 10 to 1,000 s, ruling 100 s. Two of three attesters sign.
pub fn settings() -> Settings {
    Settings {
        purposes: vec!["research".into(), "recommendation".into(), "advertising".into()],
        attesters: (1..=3).map(|number| address_of(&attester(number))).collect(),
        threshold: 2,
        custodians: vec![CUSTODIAN],
        arbiters: vec![ARBITER],
        guardian: GUARDIAN,
        voting_period_s: 100,
        quorum_min: 1,
        reserve_per_million: 1,
        cohort_min: 1,
        opt_out_s: 50,
        period_min_s: 10,
        period_max_s: 1_000,
        ruling_s: 100,
        ..Settings::default()
    }
}

/// The id of every chain here.
pub fn chain_id() -> u64 {
    <Runtime as pallet_revive::Config>::ChainId::get()
}

/// The key of an attester: a small number, so that anybody can repeat the signatures.
pub fn attester(number: u8) -> SigningKey {
    let mut scalar = [0; 32];
    scalar[31] = number;
    SigningKey::from_slice(&scalar).expect("a small number is a key")
}

/// The Ethereum address of a key.
pub fn address_of(key: &SigningKey) -> Address {
    Address::from_raw_public_key(&key.verifying_key().to_encoded_point(false).as_bytes()[1..])
}

impl Pool {
    /// Deploys the three contracts of `contracts/artifacts` on a new chain that begins at [`START`].
    pub fn new(settings: &Settings) -> Self {
        Self::since(settings, START)
    }

    /// The same on a chain that begins at another time, in unix seconds.
    pub fn since(settings: &Settings, start: u64) -> Self {
        let chain = Chain::new(Some(start)).expect("a chain begins");
        let nonces = [0, 1, 2];
        let addresses = nonces.map(|nonce| address(pallet_revive::create1(&h160(DEPLOYER), nonce)));
        let mut pool = Self {
            now: start,
            constructors: [Cost { ref_time_ps: 0, proof_bytes: 0, deposit: 0, calldata_bytes: 0 }; 3],
            chain,
            addresses,
            salts: [B256::ZERO; 3],
            domain: Eip712Domain::default(),
            attesters: (1..=3).map(attester).collect(),
        };
        for account in [DEPLOYER, GUARDIAN, BUYER, CUSTODIAN, ARBITER, KEEPER, STRANGER] {
            pool.endow(account, ENDOWMENT);
        }
        let arguments = constructors(settings, addresses);
        for (at, contract) in [Contract::Attestations, Contract::Votes, Contract::Escrow].into_iter().enumerate() {
            let receipt = pool.instantiate(contract, arguments[at].clone());
            pool.constructors[at] = receipt.cost;
            let (address, events) = receipt.done();
            assert_eq!(address, addresses[at], "{contract:?} is where the others look for it");
            for event in events {
                match event {
                    Event::Attestations(attestations::AttestationsEvents::AttestationsDeployed(event)) => {
                        pool.salts[at] = event.salt;
                    }
                    Event::Votes(votes::VotesEvents::VotesDeployed(event)) => pool.salts[at] = event.salt,
                    Event::Escrow(escrow::EscrowEvents::EscrowDeployed(event)) => pool.salts[at] = event.salt,
                    _ => {}
                }
            }
        }
        pool.domain = eip712_domain(Contract::Attestations, chain_id(), addresses[0], pool.salts[0]);
        pool
    }

    /// Instantiates `contract`'s code once more, at the deployer's next address.
    pub fn instantiate(&mut self, contract: Contract, arguments: Vec<u8>) -> Receipt<Address> {
        let calldata_bytes = arguments.len();
        let (outcome, address) = self.make(0, chorus_bindings::code(contract).to_vec(), arguments);
        // A new instance is not one of the three yet when it logs, so the contract is named.
        decode(outcome, calldata_bytes, |_| Some(contract), |_| address)
    }

    /// Deploys another contract, PolkaVM or EVM, with native money (18 decimals). Its events are left out.
    pub fn deploy(&mut self, value: u128, code: &[u8], arguments: &[u8]) -> Receipt<Address> {
        // EVM code reads its arguments from its own end.
        let (code, data) = match code.starts_with(b"PVM\0") {
            true => (code.to_vec(), arguments.to_vec()),
            false => ([code, arguments].concat(), Vec::new()),
        };
        let (outcome, address) = self.make(value, code, data);
        decode(outcome, arguments.len(), |_| None, |_| address)
    }

    fn make(&mut self, value: u128, code: Vec<u8>, data: Vec<u8>) -> (Outcome, Address) {
        self.commit(move || {
            let known = System::read_events_no_consensus().count();
            // As `CheckNonce` does before an extrinsic of the deployer runs.
            System::inc_account_nonce(account(DEPLOYER));
            let made = Revive::bare_instantiate(
                RuntimeOrigin::signed(account(DEPLOYER)),
                value.into(),
                limits(Weight::MAX),
                Code::Upload(code),
                data,
                None,
                &ExecConfig::new_substrate_tx_without_bump(),
            );
            let address = made.result.as_ref().map(|made| address(made.addr)).unwrap_or_default();
            let outcome = Outcome {
                result: made.result.map(|made| made.result),
                events: emitted_since(known),
                weight: made.weight_consumed,
                deposit: made.storage_deposit,
            };
            (outcome, address)
        })
    }

    /// The address of a contract.
    pub fn address(&self, contract: Contract) -> Address {
        match contract {
            Contract::Attestations => self.addresses[0],
            Contract::Votes => self.addresses[1],
            Contract::Escrow => self.addresses[2],
        }
    }

    /// Calls a message and keeps what it changed.
    pub fn call<C: SolCall>(&mut self, from: Address, to: impl Callee, call: &C) -> Receipt<C::Return> {
        self.pay(from, to, 0, call)
    }

    /// The same, with native money (18 decimals).
    pub fn pay<C: SolCall>(&mut self, from: Address, to: impl Callee, value: u128, call: &C) -> Receipt<C::Return> {
        let (to, data) = (to.address_in(self), call.abi_encode());
        let calldata_bytes = data.len();
        let outcome = self.commit(move || execute(from, to, value, data, Weight::MAX));
        self.decode::<C>(outcome, calldata_bytes)
    }

    /// The same without money, with a caller who allows no more time and proof than `limit`.
    pub fn call_within<C: SolCall>(
        &mut self,
        limit: Cost,
        from: Address,
        to: impl Callee,
        call: &C,
    ) -> Receipt<C::Return> {
        let (to, data) = (to.address_in(self), call.abi_encode());
        let calldata_bytes = data.len();
        let weight = Weight::from_parts(limit.ref_time_ps, limit.proof_bytes);
        let outcome = self.commit(move || execute(from, to, 0, data, weight));
        self.decode::<C>(outcome, calldata_bytes)
    }

    /// Calls a message in a block that is thrown away: what it would do, and cost.
    pub fn try_call<C: SolCall>(&self, from: Address, to: impl Callee, call: &C) -> Receipt<C::Return> {
        let (to, data) = (to.address_in(self), call.abi_encode());
        let calldata_bytes = data.len();
        self.set_time();
        let mut draft = self.chain.draft().expect("a block begins");
        let outcome = draft.run(move || execute(from, to, 0, data, Weight::MAX)).expect("the runtime does not panic");
        self.decode::<C>(outcome, calldata_bytes)
    }

    /// What a view answers.
    ///
    /// # Panics
    /// When it refuses.
    #[track_caller]
    pub fn view<C: SolCall>(&self, of: impl Callee, call: &C) -> C::Return {
        self.try_call(STRANGER, of, call).ok()
    }

    /// Calls any address with raw data and native money (18 decimals), and keeps what it changed.
    pub fn send(&mut self, from: Address, to: Address, value: u128, data: Vec<u8>) -> Raw {
        let Outcome { result, events, weight: _, deposit } =
            self.commit(move || execute(from, to, value, data, Weight::MAX));
        let end = match result {
            Err(error) => End::Trapped(format!("{error:?}")),
            Ok(answer) if answer.did_revert() => End::Reverted(answer.data),
            Ok(answer) => End::Returned(answer.data),
        };
        Raw { end, events, deposit: signed(deposit) }
    }

    /// The domain separators of `attestations`, `votes` and `escrow`, which set this deployment's signatures apart.
    pub fn salts(&self) -> [B256; 3] {
        self.salts
    }

    /// A storage cell of a contract.
    pub fn cell(&self, of: Contract, key: Vec<u8>) -> Option<Vec<u8>> {
        let of = h160(self.address(of));
        let cell = self.chain.execute_at_best(move || Revive::get_storage_var_key(of, key));
        cell.expect("the runtime does not panic").expect("a contract has cells")
    }

    /// Calls any address, such as a precompile, with raw data, and returns what it answers.
    pub fn call_raw(&self, to: Address, data: Vec<u8>) -> Vec<u8> {
        self.set_time();
        let mut draft = self.chain.draft().expect("a block begins");
        let outcome =
            draft.run(move || execute(STRANGER, to, 0, data, Weight::MAX)).expect("the runtime does not panic");
        outcome.result.expect("the call ends").data
    }

    // Money: what an account can spend, including dust, with 18 decimals.

    /// What `account` can spend, with 18 decimals.
    pub fn balance(&self, account: Address) -> u128 {
        let balance = self.chain.execute_at_best(|| Revive::evm_balance(&h160(account)));
        balance.expect("the runtime does not panic").as_u128()
    }

    /// The same of several accounts.
    pub fn balances(&self, accounts: &[Address]) -> Vec<u128> {
        let all = || accounts.iter().map(|account| Revive::evm_balance(&h160(*account)).as_u128()).collect();
        self.chain.execute_at_best(all).expect("the runtime does not panic")
    }

    /// Sets what `who` has, in the chain's smallest unit. Nothing at all ends the account.
    pub fn endow(&mut self, who: Address, balance: Balance) {
        let set = self.commit(|| Balances::force_set_balance(RuntimeOrigin::root(), account(who).into(), balance));
        set.expect("a balance is set");
    }

    /// A plain transfer, in the chain's smallest unit, which runs no contract's code.
    pub fn donate(&mut self, from: Address, to: Address, amount: Balance) {
        let origin = RuntimeOrigin::signed(account(from));
        let sent = self.commit(|| Balances::transfer_allow_death(origin, account(to).into(), amount));
        sent.expect("a transfer succeeds");
    }

    // Contributions.

    /// What attesters attest of `member`'s next contribution: good for a day, from an account that only they have.
    pub fn attestation(&self, member: Address, weight: u32) -> Attestation {
        let nonce = self.view(Contract::Attestations, &attestations::noncesCall { member });
        attestation(member, nonce.to(), weight, self.now)
    }

    /// The signature of a key over an attestation, as this pool's attesters make it: `r ‖ s ‖ v`.
    pub fn sign(&self, key: &SigningKey, attestation: &Attestation) -> [u8; 65] {
        sign(key, attestation.eip712_signing_hash(&self.domain))
    }

    /// The call that brings in an attestation with the first two attesters' signatures.
    pub fn attested(&self, attestation: &Attestation, purposes: u16) -> attestations::attestCall {
        let signatures: Vec<_> = self.attesters[..2].iter().map(|key| self.sign(key, attestation)).collect();
        attest_call(attestation, purposes, &signatures)
    }

    /// `member` contributes, or replaces what they contributed.
    pub fn contribute(&mut self, member: Address, weight: u32, purposes: u16) -> Receipt<u32> {
        let call = self.attested(&self.attestation(member, weight), purposes);
        self.call(member, Contract::Attestations, &call)
    }

    /// Members join with these weights, as number 1 and following, and allow purpose 0. A second passes.
    pub fn join(&mut self, weights: &[u32]) {
        for (number, weight) in (1..).zip(weights) {
            self.endow(member(number), ENDOWMENT);
            assert_eq!(self.contribute(member(number), *weight, 1).ok(), number);
        }
        self.now += 1;
    }

    // Sales.

    /// An offer of the buyer at `price` (18 decimals) for purpose 0.
    pub fn terms(&self, price: u128) -> escrow::offerCall {
        terms(Address::ZERO, price, self.now)
    }

    /// Makes the offer of [`Pool::terms`] and pays for it. Returns its id.
    pub fn offer(&mut self, price: u128) -> B256 {
        let (terms, fee) = (self.terms(price), self.listing_fee());
        self.pay(BUYER, Contract::Escrow, price + fee, &terms).ok()
    }

    /// What an offer costs its buyer beside the price.
    pub fn listing_fee(&self) -> u128 {
        self.view(Contract::Escrow, &escrow::settingsCall {}).listing_fee
    }

    /// `voter` votes on an offer: 0 against, 1 for, 2 abstain.
    pub fn vote(&mut self, voter: Address, offer: B256, support: u8) -> Receipt<chorus_bindings::U256> {
        self.call(voter, Contract::Votes, &votes::castVoteCall { proposalId: offer.into(), support })
    }

    /// The status of an offer, as the contract numbers it.
    pub fn status(&self, offer: B256) -> u8 {
        self.view(Contract::Escrow, &escrow::statusCall { offer })
    }

    /// Member 1 votes for the offer, time passes, it is sealed and delivered.
    pub fn deliver(&mut self, offer: B256) {
        self.vote(member(1), offer, 1).ok();
        self.now += 151;
        assert_eq!(self.call(KEEPER, Contract::Escrow, &escrow::sealCall { offer }).ok(), 1, "it passed");
        let delivery = deliver_call(offer);
        self.call(CUSTODIAN, Contract::Escrow, &delivery).ok();
    }

    /// Sells for `price` as far as payment: an offer, delivered and accepted.
    pub fn sell(&mut self, price: u128) -> B256 {
        let offer = self.offer(price);
        self.deliver(offer);
        self.call(BUYER, Contract::Escrow, &escrow::acceptCall { offer }).ok();
        offer
    }

    /// The DAO decides on a settings message and executes it: member 1 proposes and votes for it. Arguments are words
    /// as [`Setting::encode`] reads them. Returns what executing it cost.
    pub fn decide(&mut self, of: Contract, setting: &str, arguments: &[(&str, String)]) -> Cost {
        let (targets, calls) = (vec![self.address(of)], vec![setting_call(of, setting, arguments)]);
        // What is proposed at different times differs.
        let description = format!("proposed at {}", self.now);
        let description_hash = Software::keccak(description.as_bytes()).into();
        let propose = escrow::proposeCall { targets: targets.clone(), calls: calls.clone(), description };
        let proposal = self.call(member(1), Contract::Escrow, &propose).ok();
        self.vote(member(1), proposal, 1).ok();
        self.now = self.view(Contract::Escrow, &escrow::proposalTimesCall { proposal }).executable_from;
        let execute = escrow::executeCall { targets, calls, description_hash };
        let receipt = self.call(KEEPER, Contract::Escrow, &execute);
        let cost = receipt.cost;
        receipt.ok();
        cost
    }

    /// The credit of `owner`; the treasury is 0x0.
    pub fn credit(&self, owner: Address) -> u128 {
        self.view(Contract::Escrow, &escrow::creditOfCall { currency: Address::ZERO, owner })
    }

    fn set_time(&self) {
        self.chain.set_time(self.now).expect("time goes forward, and a second has room for a thousand blocks");
    }

    fn commit<R>(&mut self, f: impl FnOnce() -> R) -> R {
        self.set_time();
        self.chain.commit(f).expect("the runtime does not panic")
    }

    fn decode<C: SolCall>(&self, outcome: Outcome, calldata_bytes: usize) -> Receipt<C::Return> {
        let contract_at = |address: Address| {
            [Contract::Attestations, Contract::Votes, Contract::Escrow]
                .into_iter()
                .find(|of| self.address(*of) == address)
        };
        let returned = |data: &[u8]| C::abi_decode_returns_validate(data).expect("the answer is as the ABI says");
        decode(outcome, calldata_bytes, contract_at, returned)
    }
}

/// The signature of a key over a digest: `r ‖ s ‖ v`.
pub fn sign(key: &SigningKey, digest: B256) -> [u8; 65] {
    let (signature, recovery) = key.sign_prehash_recoverable(&digest.0).expect("a digest is signed");
    let mut bytes = [27 + recovery.to_byte(); 65];
    bytes[..64].copy_from_slice(&signature.to_bytes());
    bytes
}

/// What attesters attest of `member`'s contribution under a nonce at `now`: good for a day, from an account that only
/// they have.
pub fn attestation(member: Address, nonce: u64, weight: u32, now: u64) -> Attestation {
    Attestation {
        member,
        nonce,
        commitment: B256::repeat_byte(0xc0),
        nullifier: member.into_word(),
        weight,
        rule_version: 1,
        route: 1,
        deadline: now + 86_400,
    }
}

/// An offer at `price` for purpose 0, made at `now`: offers at different times are different offers.
pub fn terms(currency: Address, price: u128, now: u64) -> escrow::offerCall {
    escrow::offerCall {
        currency,
        price,
        purpose: 0,
        fields_hash: B256::repeat_byte(1),
        licence_hash: B256::repeat_byte(2),
        min_members: 1,
        min_weight: 1,
        custodian: CUSTODIAN,
        arbiter: ARBITER,
        delivery_s: 100,
        dispute_s: 100,
        salt: chorus_bindings::U256::from(now).into(),
    }
}

/// A settings message as the DAO proposes it. Arguments are words as [`Setting::encode`] reads them.
pub fn setting_call(of: Contract, setting: &str, arguments: &[(&str, String)]) -> Bytes {
    let setting = Setting::find(of, setting).expect("a settings message");
    let argument = |wanted| arguments.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.clone());
    setting.encode(argument).expect("its arguments").into()
}

/// A delivery of a bundle and a manifest.
pub fn deliver_call(offer: B256) -> escrow::deliverCall {
    escrow::deliverCall { offer, bundle_hash: B256::repeat_byte(3), manifest_root: B256::repeat_byte(4) }
}

/// The call that brings in an attestation with these signatures.
pub fn attest_call(attestation: &Attestation, purposes: u16, signatures: &[[u8; 65]]) -> attestations::attestCall {
    let Attestation { member: _, nonce: _, commitment, nullifier, weight, rule_version, route, deadline } =
        *attestation;
    let signatures = Bytes::from(signatures.concat());
    attestations::attestCall { commitment, nullifier, weight, rule_version, route, purposes, deadline, signatures }
}

/// What the constructors of `attestations`, `votes` and `escrow` take, at these addresses.
pub fn constructors(with: &Settings, [attestations, votes, escrow]: [Address; 3]) -> [Vec<u8>; 3] {
    let attestations_arguments = attestations::constructorCall {
        votes,
        escrow,
        guardian: with.guardian,
        attesters: with.attesters.clone(),
        threshold: with.threshold,
        daily_weight_cap: with.daily_weight_cap,
        purposes: u8::try_from(with.purposes.len()).expect("few purposes"),
        purposes_hash: purposes_hash(&with.purposes),
    };
    let votes_arguments = votes::constructorCall {
        attestations,
        escrow,
        voting_period_s: with.voting_period_s,
        quorum_bps: with.quorum_bps,
        quorum_min: with.quorum_min,
        approval_bps: with.approval_bps,
        proposal_threshold_bps: with.proposal_threshold_bps,
    };
    let escrow_arguments = escrow::constructorCall {
        attestations,
        votes,
        guardian: with.guardian,
        amounts: [with.listing_fee, with.reserve_per_million],
        parts: [with.fee_bps, with.tip_bps],
        cohort_min: with.cohort_min,
        periods: [with.opt_out_s, with.period_min_s, with.period_max_s, with.ruling_s, with.timelock_s, with.grace_s],
        custodians: with.custodians.clone(),
        arbiters: with.arbiters.clone(),
    };
    [attestations_arguments.abi_encode(), votes_arguments.abi_encode(), escrow_arguments.abi_encode()]
}

// What follows runs inside the chain.

fn execute(from: Address, to: Address, value: u128, data: Vec<u8>, weight_limit: Weight) -> Outcome {
    let known = System::read_events_no_consensus().count();
    let done = Revive::bare_call(
        RuntimeOrigin::signed(account(from)),
        h160(to),
        value.into(),
        limits(weight_limit),
        data,
        &ExecConfig::new_substrate_tx(),
    );
    Outcome {
        result: done.result,
        events: emitted_since(known),
        weight: done.weight_consumed,
        deposit: done.storage_deposit,
    }
}

/// What contracts logged in this block after its first `known` events.
fn emitted_since(known: usize) -> Vec<(Address, Vec<B256>, Vec<u8>)> {
    let events = System::read_events_no_consensus().skip(known);
    let emitted = events.filter_map(|record| match record.event {
        RuntimeEvent::Revive(pallet_revive::Event::ContractEmitted { contract, data, topics }) => {
            Some((address(contract), topics.iter().map(|topic| B256::from(topic.0)).collect(), data))
        }
        _ => None,
    });
    emitted.collect()
}

fn decode<R>(
    outcome: Outcome,
    calldata_bytes: usize,
    contract_at: impl Fn(Address) -> Option<Contract>,
    returned: impl FnOnce(&[u8]) -> R,
) -> Receipt<R> {
    let Outcome { result, events, weight, deposit } = outcome;
    let result = match result {
        Err(error) => Err(Refusal::Trap(format!("{error:?}"))),
        Ok(answer) if !answer.did_revert() => Ok(returned(&answer.data)),
        Ok(answer) => Err(match Error::abi_decode_validate(&answer.data) {
            Ok(error) => {
                assert!(explain_revert(&answer.data).is_some(), "an error without a sentence: {error:?}");
                Refusal::Error(error)
            }
            Err(_) => Refusal::Unknown(answer.data),
        }),
    };
    // Others log too, such as a token that the pool calls.
    let events = events.into_iter().filter_map(|(address, topics, data)| {
        let contract = contract_at(address)?;
        Some(Event::decode(contract, &topics, &data).expect("the bindings know each event"))
    });
    let (ref_time_ps, proof_bytes, deposit) = (weight.ref_time(), weight.proof_size(), signed(deposit));
    let cost = Cost { ref_time_ps, proof_bytes, deposit, calldata_bytes };
    Receipt { result, events: events.collect(), cost }
}

fn signed(deposit: StorageDeposit<Balance>) -> i128 {
    match deposit {
        StorageDeposit::Charge(amount) => i128::try_from(amount).expect("deposits are small"),
        StorageDeposit::Refund(amount) => -i128::try_from(amount).expect("deposits are small"),
    }
}

fn limits(weight_limit: Weight) -> TransactionLimits<Runtime> {
    TransactionLimits::WeightAndDeposit { weight_limit, deposit_limit: DEPOSIT_LIMIT }
}

/// The account that an Ethereum address stands for: the address followed by twelve bytes of `0xEE`.
pub fn account(address: Address) -> AccountId {
    let mut account = [0xEE; 32];
    account[..20].copy_from_slice(address.as_slice());
    account.into()
}

/// An address as the chain's own code has it.
pub fn h160(address: Address) -> H160 {
    H160(address.0.0)
}

/// An address as the bindings have it.
pub fn address(h160: H160) -> Address {
    Address::from(h160.0)
}
