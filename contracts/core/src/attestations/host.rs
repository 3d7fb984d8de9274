//! What the rules of `attestations` need from the contract around them.

use super::cells::{Archive, Attesters, Member, Page, Record, Root, Sale};
use crate::{
    cells::Bits,
    eip712::Domain,
    error::Error,
    event::AttestationsEvent as Event,
    hash::Hash32,
    signed::Signers,
    types::{Address, MemberNumber, SaleNumber, Weight},
};

/// The contract's storage cells, its log, and the mirror of weight.
pub trait Host: Signers {
    /// The root cell.
    fn root(&self) -> Root;
    /// Writes the root cell.
    fn set_root(&mut self, root: &Root);
    /// The attesters in force.
    fn attesters(&self) -> Attesters;
    /// Writes the attesters.
    fn set_attesters(&mut self, attesters: &Attesters);
    /// The account of `member`; a new one if there is none yet.
    fn member(&self, member: Address) -> Member;
    /// Writes an account.
    fn set_member(&mut self, member: Address, account: &Member);
    /// A page of current records; empty if there is none.
    fn page(&self, page: u32) -> Page;
    /// Writes a page of current records.
    fn set_page(&mut self, page: u32, records: &Page);
    /// Page `page` of the past records of `number`.
    fn archive(&self, number: MemberNumber, page: u16) -> Archive;
    /// Writes a page of past records.
    fn set_archive(&mut self, number: MemberNumber, page: u16, archive: &Archive);
    /// The member who holds a nullifier.
    fn holder(&self, nullifier: Hash32) -> Option<MemberNumber>;
    /// Gives a nullifier to a member, or frees it.
    fn set_holder(&mut self, nullifier: Hash32, holder: Option<MemberNumber>);
    /// A sale.
    fn sale(&self, sale: SaleNumber) -> Option<Sale>;
    /// Writes a sale.
    fn set_sale(&mut self, sale: SaleNumber, facts: &Sale);
    /// Cell `cell` of the bits of those who left `sale`.
    fn left(&self, sale: SaleNumber, cell: u32) -> Bits;
    /// Writes a cell of those bits.
    fn set_left(&mut self, sale: SaleNumber, cell: u32, bits: &Bits);
    /// Logs an event.
    fn emit(&mut self, event: Event);
    /// Makes members' balances of votes equal to their weights, in this order, by one call.
    fn mirror(&mut self, weights: &[(Address, Weight)]);
    /// The EIP-712 domain of this contract.
    fn domain(&self, salt: Hash32) -> Domain;
}

/// The current record of a member.
pub(super) fn read_record<H: Host>(host: &H, number: MemberNumber) -> Record {
    let (page, slot) = Page::place(number);
    host.page(page).get(slot)
}

/// The account and the record of a member who has a contribution in the pool.
pub(super) fn active_member<H: Host>(host: &H, member: Address) -> Result<(Member, Record), Error> {
    let account = host.member(member);
    let record = read_record(host, account.number);
    if account.number == MemberNumber(0) || record.weight == Weight(0) {
        return Err(Error::NotAMember { account: member });
    }
    Ok((account, record))
}
