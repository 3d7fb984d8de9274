//! The rules once more, written anew and sharing no code with the contracts: an audit must not inherit
//! their mistakes. Everything is in 256 bits, where nothing below can overflow.

use chorus_abi::U256;
use chorus_client::record::{Ballot, Offer, Proposal, Support, Tally};

const BPS: u64 = 10_000;

/// What becomes of a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Split {
    pub(crate) price: U256,
    pub(crate) returned: U256,
    pub(crate) paid: U256,
    pub(crate) fee: U256,
    /// For each member.
    pub(crate) tip: U256,
    pub(crate) net: U256,
}

/// How the price of an offer is divided among `members`, by the formulas of `contracts/README.md`.
pub(crate) fn split(offer: &Offer, members: u32) -> Split {
    let price = U256::from(offer.made.price);
    let part = |of: U256, bps: u16| of * U256::from(bps) / U256::from(BPS);
    let returned = part(price, offer.ruled.as_ref().map_or(0, |(_, ruled)| ruled.returned_bps));
    let paid = price - returned;
    let fee = part(paid, offer.conditions.fee_bps);
    let members = U256::from(members.max(1));
    let tip = part(paid, offer.conditions.tip_bps) / members;
    Split { price, returned, paid, fee, tip, net: paid - fee - members * tip }
}

/// A member's share: `floor(net × w / W)`.
pub(crate) fn share(net: U256, weight: u32, total: u64) -> U256 {
    net * U256::from(weight) / U256::from(total.max(1))
}

/// What `escrow` still holds of an offer's price; `None` if more is gone than there was.
pub(crate) fn open_deposit(offer: &Offer, split: &Split) -> Option<U256> {
    if offer.refunded.is_some() {
        return Some(U256::ZERO);
    }
    let mut gone = if offer.ruled.is_some() { split.returned } else { U256::ZERO };
    for (_, paid) in &offer.payouts {
        gone += U256::from(paid.share) + U256::from(paid.tip);
    }
    if let Some((_, paid)) = &offer.paid {
        gone += U256::from(paid.fee) + U256::from(paid.residue);
    }
    split.price.checked_sub(gone)
}

/// The least that must vote for or abstain: a part of the supply, rounded up, and an absolute number.
pub(crate) fn quorum(supply: U256, quorum_bps: u16, quorum_min: u64) -> U256 {
    let part = (supply * U256::from(quorum_bps)).div_ceil(U256::from(BPS));
    part.max(U256::from(quorum_min))
}

/// The least that a proposer must have: a part of the supply, rounded up.
pub(crate) fn threshold(supply: U256, threshold_bps: u16) -> U256 {
    (supply * U256::from(threshold_bps)).div_ceil(U256::from(BPS))
}

/// Votes by side, summed from the voters' power at the snapshot.
pub(crate) fn tally(ballot: &Ballot) -> Tally {
    let mut tally = Tally::default();
    for vote in &ballot.votes {
        let side = match vote.support {
            Support::Against => &mut tally.against_votes,
            Support::For => &mut tally.for_votes,
            Support::Abstain => &mut tally.abstain_votes,
        };
        *side += vote.power;
    }
    tally
}

/// Whether a ballot with this tally passed.
pub(crate) fn passed(tally: Tally, quorum: U256, approval_bps: u16) -> bool {
    let Tally { against_votes, for_votes, abstain_votes } = tally;
    let decisive = for_votes + against_votes;
    for_votes + abstain_votes >= quorum && for_votes * U256::from(BPS) > decisive * U256::from(approval_bps)
}

/// The outcome of vote and opt-out, as the contract numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seal {
    Sealed = 1,
    Defeated = 2,
    MinimumMissed = 3,
}

impl Seal {
    pub(crate) const ALL: [Self; 3] = [Self::Sealed, Self::Defeated, Self::MinimumMissed];

    /// The outcome with this number, if there is one.
    pub(crate) fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|seal| *seal as u8 == code)
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sealed => "sealed",
            Self::Defeated => "defeated",
            Self::MinimumMissed => "minimum_missed",
        }
    }
}

/// What sealing must find.
pub(crate) fn seal(offer: &Offer, passed: bool, (weight, members): (u64, u32)) -> Seal {
    match passed {
        false => Seal::Defeated,
        true if members < offer.made.min_members || weight < offer.made.min_weight => Seal::MinimumMissed,
        true => Seal::Sealed,
    }
}

/// Where an offer stands, as the contract numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Voting = 1,
    OptOut = 2,
    AwaitingSeal = 3,
    Refundable = 4,
    Refunded = 5,
    Sealed = 6,
    Delivered = 7,
    Disputed = 8,
    Settling = 9,
    Paid = 10,
}

impl Status {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Voting => "voting",
            Self::OptOut => "opt_out",
            Self::AwaitingSeal => "awaiting_seal",
            Self::Refundable => "refundable",
            Self::Refunded => "refunded",
            Self::Sealed => "sealed",
            Self::Delivered => "delivered",
            Self::Disputed => "disputed",
            Self::Settling => "settling",
            Self::Paid => "paid",
        }
    }

    /// Whether members are being paid, or all of them are.
    pub(crate) const fn pays(self) -> bool {
        matches!(self, Self::Settling | Self::Paid)
    }
}

/// The status that follows from an offer's facts at `now`.
pub(crate) fn status(offer: &Offer, now: u64) -> Status {
    let (conditions, returned_bps) = (&offer.conditions, offer.ruled.as_ref().map(|(_, ruled)| ruled.returned_bps));
    if offer.refunded.is_some() || returned_bps == Some(10_000) {
        return Status::Refunded;
    }
    let Some((_, sealed)) = &offer.sealed else {
        return match now {
            _ if now <= conditions.voting_ends => Status::Voting,
            _ if now <= conditions.opt_out_ends => Status::OptOut,
            _ if now <= conditions.delivery_ends => Status::AwaitingSeal,
            _ => Status::Refundable,
        };
    };
    if Seal::from_code(sealed.outcome) != Some(Seal::Sealed) {
        return Status::Refundable;
    }
    let Some((_, delivered)) = &offer.delivered else {
        return if now <= conditions.delivery_ends { Status::Sealed } else { Status::Refundable };
    };
    let answered = offer.accepted.is_some() || returned_bps.is_some();
    match offer.disputed {
        None if !answered && now <= delivered.dispute_ends => Status::Delivered,
        Some(_) if !answered && now <= delivered.ruling_ends => Status::Disputed,
        _ if offer.payouts.len() as u64 == u64::from(sealed.members) => Status::Paid,
        _ => Status::Settling,
    }
}

/// Where a proposal stands, as OpenZeppelin's Governor numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProposalState {
    Active = 1,
    Defeated = 3,
    Succeeded = 4,
    Queued = 5,
    Expired = 6,
    Executed = 7,
}

impl ProposalState {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Defeated => "defeated",
            Self::Succeeded => "succeeded",
            Self::Queued => "queued",
            Self::Expired => "expired",
            Self::Executed => "executed",
        }
    }
}

/// The state that follows from a proposal's facts at `now`.
pub(crate) fn proposal_state(proposal: &Proposal, now: u64) -> ProposalState {
    match proposal.executed {
        Some(_) => ProposalState::Executed,
        None => state_before_execution(proposal, now),
    }
}

/// The state that a proposal had at `now` if it was not executed before.
pub(crate) fn state_before_execution(proposal: &Proposal, now: u64) -> ProposalState {
    let (proposed, ballot) = (&proposal.proposed, &proposal.ballot);
    match now {
        _ if now <= proposed.voting_ends => ProposalState::Active,
        _ if !passed(tally(ballot), ballot.quorum, ballot.approval_bps) => ProposalState::Defeated,
        _ if now < proposed.executable_from => ProposalState::Queued,
        _ if now <= proposed.executable_until => ProposalState::Succeeded,
        _ => ProposalState::Expired,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quorum_is_rounded_up_and_has_a_floor() {
        assert_eq!(quorum(U256::from(10_001), 1_000, 0), U256::from(1_001));
        assert_eq!(quorum(U256::from(10_000), 1_000, 0), U256::from(1_000));
        assert_eq!(quorum(U256::from(10_000), 1_000, 5_000), U256::from(5_000));
    }

    #[test]
    fn a_tie_does_not_pass_and_abstentions_count_for_the_quorum_only() {
        let passes = |against: u64, for_votes: u64, abstain: u64, quorum: u64| {
            let [against_votes, for_votes, abstain_votes] = [against, for_votes, abstain].map(U256::from);
            passed(Tally { against_votes, for_votes, abstain_votes }, U256::from(quorum), 5_000)
        };
        assert!(!passes(5, 5, 0, 1));
        assert!(passes(5, 6, 0, 1));
        assert!(passes(0, 1, 9, 10));
        assert!(!passes(0, 1, 8, 10));
        assert!(!passes(0, 0, 10, 10));
    }

    #[test]
    fn shares_round_down() {
        assert_eq!(share(U256::from(10), 1, 3), U256::from(3));
        assert_eq!(share(U256::from(u128::MAX), u32::MAX, u64::from(u32::MAX)), U256::from(u128::MAX));
    }
}
