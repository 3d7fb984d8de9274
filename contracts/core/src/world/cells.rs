//! The cells of the three contracts in memory, as the bytes the chain would keep, and the hosts over them.

use super::{ATTESTATIONS, CHAIN_ID, ESCROW, Logged, VOTES, World};
use crate::abi::Word as _;
use crate::attestations::{self, Archive, Attesters, Member, Opened, Page, Sale};
use crate::cells::Bits;
use crate::checkpoints::{self, Trace};
use crate::eip712::{Domain, Signature};
use crate::error::Error;
use crate::escrow::{self, Roles};
use crate::event::{AttestationsEvent, EscrowEvent, VotesEvent};
use crate::hash::{Hash32, Keccak, Software};
use crate::offer::Offer;
use crate::signed::Signers;
use crate::types::{Address, Amount, MemberNumber, OfferId, Points, SaleNumber, Timestamp, Weight};
use crate::votes::{self, Account, Ballot, Marks, Past, Total};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// Where a cell lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Key {
    AttestationsRoot,
    Attesters,
    Member(Address),
    Page(u32),
    Archive(MemberNumber, u16),
    Holder(Hash32),
    Sale(SaleNumber),
    Left(SaleNumber, u32),

    VotesRoot,
    Account(Address),
    Total(Total),
    History(Past, u32),
    Ballot(OfferId),
    Voted(Address, u32),

    EscrowRoot,
    Roles(Address),
    Offer(OfferId),
    Paid(SaleNumber, u32),
    Credit(Address, Address),

    /// Native money of an account; the chain keeps it, not a contract.
    Balance(Address),
}

/// Cells whose writes are pending until the call they belong to succeeds.
#[derive(Clone, Debug, Default)]
pub(super) struct Store {
    kept: BTreeMap<Key, Vec<u8>>,
    pending: BTreeMap<Key, Vec<u8>>,
}

impl Store {
    pub(super) fn read<const N: usize>(&self, key: Key) -> Option<[u8; N]> {
        let cell = self.pending.get(&key).or_else(|| self.kept.get(&key))?;
        let mut padded = [0; N];
        padded.get_mut(..cell.len())?.copy_from_slice(cell);
        Some(padded)
    }

    pub(super) fn write(&mut self, key: Key, cell: &[u8]) {
        self.pending.insert(key, cell.into());
    }

    /// The call succeeded.
    pub(super) fn keep(&mut self) {
        self.kept.extend(core::mem::take(&mut self.pending));
    }

    /// The call was refused.
    pub(super) fn discard(&mut self) {
        self.pending.clear();
    }

    /// All cells, in the order of their keys.
    pub(super) fn kept(&self) -> &BTreeMap<Key, Vec<u8>> {
        &self.kept
    }
}

impl World {
    pub(super) fn attestations_root(&self) -> attestations::Root {
        attestations::Host::root(self)
    }

    pub(super) fn votes_root(&self) -> votes::Root {
        votes::Host::root(self)
    }

    pub(super) fn escrow_root(&self) -> escrow::Root {
        escrow::Host::root(self)
    }

    /// Notes the refusal of a sister contract: the call it belongs to fails with it, as on chain.
    fn sister<T>(&self, answer: Result<T, Error>) -> Option<T> {
        answer.map_err(|error| self.sister_refused.set(self.sister_refused.get().or(Some(error)))).ok()
    }

    /// Moves native money; false, and nothing moved, if there is not so much.
    pub(super) fn transfer(&mut self, from: Address, to: Address, amount: Amount) -> bool {
        let Some(rest) = self.balance(from).0.checked_sub(amount.0) else { return false };
        self.store.write(Key::Balance(from), &rest.to_le_bytes());
        let sum = self.balance(to).0.saturating_add(amount.0);
        self.store.write(Key::Balance(to), &sum.to_le_bytes());
        true
    }

    /// A signature of the model names its signer in `r` and what was signed in `s`, where a real one proves both.
    pub(super) fn signature(signer: Address, digest: Hash32) -> [u8; Signature::SIZE] {
        let mut bytes = [0; Signature::SIZE];
        let (r, rest) = bytes.split_at_mut(32);
        let (s, v) = rest.split_at_mut(32);
        r.copy_from_slice(&signer.word());
        s.copy_from_slice(&Self::signed_part(digest));
        v.copy_from_slice(&[27]);
        bytes
    }

    /// The digest with its highest byte cleared, which makes it a low `s`.
    fn signed_part(mut digest: Hash32) -> Hash32 {
        digest[0] = 0;
        digest
    }
}

/// The contract would trap where a cell it was constructed with is missing.
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
        let text = if signature.s == Self::signed_part(digest) {
            signature.r
        } else {
            // Of another text a real signature recovers somebody nobody knows.
            Self::keccak([digest, signature.s].as_flattened())
        };
        text.last_chunk::<20>().map(|address| Address(*address))
    }
    /// A signature of the model names its key and what was signed.
    fn verify_sr25519(&self, key: &Hash32, message: &[u8], signature: &[u8; 64]) -> Option<bool> {
        Some(*signature.as_slice() == *[*key, Self::keccak(message)].as_flattened())
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
    fn holder(&self, nullifier: Hash32) -> MemberNumber {
        MemberNumber(u32::from_le_bytes(self.store.read(Key::Holder(nullifier)).unwrap_or_default()))
    }
    fn set_holder(&mut self, nullifier: Hash32, holder: MemberNumber) {
        self.store.write(Key::Holder(nullifier), &holder.0.to_le_bytes());
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
    fn mirror(&mut self, member: Address, weight: Weight) {
        let mirrored = votes::mirror(self, self.now, ATTESTATIONS, member, weight);
        self.sister(mirrored);
    }
    fn mirror_many(&mut self, weights: &[(Address, Weight)]) {
        let packed = weights.iter().flat_map(|(member, weight)| [&member.0[..], &weight.0.to_be_bytes()].concat());
        let mirrored = votes::mirror_many(self, self.now, ATTESTATIONS, &packed.collect::<Vec<_>>());
        self.sister(mirrored);
    }
    fn domain(&self, salt: Hash32) -> Domain {
        Domain { name: "Chorus Attestations", chain_id: CHAIN_ID.word(), contract: ATTESTATIONS, salt }
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
    fn ballot(&self, id: OfferId) -> Option<Ballot> {
        self.store.read(Key::Ballot(id)).map(|cell| Ballot::from_bytes(&cell))
    }
    fn set_ballot(&mut self, id: OfferId, ballot: &Ballot) {
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
        Domain { name: "Chorus Votes", chain_id: CHAIN_ID.word(), contract: VOTES, salt }
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
    fn emit(&mut self, event: EscrowEvent) {
        self.log.push((self.now, Logged::Escrow(event)));
    }
    fn domain(&self, salt: Hash32) -> Domain {
        Domain { name: "Chorus Escrow", chain_id: CHAIN_ID.word(), contract: ESCROW, salt }
    }

    fn open_ballot(&mut self, id: OfferId, proposer: Address) -> Timestamp {
        let opened = votes::open_ballot(self, self.now, ESCROW, id, proposer);
        self.sister(opened).map(|ballot| ballot.deadline).unwrap_or_default()
    }
    fn outcome(&self, id: OfferId) -> bool {
        self.sister(votes::outcome(self, self.now, id)).unwrap_or_default()
    }
    fn open_sale(&mut self, purpose: u8, window_ends: Timestamp) -> Opened {
        let opened = attestations::open_sale(self, self.now, ESCROW, purpose, window_ends);
        self.sister(opened).unwrap_or(Opened { sale: SaleNumber(0), total_weight: Points(0), members: 0 })
    }
    fn sale_totals(&self, sale: SaleNumber) -> (Points, u32) {
        let facts = attestations::Host::sale(self, sale).ok_or(Error::NoSuchSale { sale });
        self.sister(facts).map(|facts| (facts.total_weight, facts.members)).unwrap_or_default()
    }
    fn share_of(&self, sale: SaleNumber, member: Address) -> (MemberNumber, Weight) {
        let number = attestations::Host::member(self, member).number;
        (number, attestations::weight_in(self, sale, number))
    }
    fn visit_shares(
        &self,
        sale: SaleNumber,
        from: MemberNumber,
        count: u32,
        visit: &mut dyn FnMut(MemberNumber, Address, Weight),
    ) {
        let mut numbers = (from.0..).map(MemberNumber);
        let visited = attestations::visit_shares(self, sale, from, count, |member, weight| {
            if let Some(number) = numbers.next() {
                visit(number, member, weight);
            }
        });
        self.sister(visited);
    }
    fn push(&mut self, currency: Address, to: Address, amount: Amount) -> bool {
        let safe = currency == Address::ZERO && !self.closed.contains(&to);
        safe && self.transfer(ESCROW, to, amount)
    }
}
