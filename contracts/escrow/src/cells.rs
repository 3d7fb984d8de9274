//! Where each cell lies, and how the sister contracts are asked. `ReviveApi_get_storage_var_key` reads cells by the same keys.

use crate::escrow::Escrow;
use chorus_core::abi::{Word as _, selector};
use chorus_core::attestations::Opened;
use chorus_core::cells::Bits;
use chorus_core::eip712::Domain;
use chorus_core::escrow::{Host, MAX_RANGE, Roles, Root};
use chorus_core::event::EscrowEvent;
use chorus_core::hash::Hash32;
use chorus_core::offer::Offer;
use chorus_core::types::{Address, Amount, MemberNumber, OfferId, Points, SaleNumber, Timestamp, Weight};
use chorus_host as host;

const ROLES: u8 = 1;
const OFFER: u8 = 2;
const PAID: u8 = 3;
const CREDIT: u8 = 4;

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

const OPEN_BALLOT: [u8; 4] = selector("openBallot", &["uint256"]);
const OUTCOME: [u8; 4] = selector("outcome", &["uint256"]);
const OPEN_SALE: [u8; 4] = selector("openSale", &["uint8", "uint64"]);
const SALE_TOTALS: [u8; 4] = selector("saleTotals", &["uint32"]);
const SHARE_OF: [u8; 4] = selector("shareOf", &["uint32", "address"]);
const SHARES_IN: [u8; 4] = selector("sharesIn", &["uint32", "uint32", "uint32"]);

/// An answer of fixed size, or the error of whoever refuses, which is longer than none of them.
type Answer = [u8; 128];

host::chain_signers!(Escrow);

impl Host for Escrow {
    fn root(&self) -> Root {
        Root::from_bytes(&self.root)
    }

    fn set_root(&mut self, root: &Root) {
        self.root = root.to_bytes();
    }

    fn roles(&self, account: Address) -> Roles {
        let [byte] = host::read(&roles_key(account)).unwrap_or_default();
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
        host::read(&paid_key(sale, cell)).map(Bits).unwrap_or_default()
    }

    fn set_paid(&mut self, sale: SaleNumber, cell: u32, bits: &Bits) {
        host::write(&paid_key(sale, cell), &bits.0);
    }

    fn credit(&self, currency: Address, owner: Address) -> Amount {
        Amount(u128::from_le_bytes(host::read(&credit_key(currency, owner)).unwrap_or_default()))
    }

    fn set_credit(&mut self, currency: Address, owner: Address, amount: Amount) {
        host::write(&credit_key(currency, owner), &amount.0.to_le_bytes());
    }

    fn emit(&mut self, event: EscrowEvent) {
        host::emit(&event);
    }

    fn domain(&self, salt: Hash32) -> Domain {
        host::domain("Chorus Escrow", salt)
    }

    fn open_ballot(&mut self, id: OfferId) -> Timestamp {
        let mut answer: Answer = [0; 128];
        host::call_sister(self.root().votes, &host::calldata::<1, 36>(OPEN_BALLOT, [id.0]), &mut answer);
        Timestamp(host::word_u64(&answer, 1))
    }

    fn outcome(&self, id: OfferId) -> bool {
        let mut answer: Answer = [0; 128];
        host::call_sister(self.root().votes, &host::calldata::<1, 36>(OUTCOME, [id.0]), &mut answer);
        host::word_u64(&answer, 0) != 0
    }

    fn open_sale(&mut self, purpose: u8, window_ends: Timestamp) -> Opened {
        let mut answer: Answer = [0; 128];
        let call = host::calldata::<2, 68>(OPEN_SALE, [purpose.word(), window_ends.word()]);
        host::call_sister(self.root().attestations, &call, &mut answer);
        Opened {
            sale: SaleNumber(host::word_u64(&answer, 0) as u32),
            total_weight: Points(host::word_u64(&answer, 1)),
            members: host::word_u64(&answer, 2) as u32,
        }
    }

    fn sale_totals(&self, sale: SaleNumber) -> (Points, u32) {
        let mut answer: Answer = [0; 128];
        let call = host::calldata::<1, 36>(SALE_TOTALS, [sale.word()]);
        host::call_sister(self.root().attestations, &call, &mut answer);
        (Points(host::word_u64(&answer, 2)), host::word_u64(&answer, 3) as u32)
    }

    fn share_of(&self, sale: SaleNumber, member: Address) -> (MemberNumber, Weight) {
        let mut answer: Answer = [0; 128];
        let call = host::calldata::<2, 68>(SHARE_OF, [sale.word(), member.word()]);
        host::call_sister(self.root().attestations, &call, &mut answer);
        (MemberNumber(host::word_u64(&answer, 0) as u32), Weight(host::word_u64(&answer, 1) as u32))
    }

    fn visit_shares(
        &self,
        sale: SaleNumber,
        from: MemberNumber,
        count: u32,
        visit: &mut dyn FnMut(MemberNumber, Address, Weight),
    ) {
        // `bytes`: offset, length, then 24 bytes for each number, padded to whole words.
        let mut answer = ink::prelude::vec![0; 64 + (24 * MAX_RANGE as usize).next_multiple_of(32)];
        let call = host::calldata::<3, 100>(SHARES_IN, [sale.word(), from.word(), count.word()]);
        host::call_sister(self.root().attestations, &call, &mut answer);
        let (shares, _) = answer[64..].as_chunks::<24>();
        for (number, share) in (from.0..).zip(shares).take(count as usize) {
            let mut member = [0; 20];
            let mut weight = [0; 4];
            member.copy_from_slice(&share[..20]);
            weight.copy_from_slice(&share[20..]);
            visit(MemberNumber(number), Address(member), Weight(u32::from_be_bytes(weight)));
        }
    }

    fn push(&mut self, currency: Address, to: Address, amount: Amount) -> bool {
        currency == Address::ZERO && host::pay(to, amount)
    }
}
