//! Offers, deposits, delivery, disputes, split and credits. The rules of `contracts/escrow`.
//!
//! Money leaves only after everything about it is stored and logged, save each payee's own event and, where the push
//! failed, their credit. What is asked for an answer is asked before what depends on it is stored: a token's deposit,
//! ballot and sale before the offer, the ballot before a proposal, outcome and totals before a seal, weights before the
//! bits of who is paid. No outgoing call may be re-entered; whatever refuses leaves nothing behind.

mod cells;
mod proposals;
mod settings;
mod settle;

pub use crate::names::{CreditReason, ProposalState};
pub use cells::{MAX_PERIOD_S, MIN_COHORT, MIN_PERIOD_S, Proposal, ProposalSettings, Roles, Root, Settings};
pub use proposals::{Calls, MAX_CALL_BYTES, MAX_CALLS, MAX_DESCRIPTION_BYTES, execute, proposal_state, propose};
pub use settings::{ALLOWED, AllowedCall};
pub use settle::{MAX_RANGE, Request, RequestKind, SHARE_SIZE, claim, distribute, relay, withdraw_credit};

use crate::abi::Words;
use crate::attestations::Opened;
use crate::cells::Bits;
use crate::contract::Contract;
use crate::eip712::Domain;
use crate::error::Error;
use crate::event::EscrowEvent as Event;
use crate::hash::Hash32;
use crate::offer::{NEVER, Offer, Seal, Status, Terms};
use crate::pause;
use crate::signed::Signers;
use crate::types::{
    Address, Amount, BallotId, Bps, MemberNumber, OfferId, Points, ProposalId, SaleNumber, Timestamp, Weight,
};
use alloc::vec::Vec;
use settings::change_roles;

/// What the rules need from the contract around them: its storage cells, its log, the sister contracts, and payments.
///
/// A sister contract that refuses reverts the whole call with its own error.
pub trait Host: Signers {
    /// The root cell.
    fn root(&self) -> Root;
    /// Writes the root cell.
    fn set_root(&mut self, root: &Root);
    /// Which lists an account is on.
    fn roles(&self, account: Address) -> Roles;
    /// Writes which lists an account is on.
    fn set_roles(&mut self, account: Address, roles: Roles);
    /// An offer.
    fn offer(&self, id: OfferId) -> Option<Offer>;
    /// Writes an offer.
    fn set_offer(&mut self, id: OfferId, offer: &Offer);
    /// Cell `cell` of the bits of those who are settled in `sale`.
    fn paid(&self, sale: SaleNumber, cell: u32) -> Bits;
    /// Writes a cell of those bits.
    fn set_paid(&mut self, sale: SaleNumber, cell: u32, bits: &Bits);
    /// What is due to `owner`; the treasury is [`Address::ZERO`].
    fn credit(&self, currency: Address, owner: Address) -> Amount;
    /// Writes what is due.
    fn set_credit(&mut self, currency: Address, owner: Address, amount: Amount);
    /// Signatures of `account` used so far.
    fn nonce(&self, account: Address) -> u64;
    /// Writes it.
    fn set_nonce(&mut self, account: Address, nonce: u64);
    /// A proposal.
    fn proposal(&self, id: ProposalId) -> Option<Proposal>;
    /// Writes a proposal.
    fn set_proposal(&mut self, id: ProposalId, proposal: &Proposal);
    /// What a currency was allowed with, if it ever was.
    fn base_amount(&self, currency: Address) -> Option<Amount>;
    /// Writes it.
    fn set_base_amount(&mut self, currency: Address, base_amount: Amount);
    /// Logs an event.
    fn emit(&mut self, event: Event);
    /// Logs an event that ends with `bytes`.
    fn emit_with(&mut self, event: Event, bytes: &[u8]);
    /// This contract.
    fn this(&self) -> Address;
    /// The EIP-712 domain of this contract.
    fn domain(&self, salt: Hash32) -> Domain;

    /// `votes.openBallot`: the last second of voting.
    fn open_ballot(&mut self, id: BallotId, proposer: Address) -> Timestamp;
    /// `votes.outcome`.
    fn outcome(&self, id: BallotId) -> bool;
    /// `attestations.openSale`.
    fn open_sale(&mut self, purpose: u8, window_ends: Timestamp) -> Opened;
    /// `attestations.saleTotals`: final once the window is over.
    fn sale_totals(&self, sale: SaleNumber) -> (Points, u32);
    /// `attestations.shareOf`.
    fn share_of(&self, sale: SaleNumber, member: Address) -> (MemberNumber, Weight);
    /// `attestations.sharesIn`: [`SHARE_SIZE`] bytes for each number of the range, who it is and their weight in the sale.
    fn shares(&self, sale: SaleNumber, from: MemberNumber, count: u32) -> Vec<u8>;
    /// `votes.openProposal`: the last second of voting.
    fn open_proposal(&mut self, id: BallotId, proposer: Address) -> Timestamp;
    /// Makes a settings call of a sister contract.
    fn call_sister_setting(&mut self, target: Address, call: &[u8]);

    /// Sends native money to an existing account without code; false, and nothing moved, to anybody else.
    fn push_native(&mut self, to: Address, amount: Amount) -> bool;
    /// `transfer` of a token; false, and nothing moved, unless it answers with nothing or true, and has code.
    fn push_token(&mut self, currency: Address, to: Address, amount: Amount) -> bool;
    /// Whether the weight left suffices for one more [`Self::push_token`].
    fn has_weight_for_push(&self) -> bool;
    /// `transferFrom` of a token to this contract; false unless it answers as for [`Self::push_token`].
    fn pull_token(&mut self, currency: Address, from: Address, amount: Amount) -> bool;
    /// What this contract has of a token; nothing if it does not say, or says more than 128 bits.
    fn token_balance(&self, currency: Address) -> Option<Amount>;
    /// `permit` of a token (ERC-2612) for this contract. Whether it is accepted shows when the money is taken.
    fn permit_token(&mut self, currency: Address, owner: Address, amount: Amount, permit: &Permit);
}

/// An ERC-2612 permit, as its signer made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permit {
    /// The last second at which it is good, a `uint256`: wallets sign the greatest for one that does not end.
    pub deadline: Hash32,
    /// 27 or 28.
    pub v: u8,
    /// The x coordinate.
    pub r: Hash32,
    /// The proof.
    pub s: Hash32,
}

/// What the constructor fixes.
#[derive(Clone, Copy, Debug)]
pub struct Construction {
    /// Who is in which sale.
    pub attestations: Address,
    /// Who counts.
    pub votes: Address,
    /// Who may pause.
    pub guardian: Address,
    /// For the first offers.
    pub settings: Settings,
    /// For the first proposals.
    pub proposals: ProposalSettings,
    /// Sets this deployment apart.
    pub salt: Hash32,
}

/// Writes the first cells and logs them: settings, the lists, native money as a currency.
///
/// # Errors
/// [`Error::SettingOutOfBounds`]: settings count as in `setOfferSettings`, then timelock and grace are 9, custodians 10,
/// arbiters 11.
pub fn construct<H: Host>(
    host: &mut H,
    with: &Construction,
    custodians: &[Address],
    arbiters: &[Address],
) -> Result<(), Error> {
    let Construction { attestations, votes, guardian, settings, proposals, salt } = *with;
    settings.check()?;
    if proposals.check().is_err() {
        return Err(Error::SettingOutOfBounds { position: 9 });
    }
    if custodians.is_empty() || custodians.contains(&Address::ZERO) {
        return Err(Error::SettingOutOfBounds { position: 10 });
    }
    if arbiters.is_empty() || arbiters.contains(&Address::ZERO) {
        return Err(Error::SettingOutOfBounds { position: 11 });
    }
    host.set_root(&Root { attestations, votes, guardian, salt, pause: pause::Pause::default(), settings, proposals });
    host.emit(Event::EscrowDeployed {
        attestations,
        votes,
        guardian,
        salt,
        max_pause_s: pause::MAX_PAUSE_S,
        min_unpaused_s: pause::MIN_UNPAUSED_S,
    });
    host.emit(settings.event());
    host.emit(proposals.event());
    for &custodian in custodians {
        change_roles(host, custodian, Event::CustodianAdded { custodian }, |roles| roles.custodian = true);
    }
    for &arbiter in arbiters {
        change_roles(host, arbiter, Event::ArbiterAdded { arbiter }, |roles| roles.arbiter = true);
    }
    // The runtime holds the existential deposit of a contract apart, so native money needs no base amount of ours.
    let (currency, base_amount) = (Address::ZERO, Amount(0));
    host.set_base_amount(currency, base_amount);
    change_roles(host, currency, Event::CurrencyAllowed { currency, base_amount }, |roles| roles.currency = true);
    Ok(())
}

/// Makes an offer with its price and listing fee in escrow: opens its ballot and its sale in the same call.
///
/// `sent` is native money that came with the call; price and fee in a token are taken by the buyer's allowance.
pub fn make_offer<H: Host>(host: &mut H, now: Timestamp, terms: &Terms, sent: Amount) -> Result<OfferId, Error> {
    let root = host.root();
    root.pause.check_not_paused(now)?;
    let settings = root.settings;
    check_parties(host, terms)?;
    for period_s in [terms.delivery_s, terms.dispute_s] {
        let (least_s, most_s) = (settings.period_min_s, settings.period_max_s);
        if period_s < least_s || period_s > most_s {
            return Err(Error::PeriodOutOfBounds { period_s, least_s, most_s });
        }
    }
    take_deposit(host, terms, sum(terms.price, settings.listing_fee)?, sent)?;
    let id = OfferId(host.domain(root.salt).digest::<H>(terms.struct_hash::<H>()));
    if host.offer(id).is_some() {
        return Err(Error::OfferExists { offer: id });
    }

    let voting_ends = host.open_ballot(id.into(), terms.buyer);
    let opt_out_ends = voting_ends.after(settings.opt_out_s)?;
    let delivery_ends = opt_out_ends.after(terms.delivery_s)?;
    let Opened { sale, total_weight, members } = host.open_sale(terms.purpose, opt_out_ends);
    let offer = Offer {
        buyer: terms.buyer,
        currency: terms.currency,
        price: terms.price,
        custodian: terms.custodian,
        arbiter: terms.arbiter,
        min_members: terms.min_members,
        min_weight: terms.min_weight,
        sale,
        voting_ends,
        opt_out_ends,
        delivery_ends,
        dispute_s: terms.dispute_s,
        ruling_s: settings.ruling_s,
        fee: settings.fee,
        tip: settings.tip,
        seal: Seal::Open,
        total_weight,
        members,
        delivered_at: NEVER,
        accepted_at: NEVER,
        disputed_at: NEVER,
        ruled_at: NEVER,
        returned: Bps::default(),
        refunded_at: NEVER,
        settled: 0,
        paid_sum: Amount(0),
    };
    check_worth(&offer, &settings)?;
    host.set_offer(id, &offer);
    log_offer(host, id, terms, &offer, settings.listing_fee);
    add_credit(host, CreditReason::ListingFee, id.into(), terms.currency, Address::ZERO, settings.listing_fee)?;
    Ok(id)
}

/// [`make_offer`] in a token, allowed by the buyer's ERC-2612 permit. One that was used already is good if its allowance is.
pub fn make_offer_with_permit<H: Host>(
    host: &mut H,
    now: Timestamp,
    terms: &Terms,
    permit: &Permit,
) -> Result<OfferId, Error> {
    let root = host.root();
    root.pause.check_not_paused(now)?;
    // Only a token of the pool is called, though what it does is checked by what arrives.
    if terms.currency == Address::ZERO || !host.roles(terms.currency).currency {
        return Err(Error::CurrencyNotAllowed { currency: terms.currency });
    }
    let required = sum(terms.price, root.settings.listing_fee)?;
    host.permit_token(terms.currency, terms.buyer, required, permit);
    make_offer(host, now, terms, Amount(0))
}

/// Exactly `required` must arrive, in one currency: native money with the call, a token by what its balance shows.
fn take_deposit<H: Host>(host: &mut H, terms: &Terms, required: Amount, sent: Amount) -> Result<(), Error> {
    let Terms { buyer, currency, .. } = *terms;
    if currency == Address::ZERO {
        return if sent == required { Ok(()) } else { Err(Error::WrongDeposit { sent, required }) };
    }
    if sent != Amount(0) {
        return Err(Error::ValueOnTokenPath { value: sent });
    }
    let refused = Error::TransferRefused { currency };
    let before = host.token_balance(currency).ok_or(refused)?;
    if !host.pull_token(currency, buyer, required) {
        return Err(refused);
    }
    let after = host.token_balance(currency).ok_or(refused)?;
    let arrived = Amount(after.0.checked_sub(before.0).ok_or(refused)?);
    if arrived == required { Ok(()) } else { Err(Error::WrongDeposit { sent: arrived, required }) }
}

/// An offer's terms but the buyer, as twelve words in the order of `offer`'s arguments.
pub fn decode_terms(buyer: Address, words: &[u8]) -> Result<Terms, Error> {
    let mut words = Words::new(words);
    let terms = Terms {
        buyer,
        currency: words.address(),
        price: Amount(words.uint(16)),
        purpose: words.uint8(),
        fields_hash: words.word(32),
        licence_hash: words.word(32),
        min_members: words.uint32(),
        min_weight: Points(words.uint64()),
        custodian: words.address(),
        arbiter: words.address(),
        delivery_s: words.uint64(),
        dispute_s: words.uint64(),
        salt: words.word(32),
    };
    if words.is_well_formed() { Ok(terms) } else { Err(Error::TermsMalformed) }
}

fn check_parties<H: Host>(host: &H, terms: &Terms) -> Result<(), Error> {
    let Terms { buyer, currency, custodian, arbiter, .. } = *terms;
    if !host.roles(currency).currency {
        return Err(Error::CurrencyNotAllowed { currency });
    }
    if !host.roles(custodian).custodian {
        return Err(Error::NotACustodian { account: custodian });
    }
    if !host.roles(arbiter).arbiter {
        return Err(Error::NotAnArbiter { account: arbiter });
    }
    if custodian == arbiter || arbiter == buyer {
        return Err(Error::RolesOverlap { account: arbiter });
    }
    if custodian == buyer {
        return Err(Error::RolesOverlap { account: custodian });
    }
    Ok(())
}

/// Minimums within what is in, and a price that reaches the reserve: as nobody can join, this much is sure before the vote.
fn check_worth(offer: &Offer, settings: &Settings) -> Result<(), Error> {
    let (least, most) = (settings.cohort_min, offer.members);
    if offer.min_members < least || offer.min_members > most {
        return Err(Error::MinimumMembersOutOfBounds { least, most });
    }
    if offer.min_weight == Points(0) || offer.min_weight > offer.total_weight {
        return Err(Error::MinimumWeightOutOfBounds { most: offer.total_weight });
    }
    let settlement = offer.settlement()?;
    if !settlement.reaches(settings.reserve_per_million, offer.total_weight) {
        let reserve_per_million = settings.reserve_per_million;
        return Err(Error::BelowReserve { net: settlement.net, reserve_per_million });
    }
    Ok(())
}

fn log_offer<H: Host>(host: &mut H, id: OfferId, terms: &Terms, offer: &Offer, listing_fee: Amount) {
    host.emit(Event::OfferMade {
        offer: id,
        buyer: terms.buyer,
        currency: terms.currency,
        price: terms.price,
        purpose: terms.purpose,
        fields_hash: terms.fields_hash,
        licence_hash: terms.licence_hash,
        min_members: terms.min_members,
        min_weight: terms.min_weight,
        custodian: terms.custodian,
        arbiter: terms.arbiter,
        salt: terms.salt,
    });
    host.emit(Event::OfferTerms {
        offer: id,
        sale: offer.sale,
        voting_ends: offer.voting_ends,
        opt_out_ends: offer.opt_out_ends,
        delivery_ends: offer.delivery_ends,
        dispute_s: offer.dispute_s,
        ruling_s: offer.ruling_s,
        fee_bps: offer.fee.get(),
        tip_bps: offer.tip.get(),
        listing_fee,
        total_weight: offer.total_weight,
        members: offer.members,
    });
}

/// Asks, once, how the ballot ended and who is still in. A defeat can be sealed when voting is over, a sale when leaving is.
pub fn seal<H: Host>(host: &mut H, now: Timestamp, id: OfferId) -> Result<Seal, Error> {
    let mut offer = find(host, id)?;
    offer.check_status_among(now, &[Status::OptOut, Status::AwaitingSeal], Status::AwaitingSeal)?;
    let passed = host.outcome(id.into());
    if passed {
        offer.check_status(now, Status::AwaitingSeal)?;
    }
    (offer.total_weight, offer.members) = host.sale_totals(offer.sale);
    offer.seal = match passed {
        false => Seal::Defeated,
        true if offer.members < offer.min_members || offer.total_weight < offer.min_weight => Seal::MinimumMissed,
        true => Seal::Sealed,
    };
    host.set_offer(id, &offer);
    let (total_weight, members) = (offer.total_weight, offer.members);
    host.emit(Event::Sealed { offer: id, outcome: offer.seal.code(), total_weight, members });
    Ok(offer.seal)
}

/// The offer's custodian delivers, once: a hash of the encrypted bundle, and a manifest root anyone can recompute.
pub fn deliver<H: Host>(
    host: &mut H,
    now: Timestamp,
    caller: Address,
    id: OfferId,
    bundle_hash: Hash32,
    manifest_root: Hash32,
) -> Result<(), Error> {
    let mut offer = find(host, id)?;
    offer.check_status(now, Status::Sealed)?;
    caller.check_is(offer.custodian)?;
    offer.delivered_at = now;
    host.set_offer(id, &offer);
    host.emit(Event::Delivered {
        offer: id,
        bundle_hash,
        manifest_root,
        dispute_ends: offer.dispute_ends(),
        ruling_ends: offer.ruling_ends(),
    });
    Ok(())
}

/// The buyer accepts; possible in a dispute too.
pub fn accept<H: Host>(host: &mut H, now: Timestamp, caller: Address, id: OfferId) -> Result<(), Error> {
    let mut offer = find(host, id)?;
    offer.check_status_among(now, &[Status::Delivered, Status::Disputed], Status::Delivered)?;
    caller.check_is(offer.buyer)?;
    offer.accepted_at = now;
    host.set_offer(id, &offer);
    host.emit(Event::Accepted { offer: id });
    Ok(())
}

/// The buyer disputes, once.
pub fn dispute<H: Host>(
    host: &mut H,
    now: Timestamp,
    caller: Address,
    id: OfferId,
    reason_hash: Hash32,
) -> Result<(), Error> {
    let mut offer = find(host, id)?;
    if offer.disputed_at != NEVER {
        return Err(Error::AlreadyDisputed);
    }
    offer.check_status(now, Status::Delivered)?;
    caller.check_is(offer.buyer)?;
    offer.disputed_at = now;
    host.set_offer(id, &offer);
    host.emit(Event::Disputed { offer: id, reason_hash });
    Ok(())
}

/// The offer's arbiter rules, once, which part of the price goes back. Silence returns nothing.
pub fn rule<H: Host>(
    host: &mut H,
    now: Timestamp,
    caller: Address,
    id: OfferId,
    returned_bps: u16,
) -> Result<(), Error> {
    let mut offer = find(host, id)?;
    if offer.ruled_at != NEVER {
        return Err(Error::AlreadyRuled);
    }
    offer.check_status(now, Status::Disputed)?;
    caller.check_is(offer.arbiter)?;
    offer.returned = Bps::new(returned_bps).ok_or(Error::BpsOutOfBounds { bps: returned_bps })?;
    offer.ruled_at = now;
    host.set_offer(id, &offer);
    let returned = offer.settlement()?.returned;
    host.emit(Event::Ruled { offer: id, arbiter: caller, returned_bps, returned });
    add_credit(host, CreditReason::Returned, id.into(), offer.currency, offer.buyer, returned)
}

/// Gives the price back as the buyer's credit. Anyone may call it.
pub fn refund<H: Host>(host: &mut H, now: Timestamp, id: OfferId) -> Result<Amount, Error> {
    let mut offer = find(host, id)?;
    offer.check_status(now, Status::Refundable)?;
    offer.refunded_at = now;
    host.set_offer(id, &offer);
    host.emit(Event::Refunded { offer: id, buyer: offer.buyer, amount: offer.price });
    add_credit(host, CreditReason::Refund, id.into(), offer.currency, offer.buyer, offer.price)?;
    Ok(offer.price)
}

/// The guardian stops new offers until `until`; nothing else.
pub fn pause<H: Host>(host: &mut H, now: Timestamp, caller: Address, until: Timestamp) -> Result<(), Error> {
    let mut root = host.root();
    caller.check_is(root.guardian)?;
    root.pause = root.pause.begin(now, until)?;
    host.set_root(&root);
    host.emit(Event::Paused { guardian: caller, until, next_allowed: root.pause.next_allowed() });
    Ok(())
}

/// Which contract of the pool is at `address`: the three that a proposal's calls reach.
fn contract_at<H: Host>(host: &H, address: Address) -> Option<Contract> {
    let root = host.root();
    match address {
        _ if address == root.attestations => Some(Contract::Attestations),
        _ if address == root.votes => Some(Contract::Votes),
        _ if address == host.this() => Some(Contract::Escrow),
        _ => None,
    }
}

fn find<H: Host>(host: &H, id: OfferId) -> Result<Offer, Error> {
    host.offer(id).ok_or(Error::NoSuchOffer { offer: id })
}

/// Adds to what is due to `owner`; `of` is the offer or the proposal it comes from.
fn add_credit<H: Host>(
    host: &mut H,
    reason: CreditReason,
    of: BallotId,
    currency: Address,
    owner: Address,
    amount: Amount,
) -> Result<(), Error> {
    if amount == Amount(0) {
        return Ok(());
    }
    let balance = sum(host.credit(currency, owner), amount)?;
    host.set_credit(currency, owner, balance);
    host.emit(Event::Credited { currency, owner, reason: reason.code(), amount, balance, offer: of });
    Ok(())
}

fn sum(a: Amount, b: Amount) -> Result<Amount, Error> {
    a.0.checked_add(b.0).map(Amount).ok_or(Error::Overflow)
}
