//! What members do by signature.

use chorus_bindings::{Address, B256, Contract, U256, signed};
use chorus_core::attestations::ROUTE_PORTABILITY_EXPORT;
use serde::{Deserialize, Serialize};

use crate::{actions::ballot_number, attestation::SignedAttestation};

/// What a member does. A deadline is the last second at which the signature is good, in unix seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Act {
    /// Contributes, or replaces the present contribution; the deadline is that of the attesters.
    Contribute {
        /// What the attesters signed.
        attested: SignedAttestation,
        /// The purposes allowed, one bit for each.
        purposes: u16,
    },
    /// Allows exactly these purposes.
    SetPurposes {
        /// The purposes allowed, one bit for each.
        purposes: u16,
        /// The last second at which the signature is good.
        deadline: u64,
    },
    /// Takes the contribution back.
    Withdraw {
        /// The last second at which the signature is good.
        deadline: u64,
    },
    /// Leaves an open sale.
    Leave {
        /// The sale's number.
        sale: u32,
        /// The last second at which the signature is good.
        deadline: u64,
    },
    /// Votes on an offer or a proposal; the signature is good as long as the ballot is open.
    Vote {
        /// The ballot's id, which is that of its offer or proposal.
        ballot: B256,
        /// 0 against, 1 for, 2 abstain.
        support: u8,
    },
    /// Delegates votes.
    Delegate {
        /// Who votes for the member.
        to: Address,
        /// The last second at which the signature is good.
        deadline: u64,
    },
    /// Takes a share of a sale.
    Claim {
        /// The offer's id.
        offer: B256,
        /// Where the money goes.
        to: Address,
        /// The last second at which the signature is good.
        deadline: u64,
    },
    /// Takes a whole credit.
    WithdrawCredit {
        /// The currency of the credit.
        currency: Address,
        /// Where the money goes.
        to: Address,
        /// The last second at which the signature is good.
        deadline: u64,
    },
}

/// What is signed for an act: the contract that checks it, the words that a Substrate wallet shows, the struct's hash.
pub(super) struct Signable {
    pub(super) contract: Contract,
    pub(super) words: &'static str,
    pub(super) hash: B256,
}

fn signable<A: signed::Act>(act: &A) -> Signable {
    Signable { contract: A::CONTRACT, words: A::WORDS, hash: act.eip712_hash_struct() }
}

impl Act {
    /// Its name in files and reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Contribute { .. } => "contribute",
            Self::SetPurposes { .. } => "set_purposes",
            Self::Withdraw { .. } => "withdraw",
            Self::Leave { .. } => "leave",
            Self::Vote { .. } => "vote",
            Self::Delegate { .. } => "delegate",
            Self::Claim { .. } => "claim",
            Self::WithdrawCredit { .. } => "withdraw_credit",
        }
    }

    /// The contract that checks the signature and counts the nonces.
    pub fn contract(&self) -> Contract {
        self.signable(Address::ZERO, 0).contract
    }

    /// The last second at which the signature is good; `None` where the end of the ballot decides.
    pub fn deadline(&self) -> Option<u64> {
        match self {
            Self::Contribute { attested, .. } => Some(attested.deadline),
            Self::SetPurposes { deadline, .. }
            | Self::Withdraw { deadline }
            | Self::Leave { deadline, .. }
            | Self::Delegate { deadline, .. }
            | Self::Claim { deadline, .. }
            | Self::WithdrawCredit { deadline, .. } => Some(*deadline),
            Self::Vote { .. } => None,
        }
    }

    pub(super) fn signable(&self, member: Address, nonce: u64) -> Signable {
        match *self {
            Self::Contribute { ref attested, purposes } => signable(&signed::Contribution {
                member,
                nonce,
                commitment: attested.commitment,
                nullifier: attested.nullifier,
                weight: attested.weight,
                rule_version: attested.rule_version,
                route: ROUTE_PORTABILITY_EXPORT,
                purposes,
                deadline: attested.deadline,
            }),
            Self::SetPurposes { purposes, deadline } => {
                signable(&signed::SetPurposes { member, nonce, purposes, deadline })
            }
            Self::Withdraw { deadline } => signable(&signed::Withdraw { member, nonce, deadline }),
            Self::Leave { sale, deadline } => signable(&signed::Leave { member, nonce, sale, deadline }),
            Self::Vote { ballot, support } => signable(&signed::Ballot {
                proposalId: ballot_number(ballot),
                support,
                voter: member,
                nonce: U256::from(nonce),
            }),
            Self::Delegate { to, deadline } => {
                signable(&signed::Delegation { delegatee: to, nonce: U256::from(nonce), expiry: U256::from(deadline) })
            }
            Self::Claim { offer, to, deadline } => signable(&signed::Claim { member, nonce, offer, to, deadline }),
            Self::WithdrawCredit { currency, to, deadline } => {
                signable(&signed::WithdrawCredit { owner: member, nonce, currency, to, deadline })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_is_checked_by_the_contract_that_it_is_for() {
        let (deadline, to) = (1, Address::ZERO);
        for (act, contract) in [
            (Act::SetPurposes { purposes: 1, deadline }, Contract::Attestations),
            (Act::Withdraw { deadline }, Contract::Attestations),
            (Act::Leave { sale: 1, deadline }, Contract::Attestations),
            (Act::Vote { ballot: B256::ZERO, support: 1 }, Contract::Votes),
            (Act::Delegate { to, deadline }, Contract::Votes),
            (Act::Claim { offer: B256::ZERO, to, deadline }, Contract::Escrow),
            (Act::WithdrawCredit { currency: to, to, deadline }, Contract::Escrow),
        ] {
            assert_eq!(act.contract(), contract, "{}", act.name());
        }
    }
}
