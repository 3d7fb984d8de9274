//! What the rules of `escrow` need from the contract around them.

use alloc::vec::Vec;

use super::cells::{Proposal, Roles, Root};
use crate::{
    attestations::Opened,
    cells::Bits,
    eip712::Domain,
    event::EscrowEvent as Event,
    hash::Hash32,
    offer::Offer,
    signed::Signers,
    types::{Address, Amount, BallotId, MemberNumber, OfferId, Points, ProposalId, SaleNumber, Timestamp, Weight},
};

/// The contract's storage cells, its log, the sister contracts, and payments.
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
    /// `attestations.shareOf`: `None` if the account is not in the sale.
    fn share_of(&self, sale: SaleNumber, member: Address) -> Option<(MemberNumber, Weight)>;
    /// `attestations.sharesIn`: [`SHARE_SIZE`](super::SHARE_SIZE) bytes for each number of the
    /// range: the member's address and their weight in the sale.
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
    /// What this contract holds of a token; `None` if the token does not answer, or answers more than 128 bits.
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
