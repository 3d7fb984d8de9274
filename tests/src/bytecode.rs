//! The contracts' bytecode without nodes, wallets or RPC: a pool on the embedded chain, in this process.
//!
//! Each call runs in a block of its own, at the time that [`Pool::now`] says, and leaves a [`Receipt`]: what it
//! returned or why it was refused, its events, and what it cost. Accounts are plain addresses without keys, because
//! only attestations are signed here. Whatever the bindings cannot decode panics: it is a bug in one of the two.

mod calls;
mod chain;
mod receipt;
mod steps;

use chorus::deploy::{NewPool, constructors};
use chorus_bindings::{
    Address, B256, Contract, Eip712Domain, Event, SolCall, attestations, eip712_domain, escrow, votes,
};
use chorus_devnet::{
    Chain,
    pallet_revive::{self, Code, ExecConfig},
    polkadot_sdk::frame_support::weights::Weight,
    runtime::{Balance, RuntimeOrigin},
};
use k256::ecdsa::SigningKey;

use self::chain::{Outcome, Revive, System, decode, emitted_since, execute, limits, signed};

pub use calls::{
    address_of, attest_call, attestation, attester, chain_id, deliver_call, setting_call, settings, sign, terms,
};
pub use chain::{account, address, h160};
pub use receipt::{Cost, End, Raw, Receipt, Refusal};

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

impl Pool {
    /// Deploys the three contracts of `contracts/artifacts` on a new chain that begins at [`START`].
    pub fn new(settings: &NewPool) -> Self {
        Self::since(settings, START)
    }

    /// The same on a chain that begins at another time, in unix seconds.
    pub fn since(settings: &NewPool, start: u64) -> Self {
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
        let arguments = constructors(settings, addresses).expect("the tests' pools have few purposes");
        for (at, contract) in Contract::ALL.into_iter().enumerate() {
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

    fn set_time(&self) {
        self.chain.set_time(self.now).expect("time goes forward, and a second has room for a thousand blocks");
    }

    fn commit<R>(&mut self, f: impl FnOnce() -> R) -> R {
        self.set_time();
        self.chain.commit(f).expect("the runtime does not panic")
    }

    fn decode<C: SolCall>(&self, outcome: Outcome, calldata_bytes: usize) -> Receipt<C::Return> {
        let contract_at = |address: Address| Contract::ALL.into_iter().find(|of| self.address(*of) == address);
        let returned = |data: &[u8]| C::abi_decode_returns_validate(data).expect("the answer is as the ABI says");
        decode(outcome, calldata_bytes, contract_at, returned)
    }
}
