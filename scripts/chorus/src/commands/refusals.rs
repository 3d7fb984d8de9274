//! What happened and what to do, where a contract's refusal alone would not tell somebody at a command line.

use chorus::{actions::Status, words::moment};
use chorus_bindings::{B256, SolInterface as _, escrow::EscrowErrors};
use chorus_client::{Error, pool::Pool, record::Offer};

use crate::commands::Globals;

/// What a command wants of an offer or its ballot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Vote,
    Leave,
    Seal,
    Deliver,
    Accept,
    Dispute,
    Rule,
    Refund,
    Claim,
}

impl Wanted {
    /// The error to show for an error of this command.
    pub(super) fn refused(self, error: anyhow::Error) -> anyhow::Error {
        let advice = refusal(&error).and_then(|refusal| self.advice(refusal));
        advice.map_or(error, anyhow::Error::msg)
    }

    /// As [`Wanted::refused`]; if the delivery counts as accepted, the error says how it came to that.
    pub(super) async fn refused_after_delivery(
        self,
        globals: &Globals,
        pool: &Pool,
        id: B256,
        error: anyhow::Error,
    ) -> anyhow::Error {
        let settling = Status::Settling.code();
        if matches!(refusal(&error), Some(EscrowErrors::WrongStatus(e)) if e.current == settling)
            && let Ok(record) = globals.record(pool).await
            && let Some(offer) = record.offers.get(&id)
        {
            return anyhow::anyhow!("{}: {}", how_accepted(offer), self.instead(Status::Settling));
        }
        self.refused(error)
    }

    fn advice(self, refusal: EscrowErrors) -> Option<String> {
        Some(match (self, refusal) {
            (_, EscrowErrors::WrongStatus(e)) => self.in_status(Status::from_code(e.current)?),
            (Self::Vote, EscrowErrors::VotingOver(e)) => format!(
                "voting ended at {}, so nothing was counted. If the members said yes and you do not want to take part, \
                 leave the sale with `chorus leave` while its window is open",
                moment(e.deadline)
            ),
            (Self::Vote, EscrowErrors::AlreadyVoted(_)) => {
                "you have voted in this ballot already, and a vote is final: nothing is left to do".to_owned()
            }
            (Self::Vote, EscrowErrors::NoVotes(e)) => format!(
                "you had no votes at {}, when this ballot took its snapshot: you contributed later, or somebody else \
                 votes for you",
                moment(e.snapshot)
            ),
            (Self::Leave, EscrowErrors::OptOutWindowOver(e)) => format!(
                "the time to leave this sale ended at {}: your data is delivered, and you get your share",
                moment(e.ended)
            ),
            (Self::Leave, EscrowErrors::NotInSale(_)) => {
                "you are not in this sale, or have left it already: nothing is left to do".to_owned()
            }
            (Self::Claim, EscrowErrors::NotInSale(_)) => {
                "you are not in this sale, so it owes you nothing: you left it, or your contribution did not allow its \
                 purpose when the offer was made"
                    .to_owned()
            }
            (Self::Claim, EscrowErrors::AlreadyPaid(_)) => {
                "your share was paid already, and `chorus status --member` shows it. If it could not be sent to you, \
                 it is your credit: take it with `chorus withdraw-credit`"
                    .to_owned()
            }
            (Self::Dispute, EscrowErrors::AlreadyDisputed(_)) => {
                "this delivery was disputed already: wait for the arbiter, or accept it after all".to_owned()
            }
            (Self::Rule, EscrowErrors::AlreadyRuled(_)) => {
                "there is a ruling already, and it is final: nothing is left to do".to_owned()
            }
            _ => return None,
        })
    }

    /// Why the command does not fit an offer in this status, and what to do instead.
    pub(super) fn in_status(self, status: Status) -> String {
        let so = self.instead(status);
        match status {
            Status::Voting => format!("the members are still voting: {so}"),
            Status::OptOut => format!("members may still leave the sale: {so}"),
            Status::AwaitingSeal => format!("the outcome of the vote is not sealed yet: {so}"),
            Status::Refundable => format!(
                "the offer failed, as the members said no, too many left, or nothing was delivered in time: {so}"
            ),
            Status::Refunded => format!("the offer failed, and its price went back: {so}"),
            Status::Sealed => format!("the members said yes, and nothing was delivered yet: {so}"),
            Status::Delivered => format!("it was delivered, and the buyer has neither accepted nor disputed yet: {so}"),
            Status::Disputed => format!("the buyer disputed the delivery, and the arbiter has not ruled yet: {so}"),
            Status::Settling => format!(
                "the buyer has accepted, the arbiter has ruled, or the time to dispute is over, so the delivery counts \
                 as accepted: {so}"
            ),
            Status::Paid => format!("the sale is over and every member is paid: {so}"),
        }
    }

    fn instead(self, status: Status) -> &'static str {
        use Status::{AwaitingSeal, Delivered, Disputed, OptOut, Paid, Refundable, Refunded, Sealed, Settling, Voting};
        match (self, status) {
            (Self::Refund, Refundable) => "try again",
            (_, Refundable) => "anybody can give the price back with `chorus refund`",
            (_, Refunded) => "nothing is left to do, except that the buyer takes it with `chorus withdraw-credit`",
            (_, Paid) => "nothing is left to do",
            (Self::Vote, _) => "there is no vote to cast",
            (Self::Leave, _) => "there is no sale to leave",
            (Self::Seal, Voting | OptOut) => "wait until that is over, then seal it",
            (Self::Seal, _) => "it was sealed before, so nothing is left to seal",
            (Self::Deliver, Voting | OptOut) => "deliver when that is over and the outcome is sealed",
            (Self::Deliver, AwaitingSeal) => "seal it with `chorus seal`, then deliver",
            (Self::Deliver, Sealed) => "try again",
            (Self::Deliver, _) => "nothing is left to deliver",
            (Self::Accept, Voting | OptOut | AwaitingSeal | Sealed) => "wait for the delivery before you accept it",
            (Self::Dispute, Voting | OptOut | AwaitingSeal | Sealed) => "wait for the delivery before you dispute it",
            (Self::Dispute, Disputed) => "wait for the arbiter, or accept it after all",
            (Self::Accept | Self::Dispute, Settling) => "nothing is left to do",
            (Self::Accept | Self::Dispute, Delivered | Disputed) => "try again",
            (Self::Rule, Disputed) => "try again",
            (Self::Rule, _) => "there is no dispute to rule on",
            (Self::Refund, _) => "the price goes back only if the offer fails",
            (Self::Claim, Settling) => "try again",
            (Self::Claim, _) => "shares can be claimed once the delivery is accepted",
        }
    }
}

/// What a contract refused with, if it was a contract that refused.
fn refusal(error: &anyhow::Error) -> Option<EscrowErrors> {
    match error.downcast_ref::<Error>() {
        Some(Error::Reverted { data, .. }) => EscrowErrors::abi_decode(data).ok(),
        _ => None,
    }
}

/// Why the delivery of an offer counts as accepted.
fn how_accepted(offer: &Offer) -> &'static str {
    if offer.accepted.is_some() {
        "the buyer has accepted the delivery"
    } else if offer.ruled.is_some() {
        "the arbiter has ruled"
    } else if offer.disputed.is_some() {
        "the arbiter did not rule in time, so the delivery counts as accepted"
    } else {
        "the time to dispute is over, so it counts as accepted"
    }
}

#[cfg(test)]
mod tests {
    use chorus_bindings::{Address, SolError, U256, escrow};

    use super::*;

    #[track_caller]
    fn check(wanted: Wanted, refusal: impl SolError, words: &str) {
        let error = Error::Reverted { explanation: "the contract's own words".to_owned(), data: refusal.abi_encode() };
        let shown = wanted.refused(error.into()).to_string();
        assert!(shown.contains(words), "{words:?} is not in: {shown}");
    }

    fn wrong(current: Status) -> escrow::WrongStatus {
        escrow::WrongStatus { current: current.code(), required: 0 }
    }

    #[test]
    fn a_refusal_says_what_happened_and_what_to_do() {
        check(
            Wanted::Accept,
            wrong(Status::Settling),
            "the time to dispute is over, so the delivery counts as accepted: nothing is left to do",
        );
        check(Wanted::Dispute, wrong(Status::Sealed), "nothing was delivered yet: wait for the delivery");
        check(Wanted::Deliver, wrong(Status::Voting), "still voting: deliver when that is over");
        check(Wanted::Deliver, wrong(Status::AwaitingSeal), "seal it with `chorus seal`, then deliver");
        check(Wanted::Seal, wrong(Status::OptOut), "wait until that is over");
        check(Wanted::Refund, wrong(Status::Sealed), "only if the offer fails");
        check(Wanted::Claim, wrong(Status::Delivered), "once the delivery is accepted");
        check(Wanted::Rule, wrong(Status::Delivered), "no dispute to rule on");
        let voter = Address::repeat_byte(1);
        check(
            Wanted::Vote,
            escrow::VotingOver { deadline: 1_780_322_525, clock: 0 },
            "ended at 2026-06-01 14:02:05 UTC",
        );
        check(Wanted::Vote, escrow::AlreadyVoted { voter }, "a vote is final");
        check(Wanted::Leave, escrow::OptOutWindowOver { sale: 1, ended: 1_780_322_525 }, "you get your share");
    }

    #[test]
    fn other_refusals_keep_the_contracts_words() {
        check(Wanted::Accept, escrow::NoSuchOffer { offer: Default::default() }, "the contract's own words");
        check(Wanted::Accept, escrow::AlreadyVoted { voter: Address::ZERO }, "the contract's own words");
        let unreadable = Error::Reverted { explanation: "unknown".to_owned(), data: vec![1, 2, 3] };
        assert_eq!(Wanted::Accept.refused(unreadable.into()).to_string(), "unknown");
        let other = Error::Indivisible { wei: U256::from(1), ratio: 2 };
        assert!(Wanted::Accept.refused(other.into()).to_string().contains("multiple"));
    }

    /// Whatever the status, the advice is a sentence and never sends anybody in a circle.
    #[test]
    fn every_status_has_advice_for_every_command() {
        use Wanted::{Accept, Claim, Deliver, Dispute, Leave, Refund, Rule, Seal, Vote};
        for wanted in [Vote, Leave, Seal, Deliver, Accept, Dispute, Rule, Refund, Claim] {
            for status in Status::ALL {
                let advice = wanted.in_status(*status);
                assert!(advice.contains(": ") && !advice.ends_with('.'), "{wanted:?}, {status:?}: {advice}");
            }
        }
    }
}
