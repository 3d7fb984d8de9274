//! Offers and the members of their sales.

use chorus_bindings::core::money;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Error, status,
    tables::{
        offers::{self, Step},
        payouts, sales,
    },
    values::{Address, Amount, At, Hash},
    views::ballots::Ballot,
};

/// An offer with everything that was decided about it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Offer {
    /// Its id, which is its ballot's too.
    pub offer: Hash,
    /// `voting`, `opt_out`, `awaiting_seal`, `refundable`, `refunded`, `sealed`, `delivered`, `disputed`, `settling` or
    /// `paid`, from the stored facts and the block's clock.
    pub status: &'static str,
    /// The same as the contract's `status()` numbers it.
    pub status_code: u8,
    /// The account that pays.
    pub buyer: Address,
    /// What it pays with; address 0 is native money.
    pub currency: Address,
    /// What was deposited.
    pub price: Amount,
    /// What the data is for, as a number of the pool's list of purposes.
    pub purpose: u8,
    /// Hash of the list of fields.
    pub fields_hash: Hash,
    /// Hash of the licence.
    pub licence_hash: Hash,
    /// Fewer members void the sale.
    pub min_members: u32,
    /// Less weight voids the sale.
    pub min_weight: u64,
    /// The account that delivers.
    pub custodian: Address,
    /// The account that rules on a dispute.
    pub arbiter: Address,
    /// The buyer's salt.
    pub salt: Hash,
    /// The number of its sale.
    pub sale: u32,
    /// What it was made with.
    pub terms: Terms,
    /// Weight in the sale as of the block (W).
    pub total_weight: u64,
    /// Members in the sale as of the block (M).
    pub members: u32,
    /// Its ballot.
    pub ballot: Ballot,
    /// The outcome, once it is fixed.
    pub seal: Option<Seal>,
    /// What was delivered.
    pub delivery: Option<Delivery>,
    /// The buyer's acceptance.
    pub accepted: Option<At>,
    /// What the buyer disputes.
    pub dispute: Option<Dispute>,
    /// What the arbiter ruled.
    pub ruling: Option<Ruling>,
    /// What went back.
    pub refund: Option<Refund>,
    /// How the price is split, from settling on.
    pub settlement: Option<Settlement>,
    /// How many members are settled.
    pub settled: u32,
    /// Sums after the last member.
    pub closing: Option<Closing>,
    /// The event that made it.
    pub at: At,
}

/// The settings and deadlines an offer was made with. A period includes its end.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Terms {
    /// Votes count until then.
    pub voting_ends: u64,
    /// Members may leave until then.
    pub opt_out_ends: u64,
    /// Delivery is possible until then.
    pub delivery_ends: u64,
    /// How long the buyer may dispute, from delivery.
    pub dispute_s: u64,
    /// How long the arbiter may rule, from the end of the dispute window.
    pub ruling_s: u64,
    /// The treasury's part of what is paid.
    pub fee_bps: u16,
    /// The keepers' part of what is paid.
    pub tip_bps: u16,
    /// What was paid to the treasury when the offer was made.
    pub listing_fee: Amount,
    /// W when the offer was made.
    pub total_weight: u64,
    /// M when the offer was made.
    pub members: u32,
}

/// The outcome of vote and opt-out.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Seal {
    /// `sealed`, `defeated` or `minimum_missed`.
    pub outcome: &'static str,
    /// The final W.
    pub total_weight: u64,
    /// The final M.
    pub members: u32,
    /// The event.
    pub at: At,
}

/// A delivery.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Delivery {
    /// Hash of the encrypted bundle.
    pub bundle_hash: Hash,
    /// Merkle root over (number, commitment) of the members in the sale.
    pub manifest_root: Hash,
    /// The buyer may dispute until then.
    pub dispute_ends: u64,
    /// The arbiter may rule until then.
    pub ruling_ends: u64,
    /// The event.
    pub at: At,
}

/// A dispute.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Dispute {
    /// Hash of the buyer's reasons.
    pub reason_hash: Hash,
    /// The event.
    pub at: At,
}

/// A ruling.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Ruling {
    /// The arbiter.
    pub arbiter: Address,
    /// The part of the price that goes back.
    pub returned_bps: u16,
    /// The same as an amount.
    pub returned: Amount,
    /// The event.
    pub at: At,
}

/// A refund of the whole price.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Refund {
    /// What went back.
    pub amount: Amount,
    /// The event.
    pub at: At,
}

/// How a price is split: a member's share is `floor(net * weight / total_weight)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Settlement {
    /// The price less what a ruling returned.
    pub paid: Amount,
    /// The treasury's part.
    pub fee: Amount,
    /// The keeper's part, for each member.
    pub tip: Amount,
    /// The members' part.
    pub net: Amount,
}

/// Sums of a settled offer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Closing {
    /// All shares together.
    pub paid_sum: Amount,
    /// All tips together.
    pub tip_sum: Amount,
    /// The treasury's fee.
    pub fee: Amount,
    /// What does not divide, which goes to the treasury.
    pub residue: Amount,
    /// The event.
    pub at: At,
}

/// Somebody who was in a sale when it opened.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SaleMember {
    /// The member's number.
    pub number: u32,
    /// The member's address.
    pub member: Address,
    /// Their weight in the sale.
    pub weight: u32,
    /// Merkle root over the rows of their contribution at that time; the manifest's leaf is over number and this.
    pub commitment: Hash,
    /// The event by which they left it; then they have no share.
    pub left: Option<At>,
}

impl Offer {
    /// An offer as it stands at `now_s`.
    ///
    /// # Errors
    /// [`Error::Database`] when its rows are not what the contract could have emitted.
    pub fn new(offer: offers::Offer, now_s: u64) -> Result<Self, Error> {
        let (status, split) = status::of_offer(&offer, now_s)?;
        let offers::Offer {
            made,
            terms,
            total_weight,
            members,
            ballot,
            seal,
            delivery,
            acceptance,
            dispute,
            ruling,
            refund,
            settled,
            closing,
        } = offer;
        Ok(Self {
            offer: made.offer,
            status: status.name(),
            status_code: status.code(),
            buyer: made.buyer,
            currency: made.currency,
            price: made.price,
            purpose: made.purpose,
            fields_hash: made.fields_hash,
            licence_hash: made.licence_hash,
            min_members: made.min_members,
            min_weight: made.min_weight,
            custodian: made.custodian,
            arbiter: made.arbiter,
            salt: made.salt,
            sale: terms.sale,
            terms: terms.into(),
            total_weight,
            members,
            ballot: ballot.into(),
            seal: seal.map(Into::into),
            delivery: delivery.map(Into::into),
            accepted: acceptance.map(|step| step.taken.at),
            dispute: dispute.map(Into::into),
            ruling: ruling.map(Into::into),
            refund: refund.map(Into::into),
            settlement: split.map(Into::into),
            settled,
            closing: closing.map(Into::into),
            at: made.at,
        })
    }
}

impl From<offers::Terms> for Terms {
    fn from(row: offers::Terms) -> Self {
        let offers::Terms {
            sale: _,
            voting_ends,
            opt_out_ends,
            delivery_ends,
            dispute_s,
            ruling_s,
            fee_bps,
            tip_bps,
            listing_fee,
            total_weight,
            members,
        } = row;
        Self {
            voting_ends,
            opt_out_ends,
            delivery_ends,
            dispute_s,
            ruling_s,
            fee_bps,
            tip_bps,
            listing_fee,
            total_weight,
            members,
        }
    }
}

impl From<Step<offers::Seal>> for Seal {
    fn from(step: Step<offers::Seal>) -> Self {
        let offers::Seal { outcome, total_weight, members } = step.says;
        Self { outcome: outcome.0.name(), total_weight, members, at: step.taken.at }
    }
}

impl From<Step<offers::Delivery>> for Delivery {
    fn from(step: Step<offers::Delivery>) -> Self {
        let offers::Delivery { bundle_hash, manifest_root, dispute_ends, ruling_ends } = step.says;
        Self { bundle_hash, manifest_root, dispute_ends, ruling_ends, at: step.taken.at }
    }
}

impl From<Step<offers::Dispute>> for Dispute {
    fn from(step: Step<offers::Dispute>) -> Self {
        Self { reason_hash: step.says.reason_hash, at: step.taken.at }
    }
}

impl From<Step<offers::Ruling>> for Ruling {
    fn from(step: Step<offers::Ruling>) -> Self {
        let offers::Ruling { arbiter, returned_bps, returned } = step.says;
        Self { arbiter, returned_bps, returned, at: step.taken.at }
    }
}

impl From<Step<offers::Refund>> for Refund {
    fn from(step: Step<offers::Refund>) -> Self {
        Self { amount: step.says.amount, at: step.taken.at }
    }
}

impl From<Step<payouts::Closing>> for Closing {
    fn from(step: Step<payouts::Closing>) -> Self {
        let payouts::Closing { paid_sum, tip_sum, fee, residue } = step.says;
        Self { paid_sum, tip_sum, fee, residue, at: step.taken.at }
    }
}

impl From<money::Settlement> for Settlement {
    fn from(split: money::Settlement) -> Self {
        let [paid, fee, tip, net] = [split.paid, split.fee, split.tip, split.net].map(|part| Amount::from(part.0));
        Self { paid, fee, tip, net }
    }
}

impl From<sales::Member> for SaleMember {
    fn from(row: sales::Member) -> Self {
        let left = row.left();
        let sales::Member { number, address: member, weight, commitment, left_block: _, left_event: _ } = row;
        Self { number, member, weight, commitment, left }
    }
}
