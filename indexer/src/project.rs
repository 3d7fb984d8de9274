//! What an event changes in our tables. Pure: the same events give the same changes, on any machine, at any time.

use crate::decode;
use chorus_bindings::{
    Address, B256, Contract, Event, attestations, attestations::AttestationsEvents as Attestations, escrow,
    escrow::EscrowEvents as Escrow, votes, votes::VotesEvents as Votes,
};
use serde_json::Value;

/// One change of one table. Where a row mirrors an event, the change is that event.
#[derive(Clone, Debug)]
pub enum Change {
    /// A contract's values as of now; the last one under a name holds.
    Setting(Setting),
    /// Somebody is on one of the DAO's lists, or no longer.
    Role(Role),
    /// Offers may use a currency, …
    Currency(escrow::CurrencyAllowed),
    /// … or no longer.
    CurrencyDropped(escrow::CurrencyDisallowed),
    /// A member's contribution changed.
    Contribution(Contribution),
    /// A sale took in everybody who allows its purpose.
    SaleOpened(attestations::SaleOpened),
    /// A member left a sale.
    SaleLeft(attestations::SaleLeft),
    /// Tokens were minted or burned.
    Tokens(votes::Transfer),
    /// A member's votes are with somebody.
    Delegation(votes::DelegateChanged),
    /// A delegate's votes from this second on.
    Power(votes::DelegateVotesChanged),
    /// A ballot was opened.
    Ballot(votes::BallotOpened),
    /// A vote was cast.
    Vote(votes::VoteCast),
    /// A ballot's tally as of now.
    Tally(votes::TallyChanged),
    /// A step in an offer's life.
    Offer(OfferChange),
    /// A step in the life of a proposal of the DAO's own calls.
    Proposal(ProposalChange),
    /// Money moved, or changed whose it is.
    Movement(Movement),
    /// A credit must now stand at this balance.
    Credit(Balance),
    /// An account's signature was used: the next is over this nonce.
    Nonce(Nonce),
}

/// What became of an offer.
#[derive(Clone, Debug)]
pub enum OfferChange {
    /// It was made, …
    Made(escrow::OfferMade),
    /// … on these terms; …
    Terms(escrow::OfferTerms),
    /// … its outcome was fixed, …
    Seal(escrow::Sealed),
    /// … it was delivered, …
    Delivery(escrow::Delivered),
    /// … accepted, …
    Acceptance(escrow::Accepted),
    /// … disputed, …
    Dispute(escrow::Disputed),
    /// … ruled on, …
    Ruling(escrow::Ruled),
    /// … refunded, …
    Refund(escrow::Refunded),
    /// … divided among some more members, …
    Distribution(escrow::Distributed),
    /// … paid to one of them, …
    Payout(escrow::SharePaid),
    /// … and paid to the last.
    Closing(escrow::OfferPaid),
}

/// What became of a proposal.
#[derive(Clone, Debug)]
pub enum ProposalChange {
    /// It was made, …
    Made(escrow::Proposed),
    /// … with each of these calls, …
    Call(escrow::ProposedCall),
    /// … and executed.
    Execution(escrow::ProposalExecuted),
}

/// What a credit must stand at.
#[derive(Clone, Copy, Debug)]
pub struct Balance {
    /// In which currency.
    pub currency: Address,
    /// Whose.
    pub owner: Address,
    /// How much.
    pub balance: u128,
}

/// The nonce that an account's next signature must be over.
#[derive(Clone, Copy, Debug)]
pub struct Nonce {
    /// In which contract.
    pub contract: Contract,
    /// Whose.
    pub account: Address,
    /// Which.
    pub nonce: u64,
}

/// A contract's values, under the name of the event that announced them.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Whose.
    pub contract: Contract,
    /// The event's name.
    pub name: &'static str,
    /// The event's fields.
    pub values: Value,
}

/// A place on one of the DAO's lists.
#[derive(Clone, Copy, Debug)]
pub struct Role {
    /// `attester`, `custodian` or `arbiter`.
    pub role: &'static str,
    /// Who.
    pub address: Address,
    /// On it from now on, or off.
    pub listed: bool,
}

/// A contribution after a change.
#[derive(Clone, Debug)]
pub struct Contribution {
    /// `attested`, `purposes_changed`, `withdrawn` or `revoked`.
    pub kind: &'static str,
    /// Whose.
    pub member: Address,
    /// The member's number, for life.
    pub number: u32,
    /// What an attestation brought; nothing else changes it.
    pub attested: Option<Attested>,
    /// Weight before.
    pub previous_weight: u32,
    /// Weight from now on; 0 = withdrawn.
    pub weight: u32,
    /// Allowed purposes from now on, one bit each.
    pub purposes: u16,
    /// The nonce of the member's next signature.
    pub nonce: u64,
}

/// What attesters signed.
#[derive(Clone, Debug)]
pub struct Attested {
    /// Merkle root over the contribution's rows.
    pub commitment: B256,
    /// Keyed hash of the source account's id.
    pub nullifier: B256,
    /// Version of the weight rule.
    pub rule_version: u16,
    /// How the data came; see the contract.
    pub route: u8,
}

/// Money goes from one account to another: two postings that sum to zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    /// Why.
    pub kind: &'static str,
    /// Which money.
    pub currency: Currency,
    /// Whose before.
    pub from: Account,
    /// Whose after.
    pub to: Account,
    /// How much, in the currency's smallest unit; never 0.
    pub amount: u128,
}

/// Which money moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Currency {
    /// This token; address 0 is native money.
    Token(Address),
    /// The one of this offer.
    OfOffer(B256),
}

/// An account of the ledger. What `escrow` holds is the sum of all that are not outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account {
    /// An address outside `escrow`.
    Outside(Address),
    /// The buyer of an offer, outside `escrow`.
    Buyer(B256),
    /// Outside, from whom no event tells.
    Unknown,
    /// The price of an offer, until it is split or given back.
    Deposit(B256),
    /// What somebody may withdraw; address 0 is the treasury.
    Credit(Address),
    /// Money that came uninvited.
    Donations,
    /// What keeps an account alive in that currency.
    Base,
}

/// What `event` changes.
pub fn project(event: &Event) -> Vec<Change> {
    match event {
        Event::Attestations(event) => of_attestations(event),
        Event::Votes(event) => of_votes(event),
        Event::Escrow(event) => of_escrow(event),
    }
}

fn of_attestations(event: &Attestations) -> Vec<Change> {
    let setting = || vec![setting(&Event::Attestations(event.clone()), Contract::Attestations)];
    match event {
        Attestations::AttestationsDeployed(_)
        | Attestations::AttestersChanged(_)
        | Attestations::DailyWeightCapChanged(_)
        | Attestations::GuardianChanged(_)
        | Attestations::Paused(_) => setting(),
        Attestations::AttesterAdded(event) => listed("attester", event.attester, true),
        Attestations::AttesterRemoved(event) => listed("attester", event.attester, false),
        Attestations::Attested(event) => vec![Change::Contribution(Contribution {
            kind: "attested",
            member: event.member,
            number: event.number,
            attested: Some(Attested {
                commitment: event.commitment,
                nullifier: event.nullifier,
                rule_version: event.rule_version,
                route: event.route,
            }),
            previous_weight: event.previous_weight,
            weight: event.weight,
            purposes: event.purposes,
            nonce: event.nonce,
        })],
        Attestations::PurposesChanged(event) => vec![Change::Contribution(Contribution {
            kind: "purposes_changed",
            member: event.member,
            number: event.number,
            attested: None,
            previous_weight: event.weight,
            weight: event.weight,
            purposes: event.purposes,
            nonce: event.nonce,
        })],
        Attestations::Withdrawn(attestations::Withdrawn { member, number, weight, nonce, .. }) => {
            vec![taken_back("withdrawn", *member, *number, *weight, *nonce)]
        }
        Attestations::Revoked(attestations::Revoked { member, number, weight, nonce, .. }) => {
            vec![taken_back("revoked", *member, *number, *weight, *nonce)]
        }
        // What was skipped changed nothing; the event itself is kept like every other.
        Attestations::ContributionSkipped(_) => vec![],
        Attestations::SaleOpened(event) => vec![Change::SaleOpened(event.clone())],
        Attestations::SaleLeft(event) => vec![Change::SaleLeft(event.clone())],
    }
}

fn taken_back(kind: &'static str, member: Address, number: u32, previous_weight: u32, nonce: u64) -> Change {
    Change::Contribution(Contribution {
        kind,
        member,
        number,
        attested: None,
        previous_weight,
        weight: 0,
        purposes: 0,
        nonce,
    })
}

fn listed(role: &'static str, address: Address, listed: bool) -> Vec<Change> {
    vec![Change::Role(Role { role, address, listed })]
}

fn of_votes(event: &Votes) -> Vec<Change> {
    match event {
        Votes::VotesDeployed(_) | Votes::VotingChanged(_) => {
            vec![setting(&Event::Votes(event.clone()), Contract::Votes)]
        }
        Votes::NonceUsed(event) => {
            vec![Change::Nonce(Nonce { contract: Contract::Votes, account: event.account, nonce: event.nonce })]
        }
        Votes::Transfer(event) => vec![Change::Tokens(event.clone())],
        Votes::DelegateChanged(event) => vec![Change::Delegation(event.clone())],
        Votes::DelegateVotesChanged(event) => vec![Change::Power(event.clone())],
        Votes::BallotOpened(event) => vec![Change::Ballot(event.clone())],
        Votes::VoteCast(event) => vec![Change::Vote(event.clone())],
        Votes::TallyChanged(event) => vec![Change::Tally(event.clone())],
        // What other programs read of a ballot stands in `BallotOpened` too, and what was skipped changed nothing.
        Votes::ProposalCreated(_) | Votes::VoteSkipped(_) => vec![],
    }
}

fn of_escrow(event: &Escrow) -> Vec<Change> {
    match event {
        Escrow::EscrowDeployed(_)
        | Escrow::SettingsChanged(_)
        | Escrow::ProposalSettingsChanged(_)
        | Escrow::GuardianChanged(_)
        | Escrow::Paused(_) => {
            vec![setting(&Event::Escrow(event.clone()), Contract::Escrow)]
        }
        Escrow::CustodianAdded(event) => listed("custodian", event.custodian, true),
        Escrow::CustodianRemoved(event) => listed("custodian", event.custodian, false),
        Escrow::ArbiterAdded(event) => listed("arbiter", event.arbiter, true),
        Escrow::ArbiterRemoved(event) => listed("arbiter", event.arbiter, false),
        Escrow::CurrencyAllowed(event) => vec![Change::Currency(event.clone())],
        Escrow::CurrencyDisallowed(event) => vec![Change::CurrencyDropped(event.clone())],
        Escrow::OfferMade(event) => {
            let (offer, currency) = (event.offer, Currency::Token(event.currency));
            let deposit =
                moved("deposit", currency, Account::Outside(event.buyer), Account::Deposit(offer), event.price);
            [Change::Offer(OfferChange::Made(event.clone()))].into_iter().chain(deposit).collect()
        }
        Escrow::OfferTerms(event) => vec![Change::Offer(OfferChange::Terms(event.clone()))],
        Escrow::Sealed(event) => vec![Change::Offer(OfferChange::Seal(event.clone()))],
        Escrow::Delivered(event) => vec![Change::Offer(OfferChange::Delivery(event.clone()))],
        Escrow::Accepted(event) => vec![Change::Offer(OfferChange::Acceptance(event.clone()))],
        Escrow::Disputed(event) => vec![Change::Offer(OfferChange::Dispute(event.clone()))],
        // What goes back to the buyer is booked where it is credited.
        Escrow::Ruled(event) => vec![Change::Offer(OfferChange::Ruling(event.clone()))],
        Escrow::Refunded(event) => vec![Change::Offer(OfferChange::Refund(event.clone()))],
        // Its tips are booked where they are credited, and each share where it is paid.
        Escrow::Distributed(event) => vec![Change::Offer(OfferChange::Distribution(event.clone()))],
        Escrow::SharePaid(event) => {
            let (offer, to) = (event.offer, Account::Outside(event.to));
            // A share that could not be pushed is booked where it is credited, like the tip.
            let pushed = if event.credited { 0 } else { event.share };
            let share = moved("share", Currency::OfOffer(offer), Account::Deposit(offer), to, pushed);
            [Change::Offer(OfferChange::Payout(event.clone()))].into_iter().chain(share).collect()
        }
        Escrow::OfferPaid(event) => vec![Change::Offer(OfferChange::Closing(event.clone()))],
        Escrow::Credited(event) => {
            let escrow::Credited { currency, owner, reason, amount, balance, offer } = *event;
            let from = match reason {
                CREDIT_LISTING_FEE => Account::Buyer(offer),
                // Its `offer` is a proposal's id.
                CREDIT_TREASURY_PAYMENT => Account::Credit(TREASURY),
                _ => Account::Deposit(offer),
            };
            let token = Currency::Token(currency);
            let credit = moved(credit_reason(reason), token, from, Account::Credit(owner), amount);
            // The balance is compared after the movement.
            credit.into_iter().chain([Change::Credit(Balance { currency, owner, balance })]).collect()
        }
        // Booked where the payee is credited, which the same call does.
        Escrow::TreasurySpent(_) => vec![],
        Escrow::NonceUsed(event) => {
            vec![Change::Nonce(Nonce { contract: Contract::Escrow, account: event.account, nonce: event.nonce })]
        }
        Escrow::Proposed(event) => vec![Change::Proposal(ProposalChange::Made(event.clone()))],
        Escrow::ProposedCall(event) => vec![Change::Proposal(ProposalChange::Call(event.clone()))],
        Escrow::ProposalExecuted(event) => vec![Change::Proposal(ProposalChange::Execution(event.clone()))],
        Escrow::CreditWithdrawn(event) => {
            let (from, to) = (Account::Credit(event.owner), Account::Outside(event.to));
            moved("withdrawal", Currency::Token(event.currency), from, to, event.amount).into_iter().collect()
        }
    }
}

const CREDIT_LISTING_FEE: u8 = 1;
const CREDIT_TREASURY_PAYMENT: u8 = 7;

/// The treasury's name among the owners of credits.
const TREASURY: Address = Address::ZERO;

/// The word for a reason of `Credited`. One that we do not know is still booked; the sums show whether rightly.
fn credit_reason(reason: u8) -> &'static str {
    match reason {
        CREDIT_LISTING_FEE => "listing_fee",
        2 => "refund",
        3 => "returned_by_ruling",
        4 => "tip",
        5 => "failed_push",
        6 => "fee_and_residue",
        CREDIT_TREASURY_PAYMENT => "treasury_payment",
        _ => "other_credit",
    }
}

fn moved(kind: &'static str, currency: Currency, from: Account, to: Account, amount: u128) -> Option<Change> {
    (amount > 0).then_some(Change::Movement(Movement { kind, currency, from, to, amount }))
}

fn setting(event: &Event, contract: Contract) -> Change {
    let (name, values) = decode::describe(event);
    Change::Setting(Setting { contract, name, values })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFER: B256 = B256::repeat_byte(7);

    fn movements(event: Escrow) -> Vec<Movement> {
        let changes = project(&Event::Escrow(event));
        changes
            .into_iter()
            .filter_map(|change| if let Change::Movement(movement) = change { Some(movement) } else { None })
            .collect()
    }

    fn share(credited: bool) -> escrow::SharePaid {
        escrow::SharePaid {
            offer: OFFER,
            member: Address::repeat_byte(1),
            number: 1,
            weight: 10,
            share: 500,
            to: Address::repeat_byte(2),
            credited,
        }
    }

    #[test]
    fn a_pushed_share_leaves_the_deposit_for_its_payee() {
        let expected = Movement {
            kind: "share",
            currency: Currency::OfOffer(OFFER),
            from: Account::Deposit(OFFER),
            to: Account::Outside(Address::repeat_byte(2)),
            amount: 500,
        };
        assert_eq!(movements(Escrow::SharePaid(share(false))), [expected]);
    }

    #[test]
    fn t20_a_share_that_failed_is_booked_once_by_its_credit() {
        assert_eq!(movements(Escrow::SharePaid(share(true))), []);
        let owner = Address::repeat_byte(1);
        let credited =
            escrow::Credited { currency: Address::ZERO, owner, reason: 5, amount: 500, balance: 500, offer: OFFER };
        let booked = movements(Escrow::Credited(credited));
        assert_eq!(booked.len(), 1);
        assert_eq!((booked[0].from, booked[0].to), (Account::Deposit(OFFER), Account::Credit(owner)));
    }

    #[test]
    fn a_listing_fee_comes_from_the_buyer_and_not_from_the_deposit() {
        let credited = escrow::Credited {
            currency: Address::ZERO,
            owner: Address::ZERO,
            reason: 1,
            amount: 9,
            balance: 9,
            offer: OFFER,
        };
        assert_eq!(movements(Escrow::Credited(credited))[0].from, Account::Buyer(OFFER));
    }

    #[test]
    fn a_treasury_payment_goes_from_the_treasury_to_its_payee() {
        let owner = Address::repeat_byte(4);
        let credited =
            escrow::Credited { currency: Address::ZERO, owner, reason: 7, amount: 9, balance: 9, offer: OFFER };
        let booked = movements(Escrow::Credited(credited));
        assert_eq!((booked[0].from, booked[0].to), (Account::Credit(Address::ZERO), Account::Credit(owner)));
    }

    #[test]
    fn t16_a_zero_amount_moves_nothing() {
        let credited = escrow::Credited {
            currency: Address::ZERO,
            owner: Address::ZERO,
            reason: 6,
            amount: 0,
            balance: 0,
            offer: OFFER,
        };
        assert_eq!(movements(Escrow::Credited(credited)), []);
    }
}
