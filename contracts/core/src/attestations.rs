//! Contributions, consent and weights; who is in which sale. The rules of `contracts/attestations`.
//!
//! Each message of a member that has a signed form is one function: the signed form checks deadline and signature, then
//! does the same. Each accepted act uses up the member's nonce.

mod host;

mod acts;
mod deployment;
mod pause;
mod settings;
mod statements;

mod admission;
mod consent;
mod sales;

mod cells;

pub use crate::packing::{Contribution, MAX_BATCH_SIZE, Submission};
pub use acts::{MemberAct, contribution, relay};
pub use admission::{attest, attest_many};
pub use cells::{
    Archive, Attesters, MAX_ATTESTERS, MAX_OPEN_SALES, Member, OpenSale, PAGE_MEMBERS, Page, PastRecord, PurposeTotal,
    Record, Root, Sale,
};
pub use consent::{revoke, set_purposes, withdraw};
pub use deployment::{Construction, construct};
pub use host::Host;
pub use pause::pause;
pub use sales::{MAX_SALES, Opened, known_purpose, leave, open_sale, visit_shares, weight_in};
pub use settings::{set_attesters, set_daily_weight_cap, set_guardian};
pub use statements::{attestation, revocation};

/// The route of an export under the right of portability, the only one taken.
pub const ROUTE_PORTABILITY_EXPORT: u8 = 1;
