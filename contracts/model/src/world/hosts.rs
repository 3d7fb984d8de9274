//! The three contracts' hosts over cells in memory: what the rules ask of the chain.

use chorus_core::{
    abi::Word as _,
    attestations::{self, Archive, Attesters, Member, Opened, Page, Sale},
    cells::Bits,
    checkpoints::{self, Trace},
    contract::Contract,
    eip712::{Domain, Signature},
    error::Error,
    escrow::{self, Permit, Proposal, Roles},
    event::{AttestationsEvent, EscrowEvent, VotesEvent},
    hash::{Hash32, Keccak, Software},
    offer::Offer,
    signed::Signers,
    types::{Address, Amount, BallotId, MemberNumber, OfferId, Points, ProposalId, SaleNumber, Timestamp, Weight},
    votes::{self, Account, Ballot, Marks, Past, Total},
};

use super::World;
use crate::{
    outcome::{Logged, Refused},
    sisters::sister_action,
    store::Key,
};

impl World {
    /// Notes the refusal of a sister contract. The call that it belongs to fails with it, as on chain.
    fn sister<T>(&self, answer: Result<T, Error>) -> Option<T> {
        answer.map_err(|error| self.sister_refused.set(self.sister_refused.get().or(Some(error)))).ok()
    }

    /// Moves money. Returns false and moves nothing where there is too little, or where a token refuses.
    pub(super) fn transfer(&mut self, currency: Address, from: Address, to: Address, amount: Amount) -> bool {
        let Some(arrives) = self.tokens.arrives(currency, amount.0) else { return false };
        let Some(rest) = self.balance_in(currency, from).0.checked_sub(amount.0) else { return false };
        self.store.write(Key::Balance(currency, from), &rest.to_le_bytes());
        let sum = self.balance_in(currency, to).0.saturating_add(arrives);
        self.store.write(Key::Balance(currency, to), &sum.to_le_bytes());
        true
    }

    fn domain_of(&self, contract: Contract, salt: Hash32) -> Domain {
        let chain_id = self.site.chain_id.word();
        Domain { name: contract.domain(), chain_id, contract: self.site.address(contract), salt }
    }
}

/// A cell that the constructor writes. The contract would trap where it is missing.
fn constructed<const N: usize>(cell: Option<[u8; N]>) -> [u8; N] {
    cell.unwrap_or([0; N])
}

impl Keccak for World {
    fn keccak(data: &[u8]) -> Hash32 {
        Software::keccak(data)
    }
}

impl Signers for World {
    fn recover(&self, digest: Hash32, signature: &Signature) -> Option<Address> {
        (self.site.signing.recover)(digest, signature)
    }
    fn verify_sr25519(&self, key: &Hash32, message: &[u8], signature: &[u8; 64]) -> Option<bool> {
        Some((self.site.signing.verify_sr25519)(key, message, signature))
    }
}

impl attestations::Host for World {
    fn root(&self) -> attestations::Root {
        attestations::Root::from_bytes(&constructed(self.store.read(Key::AttestationsRoot)))
    }
    fn set_root(&mut self, root: &attestations::Root) {
        self.store.write(Key::AttestationsRoot, &root.to_bytes());
    }
    fn attesters(&self) -> Attesters {
        Attesters::from_bytes(&constructed(self.store.read(Key::Attesters)))
    }
    fn set_attesters(&mut self, attesters: &Attesters) {
        self.store.write(Key::Attesters, &attesters.to_bytes());
    }
    fn member(&self, member: Address) -> Member {
        self.store.read(Key::Member(member)).map(|cell| Member::from_bytes(&cell)).unwrap_or_default()
    }
    fn set_member(&mut self, member: Address, account: &Member) {
        self.store.write(Key::Member(member), &account.to_bytes());
    }
    fn page(&self, page: u32) -> Page {
        self.store.read(Key::Page(page)).map(Page).unwrap_or_default()
    }
    fn set_page(&mut self, page: u32, records: &Page) {
        self.store.write(Key::Page(page), &records.0);
    }
    fn archive(&self, number: MemberNumber, page: u16) -> Archive {
        self.store.read(Key::Archive(number, page)).map(Archive).unwrap_or_default()
    }
    fn set_archive(&mut self, number: MemberNumber, page: u16, archive: &Archive) {
        self.store.write(Key::Archive(number, page), &archive.0);
    }
    fn holder(&self, nullifier: Hash32) -> Option<MemberNumber> {
        let number = u32::from_le_bytes(self.store.read(Key::Holder(nullifier)).unwrap_or_default());
        (number != 0).then_some(MemberNumber(number))
    }
    fn set_holder(&mut self, nullifier: Hash32, holder: Option<MemberNumber>) {
        self.store.write(Key::Holder(nullifier), &holder.unwrap_or_default().0.to_le_bytes());
    }
    fn sale(&self, sale: SaleNumber) -> Option<Sale> {
        self.store.read(Key::Sale(sale)).map(|cell| Sale::from_bytes(&cell))
    }
    fn set_sale(&mut self, sale: SaleNumber, facts: &Sale) {
        self.store.write(Key::Sale(sale), &facts.to_bytes());
    }
    fn left(&self, sale: SaleNumber, cell: u32) -> Bits {
        self.store.read(Key::Left(sale, cell)).map(Bits).unwrap_or_default()
    }
    fn set_left(&mut self, sale: SaleNumber, cell: u32, bits: &Bits) {
        self.store.write(Key::Left(sale, cell), &bits.0);
    }
    fn emit(&mut self, event: AttestationsEvent) {
        self.log.push((self.now, Logged::Attestations(event)));
    }
    fn mirror(&mut self, weights: &[(Address, Weight)]) {
        let packed = weights.iter().flat_map(|(member, weight)| [&member.0[..], &weight.0.to_be_bytes()].concat());
        let mirrored = votes::mirror(self, self.now, self.site.attestations, &packed.collect::<Vec<_>>());
        self.sister(mirrored);
    }
    fn domain(&self, salt: Hash32) -> Domain {
        self.domain_of(Contract::Attestations, salt)
    }
}

impl votes::Host for World {
    fn root(&self) -> votes::Root {
        votes::Root::from_bytes(&constructed(self.store.read(Key::VotesRoot)))
    }
    fn set_root(&mut self, root: &votes::Root) {
        self.store.write(Key::VotesRoot, &root.to_bytes());
    }
    fn account(&self, account: Address) -> Account {
        self.store.read(Key::Account(account)).map(|cell| Account::from_bytes(&cell)).unwrap_or_default()
    }
    fn set_account(&mut self, address: Address, account: &Account) {
        self.store.write(Key::Account(address), account.to_cell().written());
    }
    fn voted(&self, account: Address, page: u32) -> Marks {
        self.store.read(Key::Voted(account, page)).map(Marks).unwrap_or_default()
    }
    fn set_voted(&mut self, account: Address, page: u32, marks: &Marks) {
        self.store.write(Key::Voted(account, page), &marks.0);
    }
    fn ballot(&self, id: BallotId) -> Option<Ballot> {
        self.store.read(Key::Ballot(id)).map(|cell| Ballot::from_bytes(&cell))
    }
    fn set_ballot(&mut self, id: BallotId, ballot: &Ballot) {
        self.store.write(Key::Ballot(id), &ballot.to_bytes());
    }
    fn total(&self, of: Total) -> Trace {
        self.store.read(Key::Total(of)).map(|cell| Trace::from_bytes(&cell)).unwrap_or_default()
    }
    fn set_total(&mut self, of: Total, trace: &Trace) {
        self.store.write(Key::Total(of), trace.to_cell().written());
    }
    fn history(&self, of: Past, page: u32) -> checkpoints::Page {
        self.store.read(Key::History(of, page)).map(checkpoints::Page).unwrap_or_default()
    }
    fn set_history(&mut self, of: Past, page: u32, entries: &checkpoints::Page) {
        self.store.write(Key::History(of, page), &entries.0);
    }
    fn emit(&mut self, event: VotesEvent) {
        self.log.push((self.now, Logged::Votes(event)));
    }
    fn domain(&self, salt: Hash32) -> Domain {
        self.domain_of(Contract::Votes, salt)
    }
}

impl escrow::Host for World {
    fn root(&self) -> escrow::Root {
        escrow::Root::from_bytes(&constructed(self.store.read(Key::EscrowRoot)))
    }
    fn set_root(&mut self, root: &escrow::Root) {
        self.store.write(Key::EscrowRoot, &root.to_bytes());
    }
    fn roles(&self, account: Address) -> Roles {
        let [byte] = self.store.read(Key::Roles(account)).unwrap_or_default();
        Roles::from_byte(byte)
    }
    fn set_roles(&mut self, account: Address, roles: Roles) {
        self.store.write(Key::Roles(account), &[roles.to_byte()]);
    }
    fn offer(&self, id: OfferId) -> Option<Offer> {
        self.store.read(Key::Offer(id)).map(|cell| Offer::from_bytes(&cell))
    }
    fn set_offer(&mut self, id: OfferId, offer: &Offer) {
        self.store.write(Key::Offer(id), &offer.to_bytes());
    }
    fn paid(&self, sale: SaleNumber, cell: u32) -> Bits {
        self.store.read(Key::Paid(sale, cell)).map(Bits).unwrap_or_default()
    }
    fn set_paid(&mut self, sale: SaleNumber, cell: u32, bits: &Bits) {
        self.store.write(Key::Paid(sale, cell), &bits.0);
    }
    fn credit(&self, currency: Address, owner: Address) -> Amount {
        Amount(u128::from_le_bytes(self.store.read(Key::Credit(currency, owner)).unwrap_or_default()))
    }
    fn set_credit(&mut self, currency: Address, owner: Address, amount: Amount) {
        self.store.write(Key::Credit(currency, owner), &amount.0.to_le_bytes());
    }
    fn nonce(&self, account: Address) -> u64 {
        u64::from_le_bytes(self.store.read(Key::Nonce(account)).unwrap_or_default())
    }
    fn set_nonce(&mut self, account: Address, nonce: u64) {
        self.store.write(Key::Nonce(account), &nonce.to_le_bytes());
    }
    fn proposal(&self, id: ProposalId) -> Option<Proposal> {
        self.store.read(Key::Proposal(id)).map(|cell| Proposal::from_bytes(&cell))
    }
    fn set_proposal(&mut self, id: ProposalId, proposal: &Proposal) {
        self.store.write(Key::Proposal(id), &proposal.to_bytes());
    }
    fn base_amount(&self, currency: Address) -> Option<Amount> {
        self.store.read(Key::BaseAmount(currency)).map(|cell| Amount(u128::from_le_bytes(cell)))
    }
    fn set_base_amount(&mut self, currency: Address, base_amount: Amount) {
        self.store.write(Key::BaseAmount(currency), &base_amount.0.to_le_bytes());
    }
    fn emit(&mut self, event: EscrowEvent) {
        self.log.push((self.now, Logged::Escrow(event)));
    }
    fn emit_with(&mut self, event: EscrowEvent, bytes: &[u8]) {
        self.tails.insert(self.log.len(), bytes.into());
        escrow::Host::emit(self, event);
    }
    fn this(&self) -> Address {
        self.site.escrow
    }
    fn domain(&self, salt: Hash32) -> Domain {
        self.domain_of(Contract::Escrow, salt)
    }

    fn open_ballot(&mut self, id: BallotId, proposer: Address) -> Timestamp {
        let opened = votes::open_ballot(self, self.now, self.site.escrow, id, proposer);
        self.sister(opened).map(|ballot| ballot.deadline).unwrap_or_default()
    }
    fn outcome(&self, id: BallotId) -> bool {
        self.sister(votes::outcome(self, self.now, id)).unwrap_or_default()
    }
    fn open_sale(&mut self, purpose: u8, window_ends: Timestamp) -> Opened {
        let opened = attestations::open_sale(self, self.now, self.site.escrow, purpose, window_ends);
        self.sister(opened).unwrap_or(Opened { sale: SaleNumber(0), total_weight: Points(0), members: 0 })
    }
    fn sale_totals(&self, sale: SaleNumber) -> (Points, u32) {
        let facts = attestations::Host::sale(self, sale).ok_or(Error::NoSuchSale { sale });
        self.sister(facts).map(|facts| (facts.total_weight, facts.members)).unwrap_or_default()
    }
    fn share_of(&self, sale: SaleNumber, member: Address) -> Option<(MemberNumber, Weight)> {
        let number = attestations::Host::member(self, member).number;
        Some((number, attestations::weight_in(self, sale, number)?))
    }
    fn shares(&self, sale: SaleNumber, from: MemberNumber, count: u32) -> Vec<u8> {
        let mut packed = Vec::new();
        let visited = attestations::visit_shares(self, sale, from, count, |member, weight| {
            packed.extend_from_slice(&member.0);
            packed.extend_from_slice(&weight.0.to_be_bytes());
        });
        self.sister(visited);
        packed
    }
    fn open_proposal(&mut self, id: BallotId, proposer: Address) -> Timestamp {
        let opened = votes::open_proposal(self, self.now, self.site.escrow, id, proposer);
        self.sister(opened).map(|ballot| ballot.deadline).unwrap_or_default()
    }
    fn call_sister_setting(&mut self, target: Address, call: &[u8]) {
        // What a sister contract does not know, it refuses without an error.
        let action = sister_action(&self.site, target, call);
        let answer = match action.map(|action| self.call(self.site.escrow, &action)) {
            Some(Ok(_)) => Ok(()),
            Some(Err(Refused::Rule(error))) => Err(error),
            None | Some(Err(Refused::Funds)) => Err(Error::Overflow),
        };
        self.sister(answer);
    }

    fn push_native(&mut self, to: Address, amount: Amount) -> bool {
        self.tokens.can_receive(Address::ZERO, to) && self.transfer(Address::ZERO, self.site.escrow, to, amount)
    }
    fn push_token(&mut self, currency: Address, to: Address, amount: Amount) -> bool {
        let enough = self.tokens.use_weight();
        enough && self.tokens.can_receive(currency, to) && self.transfer(currency, self.site.escrow, to, amount)
    }
    fn has_weight_for_push(&self) -> bool {
        self.tokens.has_weight()
    }
    fn pull_token(&mut self, currency: Address, from: Address, amount: Amount) -> bool {
        let allowance = self.number(Key::Allowance(currency, from));
        let Some(rest) = allowance.checked_sub(amount.0) else { return false };
        self.store.write(Key::Allowance(currency, from), &rest.to_le_bytes());
        self.transfer(currency, from, self.site.escrow, amount)
    }
    fn token_balance(&self, currency: Address) -> Option<Amount> {
        self.tokens.exists(currency).then(|| self.balance_in(currency, self.site.escrow))
    }
    fn permit_token(&mut self, currency: Address, owner: Address, amount: Amount, permit: &Permit) {
        let Permit { deadline, r, s, v } = *permit;
        let digest = self.permit_digest(currency, owner, amount, deadline);
        let signature = Signature::parse(&[&r, &s, [v].as_slice()].concat());
        let signer = signature.and_then(|signature| self.recover(digest, &signature));
        if self.tokens.exists(currency) && signer == Some(owner) && self.now.word() <= deadline {
            let used = self.number(Key::Permits(currency, owner)).saturating_add(1);
            self.store.write(Key::Permits(currency, owner), &used.to_le_bytes());
            self.store.write(Key::Allowance(currency, owner), &amount.0.to_le_bytes());
        }
    }
}
