//! Where each cell lies: a kind, then which one, integers little endian. `ReviveApi_get_storage_var_key` reads them by
//! the same keys.

use chorus_core::{
    abi::Word as _,
    attestations::{Archive, Attesters, Host, Member, Page, Root, Sale},
    cells::Bits,
    contract::Contract,
    eip712::Domain,
    event::AttestationsEvent,
    hash::Hash32,
    sisters,
    types::{Address, MemberNumber, SaleNumber, Weight},
};
use chorus_host as host;

use crate::attestations::Attestations;

const ATTESTERS: u8 = 1;
const MEMBER: u8 = 2;
const PAGE: u8 = 3;
const ARCHIVE: u8 = 4;
const NULLIFIER: u8 = 5;
const SALE: u8 = 6;
const LEFT: u8 = 7;

fn member_key(member: Address) -> [u8; 21] {
    host::key(MEMBER, &[&member.0])
}

fn page_key(page: u32) -> [u8; 5] {
    host::key(PAGE, &[&page.to_le_bytes()])
}

fn archive_key(number: MemberNumber, page: u16) -> [u8; 7] {
    host::key(ARCHIVE, &[&number.0.to_le_bytes(), &page.to_le_bytes()])
}

fn nullifier_key(nullifier: Hash32) -> [u8; 33] {
    host::key(NULLIFIER, &[&nullifier])
}

fn sale_key(sale: SaleNumber) -> [u8; 5] {
    host::key(SALE, &[&sale.0.to_le_bytes()])
}

fn left_key(sale: SaleNumber, cell: u32) -> [u8; 9] {
    host::key(LEFT, &[&sale.0.to_le_bytes(), &cell.to_le_bytes()])
}

host::chain_signers!(Attestations);

impl Host for Attestations {
    fn root(&self) -> Root {
        Root::from_bytes(&self.root)
    }

    fn set_root(&mut self, root: &Root) {
        self.root = root.to_bytes();
        host::write(&host::ROOT, &self.root);
    }

    fn attesters(&self) -> Attesters {
        Attesters::from_bytes(&host::cell(&[ATTESTERS]))
    }

    fn set_attesters(&mut self, attesters: &Attesters) {
        host::write(&[ATTESTERS], &attesters.to_bytes());
    }

    fn member(&self, member: Address) -> Member {
        Member::from_bytes(&host::cell(&member_key(member)))
    }

    fn set_member(&mut self, member: Address, account: &Member) {
        host::write(&member_key(member), &account.to_bytes());
    }

    fn page(&self, page: u32) -> Page {
        Page(host::cell(&page_key(page)))
    }

    fn set_page(&mut self, page: u32, records: &Page) {
        host::write(&page_key(page), &records.0);
    }

    fn archive(&self, number: MemberNumber, page: u16) -> Archive {
        Archive(host::cell(&archive_key(number, page)))
    }

    fn set_archive(&mut self, number: MemberNumber, page: u16, archive: &Archive) {
        host::write(&archive_key(number, page), &archive.0);
    }

    fn holder(&self, nullifier: Hash32) -> Option<MemberNumber> {
        match u32::from_le_bytes(host::cell(&nullifier_key(nullifier))) {
            0 => None,
            number => Some(MemberNumber(number)),
        }
    }

    fn set_holder(&mut self, nullifier: Hash32, holder: Option<MemberNumber>) {
        host::write(&nullifier_key(nullifier), &holder.unwrap_or_default().0.to_le_bytes());
    }

    fn sale(&self, sale: SaleNumber) -> Option<Sale> {
        host::read(&sale_key(sale)).map(|cell| Sale::from_bytes(&cell))
    }

    fn set_sale(&mut self, sale: SaleNumber, facts: &Sale) {
        host::write(&sale_key(sale), &facts.to_bytes());
    }

    fn left(&self, sale: SaleNumber, cell: u32) -> Bits {
        Bits(host::cell(&left_key(sale, cell)))
    }

    fn set_left(&mut self, sale: SaleNumber, cell: u32, bits: &Bits) {
        host::write(&left_key(sale, cell), &bits.0);
    }

    fn emit(&mut self, event: AttestationsEvent) {
        host::emit(&event);
    }

    fn mirror(&mut self, weights: &[(Address, Weight)]) {
        let size = 24 * weights.len();
        let head: [u8; 68] = host::calldata(sisters::MIRROR.selector, [32u64.word(), (size as u64).word()]);
        let mut call = head.to_vec();
        for (member, weight) in weights {
            call.extend_from_slice(&member.0);
            call.extend_from_slice(&weight.0.to_be_bytes());
        }
        call.resize(head.len() + size.next_multiple_of(32), 0);
        host::call_sister(self.root().votes, &call, &mut [0; 128]);
    }

    fn domain(&self, salt: Hash32) -> Domain {
        host::domain(Contract::Attestations.domain(), salt)
    }
}
