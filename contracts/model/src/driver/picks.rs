//! Who calls, and what the call is about: mostly what makes sense, at times what does not.

use chorus_core::{
    offer::Status,
    types::{Address, BallotId, OfferId, SaleNumber},
};

use super::Driver;
use crate::{
    cast::{ALL_PURPOSES, Cast},
    world::World,
};

impl Driver {
    /// A person with an account, who can call.
    pub(super) fn person(&mut self, world: &World) -> Option<Address> {
        let person = self.source.of(&self.cast.people)?;
        world.is_open(person).then_some(person)
    }

    /// Anybody with an account.
    pub(super) fn caller(&mut self, world: &World) -> Option<Address> {
        let Cast { guardian, buyer, custodian, arbiter, keeper, stranger, .. } = self.cast;
        let officers = [guardian, buyer, custodian, arbiter, keeper, stranger];
        if self.source.u8(2) == 0 { self.person(world) } else { self.source.of(&officers) }
    }

    /// An address to pay to or to name: mostly a person, else an officer, nobody, or a contract.
    pub(super) fn address(&mut self, world: &World) -> Option<Address> {
        let Cast { keeper, nobody, .. } = self.cast;
        let others = [keeper, nobody, Address::ZERO, world.site().votes, world.site().escrow];
        if self.source.u8(4) == 0 { self.source.of(&others) } else { self.source.of(&self.cast.people) }
    }

    /// An offer in one of these statuses; at times another.
    pub(super) fn offer_in(&mut self, world: &World, wanted: &[Status]) -> Option<OfferId> {
        let is_wanted = |id: &OfferId| world.status(*id).is_some_and(|status| wanted.contains(&status));
        let offers: Vec<_> = world.offers().into_iter().filter(is_wanted).take(8).collect();
        if self.source.u8(8) == 0 { self.some_offer(world) } else { self.source.of(&offers) }
    }

    /// The ballot of an offer or proposal that takes votes; at times another.
    pub(super) fn some_ballot(&mut self, world: &World) -> Option<BallotId> {
        let proposals = world.proposals().into_iter().map(BallotId::from);
        let ballots = world.offers().into_iter().map(BallotId::from).chain(proposals);
        let is_open = |id: &BallotId| world.ballot(*id).is_some_and(|ballot| world.now() <= ballot.deadline);
        let open: Vec<_> = ballots.filter(is_open).take(8).collect();
        if self.source.u8(8) == 0 { self.some_offer(world).map(Into::into) } else { self.source.of(&open) }
    }

    /// One of the latest offers; at times one that does not exist.
    pub(super) fn some_offer(&mut self, world: &World) -> Option<OfferId> {
        let offers = world.offers();
        // The latest are where something is still to happen.
        let from = offers.len().saturating_sub(8);
        let latest = offers.get(from..).unwrap_or_default();
        if self.source.u8(64) == 0 { Some(OfferId([0xff; 32])) } else { self.source.of(latest) }
    }

    /// Native money or a token.
    pub(super) fn currency(&mut self, world: &World) -> Address {
        match (self.source.u8(32), self.cast.token) {
            (0, Some(token)) => token,
            (1..16, Some(token)) if world.roles(token).currency => token,
            _ => Address::ZERO,
        }
    }

    pub(super) fn purposes(&mut self) -> u16 {
        match self.source.u8(8) {
            0..4 => ALL_PURPOSES,
            4..7 => u16::from(self.source.u8(16)),
            _ => u16::from(self.source.u8(64)),
        }
    }

    /// A sale that members can leave; at times another, or one that does not exist.
    pub(super) fn some_sale(&mut self, world: &World) -> Option<SaleNumber> {
        let id = self.offer_in(world, &[Status::Voting, Status::OptOut])?;
        Some(world.offer(id).map_or(SaleNumber(u32::MAX), |offer| offer.sale))
    }
}
