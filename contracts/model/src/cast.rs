//! Who takes part in a pool of the model, and the pool, contributions and terms that tests share.

use chorus_core::{
    attestations::Contribution,
    escrow::{OfferSettings, ProposalSettings},
    offer::Terms,
    types::{Address, Amount, OfferId, Points, Timestamp, Weight},
    votes::VotingSettings,
};

use crate::{
    Action,
    pool::{Pool, Site},
    signing::{model_account, model_key},
    tokens::Token,
    world::World,
};

/// Makes offers, and has the money for them.
pub const BUYER: Address = Address([0x51; 20]);
/// Delivers.
pub const CUSTODIAN: Address = Address([0x52; 20]);
/// Rules on disputes.
pub const ARBITER: Address = Address([0x53; 20]);
/// May pause.
pub const GUARDIAN: Address = Address([0x54; 20]);
/// Seals, refunds and distributes.
pub const KEEPER: Address = Address([0x55; 20]);
/// Has money and no office.
pub const STRANGER: Address = Address([0x56; 20]);
/// A token that the DAO may allow.
pub const DOLLAR: Address = Address([0x60; 20]);

/// How long a ballot takes votes.
pub const VOTING_S: u64 = 100;
/// How long members may leave a sale.
pub const OPT_OUT_S: u64 = 50;
/// How long the custodian has to deliver, by [`Cast::terms`].
pub const DELIVERY_S: u64 = 70;
/// How long the buyer has to dispute, by [`Cast::terms`].
pub const DISPUTE_S: u64 = 30;
/// How long the arbiter has to rule.
pub const RULING_S: u64 = 200;
/// The shortest delivery or dispute period that an offer may name.
pub const PERIOD_MIN_S: u64 = 10;
/// The longest.
pub const PERIOD_MAX_S: u64 = 1_000;
/// How long a proposal that passed waits.
pub const TIMELOCK_S: u64 = 40;
/// How long it can be executed after that.
pub const GRACE_S: u64 = 60;
/// The fee for making an offer.
pub const LISTING_FEE: u128 = 7;
/// A price that hardly anything divides.
pub const PRICE: u128 = 1_000_000_007;
/// The purposes of a member who allows all four.
pub const ALL_PURPOSES: u16 = 0b1111;

/// The native money that the buyer and the stranger have, with 18 decimals.
pub const FUNDS: u128 = 1 << 100;
/// The chain's smallest unit, in which plain transfers count.
pub const CHAIN_UNIT: u128 = 1_000_000;
/// Noon of a day: a test that takes less than half a day stays within one day's cap.
pub const NOON: Timestamp = Timestamp(20_000 * 86_400 + 43_200);

/// The accounts that take part in a pool.
#[derive(Clone, Debug)]
pub struct Cast {
    /// Members, or members to be.
    pub people: Vec<Address>,
    /// Keys that may be attesters; the first three are attesters when the pool is deployed.
    pub attesters: Vec<Address>,
    /// The account that may pause.
    pub guardian: Address,
    /// The account that makes offers, and has the money for them.
    pub buyer: Address,
    /// The account that delivers.
    pub custodian: Address,
    /// The account that rules on disputes.
    pub arbiter: Address,
    /// The account that seals, refunds and distributes.
    pub keeper: Address,
    /// An account with money and no office.
    pub stranger: Address,
    /// An address without an account.
    pub nobody: Address,
    /// A token that the DAO may allow, if there is one.
    pub token: Option<Address>,
    /// Whether the pool's own contracts begin calls: a short way to settings that no chain has.
    pub contracts_call: bool,
}

impl Cast {
    /// The model's own cast: six people, two of whom have Substrate keys.
    pub fn model() -> Self {
        let person = |index: u8| Address([0x11 + index; 20]);
        let substrate = |index: u8| model_account(&model_key(index));
        Self {
            people: (0..4).map(person).chain((0..2).map(substrate)).collect(),
            attesters: (1..=5).map(|index| Address([0xd0 | index; 20])).collect(),
            guardian: GUARDIAN,
            buyer: BUYER,
            custodian: CUSTODIAN,
            arbiter: ARBITER,
            keeper: KEEPER,
            stranger: STRANGER,
            nobody: Address([0x57; 20]),
            token: Some(DOLLAR),
            contracts_call: true,
        }
    }

    /// A pool of theirs with short periods and a low daily cap. Two of three attesters sign.
    pub fn pool(&self, deployed_at: Timestamp, site: Site) -> Pool {
        Pool {
            deployed_at,
            attesters: self.attesters.iter().copied().take(3).collect(),
            threshold: 2,
            daily_weight_cap: Points(1_000),
            purposes: 4,
            guardian: self.guardian,
            voting: VotingSettings { voting_period_s: VOTING_S, quorum_min: Points(10), ..VotingSettings::default() },
            offers: OfferSettings {
                listing_fee: Amount(LISTING_FEE),
                reserve_per_million: Amount(1_000),
                cohort_min: 1,
                opt_out_s: OPT_OUT_S,
                period_min_s: PERIOD_MIN_S,
                period_max_s: PERIOD_MAX_S,
                ruling_s: RULING_S,
                ..OfferSettings::default()
            },
            proposals: ProposalSettings { timelock_s: TIMELOCK_S, grace_s: GRACE_S },
            custodians: [self.custodian].into(),
            arbiters: [self.arbiter].into(),
            purposes_hash: [0; 32],
            site,
        }
    }

    /// What the buyer offers in native money for the first purpose, to whoever is in.
    pub const fn terms(&self) -> Terms {
        Terms {
            buyer: self.buyer,
            currency: Address::ZERO,
            price: Amount(PRICE),
            purpose: 0,
            fields_hash: [1; 32],
            licence_hash: [2; 32],
            min_members: 1,
            min_weight: Points(1),
            custodian: self.custodian,
            arbiter: self.arbiter,
            delivery_s: DELIVERY_S,
            dispute_s: DISPUTE_S,
            salt: [3; 32],
        }
    }

    /// Gives the buyer and the stranger their money, and leaves nobody without an account.
    pub fn enter(&self, world: &mut World) {
        for account in [self.buyer, self.stranger] {
            world.fund(account, Amount(FUNDS));
            if let Some(token) = self.token {
                world.set_token(token, Token::Honest);
                world.fund_in(token, account, Amount(FUNDS));
            }
        }
        world.close(self.nobody);
    }
}

/// A contribution of `weight` points from the source account of `source`, to be handed in within a minute of `now`.
pub fn contribution(now: Timestamp, source: Address, weight: u32) -> Contribution {
    let mut nullifier = [0xee; 32];
    if let Some(tail) = nullifier.last_chunk_mut() {
        *tail = source.0;
    }
    Contribution {
        commitment: [0xcc; 32],
        nullifier,
        weight: Weight(weight),
        rule_version: 1,
        route: 1,
        deadline: Timestamp(now.0 + 60),
    }
}

/// The custodian's call that delivers.
pub const fn delivery(offer: OfferId) -> Action {
    Action::Deliver { offer, bundle_hash: [5; 32], manifest_root: [6; 32] }
}
