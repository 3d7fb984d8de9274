//! The executable model: a whole pool in memory, run by the same rules as the contracts.
//!
//! A [`World`] holds the cells of the three contracts as the bytes that the chain would keep, balances and a clock.
//! [`World::apply`] does what one call does, all or nothing. Beside the rules it keeps naive books, and
//! [`World::check_invariants`] compares the cells with the books and with what the events say.
//!
//! ```
//! use chorus_core::types::{Amount, MemberNumber};
//! use chorus_model::{Action, Outcome, Site, World, cast::{self, Cast}};
//!
//! // A pool with short periods, whose buyer has money.
//! let cast = Cast::model();
//! let mut world = World::new(&cast.pool(cast::NOON, Site::MODEL)).unwrap();
//! cast.enter(&mut world);
//!
//! // Somebody contributes, and has votes one second later.
//! let member = cast.people[0];
//! let contribution = cast::contribution(world.now(), member, 60);
//! let signatures = world.sign(member, &contribution);
//! let attest = Action::Attest { contribution, purposes: cast::ALL_PURPOSES, signatures };
//! assert_eq!(world.apply(member, &attest), Ok(Outcome::Member(MemberNumber(1))));
//! world.apply(cast.stranger, &Action::Wait { seconds: 1 }).unwrap();
//!
//! // The buyer makes an offer, and the member votes for it.
//! let (terms, sent) = (cast.terms(), Amount(cast::PRICE + cast::LISTING_FEE));
//! let Ok(Outcome::Offered(offer)) = world.apply(cast.buyer, &Action::Offer { terms, sent }) else { panic!() };
//! let vote = Action::Vote { id: offer.into(), support: 1 };
//! assert_eq!(world.apply(member, &vote), Ok(Outcome::Counted(60.into())));
//! assert_eq!(world.check_invariants(), Ok(()));
//! ```
//!
//! A [`Driver`] makes such actions out of bytes or a seed; [`live`] plays them and checks every invariant after each.
//! Property tests, walks of every reachable state and the fuzzer build on them. The parity test puts a world on the
//! [`Site`] of real contracts and holds it against their bytecode.
//!
//! Three things are simpler than on a chain. Native money cannot be pushed to an account that the test has closed, and
//! to any other it can. Weight, proof and deposits cost nothing. Signatures only name their signer and what was signed,
//! unless the site brings real keys.

mod action;
mod outcome;
mod pool;
mod signing;

mod store;
mod tokens;
mod world;

mod books;
mod invariants;
mod replay;
mod sisters;
mod transitions;

pub mod cast;
mod damaged;
mod driver;
mod life;

pub use action::Action;
pub use chorus_core::contract::Contract;
pub use damaged::play_damaged;
pub use driver::{Driver, Step};
pub use life::{Life, live};
pub use outcome::{Logged, Outcome, Refused};
pub use pool::{ATTESTATIONS, ESCROW, Pool, Site, VOTES};
pub use signing::{Signing, model_account, model_key};
pub use tokens::Token;
pub use world::World;
