//! Contributions, consent and weights; who is in which sale. The rules of `contracts/attestations`.

mod cells;

pub use cells::{
    Archive, Attesters, Member, OpenSale, PAGE_MEMBERS, Page, PastRecord, PurposeTotal, Record, Root, Sale,
};

use crate::cells::Bits;
use crate::eip712::{self, Domain, Signature};
use crate::error::Error;
use crate::event::AttestationsEvent as Event;
use crate::hash::{Hash32, Keccak};
use crate::signed::{Signers, check_deadline};
use crate::types::{Address, MemberNumber, Points, Purpose, Purposes, SaleNumber, Timestamp, Weight};
use crate::weight::{MAX_WEIGHT, RuleVersion};
use crate::{abi::Word as _, pause};

/// Open sales at once; an entry is free when its window is over.
pub const MAX_OPEN_SALES: u8 = 8;
/// Attesters at most.
pub const MAX_ATTESTERS: u8 = 16;
/// Sales at most, ever: a record keeps sale numbers in 16 bits, and eight a week would take 157 years.
pub const MAX_SALES: u32 = u16::MAX as u32;
/// The route of an export under the right of portability, the only one taken.
pub const ROUTE_PORTABILITY_EXPORT: u8 = 1;

const DAY_S: u64 = 24 * 60 * 60;

/// What the rules need from the contract around them: its storage cells, its log, and the mirror of weight.
pub trait Host: Signers {
    /// The root cell.
    fn root(&self) -> Root;
    /// Writes the root cell.
    fn set_root(&mut self, root: &Root);
    /// The attesters in force.
    fn attesters(&self) -> Attesters;
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
    /// Makes the member's balance of votes equal to their weight.
    fn mirror(&mut self, member: Address, weight: Weight);
    /// The EIP-712 domain of this contract.
    fn domain(&self, salt: Hash32) -> Domain;
}

/// What a member contributes, as attesters sign it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contribution {
    /// Merkle root over the rows.
    pub commitment: Hash32,
    /// Pseudonym of the source account.
    pub nullifier: Hash32,
    /// By the weight rule `rule_version`.
    pub weight: Weight,
    /// See [`RuleVersion`].
    pub rule_version: u16,
    /// How the file was obtained; only [`ROUTE_PORTABILITY_EXPORT`] is taken.
    pub route: u8,
    /// The last second at which the attesters' signatures are good.
    pub deadline: Timestamp,
}

const ATTESTATION_TYPE: Hash32 = eip712::type_hash(
    "Attestation",
    &[
        "address member",
        "uint64 nonce",
        "bytes32 commitment",
        "bytes32 nullifier",
        "uint32 weight",
        "uint16 rule_version",
        "uint8 route",
        "uint64 deadline",
    ],
);

impl Contribution {
    /// The EIP-712 struct hash of an `Attestation` of this contribution of `member` at `nonce`.
    pub fn struct_hash<K: Keccak>(&self, member: Address, nonce: u64) -> Hash32 {
        let Self { commitment, nullifier, weight, rule_version, route, deadline } = *self;
        eip712::hash_words::<K, 9>([
            ATTESTATION_TYPE,
            member.word(),
            nonce.word(),
            commitment,
            nullifier,
            weight.word(),
            rule_version.word(),
            route.word(),
            deadline.word(),
        ])
    }

    fn check(&self, now: Timestamp) -> Result<(), Error> {
        if self.route != ROUTE_PORTABILITY_EXPORT {
            return Err(Error::RouteRefused { route: self.route });
        }
        if RuleVersion::try_from(self.rule_version).is_err() {
            return Err(Error::UnknownRuleVersion { version: self.rule_version });
        }
        if self.weight.0 == 0 || self.weight.0 > MAX_WEIGHT {
            return Err(Error::WeightOutOfBounds { weight: self.weight.0, cap: MAX_WEIGHT });
        }
        check_deadline(now, self.deadline)
    }
}

/// Accepts the contribution of `member`, or replaces the one there is.
///
/// `signatures` are the attesters', 65 bytes each, over the contribution, the member and the member's nonce.
pub fn attest<H: Host>(
    host: &mut H,
    now: Timestamp,
    member: Address,
    contribution: Contribution,
    purposes: u16,
    signatures: &[u8],
) -> Result<MemberNumber, Error> {
    let mut root = host.root();
    root.pause.check_not_paused(now)?;
    contribution.check(now)?;
    let purposes = Purposes::new(purposes, root.purposes).ok_or(Error::UnknownPurpose { purposes })?;
    let mut account = host.member(member);
    check_attesters(host, &root, &contribution.struct_hash::<H>(member, account.nonce), signatures)?;

    let holder = host.holder(contribution.nullifier);
    if holder != MemberNumber(0) && holder != account.number {
        return Err(Error::NullifierTaken { holder });
    }
    let newcomer = account.number == MemberNumber(0);
    if newcomer {
        root.members = root.members.checked_add(1).ok_or(Error::Overflow)?;
        account.number = MemberNumber(root.members);
    }
    let before = read_record(host, account.number);
    let active = before.weight != Weight(0);
    if active && account.nullifier != contribution.nullifier {
        return Err(Error::NullifierDiffers);
    }
    root.count_new_weight(now, contribution.weight, before.weight)?;

    account.nonce = account.nonce.checked_add(1).ok_or(Error::Overflow)?;
    account.commitment = contribution.commitment;
    account.nullifier = contribution.nullifier;
    if holder == MemberNumber(0) {
        host.set_holder(contribution.nullifier, account.number);
    }
    host.set_member(member, &account);
    host.emit(Event::Attested {
        member,
        number: account.number,
        commitment: contribution.commitment,
        nullifier: contribution.nullifier,
        weight: contribution.weight,
        previous_weight: before.weight,
        purposes: purposes.bits(),
        rule_version: contribution.rule_version,
        route: contribution.route,
        nonce: account.nonce,
    });
    let change = Change { member, account: &account, before, now };
    change.apply(host, &mut root, contribution.weight, purposes)?;
    host.set_root(&root);
    host.mirror(member, contribution.weight);
    Ok(account.number)
}

/// Sets the purposes that `member` allows from now on; leaves every open sale whose purpose is dropped.
pub fn set_purposes<H: Host>(host: &mut H, now: Timestamp, member: Address, purposes: u16) -> Result<(), Error> {
    let mut root = host.root();
    let allowed = Purposes::new(purposes, root.purposes).ok_or(Error::UnknownPurpose { purposes })?;
    let (mut account, before) = active_member(host, member)?;
    if before.purposes == allowed {
        return Err(Error::PurposesUnchanged { purposes });
    }
    account.nonce = account.nonce.checked_add(1).ok_or(Error::Overflow)?;
    host.set_member(member, &account);
    host.emit(Event::PurposesChanged {
        member,
        number: account.number,
        weight: before.weight,
        previous_purposes: before.purposes.bits(),
        purposes,
        nonce: account.nonce,
    });
    let change = Change { member, account: &account, before, now };
    change.apply(host, &mut root, before.weight, allowed)?;
    host.set_root(&root);
    Ok(())
}

/// Takes the contribution of `member` back: weight 0, votes burned, nullifier free, out of every sale whose window is open.
///
/// No pause stops this.
pub fn withdraw<H: Host>(host: &mut H, now: Timestamp, member: Address) -> Result<(), Error> {
    let mut root = host.root();
    let (mut account, before) = active_member(host, member)?;
    let nullifier = account.nullifier;
    account.nonce = account.nonce.checked_add(1).ok_or(Error::Overflow)?;
    account.commitment = [0; 32];
    account.nullifier = [0; 32];
    host.set_holder(nullifier, MemberNumber(0));
    host.set_member(member, &account);
    host.emit(Event::Withdrawn {
        member,
        number: account.number,
        weight: before.weight,
        purposes: before.purposes.bits(),
        nullifier,
        nonce: account.nonce,
    });
    let change = Change { member, account: &account, before, now };
    change.apply(host, &mut root, Weight(0), Purposes::NONE)?;
    host.set_root(&root);
    host.mirror(member, Weight(0));
    Ok(())
}

/// Takes `member` out of one open sale, for good.
pub fn leave<H: Host>(host: &mut H, now: Timestamp, member: Address, sale: SaleNumber) -> Result<(), Error> {
    let mut facts = host.sale(sale).ok_or(Error::NoSuchSale { sale })?;
    if now > facts.window_ends {
        return Err(Error::OptOutWindowOver { sale, ended: facts.window_ends });
    }
    let mut account = host.member(member);
    let record = read_record(host, account.number);
    let mut bits = host.left(sale, Bits::cell_of(account.number.0));
    let weight = weight_before_leaving(host, &facts, sale, account.number, &record);
    if weight == Weight(0) || bits.get(account.number.0) {
        return Err(Error::NotInSale { sale, account: member });
    }
    account.nonce = account.nonce.checked_add(1).ok_or(Error::Overflow)?;
    host.set_member(member, &account);
    strike(host, sale, &mut facts, &mut bits, member, &account, weight)
}

/// What a sale took in when it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Its number.
    pub sale: SaleNumber,
    /// Weight that is in.
    pub total_weight: Points,
    /// Members who are in.
    pub members: u32,
}

/// Opens a sale for everybody whose contribution allows the purpose at this moment. For `escrow` alone.
pub fn open_sale<H: Host>(
    host: &mut H,
    now: Timestamp,
    caller: Address,
    purpose: u8,
    window_ends: Timestamp,
) -> Result<Opened, Error> {
    let mut root = host.root();
    check_caller(caller, root.escrow)?;
    let purpose = Purpose::new(purpose, root.purposes).ok_or(Error::UnknownPurpose { purposes: purpose.into() })?;
    let number = root.sales.checked_add(1).filter(|next| *next <= MAX_SALES).ok_or(Error::SalesExhausted)?;
    let sale = SaleNumber(number);
    let room = root.open.iter_mut().find(|entry| entry.is_free(now));
    *room.ok_or(Error::TooManyOpenSales { limit: MAX_OPEN_SALES })? =
        OpenSale { sale, window_ends, purpose: purpose.index() };
    root.sales = number;

    let PurposeTotal { weight: total_weight, members } = root.total(purpose);
    host.set_sale(sale, &Sale { purpose: purpose.index(), window_ends, total_weight, members });
    host.set_root(&root);
    host.emit(Event::SaleOpened { sale, purpose: purpose.index(), window_ends, total_weight, members });
    Ok(Opened { sale, total_weight, members })
}

/// The guardian stops new and replaced contributions until `until`.
pub fn pause<H: Host>(host: &mut H, now: Timestamp, caller: Address, until: Timestamp) -> Result<(), Error> {
    let mut root = host.root();
    check_caller(caller, root.guardian)?;
    root.pause = root.pause.begin(now, until)?;
    host.set_root(&root);
    host.emit(Event::Paused { guardian: caller, until, next_allowed: root.pause.next_allowed() });
    Ok(())
}

/// What the constructor fixes.
#[derive(Clone, Copy, Debug)]
pub struct Construction {
    /// The contract that mirrors weight as votes.
    pub votes: Address,
    /// The contract that opens sales.
    pub escrow: Address,
    /// Who may pause.
    pub guardian: Address,
    /// New weight a UTC day, at most.
    pub daily_weight_cap: Points,
    /// How many purposes there are.
    pub purposes: u8,
    /// Hash of their texts.
    pub purposes_hash: Hash32,
    /// Sets this deployment's signatures apart.
    pub salt: Hash32,
}

/// Builds the first cells, or refuses what is out of bounds; `position` in the error counts the constructor's arguments.
pub fn construct(with: &Construction, attesters: &[Address], threshold: u8) -> Result<(Root, Attesters), Error> {
    let keys = Attesters::new(attesters, threshold).ok_or(Error::SettingOutOfBounds { position: 4 })?;
    if with.daily_weight_cap == Points(0) {
        return Err(Error::SettingOutOfBounds { position: 5 });
    }
    if with.purposes == 0 || with.purposes > Purpose::MAX {
        return Err(Error::SettingOutOfBounds { position: 6 });
    }
    Ok((Root::new(with), keys))
}

/// The events of a construction: its values, then each attester.
pub fn construction_events<'a>(
    with: &'a Construction,
    attesters: &'a [Address],
    threshold: u8,
) -> impl Iterator<Item = Event> + 'a {
    let Construction { votes, escrow, guardian, daily_weight_cap, purposes, purposes_hash, salt } = *with;
    let deployed = Event::AttestationsDeployed {
        votes,
        escrow,
        guardian,
        threshold,
        daily_weight_cap,
        purposes,
        purposes_hash,
        salt,
        max_pause_s: pause::MAX_PAUSE_S,
        min_unpaused_s: pause::MIN_UNPAUSED_S,
    };
    core::iter::once(deployed).chain(attesters.iter().map(|attester| Event::AttesterAdded { attester: *attester }))
}

/// The weight of member `number` in `sale`: what it was when the sale was opened, 0 for who was not in or has left.
pub fn weight_in<H: Host>(host: &H, sale: SaleNumber, number: MemberNumber) -> Weight {
    let Some(facts) = host.sale(sale) else { return Weight(0) };
    if host.left(sale, Bits::cell_of(number.0)).get(number.0) {
        return Weight(0);
    }
    weight_before_leaving(host, &facts, sale, number, &read_record(host, number))
}

/// Visits members `from` to `from + count - 1` with their weight in `sale`, reading each cell once.
///
/// Numbers nobody has are visited as the zero address with weight 0.
pub fn visit_shares<H: Host>(
    host: &H,
    sale: SaleNumber,
    from: MemberNumber,
    count: u32,
    mut visit: impl FnMut(Address, Weight),
) -> Result<(), Error> {
    let facts = host.sale(sale).ok_or(Error::NoSuchSale { sale })?;
    let mut page = (u32::MAX, Page::default());
    let mut left = (u32::MAX, Bits::default());
    for number in from.0..from.0.saturating_add(count) {
        let (page_number, slot) = Page::place(MemberNumber(number));
        if page.0 != page_number {
            page = (page_number, host.page(page_number));
        }
        if left.0 != Bits::cell_of(number) {
            left = (Bits::cell_of(number), host.left(sale, Bits::cell_of(number)));
        }
        let record = page.1.get(slot);
        let weight = match left.1.get(number) {
            true => Weight(0),
            false => weight_before_leaving(host, &facts, sale, MemberNumber(number), &record),
        };
        visit(record.member, weight);
    }
    Ok(())
}

/// A change of a member's weight or purposes, with what it does to totals, history and open sales.
struct Change<'a> {
    member: Address,
    account: &'a Member,
    before: Record,
    now: Timestamp,
}

impl Change<'_> {
    fn apply<H: Host>(&self, host: &mut H, root: &mut Root, weight: Weight, purposes: Purposes) -> Result<(), Error> {
        let Self { member, account, before, now } = *self;
        // First out of the sales, by what the record said when they were opened …
        let dropped = |purpose| before.purposes.allows_index(purpose) && !purposes.allows_index(purpose);
        for entry in root.open {
            if entry.sale != SaleNumber(0) && now <= entry.window_ends && dropped(entry.purpose) {
                strike_if_in(host, entry.sale, member, account, &before)?;
            }
        }
        // … then the record, its history and the running totals.
        let sales = u16::try_from(root.sales).map_err(|_| Error::Overflow)?;
        let mut after = before;
        if before.changed_at < sales && before.member != Address::ZERO {
            let (page, slot) = Archive::place(before.archived);
            let mut archive = host.archive(account.number, page);
            let Record { weight, purposes, .. } = before;
            archive.set(slot, &PastRecord { after: before.changed_at, until: sales, weight, purposes });
            host.set_archive(account.number, page, &archive);
            after.archived = before.archived.checked_add(1).ok_or(Error::Overflow)?;
        }
        after.member = member;
        after.weight = weight;
        after.purposes = purposes;
        after.changed_at = sales;
        let (page, slot) = Page::place(account.number);
        let mut records = host.page(page);
        records.set(slot, &after);
        host.set_page(page, &records);
        root.recount(&before, &after)
    }
}

/// Takes a member out of `sale` if they are in it.
fn strike_if_in<H: Host>(
    host: &mut H,
    sale: SaleNumber,
    member: Address,
    account: &Member,
    record: &Record,
) -> Result<(), Error> {
    let Some(mut facts) = host.sale(sale) else { return Ok(()) };
    let mut bits = host.left(sale, Bits::cell_of(account.number.0));
    let weight = weight_before_leaving(host, &facts, sale, account.number, record);
    if weight == Weight(0) || bits.get(account.number.0) {
        return Ok(());
    }
    strike(host, sale, &mut facts, &mut bits, member, account, weight)
}

/// Sets the member's bit and takes their weight and one head off the sale.
fn strike<H: Host>(
    host: &mut H,
    sale: SaleNumber,
    facts: &mut Sale,
    bits: &mut Bits,
    member: Address,
    account: &Member,
    weight: Weight,
) -> Result<(), Error> {
    bits.set(account.number.0);
    facts.total_weight = Points(facts.total_weight.0.checked_sub(u64::from(weight.0)).ok_or(Error::Overflow)?);
    facts.members = facts.members.checked_sub(1).ok_or(Error::Overflow)?;
    host.set_left(sale, Bits::cell_of(account.number.0), bits);
    host.set_sale(sale, facts);
    host.emit(Event::SaleLeft {
        sale,
        member,
        number: account.number,
        weight,
        total_weight: facts.total_weight,
        members: facts.members,
        nonce: account.nonce,
    });
    Ok(())
}

/// The weight with which `number` was in `sale` when it was opened.
///
/// A record that last changed before the sale was opened is what the sale saw; otherwise the one it saw was archived
/// at its first change since, unless the member joined later.
fn weight_before_leaving<H: Host>(
    host: &H,
    facts: &Sale,
    sale: SaleNumber,
    number: MemberNumber,
    record: &Record,
) -> Weight {
    let (weight, purposes) = if u32::from(record.changed_at) < sale.0 {
        (record.weight, record.purposes)
    } else {
        let seen = past_record(host, sale, number, record.archived).unwrap_or_default();
        (seen.weight, seen.purposes)
    };
    if purposes.allows_index(facts.purpose) { weight } else { Weight(0) }
}

fn past_record<H: Host>(host: &H, sale: SaleNumber, number: MemberNumber, archived: u16) -> Option<PastRecord> {
    let mut page = (u16::MAX, Archive::default());
    // From the newest back: sales that matter are recent, so this ends within a page.
    for index in (0..archived).rev() {
        let (page_number, slot) = Archive::place(index);
        if page.0 != page_number {
            page = (page_number, host.archive(number, page_number));
        }
        let past = page.1.get(slot);
        if u32::from(past.after) < sale.0 {
            return (sale.0 <= u32::from(past.until)).then_some(past);
        }
    }
    None
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

/// Distinct attesters of the set in force must reach the threshold; any other signature is an error, not ignored.
fn check_attesters<H: Host>(host: &H, root: &Root, struct_hash: &Hash32, signatures: &[u8]) -> Result<(), Error> {
    let attesters = host.attesters();
    let digest = host.domain(root.salt).digest::<H>(*struct_hash);
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

fn check_caller(caller: Address, required: Address) -> Result<(), Error> {
    if caller == required { Ok(()) } else { Err(Error::Unauthorized { caller, required }) }
}
