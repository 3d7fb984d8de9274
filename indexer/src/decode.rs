//! What our contracts emitted, typed and as JSON. Pure.

use crate::{Error, chain::Emitted};
use chorus_bindings::{
    Address, B256, Bytes, Contract, Deployment, Event, FixedBytes, U256, attestations,
    attestations::AttestationsEvents as Attestations, escrow, escrow::EscrowEvents as Escrow, votes,
    votes::VotesEvents as Votes,
};
use serde_json::{Map, Value};

/// Decodes one emitted event; none when another contract emitted it.
///
/// # Errors
/// [`Error::Undecodable`] when one of ours emitted what its ABI does not have.
pub fn decode(deployment: &Deployment, block: u64, emitted: &Emitted) -> Result<Option<(Contract, Event)>, Error> {
    let Some(contract) = deployment.contract_at(emitted.contract) else {
        return Ok(None);
    };
    match Event::decode(contract, &emitted.topics, &emitted.data) {
        Ok(event) => Ok(Some((contract, event))),
        Err(error) => {
            Err(Error::Undecodable { block, event: emitted.event_index, contract, reason: error.to_string() })
        }
    }
}

/// A value as the API shows it: numbers of 64 bits and fewer as numbers, wider ones as decimal strings, bytes in hex.
trait Shown {
    fn shown(&self) -> Value;
}

macro_rules! shown {
    ($($type:ty => |$value:ident| $how:expr),* $(,)?) => {
        $(impl Shown for $type {
            fn shown(&self) -> Value {
                let $value = self;
                Value::from($how)
            }
        })*
    };
}

shown! {
    bool => |value| *value,
    u8 => |value| *value,
    u16 => |value| *value,
    u32 => |value| *value,
    u64 => |value| *value,
    u128 => |value| value.to_string(),
    U256 => |value| value.to_string(),
    String => |value| value.as_str(),
    Address => |value| address(value),
    B256 => |value| hash(value),
    FixedBytes<4> => |value| format!("0x{}", hex::encode(value)),
    Bytes => |value| format!("0x{}", hex::encode(value)),
}

impl<T: Shown> Shown for Vec<T> {
    fn shown(&self) -> Value {
        self.iter().map(Shown::shown).collect()
    }
}

/// An address as it is written everywhere: `0x` and lower-case hex.
pub fn address(address: &Address) -> String {
    format!("0x{}", hex::encode(address))
}

/// A hash as it is written everywhere: `0x` and lower-case hex.
pub fn hash(hash: &B256) -> String {
    format!("0x{}", hex::encode(hash))
}

/// Names every event and field once. A new event or field in the ABI does not compile until it stands here.
macro_rules! events {
    ($($contract:ident in $module:ident { $($name:ident { $($field:ident),* $(,)? })* })*) => {
        /// Name and fields of an event.
        pub fn describe(event: &Event) -> (&'static str, Value) {
            match event {
                $($(Event::$contract($contract::$name($module::$name { $($field),* })) => {
                    let mut fields = Map::new();
                    $(fields.insert(stringify!($field).into(), $field.shown());)*
                    (stringify!($name), Value::Object(fields))
                })*)*
            }
        }
    };
}

events! {
    Attestations in attestations {
        AttestationsDeployed { votes, escrow, guardian, threshold, daily_weight_cap, purposes, purposes_hash, salt, max_pause_s, min_unpaused_s }
        AttesterAdded { attester }
        AttesterRemoved { attester }
        AttestersChanged { threshold, count }
        DailyWeightCapChanged { previous, cap }
        GuardianChanged { previous, guardian }
        Attested { member, number, commitment, nullifier, weight, previous_weight, purposes, rule_version, route, nonce }
        PurposesChanged { member, number, weight, previous_purposes, purposes, nonce }
        Withdrawn { member, number, weight, purposes, nullifier, nonce }
        Revoked { member, number, weight, purposes, nullifier, nonce }
        ContributionSkipped { member, position, reason }
        SaleOpened { sale, purpose, window_ends, total_weight, members }
        SaleLeft { sale, member, number, weight, total_weight, members, nonce }
        Paused { guardian, until, next_allowed }
    }
    Votes in votes {
        VotesDeployed { attestations, escrow, voting_period_s, quorum_bps, quorum_min, approval_bps, proposal_threshold_bps, salt }
        VotingChanged { previous_voting_period_s, voting_period_s, previous_quorum_bps, quorum_bps, previous_quorum_min, quorum_min, previous_approval_bps, approval_bps, previous_proposal_threshold_bps, proposal_threshold_bps }
        NonceUsed { account, nonce }
        Transfer { from, to, value }
        DelegateChanged { delegator, fromDelegate, toDelegate }
        DelegateVotesChanged { delegate, previousVotes, newVotes }
        BallotOpened { proposalId, snapshot, deadline, supply, quorum, approval_bps }
        ProposalCreated { proposalId, proposer, targets, values, signatures, calldatas, voteStart, voteEnd, description }
        VoteCast { voter, proposalId, support, weight, reason }
        VoteSkipped { proposalId, voter, position, reason }
        TallyChanged { proposalId, against_votes, for_votes, abstain_votes }
    }
    Escrow in escrow {
        EscrowDeployed { attestations, votes, guardian, salt, max_pause_s, min_unpaused_s }
        SettingsChanged { listing_fee, reserve_per_million, fee_bps, tip_bps, cohort_min, opt_out_s, period_min_s, period_max_s, ruling_s }
        ProposalSettingsChanged { timelock_s, grace_s }
        GuardianChanged { previous, guardian }
        CustodianAdded { custodian }
        CustodianRemoved { custodian }
        ArbiterAdded { arbiter }
        ArbiterRemoved { arbiter }
        CurrencyAllowed { currency, base_amount }
        CurrencyDisallowed { currency }
        OfferMade { offer, buyer, currency, price, purpose, fields_hash, licence_hash, min_members, min_weight, custodian, arbiter, salt }
        OfferTerms { offer, sale, voting_ends, opt_out_ends, delivery_ends, dispute_s, ruling_s, fee_bps, tip_bps, listing_fee, total_weight, members }
        Sealed { offer, outcome, total_weight, members }
        Delivered { offer, bundle_hash, manifest_root, dispute_ends, ruling_ends }
        Accepted { offer }
        Disputed { offer, reason_hash }
        Ruled { offer, arbiter, returned_bps, returned }
        Refunded { offer, buyer, amount }
        Distributed { offer, keeper, from, count, settled_now, settled, paid_sum, tips }
        SharePaid { offer, member, number, weight, share, to, credited }
        OfferPaid { offer, paid_sum, tip_sum, fee, residue }
        Credited { currency, owner, reason, amount, balance, offer }
        CreditWithdrawn { currency, owner, to, amount }
        TreasurySpent { currency, to, amount, balance }
        NonceUsed { account, nonce }
        Proposed { proposal, proposer, description_hash, voting_ends, executable_from, executable_until, count }
        ProposedCall { proposal, index, target, call }
        ProposalExecuted { proposal, caller }
        Paused { guardian, until, next_allowed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chorus_bindings::SolEvent;

    fn deployment() -> Deployment {
        Deployment {
            genesis_hash: B256::ZERO,
            chain_id: 1,
            block: 1,
            attestations: Address::repeat_byte(1),
            votes: Address::repeat_byte(2),
            escrow: Address::repeat_byte(3),
            purposes: vec![],
        }
    }

    fn emitted(contract: Address, event: &impl SolEvent) -> Emitted {
        let log = event.encode_log_data();
        Emitted {
            event_index: 7,
            extrinsic_index: Some(1),
            contract,
            topics: log.topics().to_vec(),
            data: log.data.to_vec(),
        }
    }

    #[test]
    fn amounts_become_decimal_strings_and_the_rest_numbers_or_hex() {
        let event = escrow::Ruled {
            offer: B256::repeat_byte(9),
            arbiter: Address::repeat_byte(8),
            returned_bps: 2_500,
            returned: u128::MAX,
        };
        let (_, event) = decode(&deployment(), 1, &emitted(Address::repeat_byte(3), &event)).unwrap().unwrap();
        let (name, fields) = describe(&event);
        assert_eq!(name, "Ruled");
        assert_eq!(fields["returned"], u128::MAX.to_string());
        assert_eq!(fields["returned_bps"], 2_500);
        assert_eq!(fields["arbiter"], format!("0x{}", "08".repeat(20)));
    }

    #[test]
    fn another_contracts_event_is_none_of_ours() {
        let event = escrow::Accepted { offer: B256::ZERO };
        assert!(decode(&deployment(), 1, &emitted(Address::repeat_byte(4), &event)).unwrap().is_none());
    }

    #[test]
    fn t42_an_event_that_the_contract_does_not_have_is_an_error() {
        let event = escrow::Accepted { offer: B256::ZERO };
        let error = decode(&deployment(), 5, &emitted(Address::repeat_byte(2), &event)).unwrap_err();
        assert!(matches!(error, Error::Undecodable { block: 5, event: 7, contract: Contract::Votes, .. }), "{error}");
    }
}
