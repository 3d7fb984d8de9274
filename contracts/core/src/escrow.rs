//! Offers, deposits, delivery, disputes, the split, credits and proposals. The rules of `contracts/escrow`.
//!
//! Other contracts are called before anything that depends on their answer is stored: a token's deposit, ballot and
//! sale before the offer, the ballot before a proposal, outcome and totals before a seal, weights before the bits of
//! who is paid. Money leaves only after everything about it is stored and logged, except each payee's own event and,
//! where the push failed, their credit. No outgoing call may be re-entered; a refusal leaves nothing behind.

mod host;

mod acts;
mod deployment;
mod pause;
mod settings;

mod credits;
mod offers;
mod proposals;
mod settle;

mod cells;

pub use crate::names::{CreditReason, ProposalState};
pub use crate::settings::{MAX_CALL_BYTES, MAX_PERIOD_S, MIN_COHORT, MIN_PERIOD_S, OfferSettings, ProposalSettings};
pub use acts::{Request, RequestKind, relay};
pub use cells::{Proposal, Roles, Root};
pub use credits::withdraw_credit;
pub use deployment::{Construction, construct};
pub use host::{Host, Permit};
pub use offers::{accept, decode_terms, deliver, dispute, make_offer, make_offer_with_permit, refund, rule, seal};
pub use pause::pause;
pub use proposals::{Calls, MAX_CALLS, MAX_DESCRIPTION_BYTES, execute, proposal_state, propose};
pub use settle::{MAX_RANGE, SHARE_SIZE, claim, distribute};
