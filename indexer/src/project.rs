//! What an event changes in our tables. Pure: the same events give the same changes, on any machine, at any time.

use chorus_bindings::{
    Contract, Event,
    attestations::{self, AttestationsEvents as Attestations},
    core::names::CreditReason,
    escrow::{self, EscrowEvents as Escrow},
    votes::VotesEvents as Votes,
};

use crate::{
    tables::{
        Change, ballots,
        ledger::{self, Account, Currency, Kind, Movement, Party},
        members::{self, Attested, Contribution},
        offers, payouts, proposals, sales,
        settings::{self, Role},
        token,
    },
    values::{Address, Hash},
};

/// What `event` changes. An event that the ABI has and this does not know would not compile.
pub fn project(event: &Event) -> Vec<Change<'_>> {
    match event {
        Event::Attestations(event) => of_attestations(event),
        Event::Votes(event) => of_votes(event),
        Event::Escrow(event) => of_escrow(event),
    }
}

fn of_attestations(event: &Attestations) -> Vec<Change<'_>> {
    match event {
        Attestations::AttestationsDeployed(_) => setting(settings::Change::Deployed(Contract::Attestations)),
        Attestations::AttestersChanged(_)
        | Attestations::DailyWeightCapChanged(_)
        | Attestations::GuardianChanged(_)
        | Attestations::Paused(_) => setting(settings::Change::Announced(Contract::Attestations)),
        Attestations::AttesterAdded(event) => setting(settings::Change::Joined(Role::Attester, event.attester)),
        Attestations::AttesterRemoved(event) => setting(settings::Change::Left(Role::Attester, event.attester)),
        Attestations::Attested(event) => contribution(Contribution {
            kind: members::Kind::Attested,
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
        }),
        Attestations::PurposesChanged(event) => contribution(Contribution {
            kind: members::Kind::PurposesChanged,
            member: event.member,
            number: event.number,
            attested: None,
            previous_weight: event.weight,
            weight: event.weight,
            purposes: event.purposes,
            nonce: event.nonce,
        }),
        Attestations::Withdrawn(attestations::Withdrawn { member, number, weight, nonce, .. }) => {
            taken_back(members::Kind::Withdrawn, *member, *number, *weight, *nonce)
        }
        Attestations::Revoked(attestations::Revoked { member, number, weight, nonce, .. }) => {
            taken_back(members::Kind::Revoked, *member, *number, *weight, *nonce)
        }
        // What was skipped changed nothing; the event itself is kept like every other.
        Attestations::ContributionSkipped(_) => vec![],
        Attestations::SaleOpened(event) => vec![Change::Sales(sales::Change::Opened(event))],
        Attestations::SaleLeft(event) => vec![Change::Sales(sales::Change::Left(event))],
    }
}

fn of_votes(event: &Votes) -> Vec<Change<'_>> {
    match event {
        Votes::VotesDeployed(_) => setting(settings::Change::Deployed(Contract::Votes)),
        Votes::VotingChanged(_) => setting(settings::Change::Announced(Contract::Votes)),
        Votes::NonceUsed(event) => nonce(Contract::Votes, event.account, event.nonce),
        Votes::Transfer(event) => vec![Change::Token(token::Change::Moved(event))],
        Votes::DelegateChanged(event) => vec![Change::Token(token::Change::Delegated(event))],
        Votes::DelegateVotesChanged(event) => vec![Change::Token(token::Change::Power(event))],
        Votes::BallotOpened(event) => vec![Change::Ballots(ballots::Change::Opened(event))],
        Votes::VoteCast(event) => vec![Change::Ballots(ballots::Change::Vote(event))],
        Votes::TallyChanged(event) => vec![Change::Ballots(ballots::Change::Tally(event))],
        // What other programs read of a ballot is in `BallotOpened` too, and what was skipped changed nothing.
        Votes::ProposalCreated(_) | Votes::VoteSkipped(_) => vec![],
    }
}

fn of_escrow(event: &Escrow) -> Vec<Change<'_>> {
    match event {
        Escrow::EscrowDeployed(_) => setting(settings::Change::Deployed(Contract::Escrow)),
        Escrow::SettingsChanged(_)
        | Escrow::ProposalSettingsChanged(_)
        | Escrow::GuardianChanged(_)
        | Escrow::Paused(_) => setting(settings::Change::Announced(Contract::Escrow)),
        Escrow::CustodianAdded(event) => setting(settings::Change::Joined(Role::Custodian, event.custodian)),
        Escrow::CustodianRemoved(event) => setting(settings::Change::Left(Role::Custodian, event.custodian)),
        Escrow::ArbiterAdded(event) => setting(settings::Change::Joined(Role::Arbiter, event.arbiter)),
        Escrow::ArbiterRemoved(event) => setting(settings::Change::Left(Role::Arbiter, event.arbiter)),
        Escrow::CurrencyAllowed(event) => setting(settings::Change::Allowed(event)),
        Escrow::CurrencyDisallowed(event) => setting(settings::Change::Disallowed(event)),
        Escrow::OfferMade(event) => {
            let (buyer, deposit) = (outside(event.buyer), Party::Account(Account::Deposit(Hash(event.offer))));
            let deposit = moved(Kind::Deposit, Currency::Token(event.currency), buyer, deposit, event.price);
            [Change::Offers(offers::Change::Made(event))].into_iter().chain(deposit).collect()
        }
        Escrow::OfferTerms(event) => vec![Change::Offers(offers::Change::Terms(event))],
        Escrow::Sealed(event) => vec![Change::Offers(offers::Change::Sealed(event))],
        Escrow::Delivered(event) => vec![Change::Offers(offers::Change::Delivered(event))],
        Escrow::Accepted(event) => vec![Change::Offers(offers::Change::Accepted(event))],
        Escrow::Disputed(event) => vec![Change::Offers(offers::Change::Disputed(event))],
        // What goes back to the buyer is booked where it is credited.
        Escrow::Ruled(event) => vec![Change::Offers(offers::Change::Ruled(event))],
        Escrow::Refunded(event) => vec![Change::Offers(offers::Change::Refunded(event))],
        Escrow::Distributed(event) => vec![Change::Payouts(payouts::Change::Distributed(event))],
        Escrow::SharePaid(event) => {
            let (deposit, payee) = (Party::Account(Account::Deposit(Hash(event.offer))), outside(event.to));
            // A share that could not be pushed is booked where it is credited, like the tip.
            let pushed = if event.credited { 0 } else { event.share };
            let pushed = moved(Kind::Payout, Currency::OfOffer(event.offer), deposit, payee, pushed);
            [Change::Payouts(payouts::Change::Paid(event))].into_iter().chain(pushed).collect()
        }
        Escrow::OfferPaid(event) => vec![Change::Payouts(payouts::Change::Closed(event))],
        Escrow::Credited(event) => credited(event),
        // Booked where the payee is credited, which the same call does.
        Escrow::TreasurySpent(_) => vec![],
        Escrow::NonceUsed(event) => nonce(Contract::Escrow, event.account, event.nonce),
        Escrow::Proposed(event) => vec![Change::Proposals(proposals::Change::Made(event))],
        Escrow::ProposedCall(event) => vec![Change::Proposals(proposals::Change::Call(event))],
        Escrow::ProposalExecuted(event) => vec![Change::Proposals(proposals::Change::Executed(event))],
        Escrow::CreditWithdrawn(event) => {
            let (credit, to) = (Party::Account(Account::credit(event.owner)), outside(event.to));
            moved(Kind::Withdrawal, Currency::Token(event.currency), credit, to, event.amount).into_iter().collect()
        }
    }
}

fn credited(event: &escrow::Credited) -> Vec<Change<'_>> {
    let escrow::Credited { currency, owner, reason, amount, balance, offer } = *event;
    let from = match CreditReason::from_code(reason) {
        Some(CreditReason::ListingFee) => Party::Buyer(offer),
        // Its `offer` is a proposal's id.
        Some(CreditReason::TreasuryPayment) => Party::Account(Account::Treasury),
        _ => Party::Account(Account::Deposit(Hash(offer))),
    };
    let to = Party::Account(Account::credit(owner));
    let credit = moved(Kind::Credit(reason), Currency::Token(currency), from, to, amount);
    // The balance is compared after the movement.
    credit.into_iter().chain([Change::Ledger(ledger::Change::Stands { currency, owner, balance })]).collect()
}

fn setting(change: settings::Change<'_>) -> Vec<Change<'_>> {
    vec![Change::Settings(change)]
}

fn contribution(contribution: Contribution) -> Vec<Change<'static>> {
    vec![Change::Members(members::Change::Contribution(contribution))]
}

fn taken_back(
    kind: members::Kind,
    member: chorus_bindings::Address,
    number: u32,
    previous_weight: u32,
    nonce: u64,
) -> Vec<Change<'static>> {
    let (attested, weight, purposes) = (None, 0, 0);
    contribution(Contribution { kind, member, number, attested, previous_weight, weight, purposes, nonce })
}

fn nonce(contract: Contract, account: chorus_bindings::Address, nonce: u64) -> Vec<Change<'static>> {
    vec![Change::Members(members::Change::Nonce { contract, account, nonce })]
}

fn outside(owner: chorus_bindings::Address) -> Party {
    Party::Account(Account::Outside(Address(owner)))
}

fn moved(kind: Kind, currency: Currency, from: Party, to: Party, amount: u128) -> Option<Change<'static>> {
    let movement = Movement { kind, currency, from, to, amount };
    (amount > 0).then_some(Change::Ledger(ledger::Change::Moved(movement)))
}

#[cfg(test)]
mod tests {
    use chorus_bindings::B256;

    use super::*;

    const OFFER: B256 = B256::repeat_byte(7);
    const NATIVE: chorus_bindings::Address = chorus_bindings::Address::ZERO;
    const DEPOSIT: Party = Party::Account(Account::Deposit(Hash(OFFER)));

    fn movements(event: Escrow) -> Vec<Movement> {
        let event = Event::Escrow(event);
        let changes = project(&event).into_iter();
        changes
            .filter_map(|change| match change {
                Change::Ledger(ledger::Change::Moved(movement)) => Some(movement),
                _ => None,
            })
            .collect()
    }

    fn share(credited: bool) -> Escrow {
        Escrow::SharePaid(escrow::SharePaid {
            offer: OFFER,
            member: chorus_bindings::Address::repeat_byte(1),
            number: 1,
            weight: 10,
            share: 500,
            to: chorus_bindings::Address::repeat_byte(2),
            credited,
        })
    }

    fn credit(owner: chorus_bindings::Address, reason: CreditReason, amount: u128) -> Escrow {
        let (reason, balance) = (reason.code(), amount);
        Escrow::Credited(escrow::Credited { currency: NATIVE, owner, reason, amount, balance, offer: OFFER })
    }

    #[test]
    fn a_pushed_share_leaves_the_deposit_for_its_payee() {
        let expected = Movement {
            kind: Kind::Payout,
            currency: Currency::OfOffer(OFFER),
            from: DEPOSIT,
            to: outside(chorus_bindings::Address::repeat_byte(2)),
            amount: 500,
        };
        assert_eq!(movements(share(false)), [expected]);
    }

    #[test]
    fn t20_a_share_that_failed_is_booked_once_by_its_credit() {
        assert_eq!(movements(share(true)), []);
        let owner = chorus_bindings::Address::repeat_byte(1);
        let booked = movements(credit(owner, CreditReason::FailedPush, 500));
        assert_eq!(booked.len(), 1);
        assert_eq!((booked[0].from, booked[0].to), (DEPOSIT, Party::Account(Account::Credit(Address(owner)))));
    }

    #[test]
    fn a_listing_fee_comes_from_the_buyer_and_not_from_the_deposit() {
        let booked = movements(credit(NATIVE, CreditReason::ListingFee, 9));
        assert_eq!((booked[0].from, booked[0].to), (Party::Buyer(OFFER), Party::Account(Account::Treasury)));
    }

    #[test]
    fn a_treasury_payment_goes_from_the_treasury_to_its_payee() {
        let owner = chorus_bindings::Address::repeat_byte(4);
        let booked = movements(credit(owner, CreditReason::TreasuryPayment, 9));
        let expected = [Account::Treasury, Account::Credit(Address(owner))].map(Party::Account);
        assert_eq!([booked[0].from, booked[0].to], expected);
    }

    #[test]
    fn t16_a_zero_amount_moves_nothing() {
        assert_eq!(movements(credit(NATIVE, CreditReason::FeeAndResidue, 0)), []);
    }
}
