//! Why a contract refused, in a sentence that says what to do.

use alloy_sol_types::SolInterface as _;
use chorus_abi::escrow::EscrowErrors as Error;
use chorus_core::names::{ProposalState, Status};

/// The sentence for what a reverted call returned, or `None` if it is not an error of these contracts.
///
/// All three contracts share one list of errors, and a sister's refusal is handed on word for word.
pub fn explain_revert(data: &[u8]) -> Option<String> {
    let error = Error::abi_decode(data).ok()?;
    Some(match error {
        Error::Unauthorized(e) => format!("only {} may do this, and the caller is {}", e.required, e.caller),
        Error::PausedUntil(e) => format!("the guardian paused this until {}; it ends by itself", time(e.until)),
        Error::PauseOutOfBounds(e) => {
            format!(
                "a pause until {} is not possible: it must end in the future and by {}",
                time(e.until),
                time(e.latest)
            )
        }
        Error::PauseTooSoon(e) => format!("the guardian may pause again from {}", time(e.next_allowed)),

        Error::RouteRefused(e) => {
            format!("route {} is refused: only exports under the right of portability (route 1) are taken", e.route)
        }
        Error::UnknownRuleVersion(e) => format!("there is no version {} of the weight rule", e.version),
        Error::WeightOutOfBounds(e) => format!("a weight of {} is not between 1 and {}", e.weight, e.cap),
        Error::UnknownPurpose(e) => {
            format!("purposes {:#b} go beyond the pool's list; `chorus status` shows it", e.purposes)
        }
        Error::SignatureExpired(e) => {
            format!("the signature was good until {}: sign again, or ask the attesters to", time(e.deadline))
        }
        Error::SignatureMalformed(e) => format!("signature {} is malformed or recovers to nobody", e.position),
        Error::InvalidSignature(e) => {
            format!(
                "the signature is not one of {} over these values at their nonce {}: sign again",
                e.account, e.nonce
            )
        }
        Error::InvalidAccountNonce(e) => {
            format!("the signature of {} must be over their nonce {}: sign again", e.account, e.currentNonce)
        }
        Error::Sr25519Unavailable(_) => {
            "this chain cannot check signatures of Substrate keys: the member has to send this themselves".into()
        }
        Error::BatchMalformed(e) => {
            format!("the batch is cut off or too long at its item {}: it was packed wrongly", e.position)
        }
        Error::NotAnAttester(e) => format!(
            "signature {} recovers to {}, which is not an attester of this pool: another key signed, or another text",
            e.position, e.signer
        ),
        Error::TooFewAttesters(e) => {
            format!("{} attesters signed and {} must: ask more of them", e.signed, e.threshold)
        }
        Error::NullifierTaken(e) => {
            format!("this source account is in the pool already, contributed by member {}", e.holder)
        }
        Error::NullifierDiffers(_) => {
            "this export is of another account than your present contribution: withdraw that one first".into()
        }
        Error::DailyCapReached(e) => {
            format!("today's new weight would be {} and the cap is {}: try again after midnight UTC", e.added, e.cap)
        }
        Error::NotAMember(e) => format!("{} has no contribution in the pool", e.account),
        Error::PurposesUnchanged(e) => format!("exactly the purposes {:#b} are allowed already", e.purposes),

        Error::TooManyOpenSales(e) => format!("{} sales are open, which is the limit: wait for one to end", e.limit),
        Error::NoSuchSale(e) => format!("there is no sale {}", e.sale),
        Error::OptOutWindowOver(e) => {
            format!("the window for leaving sale {} ended at {}", e.sale, time(e.ended))
        }
        Error::NotInSale(e) => format!("{} is not in sale {}, or has left it", e.account, e.sale),
        Error::SalesExhausted(_) => "this pool has used all its sale numbers".into(),

        Error::NotTransferable(_) => "votes cannot be transferred or approved: they go with the data".into(),
        Error::FutureLookup(e) => {
            format!("votes at {} cannot be looked up before {} is over", e.timepoint, e.clock)
        }
        Error::NoSuchBallot(e) => format!("there is no ballot {}", e.id),
        Error::BallotExists(e) => format!("ballot {} is open already", e.id),
        Error::VotingOver(e) => format!("voting ended at {}", time(e.deadline)),
        Error::VotingOpen(e) => format!("voting goes on until {}", time(e.deadline)),
        Error::UnknownSupport(e) => format!("{} is not a vote: 0 is against, 1 for, 2 abstain", e.support),
        Error::AlreadyVoted(e) => format!("{} has voted in this ballot already", e.voter),
        Error::ReasonTooLong(e) => format!("a reason of {} bytes is longer than {}", e.length, e.most),
        Error::BelowProposalThreshold(e) => {
            format!("you had {} votes a second ago, and a proposal needs {}", e.votes, e.required)
        }
        Error::NoVotes(e) => {
            format!("{} had no votes at {}, when the ballot took its snapshot", e.voter, time(e.snapshot))
        }

        Error::NoSuchOffer(e) => format!("there is no offer {}", e.offer),
        Error::OfferExists(e) => format!("you made exactly this offer before ({}): change the salt", e.offer),
        Error::WrongStatus(e) => {
            format!("the offer is {} and would have to be {}", status(e.current), status(e.required))
        }
        Error::CurrencyNotAllowed(e) => format!("{} is not a currency of this pool", e.currency),
        Error::NotACustodian(e) => format!("{} is not on the pool's list of custodians", e.account),
        Error::NotAnArbiter(e) => format!("{} is not on the pool's list of arbiters", e.account),
        Error::RolesOverlap(e) => {
            format!("{} would have two roles: buyer, custodian and arbiter are three accounts", e.account)
        }
        Error::PeriodOutOfBounds(e) => {
            format!("a period of {} s is not between {} s and {} s", e.period_s, e.least_s, e.most_s)
        }
        Error::WrongDeposit(e) => {
            format!("{} was sent, and price plus listing fee is {}: send exactly that", e.sent, e.required)
        }
        Error::TermsMalformed(_) => {
            "the terms are not twelve words, the arguments of `offer`, or one is out of its type's range".into()
        }
        Error::ValueOnTokenPath(e) => {
            format!("{} of native money was sent with an offer in a token: send none", e.value)
        }
        Error::TransferRefused(e) => {
            format!("the token {} did not move price and fee: hold as much, and let the escrow take it", e.currency)
        }
        Error::NotEnoughWeight(_) => {
            "the call brought too little weight for every payment: bring more, or settle fewer members".into()
        }
        Error::MinimumMembersOutOfBounds(e) => {
            format!("the minimum of members must be between {} and {}, who are in now", e.least, e.most)
        }
        Error::MinimumWeightOutOfBounds(e) => {
            format!("the minimum of weight must be between 1 and {}, which is in now", e.most)
        }
        Error::BelowReserve(e) => format!(
            "the members would get {} and the pool's reserve is {} for a million points: raise the price",
            e.net, e.reserve_per_million
        ),
        Error::BpsOutOfBounds(e) => format!("{} parts of 10,000 are more than the whole", e.bps),
        Error::AlreadyDisputed(_) => "the offer was disputed already".into(),
        Error::AlreadyRuled(_) => "the arbiter has ruled already".into(),
        Error::RangeOutOfBounds(e) => format!("a range of {} is not between 1 and {} numbers", e.count, e.most),
        Error::AlreadyPaid(e) => format!("member {} was paid or credited already", e.number),
        Error::NothingDue(e) => format!("nothing is due to {} in currency {}", e.owner, e.currency),
        Error::PushFailed(e) => format!("{} did not take the money: name an existing account without code", e.to),

        Error::NoSuchProposal(e) => format!("there is no proposal {}", e.proposal),
        Error::ProposalExists(e) => {
            format!("exactly this was proposed before ({}): change the description", e.proposal)
        }
        Error::WrongProposalState(e) => {
            format!("the proposal is {} and would have to be {}", state(e.current), state(e.required))
        }
        Error::CallCountOutOfBounds(e) => format!(
            "{} targets and {} calls: a proposal has as many of both, between 1 and {}",
            e.targets, e.calls, e.most
        ),
        Error::CallNotAllowed(e) => format!(
            "call {} to {} is not a settings message of this pool's contracts, or not encoded as one",
            e.position, e.target
        ),
        Error::DescriptionTooLong(e) => format!("a description has at most {} bytes", e.most),
        Error::TreasuryTooSmall(e) => {
            format!(
                "the treasury has {} of currency {}, and the proposal would spend {}",
                e.credit, e.currency, e.asked
            )
        }
        Error::BaseAmountMissing(e) => format!(
            "the escrow holds {} of {} and must hold {} before it is allowed: send that first",
            e.held, e.currency, e.base_amount
        ),
        Error::BaseAmountDiffers(e) => {
            format!("{} was allowed before, and keeps its base amount of {}", e.currency, e.base_amount)
        }

        Error::Overflow(_) => "a sum is beyond its range".into(),
        Error::SettingOutOfBounds(e) => format!("argument {} is out of bounds", e.position),
    })
}

/// An offer's status by its number, as the end of "the offer is".
fn status(code: u8) -> &'static str {
    Status::from_code(code).map_or("in a status this program does not know", Status::phrase)
}

/// A proposal's state by its number, as the end of "the proposal is".
fn state(code: u8) -> &'static str {
    ProposalState::from_code(code).map_or("in a state this program does not know", ProposalState::name)
}

/// A moment as it is stored: unix seconds.
fn time(unix_s: u64) -> String {
    format!("{unix_s} (unix seconds)")
}
