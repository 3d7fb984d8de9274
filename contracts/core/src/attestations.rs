//! Contributions, consent and weights; who is in which sale. The rules of `contracts/attestations`.
//!
//! What a member calls and what they sign and somebody relays is one function each: the signed form checks deadline and
//! signature, then does the same. Each accepted act uses up the member's nonce.

mod cells;

mod admission;
mod consent;
mod sales;
mod settings;

pub mod acts;

pub use admission::{Contribution, MAX_BATCH_SIZE, Submission, attest, attest_many};
pub use cells::{
    Archive, Attesters, Member, OpenSale, PAGE_MEMBERS, Page, PastRecord, PurposeTotal, Record, Root, Sale,
};
pub use consent::{relay, revoke, set_purposes, withdraw};
pub use sales::{Opened, known_purpose, leave, open_sale, visit_shares, weight_in};
pub use settings::{
    Construction, construct, construction_events, pause, set_attesters, set_daily_weight_cap, set_guardian,
};

use crate::cells::Bits;
use crate::eip712::{Domain, Signature};
use crate::error::Error;
use crate::event::AttestationsEvent as Event;
use crate::hash::Hash32;
use crate::signed::Signers;
use crate::types::{Address, MemberNumber, SaleNumber, Weight};

/// Open sales at once; an entry is free when its window is over.
pub const MAX_OPEN_SALES: u8 = 8;
/// Attesters at most.
pub const MAX_ATTESTERS: u8 = 16;
/// Sales at most, ever: a record keeps sale numbers in 16 bits, and eight a week would take 157 years.
pub const MAX_SALES: u32 = u16::MAX as u32;
/// The route of an export under the right of portability, the only one taken.
pub const ROUTE_PORTABILITY_EXPORT: u8 = 1;

/// What the rules need from the contract around them: its storage cells, its log, and the mirror of weight.
pub trait Host: Signers {
    /// The root cell.
    fn root(&self) -> Root;
    /// Writes the root cell.
    fn set_root(&mut self, root: &Root);
    /// The attesters in force.
    fn attesters(&self) -> Attesters;
    /// Writes the attesters.
    fn set_attesters(&mut self, attesters: &Attesters);
    /// The account of `member`; as new if there is none.
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
    /// Who holds a nullifier; number 0 is nobody.
    fn holder(&self, nullifier: Hash32) -> MemberNumber;
    /// Gives a nullifier to a member, or with number 0 frees it.
    fn set_holder(&mut self, nullifier: Hash32, holder: MemberNumber);
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

/// The domain separator, under which everything here is signed.
fn separator<H: Host>(host: &H, root: &Root) -> Hash32 {
    host.domain(root.salt).separator::<H>()
}

/// Distinct attesters of the set in force must reach the threshold; any other signature is an error, not ignored.
fn check_attesters<H: Host>(host: &H, attesters: &Attesters, digest: Hash32, signatures: &[u8]) -> Result<(), Error> {
    let mut signed = 0u16;
    for (position, bytes) in (0u8..).zip(signatures.chunks(Signature::SIZE)) {
        if position >= MAX_ATTESTERS {
            return Err(Error::SignatureMalformed { position });
        }
        let signature = Signature::parse(bytes).ok_or(Error::SignatureMalformed { position })?;
        let signer = host.recover(digest, &signature).ok_or(Error::SignatureMalformed { position })?;
        let key = attesters.position(signer).ok_or(Error::NotAnAttester { signer, position })?;
        signed |= 1u16.checked_shl(key.into()).unwrap_or_default();
    }
    let signed = u8::try_from(signed.count_ones()).unwrap_or_default();
    if signed < attesters.threshold {
        return Err(Error::TooFewAttesters { signed, threshold: attesters.threshold });
    }
    Ok(())
}

fn read_record<H: Host>(host: &H, number: MemberNumber) -> Record {
    let (page, slot) = Page::place(number);
    host.page(page).get(slot)
}

fn active_member<H: Host>(host: &H, member: Address) -> Result<(Member, Record), Error> {
    let account = host.member(member);
    let record = read_record(host, account.number);
    if account.number == MemberNumber(0) || record.weight == Weight(0) {
        return Err(Error::NotAMember { account: member });
    }
    Ok((account, record))
}
