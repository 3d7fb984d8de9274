//! The rules once more, written anew and sharing no code with the contracts: an audit must not inherit
//! their mistakes. Everything is in 256 bits, where nothing below can overflow.

use chorus_abi::U256;

use chorus_client::record::{Ballot, Offer, Proposal};

const BPS: u64 = 10_000;

/// What becomes of a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Split {
    pub(super) price: U256,
    pub(super) returned: U256,
    pub(super) paid: U256,
    pub(super) fee: U256,
    /// For each member.
    pub(super) tip: U256,
    pub(super) net: U256,
}

/// How the price of an offer is divided among `members`, by the formulas of `contracts/README.md`.
pub(super) fn split(offer: &Offer, members: u32) -> Split {
    let price = U256::from(offer.made.price);
    let part = |of: U256, bps: u16| of * U256::from(bps) / U256::from(BPS);
    let returned = part(price, offer.ruled.as_ref().map_or(0, |(_, ruled)| ruled.returned_bps));
    let paid = price - returned;
    let fee = part(paid, offer.terms.fee_bps);
    let members = U256::from(members.max(1));
    let tip = part(paid, offer.terms.tip_bps) / members;
    Split { price, returned, paid, fee, tip, net: paid - fee - members * tip }
}

/// A member's share: `floor(net × w / W)`.
pub(super) fn share(net: U256, weight: u32, total: u64) -> U256 {
    net * U256::from(weight) / U256::from(total.max(1))
}

/// The least that must vote for or abstain: a part of the supply, rounded up, and an absolute number.
pub(super) fn quorum(supply: U256, quorum_bps: u16, quorum_min: u64) -> U256 {
    let part = (supply * U256::from(quorum_bps)).div_ceil(U256::from(BPS));
    part.max(U256::from(quorum_min))
}

/// The least that a proposer must have: a part of the supply, rounded up.
pub(super) fn threshold(supply: U256, threshold_bps: u16) -> U256 {
    (supply * U256::from(threshold_bps)).div_ceil(U256::from(BPS))
}

/// The state in which a proposal may be executed, as OpenZeppelin numbers it.
pub(super) const SUCCEEDED: u8 = 4;

/// The state that follows from a proposal's facts at `now`, as OpenZeppelin numbers them; `before` leaves out its
/// execution.
pub(super) fn proposal_state(proposal: &Proposal, now: u64, before: bool) -> u8 {
    let (proposed, ballot) = (&proposal.proposed, &proposal.ballot);
    match now {
        _ if proposal.executed.is_some() && !before => 7,
        _ if now <= proposed.voting_ends => 1,
        _ if !passed(tally(ballot), ballot.quorum, ballot.approval_bps) => 3,
        _ if now < proposed.executable_from => 5,
        _ if now <= proposed.executable_until => SUCCEEDED,
        _ => 6,
    }
}

/// Against, for and abstain, summed from the voters' power at the snapshot.
pub(super) fn tally(ballot: &Ballot) -> [U256; 3] {
    let mut tally = [U256::ZERO; 3];
    for vote in &ballot.votes {
        if let Some(sum) = tally.get_mut(usize::from(vote.support)) {
            *sum += vote.power;
        }
    }
    tally
}

/// Whether a ballot with this tally passed.
pub(super) fn passed(tally: [U256; 3], quorum: U256, approval_bps: u16) -> bool {
    let [against, yes, abstain] = tally;
    yes + abstain >= quorum && yes * U256::from(BPS) > (yes + against) * U256::from(approval_bps)
}

/// What sealing must find: 1 = sealed, 2 = defeated, 3 = minimum missed.
pub(super) fn outcome(offer: &Offer, passed: bool, (weight, members): (u64, u32)) -> u8 {
    match passed {
        false => 2,
        true if members < offer.made.min_members || weight < offer.made.min_weight => 3,
        true => 1,
    }
}

/// The status that follows from an offer's facts at `now`, as the contract numbers it.
pub(super) fn status(offer: &Offer, now: u64) -> u8 {
    let (terms, ruled) = (&offer.terms, offer.ruled.as_ref().map(|(_, ruled)| ruled.returned_bps));
    if offer.refunded.is_some() || ruled == Some(10_000) {
        return 5;
    }
    let Some((_, sealed)) = &offer.sealed else {
        return match now {
            _ if now <= terms.voting_ends => 1,
            _ if now <= terms.opt_out_ends => 2,
            _ if now <= terms.delivery_ends => 3,
            _ => 4,
        };
    };
    if sealed.outcome != 1 {
        return 4;
    }
    let Some((_, delivered)) = &offer.delivered else {
        return if now <= terms.delivery_ends { 6 } else { 4 };
    };
    let answered = offer.accepted.is_some() || ruled.is_some();
    match offer.disputed {
        None if !answered && now <= delivered.dispute_ends => 7,
        Some(_) if !answered && now <= delivered.ruling_ends => 8,
        _ if offer.payouts.len() as u64 == u64::from(sealed.members) => 10,
        _ => 9,
    }
}

/// What of an offer's price `escrow` still holds as its deposit.
pub(super) fn open_deposit(offer: &Offer, split: &Split) -> Option<U256> {
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
        let tally = |against: u64, yes: u64, abstain: u64| [against, yes, abstain].map(U256::from);
        assert!(!passed(tally(5, 5, 0), U256::from(1), 5_000));
        assert!(passed(tally(5, 6, 0), U256::from(1), 5_000));
        assert!(passed(tally(0, 1, 9), U256::from(10), 5_000));
        assert!(!passed(tally(0, 1, 8), U256::from(10), 5_000));
        assert!(!passed(tally(0, 0, 10), U256::from(10), 5_000));
    }

    #[test]
    fn shares_round_down() {
        assert_eq!(share(U256::from(10), 1, 3), U256::from(3));
        assert_eq!(share(U256::from(u128::MAX), u32::MAX, u64::from(u32::MAX)), U256::from(u128::MAX));
    }
}
