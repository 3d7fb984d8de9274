//! What the API answers with. Amounts and other numbers wider than 64 bits are decimal strings in the smallest unit,
//! times are unix seconds, addresses and hashes are `0x` and lower-case hex.

use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The block whose state an answer shows.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AsOf {
    /// Height.
    pub block: u64,
    /// Hash.
    pub hash: String,
    /// The block's clock.
    pub time_s: u64,
    /// False when indexing has stopped for good after this block; `/health` says why.
    pub complete: bool,
}

/// A single thing as of a block.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Answer<T> {
    /// The state it was read from.
    pub as_of: AsOf,
    /// The thing.
    pub data: T,
}

/// Part of a list. All pages of a list show the same block, so that together they are the whole list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The state all pages of this list are read from.
    pub as_of: AsOf,
    /// How many items all pages together have.
    pub count: u64,
    /// This page's items, oldest first.
    pub items: Vec<T>,
    /// Path and query of the next page; none on the last.
    pub next: Option<String>,
}

/// An error, in every answer that is not a success.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Failure {
    /// What went wrong.
    pub error: FailureDetail,
}

/// What went wrong.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FailureDetail {
    /// A word for programs.
    pub code: String,
    /// A sentence for people.
    pub message: String,
}

/// All is well.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`.
    pub status: String,
}

/// Where a row comes from: the event is the one at this index of this block's `System.Events`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct At {
    /// Block number.
    pub block: u64,
    /// Event index.
    pub event: u64,
}

/// The pool: its contracts, settings, lists and totals.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Dao {
    /// Hash of block 0.
    pub genesis_hash: String,
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// Addresses by contract.
    pub contracts: BTreeMap<String, String>,
    /// The purposes' texts, in order of their bits.
    pub purposes: Vec<String>,
    /// The last announced values, by contract and event name.
    #[schema(value_type = Object)]
    pub settings: BTreeMap<String, BTreeMap<String, Value>>,
    /// Who attests.
    pub attesters: Vec<String>,
    /// Who may deliver.
    pub custodians: Vec<String>,
    /// Who may rule.
    pub arbiters: Vec<String>,
    /// What may be paid with.
    pub currencies: Vec<AllowedCurrency>,
    /// Sums.
    pub totals: Totals,
    /// The native money that `escrow` holds.
    pub escrow: EscrowFunds,
}

/// A currency that offers may use.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AllowedCurrency {
    /// Its contract; address 0 is native money.
    pub address: String,
    /// What `escrow` holds of it and never pays out.
    pub base_amount: String,
}

/// Sums over the pool.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Totals {
    /// Everybody who was ever a member.
    pub members: u64,
    /// Members whose weight is not 0.
    pub active_members: u64,
    /// Their weight.
    pub weight: u64,
    /// Supply of the vote token.
    pub supply: String,
    /// Offers made.
    pub offers: u64,
    /// Shares settled.
    pub payouts: u64,
}

/// Whose the native money in `escrow` is, in wei. `balance = deposits + credits + treasury + donations + base`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EscrowFunds {
    /// Spendable balance on chain after the block.
    pub balance: String,
    /// Prices of offers not yet settled.
    pub deposits: String,
    /// Credits of members, buyers and keepers.
    pub credits: String,
    /// The treasury's credit.
    pub treasury: String,
    /// Money that came uninvited.
    pub donations: String,
    /// What keeps the account alive.
    pub base: String,
}

/// A member as of a block.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Member {
    /// Whose.
    pub address: String,
    /// In order of joining, for life; from 1.
    pub number: u64,
    /// Weight of the contribution; 0 = withdrawn.
    pub weight: u64,
    /// Allowed purposes, one bit each.
    pub purposes: u64,
    /// Merkle root over the contribution's rows, of the last attestation.
    pub commitment: String,
    /// Keyed hash of the source account's id, of the last attestation.
    pub nullifier: String,
    /// Nonce of the member's next signature to `attestations`.
    pub nonce: u64,
    /// Nonce of the member's next signature to `votes`.
    pub votes_nonce: u64,
    /// Nonce of the member's next signature to `escrow`.
    pub escrow_nonce: u64,
    /// Vote tokens.
    pub balance: String,
    /// With whom the member's votes are.
    pub delegate: Option<String>,
    /// Votes delegated to the member.
    pub votes: String,
    /// What the member may withdraw, by currency.
    pub credits: BTreeMap<String, String>,
    /// How many shares were settled for the member.
    pub payouts: u64,
}

/// One change of one contribution.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Attestation {
    /// Place in this list.
    pub id: u64,
    /// `attested`, `purposes_changed`, `withdrawn` or `revoked`.
    pub kind: String,
    /// Whose.
    pub member: String,
    /// The member's number.
    pub number: u64,
    /// Weight before.
    pub previous_weight: u64,
    /// Weight after.
    pub weight: u64,
    /// Allowed purposes after, one bit each.
    pub purposes: u64,
    /// Merkle root over the contribution's rows.
    pub commitment: String,
    /// Keyed hash of the source account's id.
    pub nullifier: String,
    /// Version of the weight rule, where attested.
    pub rule_version: Option<u64>,
    /// How the data came, where attested.
    pub route: Option<u64>,
    /// Nonce of the member's next signature.
    pub nonce: u64,
    /// The event.
    pub at: At,
}

/// An offer with everything that was decided about it.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Offer {
    /// Its id, which is also its ballot's.
    pub offer: String,
    /// `voting`, `opt_out`, `awaiting_seal`, `refundable`, `refunded`, `sealed`, `delivered`, `disputed`, `settling` or
    /// `paid`, from the stored facts and the block's clock.
    pub status: String,
    /// The same as the contract's `status()` numbers it.
    pub status_code: u8,
    /// Who pays.
    pub buyer: String,
    /// With what; address 0 is native money.
    pub currency: String,
    /// What was deposited.
    pub price: String,
    /// For which purpose.
    pub purpose: u64,
    /// Hash of the list of fields.
    pub fields_hash: String,
    /// Hash of the licence.
    pub licence_hash: String,
    /// Fewer members void the sale.
    pub min_members: u64,
    /// Less weight voids the sale.
    pub min_weight: u64,
    /// Who delivers.
    pub custodian: String,
    /// Who rules in a dispute.
    pub arbiter: String,
    /// The buyer's salt.
    pub salt: String,
    /// Its sale's number.
    pub sale: u64,
    /// What it was made with.
    pub terms: Terms,
    /// Weight in the sale as of the block (W).
    pub total_weight: u64,
    /// Members in the sale as of the block (M).
    pub members: u64,
    /// Its ballot.
    pub ballot: Ballot,
    /// Fixed outcome.
    pub seal: Option<Seal>,
    /// What was delivered.
    pub delivery: Option<Delivery>,
    /// When the buyer accepted.
    pub accepted: Option<At>,
    /// What the buyer disputes.
    pub dispute: Option<Dispute>,
    /// What the arbiter ruled.
    pub ruling: Option<Ruling>,
    /// What went back.
    pub refund: Option<Refund>,
    /// How the price is split, from settling on.
    pub settlement: Option<Settlement>,
    /// Members settled so far.
    pub settled: u64,
    /// Sums after the last member.
    pub closing: Option<Closing>,
    /// The event that made it.
    pub at: At,
}

/// The settings and deadlines an offer was made with. A period includes its end.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Terms {
    /// Votes count until then.
    pub voting_ends: u64,
    /// Members may leave until then.
    pub opt_out_ends: u64,
    /// Delivery is possible until then.
    pub delivery_ends: u64,
    /// How long the buyer may dispute, from delivery.
    pub dispute_s: u64,
    /// How long the arbiter may rule, from the end of the dispute window.
    pub ruling_s: u64,
    /// The treasury's part of what is paid.
    pub fee_bps: u64,
    /// The keepers' part of what is paid.
    pub tip_bps: u64,
    /// Paid to the treasury when the offer was made.
    pub listing_fee: String,
    /// W when the offer was made.
    pub total_weight: u64,
    /// M when the offer was made.
    pub members: u64,
}

/// A ballot with its thresholds and tally.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Ballot {
    /// Power and supply are those of this second.
    pub snapshot: u64,
    /// Last second that counts.
    pub deadline: u64,
    /// Supply at the snapshot.
    pub supply: String,
    /// Least for + abstain.
    pub quorum: String,
    /// For must exceed this part of for + against.
    pub approval_bps: u64,
    /// Votes for.
    pub for_votes: String,
    /// Votes against.
    pub against_votes: String,
    /// Abstentions.
    pub abstain_votes: String,
}

/// The outcome of vote and opt-out.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Seal {
    /// `sealed`, `defeated` or `minimum_missed`.
    pub outcome: String,
    /// Final W.
    pub total_weight: u64,
    /// Final M.
    pub members: u64,
    /// The event.
    pub at: At,
}

/// A delivery.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Delivery {
    /// Hash of the encrypted bundle.
    pub bundle_hash: String,
    /// Merkle root over (number, commitment) of the members in the sale.
    pub manifest_root: String,
    /// The buyer may dispute until then.
    pub dispute_ends: u64,
    /// The arbiter may rule until then.
    pub ruling_ends: u64,
    /// The event.
    pub at: At,
}

/// A dispute.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Dispute {
    /// Hash of the buyer's reasons.
    pub reason_hash: String,
    /// The event.
    pub at: At,
}

/// A ruling.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Ruling {
    /// By whom.
    pub arbiter: String,
    /// Part of the price that goes back.
    pub returned_bps: u64,
    /// The same as an amount.
    pub returned: String,
    /// The event.
    pub at: At,
}

/// A refund of the whole price.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Refund {
    /// How much.
    pub amount: String,
    /// The event.
    pub at: At,
}

/// How a price is split: a member's share is `floor(net * weight / total_weight)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Settlement {
    /// Price less what a ruling returned.
    pub paid: String,
    /// The treasury's.
    pub fee: String,
    /// The keeper's, for each member.
    pub tip: String,
    /// The members'.
    pub net: String,
}

/// Sums of a settled offer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Closing {
    /// Of all shares.
    pub paid_sum: String,
    /// Of all tips.
    pub tip_sum: String,
    /// To the treasury.
    pub fee: String,
    /// What does not divide, to the treasury.
    pub residue: String,
    /// The event.
    pub at: At,
}

/// A vote.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Vote {
    /// Place in the list of all votes.
    pub id: u64,
    /// Who.
    pub voter: String,
    /// `for`, `against` or `abstain`.
    pub support: String,
    /// As counted by the contract.
    pub weight: String,
    /// The voter's power at the ballot's snapshot, by the token's own `DelegateVotesChanged`; equal to `weight`.
    pub power: String,
    /// The voter's words.
    pub reason: String,
    /// The event.
    pub at: At,
}

/// Somebody who was in a sale when it opened.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SaleMember {
    /// The member's number.
    pub number: u64,
    /// Who.
    pub member: String,
    /// Weight in the sale.
    pub weight: u64,
    /// Merkle root over the contribution's rows as they were then; the manifest's leaf is over number and this.
    pub commitment: String,
    /// When the member left it; then they have no share.
    pub left: Option<At>,
}

/// A proposal of the DAO's own calls, with everything that was decided about it.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Proposal {
    /// Its id, which is also its ballot's.
    pub proposal: String,
    /// `active`, `defeated`, `queued`, `succeeded`, `expired` or `executed`, from the stored facts and the block's clock.
    pub state: String,
    /// The same as OpenZeppelin's `ProposalState` numbers it.
    pub state_code: u8,
    /// Who proposed it.
    pub proposer: String,
    /// Keccak-256 of its description, which is in the call that proposed it.
    pub description_hash: String,
    /// The first second in which it may be executed, if it passes: the timelock is over.
    pub executable_from: u64,
    /// The last second.
    pub executable_until: u64,
    /// What it does, in order.
    pub calls: Vec<ProposedCall>,
    /// Its ballot.
    pub ballot: Ballot,
    /// When it was executed.
    pub execution: Option<Execution>,
    /// The event that made it.
    pub at: At,
}

/// A call of a proposal.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProposedCall {
    /// The contract it goes to.
    pub target: String,
    /// Selector and arguments, ABI-encoded.
    pub call: String,
    /// `attestations`, `votes` or `escrow`; none if the target is none of them.
    pub contract: Option<String>,
    /// The message's name; none if it is no settings message.
    pub name: Option<String>,
    /// The arguments by name, as text: numbers in decimal, lists with commas between.
    pub arguments: BTreeMap<String, String>,
}

/// The execution of a proposal.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Execution {
    /// By whom.
    pub caller: String,
    /// The event.
    pub at: At,
}

/// A share settled for a member.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Payout {
    /// Place in this list.
    pub id: u64,
    /// Of which offer.
    pub offer: String,
    /// The member's number.
    pub number: u64,
    /// Whose.
    pub member: String,
    /// Weight in the sale.
    pub weight: u64,
    /// What it was paid in; address 0 is native money.
    pub currency: String,
    /// How much, in the currency's smallest unit.
    pub share: String,
    /// What the keeper was credited.
    pub tip: String,
    /// Who received the share.
    pub payee: String,
    /// Who triggered it.
    pub keeper: String,
    /// Whether it became a credit because it could not be pushed.
    pub credited: bool,
    /// How many members of the offer were settled with this one.
    pub settled: u64,
    /// The event.
    pub at: At,
}

/// One side of a movement of money. Those of one event sum to zero in each currency.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Posting {
    /// Place in this list.
    pub id: u64,
    /// Why money moved.
    pub kind: String,
    /// Which money; address 0 is native.
    pub currency: String,
    /// `outside:<address>`, `escrow:deposit:<offer>`, `escrow:credit:<owner>` (owner 0 = treasury), `escrow:donations`,
    /// `escrow:base`.
    pub account: String,
    /// Signed.
    pub amount: String,
    /// The offer concerned.
    pub offer: Option<String>,
    /// The event. A donation has none: it stands after the block's last.
    pub at: At,
}

/// An event as it came and as it was understood.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Event {
    /// Block number and event index.
    pub at: At,
    /// The extrinsic that caused it.
    pub extrinsic: Option<u64>,
    /// Who emitted it.
    pub contract: String,
    /// Its name.
    pub name: String,
    /// Signature hash and indexed fields, 32 bytes each.
    pub topics: Vec<String>,
    /// The other fields, ABI-encoded.
    pub data: String,
    /// All fields.
    #[schema(value_type = Object)]
    pub fields: Value,
}

/// How indexing goes.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Status {
    /// Version of this program.
    pub version: String,
    /// Whether answers are current: the node answers and all it finalized is applied, but for the newest blocks.
    pub ready: bool,
    /// Why not.
    pub reason: Option<FailureDetail>,
    /// The last block that the node finalized, as far as it told.
    pub finalized_block: Option<u64>,
    /// How many finalized blocks are not yet applied.
    pub lag_blocks: Option<u64>,
    /// Events of ours that could not be decoded, which stop indexing.
    pub undecoded: Vec<Undecoded>,
}

/// An event of ours that could not be decoded.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Undecoded {
    /// Where.
    pub at: At,
    /// Who emitted it.
    pub contract: String,
    /// Signature hash and indexed fields, concatenated.
    pub topics: String,
    /// The other fields.
    pub data: String,
    /// What the decoder said.
    pub reason: String,
}
