//! The steps of a sale on bytecode, in a call each.

use chorus_bindings::{Address, Attestation, B256, Contract, SolStruct as _, U256, attestations, escrow, votes};
use chorus_core::{
    hash::{Keccak as _, Software},
    names::{Seal, Status},
};
use chorus_devnet::{
    polkadot_sdk::pallet_balances,
    runtime::{Balance, Runtime, RuntimeOrigin},
};
use chorus_model::cast::{OPT_OUT_S, VOTING_S};
use k256::ecdsa::SigningKey;

use super::{
    BUYER, CUSTODIAN, Cost, ENDOWMENT, KEEPER, Pool, Receipt, attest_call, attestation,
    chain::{Revive, account, h160},
    deliver_call, member, setting_call, sign, terms,
};

type Balances = pallet_balances::Pallet<Runtime>;

impl Pool {
    /// What `account` can spend, with 18 decimals.
    pub fn balance(&self, account: Address) -> u128 {
        let balance = self.chain.execute_at_best(|| Revive::evm_balance(&h160(account)));
        balance.expect("the runtime does not panic").as_u128()
    }

    /// The same for several accounts.
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

    /// `member` contributes, or replaces their contribution.
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
    pub fn vote(&mut self, voter: Address, offer: B256, support: u8) -> Receipt<U256> {
        self.call(voter, Contract::Votes, &votes::castVoteCall { proposalId: offer.into(), support })
    }

    /// Where an offer stands.
    ///
    /// # Panics
    /// When there is no such offer.
    #[track_caller]
    pub fn status(&self, offer: B256) -> Status {
        Status::from_code(self.view(Contract::Escrow, &escrow::statusCall { offer })).expect("the offer exists")
    }

    /// Seals an offer, as the keeper. Returns what sealing found.
    ///
    /// # Panics
    /// When it is refused.
    #[track_caller]
    pub fn seal(&mut self, offer: B256) -> Seal {
        let found = self.call(KEEPER, Contract::Escrow, &escrow::sealCall { offer }).ok();
        Seal::from_code(found).expect("the contract knows what it found")
    }

    /// Member 1 votes for the offer, time passes, it is sealed and delivered.
    pub fn deliver(&mut self, offer: B256) {
        self.vote(member(1), offer, 1).ok();
        self.now += VOTING_S + OPT_OUT_S + 1;
        assert_eq!(self.seal(offer), Seal::Sealed);
        self.call(CUSTODIAN, Contract::Escrow, &deliver_call(offer)).ok();
    }

    /// Sells for `price` as far as payment: an offer, delivered and accepted.
    pub fn sell(&mut self, price: u128) -> B256 {
        let offer = self.offer(price);
        self.deliver(offer);
        self.call(BUYER, Contract::Escrow, &escrow::acceptCall { offer }).ok();
        offer
    }

    /// The DAO decides on a settings message and executes it: member 1 proposes and votes for it. Arguments are words
    /// as `Setting::encode` reads them. Returns what executing it cost.
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
        self.call(KEEPER, Contract::Escrow, &execute).accepted_cost()
    }

    /// The credit of `owner`; the treasury's owner is 0x0.
    pub fn credit(&self, owner: Address) -> u128 {
        self.view(Contract::Escrow, &escrow::creditOfCall { currency: Address::ZERO, owner })
    }
}
