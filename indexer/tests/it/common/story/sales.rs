//! What happens to an offer, from the day it is made until everybody is paid.

use chorus_bindings::{
    Address, B256, Contract, U256, attestations,
    core::names::{CreditReason, Seal, Support},
    escrow, votes,
};
use sha2::{Digest, Sha256};

use super::{FEE_BPS, LISTING_FEE, NATIVE, PERIOD_S, Sale, Story, TIP_BPS, TREASURY, buyer, keeper};

impl Story {
    /// An offer at this price, in a block of its own.
    pub fn offer(&mut self, price: u128) -> Sale {
        self.sales += 1;
        let (sale, made_s) = (self.sales, self.time_s);
        let offer = B256::from_slice(&Sha256::digest([9, sale as u8]));
        let members = self.members.iter().enumerate().filter(|(_, (_, weight))| *weight > 0);
        let inside: Vec<_> = members.map(|(place, (member, weight))| (*member, place as u32 + 1, *weight)).collect();
        let (heads, total_weight) = (inside.len() as u32, self.total());
        let (voting_ends, opt_out_ends) = (made_s + PERIOD_S, made_s + 2 * PERIOD_S);
        self.emit(
            Contract::Attestations,
            &attestations::SaleOpened { sale, purpose: 0, window_ends: opt_out_ends, total_weight, members: heads },
        );
        self.emit(
            Contract::Votes,
            &votes::BallotOpened {
                proposalId: U256::from_be_bytes(offer.0),
                snapshot: made_s - 1,
                deadline: voting_ends,
                supply: U256::from(total_weight),
                quorum: U256::from(total_weight.div_ceil(10)),
                approval_bps: 5_000,
            },
        );
        self.emit(
            Contract::Escrow,
            &escrow::OfferMade {
                offer,
                buyer: buyer(),
                currency: NATIVE,
                price,
                purpose: 0,
                fields_hash: B256::repeat_byte(5),
                licence_hash: B256::repeat_byte(6),
                min_members: 1,
                min_weight: 1,
                custodian: Address::repeat_byte(0x62),
                arbiter: Address::repeat_byte(0x63),
                salt: B256::repeat_byte(7),
            },
        );
        self.emit(
            Contract::Escrow,
            &escrow::OfferTerms {
                offer,
                sale,
                voting_ends,
                opt_out_ends,
                delivery_ends: made_s + 3 * PERIOD_S,
                dispute_s: PERIOD_S,
                ruling_s: PERIOD_S,
                fee_bps: FEE_BPS,
                tip_bps: TIP_BPS,
                listing_fee: LISTING_FEE,
                total_weight,
                members: heads,
            },
        );
        self.balance += price + LISTING_FEE;
        self.credit(TREASURY, CreditReason::ListingFee, LISTING_FEE, offer);
        self.block();
        Sale { offer, sale, price, made_s, inside }
    }

    /// Members at these places vote, all in one block.
    pub fn vote(&mut self, sale: &Sale, cast: &[(usize, Support)]) {
        self.cast(sale.offer, cast);
    }

    /// The member at this place of the sale leaves it.
    pub fn leave(&mut self, sale: &mut Sale, place: usize) {
        let (member, number, weight) = sale.inside.remove(place);
        let (total_weight, members) = (sale.weight(), sale.inside.len() as u32);
        self.emit(
            Contract::Attestations,
            &attestations::SaleLeft { sale: sale.sale, member, number, weight, total_weight, members, nonce: 2 },
        );
        self.block();
    }

    /// Waits for the end of the window and seals.
    pub fn seal(&mut self, sale: &Sale, outcome: Seal) {
        self.time_s = self.time_s.max(sale.made_s + 2 * PERIOD_S + 1);
        let (total_weight, members) = (sale.weight(), sale.inside.len() as u32);
        self.emit(
            Contract::Escrow,
            &escrow::Sealed { offer: sale.offer, outcome: outcome.code(), total_weight, members },
        );
        self.block();
    }

    /// The custodian delivers.
    pub fn deliver(&mut self, sale: &Sale) {
        let (dispute_ends, ruling_ends) = (self.time_s + PERIOD_S, self.time_s + 2 * PERIOD_S);
        let (bundle_hash, manifest_root) = (B256::repeat_byte(8), B256::repeat_byte(9));
        let offer = sale.offer;
        let delivered = escrow::Delivered { offer, bundle_hash, manifest_root, dispute_ends, ruling_ends };
        self.emit(Contract::Escrow, &delivered);
        self.block();
    }

    /// The buyer accepts.
    pub fn accept(&mut self, sale: &Sale) {
        self.emit(Contract::Escrow, &escrow::Accepted { offer: sale.offer });
        self.block();
    }

    /// The buyer disputes.
    pub fn dispute(&mut self, sale: &Sale) {
        self.emit(Contract::Escrow, &escrow::Disputed { offer: sale.offer, reason_hash: B256::repeat_byte(0xd) });
        self.block();
    }

    /// The arbiter rules.
    pub fn rule(&mut self, sale: &Sale, returned_bps: u16) {
        let (offer, returned) = (sale.offer, part(sale.price, returned_bps));
        let arbiter = Address::repeat_byte(0x63);
        self.emit(Contract::Escrow, &escrow::Ruled { offer, arbiter, returned_bps, returned });
        self.credit(buyer(), CreditReason::Returned, returned, offer);
        self.returned = returned;
        self.block();
    }

    /// The price goes back.
    pub fn refund(&mut self, sale: &Sale) {
        let (offer, amount) = (sale.offer, sale.price);
        self.emit(Contract::Escrow, &escrow::Refunded { offer, buyer: buyer(), amount });
        self.credit(buyer(), CreditReason::Refund, amount, offer);
        self.block();
    }

    /// Everybody in the sale is settled, in one block; pushes to members at `failing` places become credits.
    pub fn distribute(&mut self, sale: &Sale, failing: &[usize]) {
        let offer = sale.offer;
        let paid = sale.price - std::mem::take(&mut self.returned);
        let (fee, heads) = (part(paid, FEE_BPS), sale.inside.len() as u128);
        let tip = part(paid, TIP_BPS) / heads;
        let net = paid - fee - heads * tip;
        let share_of = |weight: u32| U256::from(net) * U256::from(weight) / U256::from(sale.weight());
        let shares: Vec<_> =
            sale.inside.iter().map(|(_, _, weight)| u128::try_from(share_of(*weight)).unwrap()).collect();
        let (paid_sum, settled) = (shares.iter().sum(), sale.inside.len() as u32);
        let (from, tips) = (sale.inside[0].1, heads * tip);
        self.emit(
            Contract::Escrow,
            &escrow::Distributed {
                offer,
                keeper: keeper(),
                from,
                count: 512,
                settled_now: settled,
                settled,
                paid_sum,
                tips,
            },
        );
        self.credit(keeper(), CreditReason::Tip, tips, offer);
        let residue = net - paid_sum;
        self.emit(Contract::Escrow, &escrow::OfferPaid { offer, paid_sum, tip_sum: heads * tip, fee, residue });
        self.credit(TREASURY, CreditReason::FeeAndResidue, fee + residue, offer);
        for (place, ((member, number, weight), share)) in sale.inside.iter().zip(shares).enumerate() {
            let credited = failing.contains(&place);
            if credited {
                self.credit(*member, CreditReason::FailedPush, share, offer);
            } else {
                self.balance -= share;
            }
            let (member, number, weight) = (*member, *number, *weight);
            self.emit(
                Contract::Escrow,
                &escrow::SharePaid { offer, member, number, weight, share, to: member, credited },
            );
        }
        self.block();
    }
}

fn part(amount: u128, bps: u16) -> u128 {
    u128::try_from(U256::from(amount) * U256::from(bps) / U256::from(10_000)).unwrap()
}
