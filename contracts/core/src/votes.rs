//! The vote token and its ballots: it knows past weights, so it counts. The rules of `contracts/votes`.
//!
//! A balance is a weight, mirrored by `attestations` and by nobody else. Delegation and history follow ERC-5805,
//! counting follows OpenZeppelin's Governor; there is no transfer, no extension and no cancelling.

mod host;

mod acts;
mod deployment;
mod settings;

mod ballots;
mod history;
mod token;

mod cells;

pub use crate::compat;
pub use crate::names::{ProposalState, Support};
pub use crate::settings::{MAX_SUPPLY, MAX_VOTING_PERIOD_S, VotingSettings};
pub use acts::{Delegation, ballot_act, cast_by_sig, cast_many, delegate_by_sig, delegate_for};
pub use ballots::{ballot, cast, has_voted, open_ballot, open_proposal, outcome, proposal_threshold, state};
pub use cells::{Account, Ballot, Marks, Open, OpenBallots, Root, Tally, Voted};
pub use deployment::{Construction, construct};
pub use history::{past_supply, past_votes, timepoint};
pub use host::{Host, Past, Total};
pub use settings::{quorum_at, quorum_of, set_voting};
pub use token::{delegate, mirror};
