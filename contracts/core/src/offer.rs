//! An offer: the object its id is the hash of, the facts stored about it, and the status that follows from them and the
//! clock.

pub use crate::names::{Seal, Status};

use crate::{
    abi::Word as _,
    cells::{Reader, Writer},
    eip712::hash_words,
    error::Error,
    hash::{Hash32, Keccak},
    money::Settlement,
    signed_types::struct_words,
    types::{Address, Amount, Bps, Points, SaleNumber, Timestamp},
};

/// What a buyer offers; its hash is the id that everything else names it by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The account that makes the offer and pays.
    pub buyer: Address,
    /// The currency of the price; [`Address::ZERO`] is native money.
    pub currency: Address,
    /// The price, in the currency's smallest unit.
    pub price: Amount,
    /// The purpose the data may be used for.
    pub purpose: u8,
    /// The hash of the list of fields that are delivered.
    pub fields_hash: Hash32,
    /// The hash of the licence's text.
    pub licence_hash: Hash32,
    /// The sale is void with fewer members.
    pub min_members: u32,
    /// The sale is void with less weight.
    pub min_weight: Points,
    /// The account that delivers.
    pub custodian: Address,
    /// The account that rules on a dispute.
    pub arbiter: Address,
    /// How long the custodian may take to deliver after the opt-out window, in seconds.
    pub delivery_s: u64,
    /// How long the buyer may take to accept or dispute after the delivery, in seconds.
    pub dispute_s: u64,
    /// A number that tells equal offers of one buyer apart.
    pub salt: Hash32,
}

impl Terms {
    /// The EIP-712 struct hash.
    pub fn struct_hash<K: Keccak>(&self) -> Hash32 {
        let Self {
            buyer,
            currency,
            price,
            purpose,
            fields_hash,
            licence_hash,
            min_members,
            min_weight,
            custodian,
            arbiter,
            delivery_s,
            dispute_s,
            salt,
        } = self;
        hash_words::<K, _>(struct_words!(
            Offer,
            [
                buyer.word(),
                currency.word(),
                price.word(),
                purpose.word(),
                *fields_hash,
                *licence_hash,
                min_members.word(),
                min_weight.word(),
                custodian.word(),
                arbiter.word(),
                delivery_s.word(),
                dispute_s.word(),
                *salt,
            ]
        ))
    }
}

/// The facts stored about an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The account that made the offer and paid.
    pub buyer: Address,
    /// The currency of the price.
    pub currency: Address,
    /// The price, which was deposited.
    pub price: Amount,
    /// The account that delivers.
    pub custodian: Address,
    /// The account that rules on a dispute.
    pub arbiter: Address,
    /// The sale is void with fewer members.
    pub min_members: u32,
    /// The sale is void with less weight.
    pub min_weight: Points,
    /// Its sale in `attestations`.
    pub sale: SaleNumber,
    /// The last second of voting.
    pub voting_ends: Timestamp,
    /// The last second in which members may leave.
    pub opt_out_ends: Timestamp,
    /// The last second in which the custodian may deliver.
    pub delivery_ends: Timestamp,
    /// How long the buyer may take to accept or dispute, in seconds.
    pub dispute_s: u64,
    /// How long the arbiter may take to rule after that, in seconds.
    pub ruling_s: u64,
    /// The treasury's part of what is paid.
    pub fee: Bps,
    /// The part of what is paid that goes to whoever settles members.
    pub tip: Bps,

    /// What sealing found.
    pub seal: Seal,
    /// The weight in the sale: as it was when the offer was made, and once sealed the final one.
    pub total_weight: Points,
    /// The members in the sale, likewise.
    pub members: u32,
    /// When the custodian delivered.
    pub delivered_at: Option<Timestamp>,
    /// When the buyer accepted.
    pub accepted_at: Option<Timestamp>,
    /// When the buyer disputed.
    pub disputed_at: Option<Timestamp>,
    /// When the arbiter ruled.
    pub ruled_at: Option<Timestamp>,
    /// The part of the price that a ruling gave back; zero without one.
    pub returned: Bps,
    /// When the price went back.
    pub refunded_at: Option<Timestamp>,
    /// How many members are settled so far.
    pub settled: u32,
    /// The sum of their shares.
    pub paid_sum: Amount,
}

impl Offer {
    /// Bytes of the cell.
    pub const SIZE: usize = 4 * 20 + 16 + 4 + 8 + 4 + 3 * 8 + 4 + 4 + 2 + 2 + 1 + 8 + 4 + 4 * 8 + 2 + 8 + 4 + 16;

    /// Where the offer stands at `now`. Nothing stored repeats it.
    pub fn status(&self, now: Timestamp) -> Status {
        if self.refunded_at.is_some() || (self.ruled_at.is_some() && self.returned == Bps::WHOLE) {
            return Status::Refunded;
        }
        match self.seal {
            Seal::Defeated | Seal::MinimumMissed => Status::Refundable,
            Seal::Open if now <= self.voting_ends => Status::Voting,
            Seal::Open if now <= self.opt_out_ends => Status::OptOut,
            Seal::Open if now <= self.delivery_ends => Status::AwaitingSeal,
            Seal::Open => Status::Refundable,
            Seal::Sealed if self.delivered_at.is_some() => self.status_after_delivery(now),
            Seal::Sealed if now <= self.delivery_ends => Status::Sealed,
            Seal::Sealed => Status::Refundable,
        }
    }

    fn status_after_delivery(&self, now: Timestamp) -> Status {
        let answered = self.accepted_at.is_some() || self.ruled_at.is_some();
        let (window_ends, waiting) = match self.disputed_at {
            None => (self.dispute_ends(), Status::Delivered),
            Some(_) => (self.ruling_ends(), Status::Disputed),
        };
        match (self.settled == self.members, answered || now > window_ends) {
            (true, _) => Status::Paid,
            (false, true) => Status::Settling,
            (false, false) => waiting,
        }
    }

    /// The last second in which the buyer may dispute.
    pub fn dispute_ends(&self) -> Timestamp {
        Timestamp(stored(self.delivered_at).saturating_add(self.dispute_s))
    }

    /// The last second in which the arbiter may rule. The time runs from the end of the dispute period, whenever the
    /// buyer disputed.
    pub fn ruling_ends(&self) -> Timestamp {
        Timestamp(self.dispute_ends().0.saturating_add(self.ruling_s))
    }

    /// Refuses any status but `required`.
    pub fn check_status(&self, now: Timestamp, required: Status) -> Result<(), Error> {
        self.check_status_among(now, &[required], required)
    }

    /// Refuses any status but those of `accepted`; `named` is the one the error names.
    pub fn check_status_among(&self, now: Timestamp, accepted: &[Status], named: Status) -> Result<(), Error> {
        let current = self.status(now);
        if accepted.contains(&current) {
            return Ok(());
        }
        Err(Error::WrongStatus { current: current.code(), required: named.code() })
    }

    /// How the price is divided.
    pub fn settlement(&self) -> Result<Settlement, Error> {
        Settlement::new(self.price, self.returned, self.fee, self.tip, self.members).ok_or(Error::Overflow)
    }

    /// The cell.
    pub fn to_bytes(&self) -> [u8; Self::SIZE] {
        let Self {
            buyer,
            currency,
            price,
            custodian,
            arbiter,
            min_members,
            min_weight,
            sale,
            voting_ends,
            opt_out_ends,
            delivery_ends,
            dispute_s,
            ruling_s,
            fee,
            tip,
            seal,
            total_weight,
            members,
            delivered_at,
            accepted_at,
            disputed_at,
            ruled_at,
            returned,
            refunded_at,
            settled,
            paid_sum,
        } = self;
        let mut cell = Writer::new();
        cell.put(&buyer.0).put(&currency.0).put(&price.0.to_le_bytes()).put(&custodian.0).put(&arbiter.0);
        cell.put(&min_members.to_le_bytes()).put(&min_weight.0.to_le_bytes()).put(&sale.0.to_le_bytes());
        cell.put(&voting_ends.0.to_le_bytes()).put(&opt_out_ends.0.to_le_bytes()).put(&delivery_ends.0.to_le_bytes());
        cell.short::<4>(*dispute_s).short::<4>(*ruling_s);
        cell.put(&fee.get().to_le_bytes()).put(&tip.get().to_le_bytes());
        cell.put(&[seal.code()]).put(&total_weight.0.to_le_bytes()).put(&members.to_le_bytes());
        cell.short::<8>(stored(*delivered_at)).short::<8>(stored(*accepted_at));
        cell.short::<8>(stored(*disputed_at)).short::<8>(stored(*ruled_at));
        cell.put(&returned.get().to_le_bytes()).short::<8>(stored(*refunded_at));
        cell.put(&settled.to_le_bytes()).put(&paid_sum.0.to_le_bytes());
        cell.finish()
    }

    /// The cell, read.
    pub fn from_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        let mut cell = Reader::new(bytes);
        let cell = &mut cell;
        Self {
            buyer: Address(cell.take()),
            currency: Address(cell.take()),
            price: Amount(u128::from_le_bytes(cell.take())),
            custodian: Address(cell.take()),
            arbiter: Address(cell.take()),
            min_members: u32::from_le_bytes(cell.take()),
            min_weight: Points(cell.short::<8>()),
            sale: SaleNumber(u32::from_le_bytes(cell.take())),
            voting_ends: Timestamp(cell.short::<8>()),
            opt_out_ends: Timestamp(cell.short::<8>()),
            delivery_ends: Timestamp(cell.short::<8>()),
            dispute_s: cell.short::<4>(),
            ruling_s: cell.short::<4>(),
            fee: cell.bps(),
            tip: cell.bps(),
            seal: Seal::from_code(cell.take::<1>()[0]).unwrap_or(Seal::Open),
            total_weight: Points(cell.short::<8>()),
            members: u32::from_le_bytes(cell.take()),
            delivered_at: moment(cell),
            accepted_at: moment(cell),
            disputed_at: moment(cell),
            ruled_at: moment(cell),
            returned: cell.bps(),
            refunded_at: moment(cell),
            settled: u32::from_le_bytes(cell.take()),
            paid_sum: Amount(u128::from_le_bytes(cell.take())),
        }
    }
}

/// A moment as cells keep it: zero as long as it has not come. Nothing happens in the first second of 1970.
#[inline(always)]
fn stored(moment: Option<Timestamp>) -> u64 {
    moment.map_or(0, |at| at.0)
}

/// A moment that a cell kept. Always inlined, as [`Reader`] is, so that it does not hide where the fields lie.
#[inline(always)]
fn moment(cell: &mut Reader<'_>) -> Option<Timestamp> {
    match cell.short::<8>() {
        0 => None,
        at => Some(Timestamp(at)),
    }
}
