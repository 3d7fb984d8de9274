//! The constructors' arguments, from the rules' groups of settings.

use chorus_core::settings::{OfferSettings, ProposalSettings, VotingSettings};

use crate::{Address, escrow, votes};

/// The arguments of `votes`' constructor.
pub fn votes_constructor(attestations: Address, escrow: Address, settings: &VotingSettings) -> votes::constructorCall {
    let VotingSettings { voting_period_s, quorum_bps, quorum_min, approval_bps, proposal_threshold_bps } = *settings;
    votes::constructorCall {
        attestations,
        escrow,
        voting_period_s,
        quorum_bps,
        quorum_min: quorum_min.0,
        approval_bps,
        proposal_threshold_bps,
    }
}

/// The arguments of `escrow`'s constructor.
pub fn escrow_constructor(
    [attestations, votes, guardian]: [Address; 3],
    offers: &OfferSettings,
    proposals: &ProposalSettings,
    custodians: Vec<Address>,
    arbiters: Vec<Address>,
) -> escrow::constructorCall {
    let OfferSettings {
        listing_fee,
        reserve_per_million,
        fee_bps,
        tip_bps,
        cohort_min,
        opt_out_s,
        period_min_s,
        period_max_s,
        ruling_s,
    } = *offers;
    let ProposalSettings { timelock_s, grace_s } = *proposals;
    escrow::constructorCall {
        attestations,
        votes,
        guardian,
        amounts: [listing_fee.0, reserve_per_million.0],
        parts: [fee_bps.get(), tip_bps.get()],
        cohort_min,
        periods: [opt_out_s, period_min_s, period_max_s, ruling_s, timelock_s, grace_s],
        custodians,
        arbiters,
    }
}
