//! Who is in a sale.

use std::collections::{BTreeMap, BTreeSet};

use chorus_abi::{Address, B256, attestations};

use super::{At, Log, Offer, Record, members::bit};

/// Who is in a sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sale {
    /// The purpose that the data is sold for.
    pub purpose: u8,
    /// The last second in which a member may leave.
    pub window_ends: u64,
    /// W and M as the contract announced them when it opened.
    pub announced: (u64, u32),
    /// Everybody who was in when it opened, by number, counted from their contributions.
    pub members: BTreeMap<u32, SaleMember>,
    /// W and M as the contract announced them last.
    pub last_announced: (u64, u32),
    /// Members who must have left because they took back what the sale rests on.
    pub must_leave: BTreeSet<u32>,
}

/// A member in a sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaleMember {
    /// Their address.
    pub address: Address,
    /// Their weight in the sale.
    pub weight: u32,
    /// The commitment they are in with.
    pub commitment: B256,
    /// When they left, if they did.
    pub left: Option<At>,
}

impl Sale {
    /// The members who are still in, by number.
    pub fn remaining(&self) -> impl Iterator<Item = (u32, &SaleMember)> {
        self.members.iter().filter(|(_, member)| member.left.is_none()).map(|(number, member)| (*number, member))
    }

    /// W and M, counted.
    pub fn totals(&self) -> (u64, u32) {
        self.remaining().fold((0, 0), |(weight, members), (_, member)| (weight + u64::from(member.weight), members + 1))
    }
}

impl Record {
    /// The sale of an offer.
    pub fn sale_of(&self, offer: &Offer) -> Option<&Sale> {
        self.sales.get(&offer.conditions.sale)
    }

    pub(super) fn sale_opened(&mut self, log: &Log, e: &attestations::SaleOpened) {
        let members = self.members.iter().filter_map(|(number, member)| {
            let contribution =
                member.contribution.filter(|contribution| contribution.purposes & bit(e.purpose) != 0)?;
            let (weight, commitment) = (contribution.weight, contribution.commitment);
            Some((*number, SaleMember { address: member.address, weight, commitment, left: None }))
        });
        let sale = Sale {
            purpose: e.purpose,
            window_ends: e.window_ends,
            announced: (e.total_weight, e.members),
            members: members.collect(),
            last_announced: (e.total_weight, e.members),
            must_leave: BTreeSet::new(),
        };
        self.expect(log, "W and M of a new sale", sale.announced, sale.totals());
        self.expect(log, "the number of a new sale", e.sale as usize, self.sales.len() + 1);
        self.sales.insert(e.sale, sale);
    }

    pub(super) fn sale_left(&mut self, log: &Log, e: &attestations::SaleLeft) {
        let (sale_number, number) = (e.sale, e.number);
        let Some(sale) = self.sales.get_mut(&sale_number) else {
            return self.contradict(log, format!("somebody left sale {sale_number}, which never opened"));
        };
        sale.last_announced = (e.total_weight, e.members);
        let late = log.time_s > sale.window_ends;
        let member = sale.members.get_mut(&number);
        let member = member.filter(|member| (member.address, member.weight) == (e.member, e.weight));
        let Some(member) = member.filter(|member| member.left.is_none()) else {
            let what = format!("member {number} left sale {sale_number} without being in it, or with another weight");
            return self.contradict(log, what);
        };
        member.left = Some(log.at);
        let totals = sale.totals();
        self.expect(log, "W and M after a member left", (e.total_weight, e.members), totals);
        if late {
            self.contradict(log, format!("member {number} left sale {sale_number} after its window"));
        }
        if let Some(member) = self.members.get_mut(&number) {
            member.nonce = member.nonce.max(e.nonce);
        }
    }
}
