//! An offer: the object its id is the hash of, the facts stored about it, and the status that follows from them and the clock.

use crate::abi::Word as _;
use crate::cells::{Reader, Writer};
use crate::eip712;
use crate::error::Error;
use crate::hash::{Hash32, Keccak};
use crate::money::Settlement;
pub use crate::names::{Seal, Status};
use crate::types::{Address, Amount, Bps, Points, SaleNumber, Timestamp};

/// What a buyer offers; its hash is the id that everything else names it by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Who pays, and whose offer it is.
    pub buyer: Address,
    /// What is paid in; [`Address::ZERO`] is native money.
    pub currency: Address,
    /// What is paid, in the currency's smallest unit.
    pub price: Amount,
    /// What the data is used for.
    pub purpose: u8,
    /// Hash of the list of fields that are delivered.
    pub fields_hash: Hash32,
    /// Hash of the licence's text.
    pub licence_hash: Hash32,
    /// Fewer members void the sale.
    pub min_members: u32,
    /// Less weight voids the sale.
    pub min_weight: Points,
    /// Who delivers.
    pub custodian: Address,
    /// Who rules on a dispute.
    pub arbiter: Address,
    /// Time to deliver, from the end of the opt-out window, in seconds.
    pub delivery_s: u64,
    /// Time to accept or dispute, from the delivery, in seconds.
    pub dispute_s: u64,
    /// Tells equal offers of one buyer apart.
    pub salt: Hash32,
}

const OFFER_TYPE: Hash32 = eip712::type_hash(
    "Offer",
    &[
        "address buyer",
        "address currency",
        "uint128 price",
        "uint8 purpose",
        "bytes32 fields_hash",
        "bytes32 licence_hash",
        "uint32 min_members",
        "uint64 min_weight",
        "address custodian",
        "address arbiter",
        "uint64 delivery_s",
        "uint64 dispute_s",
        "bytes32 salt",
    ],
);

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
        eip712::hash_words::<K, 14>([
            OFFER_TYPE,
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
        ])
    }
}

/// The facts stored about an offer. Times that are 0 have not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Who pays.
    pub buyer: Address,
    /// What is paid in.
    pub currency: Address,
    /// What was deposited.
    pub price: Amount,
    /// Who delivers.
    pub custodian: Address,
    /// Who rules.
    pub arbiter: Address,
    /// Fewer members void the sale.
    pub min_members: u32,
    /// Less weight voids the sale.
    pub min_weight: Points,
    /// Its sale in `attestations`.
    pub sale: SaleNumber,
    /// The last second of voting.
    pub voting_ends: Timestamp,
    /// The last second in which members may leave.
    pub opt_out_ends: Timestamp,
    /// The last second in which the custodian may deliver.
    pub delivery_ends: Timestamp,
    /// Time to accept or dispute, in seconds.
    pub dispute_s: u64,
    /// Time to rule after that, in seconds.
    pub ruling_s: u64,
    /// The treasury's part of what is paid.
    pub fee: Bps,
    /// The part of what is paid that goes to whoever settles members.
    pub tip: Bps,

    /// What sealing found.
    pub seal: Seal,
    /// Weight in the sale: when the offer was made, and after sealing the final one.
    pub total_weight: Points,
    /// Members in the sale, likewise.
    pub members: u32,
    /// When the custodian delivered.
    pub delivered_at: Timestamp,
    /// When the buyer accepted.
    pub accepted_at: Timestamp,
    /// When the buyer disputed.
    pub disputed_at: Timestamp,
    /// When the arbiter ruled.
    pub ruled_at: Timestamp,
    /// What a ruling gives back; nothing without one.
    pub returned: Bps,
    /// When the price went back.
    pub refunded_at: Timestamp,
    /// Members settled so far.
    pub settled: u32,
    /// Their shares together.
    pub paid_sum: Amount,
}

impl Offer {
    /// Bytes of the cell.
    pub const SIZE: usize = 4 * 20 + 16 + 4 + 8 + 4 + 3 * 8 + 4 + 4 + 2 + 2 + 1 + 8 + 4 + 4 * 8 + 2 + 8 + 4 + 16;

    /// Where the offer stands at `now`. Nothing stored repeats it.
    pub fn status(&self, now: Timestamp) -> Status {
        if self.refunded_at != NEVER || (self.ruled_at != NEVER && self.returned == Bps::WHOLE) {
            return Status::Refunded;
        }
        match self.seal {
            Seal::Defeated | Seal::MinimumMissed => Status::Refundable,
            Seal::Open if now <= self.voting_ends => Status::Voting,
            Seal::Open if now <= self.opt_out_ends => Status::OptOut,
            Seal::Open if now <= self.delivery_ends => Status::AwaitingSeal,
            Seal::Open => Status::Refundable,
            Seal::Sealed if self.delivered_at != NEVER => self.status_after_delivery(now),
            Seal::Sealed if now <= self.delivery_ends => Status::Sealed,
            Seal::Sealed => Status::Refundable,
        }
    }

    fn status_after_delivery(&self, now: Timestamp) -> Status {
        let answered = self.accepted_at != NEVER || self.ruled_at != NEVER;
        let (window_ends, waiting) = match self.disputed_at {
            NEVER => (self.dispute_ends(), Status::Delivered),
            _ => (self.ruling_ends(), Status::Disputed),
        };
        match (self.settled == self.members, answered || now > window_ends) {
            (true, _) => Status::Paid,
            (false, true) => Status::Settling,
            (false, false) => waiting,
        }
    }

    /// The last second in which the buyer may dispute.
    pub fn dispute_ends(&self) -> Timestamp {
        Timestamp(self.delivered_at.0.saturating_add(self.dispute_s))
    }

    /// The last second in which the arbiter may rule. It runs from the end of the dispute period, whoever disputed when.
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
        cell.put(&delivered_at.0.to_le_bytes()).put(&accepted_at.0.to_le_bytes());
        cell.put(&disputed_at.0.to_le_bytes()).put(&ruled_at.0.to_le_bytes());
        cell.put(&returned.get().to_le_bytes()).put(&refunded_at.0.to_le_bytes());
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
            delivered_at: Timestamp(cell.short::<8>()),
            accepted_at: Timestamp(cell.short::<8>()),
            disputed_at: Timestamp(cell.short::<8>()),
            ruled_at: Timestamp(cell.short::<8>()),
            returned: cell.bps(),
            refunded_at: Timestamp(cell.short::<8>()),
            settled: u32::from_le_bytes(cell.take()),
            paid_sum: Amount(u128::from_le_bytes(cell.take())),
        }
    }
}

/// A moment that has not come.
pub const NEVER: Timestamp = Timestamp(0);
