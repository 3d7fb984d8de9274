//! Where each cell lies, and how the sister contracts are asked. `ReviveApi_get_storage_var_key` reads cells by the
//! same keys.

use chorus_core::{
    abi::{Word as _, selector},
    attestations::Opened,
    cells::Bits,
    contract::Contract,
    eip712::Domain,
    escrow::{Host, MAX_RANGE, Permit, Proposal, Roles, Root, SHARE_SIZE},
    event::EscrowEvent,
    hash::Hash32,
    offer::Offer,
    sisters,
    types::{Address, Amount, BallotId, MemberNumber, OfferId, Points, ProposalId, SaleNumber, Timestamp, Weight},
};
use chorus_host::{self as host, Limits};
use ink::prelude::vec::Vec;

use crate::escrow::Escrow;

const ROLES: u8 = 1;
const OFFER: u8 = 2;
const PAID: u8 = 3;
const CREDIT: u8 = 4;
const NONCE: u8 = 5;
const PROPOSAL: u8 = 6;
const BASE_AMOUNT: u8 = 7;

fn roles_key(account: Address) -> [u8; 21] {
    host::key(ROLES, &[&account.0])
}

fn offer_key(id: OfferId) -> [u8; 33] {
    host::key(OFFER, &[&id.0])
}

fn paid_key(sale: SaleNumber, cell: u32) -> [u8; 9] {
    host::key(PAID, &[&sale.0.to_le_bytes(), &cell.to_le_bytes()])
}

fn credit_key(currency: Address, owner: Address) -> [u8; 41] {
    host::key(CREDIT, &[&currency.0, &owner.0])
}

fn nonce_key(account: Address) -> [u8; 21] {
    host::key(NONCE, &[&account.0])
}

fn proposal_key(id: ProposalId) -> [u8; 33] {
    host::key(PROPOSAL, &[&id.0])
}

fn base_amount_key(currency: Address) -> [u8; 21] {
    host::key(BASE_AMOUNT, &[&currency.0])
}

const TRANSFER: [u8; 4] = selector("transfer", &["address", "uint256"]);
const TRANSFER_FROM: [u8; 4] = selector("transferFrom", &["address", "address", "uint256"]);
const PERMIT: [u8; 4] =
    selector("permit", &["address", "address", "uint256", "uint256", "uint8", "bytes32", "bytes32"]);

/// An answer of fixed size, or the error of whoever refuses: none of ours is longer.
type Answer = [u8; 128];

fn ask(sister: Address, call: &[u8]) -> Answer {
    let mut answer = [0; 128];
    host::call_sister(sister, call, &mut answer);
    answer
}

host::chain_signers!(Escrow);

impl Host for Escrow {
    fn root(&self) -> Root {
        Root::from_bytes(&self.root)
    }

    fn set_root(&mut self, root: &Root) {
        self.root = root.to_bytes();
        host::write(&host::ROOT, &self.root);
    }

    fn roles(&self, account: Address) -> Roles {
        let [byte] = host::cell(&roles_key(account));
        Roles::from_byte(byte)
    }

    fn set_roles(&mut self, account: Address, roles: Roles) {
        host::write(&roles_key(account), &[roles.to_byte()]);
    }

    fn offer(&self, id: OfferId) -> Option<Offer> {
        host::read(&offer_key(id)).map(|cell| Offer::from_bytes(&cell))
    }

    fn set_offer(&mut self, id: OfferId, offer: &Offer) {
        host::write(&offer_key(id), &offer.to_bytes());
    }

    fn paid(&self, sale: SaleNumber, cell: u32) -> Bits {
        Bits(host::cell(&paid_key(sale, cell)))
    }

    fn set_paid(&mut self, sale: SaleNumber, cell: u32, bits: &Bits) {
        host::write(&paid_key(sale, cell), &bits.0);
    }

    fn credit(&self, currency: Address, owner: Address) -> Amount {
        Amount(u128::from_le_bytes(host::cell(&credit_key(currency, owner))))
    }

    fn set_credit(&mut self, currency: Address, owner: Address, amount: Amount) {
        host::write(&credit_key(currency, owner), &amount.0.to_le_bytes());
    }

    fn nonce(&self, account: Address) -> u64 {
        u64::from_le_bytes(host::cell(&nonce_key(account)))
    }

    fn set_nonce(&mut self, account: Address, nonce: u64) {
        host::write(&nonce_key(account), &nonce.to_le_bytes());
    }

    fn proposal(&self, id: ProposalId) -> Option<Proposal> {
        host::read(&proposal_key(id)).map(|cell| Proposal::from_bytes(&cell))
    }

    fn set_proposal(&mut self, id: ProposalId, proposal: &Proposal) {
        host::write(&proposal_key(id), &proposal.to_bytes());
    }

    fn base_amount(&self, currency: Address) -> Option<Amount> {
        host::read(&base_amount_key(currency)).map(|cell| Amount(u128::from_le_bytes(cell)))
    }

    fn set_base_amount(&mut self, currency: Address, base_amount: Amount) {
        host::write(&base_amount_key(currency), &base_amount.0.to_le_bytes());
    }

    fn emit(&mut self, event: EscrowEvent) {
        host::emit(&event);
    }

    fn emit_with(&mut self, event: EscrowEvent, bytes: &[u8]) {
        host::emit_with(&event, bytes);
    }

    fn this(&self) -> Address {
        host::this()
    }

    fn domain(&self, salt: Hash32) -> Domain {
        host::domain(Contract::Escrow.domain(), salt)
    }

    fn open_ballot(&mut self, id: BallotId, proposer: Address) -> Timestamp {
        let call = host::calldata::<2, 68>(sisters::OPEN_BALLOT.selector, [id.0, proposer.word()]);
        Timestamp(host::word_u64(&ask(self.root().votes, &call), 1))
    }

    fn open_proposal(&mut self, id: BallotId, proposer: Address) -> Timestamp {
        let call = host::calldata::<2, 68>(sisters::OPEN_PROPOSAL.selector, [id.0, proposer.word()]);
        Timestamp(host::word_u64(&ask(self.root().votes, &call), 1))
    }

    fn outcome(&self, id: BallotId) -> bool {
        let call = host::calldata::<1, 36>(sisters::OUTCOME.selector, [id.0]);
        host::word_u64(&ask(self.root().votes, &call), 0) != 0
    }

    fn open_sale(&mut self, purpose: u8, window_ends: Timestamp) -> Opened {
        let call = host::calldata::<2, 68>(sisters::OPEN_SALE.selector, [purpose.word(), window_ends.word()]);
        let answer = ask(self.root().attestations, &call);
        Opened {
            sale: SaleNumber(host::word_u64(&answer, 0) as u32),
            total_weight: Points(host::word_u64(&answer, 1)),
            members: host::word_u64(&answer, 2) as u32,
        }
    }

    fn sale_totals(&self, sale: SaleNumber) -> (Points, u32) {
        let call = host::calldata::<1, 36>(sisters::SALE_TOTALS.selector, [sale.word()]);
        let answer = ask(self.root().attestations, &call);
        (Points(host::word_u64(&answer, 2)), host::word_u64(&answer, 3) as u32)
    }

    fn share_of(&self, sale: SaleNumber, member: Address) -> Option<(MemberNumber, Weight)> {
        let call = host::calldata::<2, 68>(sisters::SHARE_OF.selector, [sale.word(), member.word()]);
        let answer = ask(self.root().attestations, &call);
        let weight = Weight(host::word_u64(&answer, 1) as u32);
        (weight != Weight(0)).then(|| (MemberNumber(host::word_u64(&answer, 0) as u32), weight))
    }

    fn shares(&self, sale: SaleNumber, from: MemberNumber, count: u32) -> Vec<u8> {
        // `bytes`: offset, length, then what is asked for, padded to whole words.
        let mut answer = ink::prelude::vec![0; 64 + (SHARE_SIZE * MAX_RANGE as usize).next_multiple_of(32)];
        let call = host::calldata::<3, 100>(sisters::SHARES_IN.selector, [sale.word(), from.word(), count.word()]);
        host::call_sister(self.root().attestations, &call, &mut answer);
        let len = host::word_u64(&answer, 1) as usize;
        answer.drain(..64);
        answer.truncate(len);
        answer
    }

    fn call_sister_setting(&mut self, target: Address, call: &[u8]) {
        ask(target, call);
    }

    fn push_native(&mut self, to: Address, amount: Amount) -> bool {
        host::pay(to, amount)
    }

    fn push_token(&mut self, currency: Address, to: Address, amount: Amount) -> bool {
        let call = host::calldata::<2, 68>(TRANSFER, [to.word(), amount.word()]);
        host::call_token(currency, Limits::Payment, &call)
    }

    fn has_weight_for_push(&self) -> bool {
        host::has_weight_for_payment()
    }

    fn pull_token(&mut self, currency: Address, from: Address, amount: Amount) -> bool {
        let call = host::calldata::<3, 100>(TRANSFER_FROM, [from.word(), host::this().word(), amount.word()]);
        host::call_token(currency, Limits::Caller, &call)
    }

    fn token_balance(&self, currency: Address) -> Option<Amount> {
        host::token_balance(currency)
    }

    fn permit_token(&mut self, currency: Address, owner: Address, amount: Amount, permit: &Permit) {
        let Permit { deadline, v, r, s } = *permit;
        let words = [owner.word(), host::this().word(), amount.word(), deadline, v.word(), r, s];
        let call = host::calldata::<7, 228>(PERMIT, words);
        host::call_token(currency, Limits::Caller, &call);
    }
}
