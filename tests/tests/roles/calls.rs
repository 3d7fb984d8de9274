//! A call of every message, with arguments that are good in one pool.

use alloy_sol_types::sol;
use chorus_bindings::{Act, Address, B256, Bytes, Contract, SolCall, attestations, escrow, signed::digest, votes};
use chorus_core::{
    hash::{Keccak as _, Software},
    settings::ProposalSettings,
};
use chorus_tests::bytecode::{
    BUYER, CUSTODIAN, KEEPER, Pool, Refusal, STRANGER, UNIT, address_of, attester, deliver_call, member, settings, sign,
};
use k256::ecdsa::SigningKey;

sol! {
    /// What `escrow` applies itself. These are not messages, so nobody can call them.
    interface Own {
        function setOfferSettings(uint128, uint128, uint16, uint16, uint32, uint64, uint64, uint64, uint64) external;
        function setProposalSettings(uint64, uint64) external;
        function setGuardian(address) external;
        function addCustodian(address) external;
        function removeCustodian(address) external;
        function addArbiter(address) external;
        function removeArbiter(address) external;
        function allowCurrency(address, uint128) external;
        function disallowCurrency(address) external;
        function spendTreasury(address, uint128, address) external;
    }
}

/// What a call by somebody would come to, without making it.
pub(crate) type Rehearsal = Box<dyn Fn(&Pool, Address) -> Result<(), Refusal>>;

/// A message with arguments that are good in the walk's pool, and somebody who may call it.
pub(crate) struct Message {
    pub(crate) contract: Contract,
    pub(crate) name: String,
    pub(crate) by: Address,
    pub(crate) call: Rehearsal,
}

pub(crate) fn message<C: SolCall + 'static>(contract: Contract, by: Address, call: C) -> Message {
    let name = C::SIGNATURE.split('(').next().unwrap().to_owned();
    let call = move |pool: &Pool, from: Address| pool.try_call(from, contract, &call).result.map(drop);
    Message { contract, name, by, call: Box::new(call) }
}

/// A pool in which somebody can call every message with success.
pub(crate) struct Walk {
    pub(crate) pool: Pool,
    price: u128,
}

/// The key of a member who signs.
pub(crate) fn signer(number: u8) -> SigningKey {
    attester(100 + number)
}

impl Walk {
    pub(crate) fn new() -> Self {
        let mut with = settings();
        with.proposals = ProposalSettings { timelock_s: 10, grace_s: 100_000 };
        let mut pool = Pool::new(&with);
        pool.join(&[100, 100, 100]);
        for number in 1..=2 {
            let who = address_of(&signer(number));
            pool.endow(who, 1_000_000_000_000_000_000);
            pool.contribute(who, 100, 1).ok();
        }
        pool.now += 1;
        Self { pool, price: UNIT }
    }

    fn offer(&mut self) -> B256 {
        // Another price makes another offer.
        self.price += UNIT;
        let terms = escrow::offerCall { delivery_s: 1_000, dispute_s: 1_000, ..self.pool.terms(self.price) };
        let value = self.price + self.pool.listing_fee();
        self.pool.pay(BUYER, Contract::Escrow, value, &terms).ok()
    }

    pub(crate) fn signature<A: Act>(&self, key: &SigningKey, act: &A) -> Bytes {
        sign(key, digest(self.separator(A::CONTRACT), act.eip712_hash_struct())).to_vec().into()
    }

    pub(crate) fn separator(&self, contract: Contract) -> B256 {
        match contract {
            Contract::Attestations => self.pool.view(contract, &attestations::DOMAIN_SEPARATORCall {}),
            Contract::Votes => self.pool.view(contract, &votes::DOMAIN_SEPARATORCall {}),
            Contract::Escrow => self.pool.view(contract, &escrow::DOMAIN_SEPARATORCall {}),
        }
    }

    /// Leads offers and a proposal to the point where each message is due, and returns all messages.
    pub(crate) fn messages(&mut self) -> Vec<Message> {
        let escrow = self.pool.address(Contract::Escrow);
        // Whoever joins by their own call pays a deposit for their cells.
        self.pool.endow(address_of(&signer(3)), 1_000_000_000_000_000_000);
        let [settling, delivered, disputed, sealed, unsealed, defeated] = [(); 6].map(|()| self.offer());
        let add = Own::addCustodianCall(STRANGER).abi_encode();
        let (targets, calls) = (vec![escrow], vec![Bytes::from(add)]);
        let description = "another custodian".to_owned();
        let propose =
            escrow::proposeCall { targets: targets.clone(), calls: calls.clone(), description: description.clone() };
        let proposal = self.pool.call(member(1), Contract::Escrow, &propose).ok();
        for ballot in [settling, delivered, disputed, sealed, unsealed, proposal] {
            self.pool.vote(member(1), ballot, 1).ok();
        }
        self.pool.now += 151;
        for offer in [settling, delivered, disputed, sealed, defeated] {
            self.pool.call(KEEPER, Contract::Escrow, &escrow::sealCall { offer }).ok();
        }
        for offer in [settling, delivered, disputed] {
            self.pool.call(CUSTODIAN, Contract::Escrow, &deliver_call(offer)).ok();
        }
        self.pool.call(BUYER, Contract::Escrow, &escrow::acceptCall { offer: settling }).ok();
        let dispute = |offer| escrow::disputeCall { offer, reason_hash: B256::ZERO };
        self.pool.call(BUYER, Contract::Escrow, &dispute(disputed)).ok();
        // Tips: two accounts settle a member each and are credited.
        let distribute = |from| escrow::distributeCall { offer: settling, from, count: 1 };
        self.pool.call(KEEPER, Contract::Escrow, &distribute(1)).ok();
        self.pool.call(address_of(&signer(2)), Contract::Escrow, &distribute(3)).ok();
        let open = self.offer();
        self.pool.now += 1;

        let mut messages = self.of_attestations();
        messages.extend(self.of_votes(open));
        messages.extend(self.of_escrow(settling, delivered, disputed, sealed, unsealed, defeated));
        let description_hash = B256::from(Software::keccak(description.as_bytes()));
        let other = "once more".to_owned();
        let again = escrow::proposeCall { targets: targets.clone(), calls: calls.clone(), description: other };
        messages.push(message(Contract::Escrow, member(1), again));
        let execute = escrow::executeCall { targets, calls, description_hash };
        messages.push(message(Contract::Escrow, STRANGER, execute));
        messages
    }
}
