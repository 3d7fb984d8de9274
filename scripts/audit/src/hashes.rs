//! The hashes that are ids of offers and proposals, and roots of manifests, written a second time on purpose.

use chorus_abi::{Address, B256};
use chorus_client::record::{Offer, Proposal};
use sha3::{Digest as _, Keccak256};

/// The EIP-712 type that an offer's id is the hash of.
const OFFER: &str = "Offer(address buyer,address currency,uint128 price,uint8 purpose,bytes32 fields_hash,\
                     bytes32 licence_hash,uint32 min_members,uint64 min_weight,address custodian,address arbiter,\
                     uint64 delivery_s,uint64 dispute_s,bytes32 salt)";

/// The EIP-712 type that a proposal's id is the hash of.
const PROPOSAL: &str = "Proposal(address[] targets,bytes[] calls,bytes32 description_hash)";

/// Keccak-256 of `parts`, one after the other.
pub(crate) fn keccak(parts: &[&[u8]]) -> B256 {
    let mut hash = Keccak256::new();
    parts.iter().for_each(|part| hash.update(part));
    B256::from(<[u8; 32]>::from(hash.finalize()))
}

/// The id that an offer must have, under the domain separator of `escrow`.
pub(crate) fn offer_id(separator: B256, offer: &Offer) -> B256 {
    let (made, conditions) = (&offer.made, &offer.conditions);
    let struct_hash = hash_words(&[
        keccak(&[OFFER.as_bytes()]),
        made.buyer.into_word(),
        made.currency.into_word(),
        number(made.price),
        number(made.purpose.into()),
        made.fields_hash,
        made.licence_hash,
        number(made.min_members.into()),
        number(made.min_weight.into()),
        made.custodian.into_word(),
        made.arbiter.into_word(),
        // A contract that announced an end before its beginning has not hashed that difference: the ids will differ.
        number(conditions.delivery_ends.saturating_sub(conditions.opt_out_ends).into()),
        number(conditions.dispute_s.into()),
        made.salt,
    ]);
    digest(separator, struct_hash)
}

/// The id that a proposal must have, under the domain separator of `escrow`.
pub(crate) fn proposal_id(separator: B256, proposal: &Proposal) -> B256 {
    let targets: Vec<B256> = proposal.calls.iter().map(|call| Address::into_word(&call.target)).collect();
    let calls: Vec<B256> = proposal.calls.iter().map(|call| keccak(&[&call.call])).collect();
    let struct_hash = hash_words(&[
        keccak(&[PROPOSAL.as_bytes()]),
        hash_words(&targets),
        hash_words(&calls),
        proposal.proposed.description_hash,
    ]);
    digest(separator, struct_hash)
}

fn digest(separator: B256, struct_hash: B256) -> B256 {
    keccak(&[&[0x19, 0x01], separator.as_slice(), struct_hash.as_slice()])
}

fn hash_words(words: &[B256]) -> B256 {
    keccak(&words.iter().map(|word| word.as_slice()).collect::<Vec<_>>())
}

fn number(value: u128) -> B256 {
    let mut word = B256::ZERO;
    word[16..].copy_from_slice(&value.to_be_bytes());
    word
}

/// The root of a delivery's manifest: RFC 9162's tree over `keccak(2 ‖ number ‖ commitment)`, in order of numbers.
pub(crate) fn manifest_root(members: &[(u32, B256)]) -> Option<B256> {
    let leaves: Vec<B256> = members
        .iter()
        .map(|(number, commitment)| {
            let item = keccak(&[&[2], &number.to_be_bytes(), commitment.as_slice()]);
            keccak(&[&[0], item.as_slice()])
        })
        .collect();
    (!leaves.is_empty()).then(|| root(&leaves))
}

fn root(leaves: &[B256]) -> B256 {
    match leaves {
        [leaf] => *leaf,
        _ => {
            // The left half holds the largest power of two below the number of leaves.
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            keccak(&[&[1], root(left).as_slice(), root(right).as_slice()])
        }
    }
}

#[cfg(test)]
mod tests {
    use alloy_sol_types::{Eip712Domain, SolStruct as _};
    use chorus_abi::{Bytes, U256, escrow};
    use chorus_client::record::{At, Ballot};
    use chorus_contribution::delivery::{self, Member};

    use super::*;

    /// The structs as alloy hashes them.
    mod signed {
        alloy_sol_types::sol! {
            struct Offer {
                address buyer;
                address currency;
                uint128 price;
                uint8 purpose;
                bytes32 fields_hash;
                bytes32 licence_hash;
                uint32 min_members;
                uint64 min_weight;
                address custodian;
                address arbiter;
                uint64 delivery_s;
                uint64 dispute_s;
                bytes32 salt;
            }

            struct Proposal {
                address[] targets;
                bytes[] calls;
                bytes32 description_hash;
            }
        }
    }

    fn domain() -> Eip712Domain {
        Eip712Domain::new(Some("Chorus Escrow".into()), Some("1".into()), Some(U256::from(420)), None, None)
    }

    fn address(byte: u8) -> Address {
        Address::repeat_byte(byte)
    }

    fn word(byte: u8) -> B256 {
        B256::repeat_byte(byte)
    }

    #[test]
    fn an_offer_is_hashed_as_alloy_does() {
        let offer = signed::Offer {
            buyer: address(1),
            currency: address(2),
            price: u128::MAX - 3,
            purpose: 4,
            fields_hash: word(5),
            licence_hash: word(6),
            min_members: 7,
            min_weight: 8,
            custodian: address(9),
            arbiter: address(10),
            delivery_s: 11,
            dispute_s: 12,
            salt: word(13),
        };
        let made = escrow::OfferMade {
            offer: B256::ZERO,
            buyer: offer.buyer,
            currency: offer.currency,
            price: offer.price,
            purpose: offer.purpose,
            fields_hash: offer.fields_hash,
            licence_hash: offer.licence_hash,
            min_members: offer.min_members,
            min_weight: offer.min_weight,
            custodian: offer.custodian,
            arbiter: offer.arbiter,
            salt: offer.salt,
        };
        let conditions = escrow::OfferTerms {
            offer: B256::ZERO,
            sale: 1,
            voting_ends: 100,
            opt_out_ends: 200,
            delivery_ends: 200 + offer.delivery_s,
            dispute_s: offer.dispute_s,
            ruling_s: 50,
            fee_bps: 500,
            tip_bps: 100,
            listing_fee: 0,
            total_weight: 60,
            members: 3,
        };
        let record = Offer {
            made,
            conditions,
            at: At::default(),
            ballot: Ballot::default(),
            sealed: None,
            delivered: None,
            accepted: None,
            disputed: None,
            ruled: None,
            refunded: None,
            distributions: vec![],
            payouts: vec![],
            paid: None,
        };
        assert_eq!(offer_id(domain().separator(), &record), offer.eip712_signing_hash(&domain()));
    }

    #[test]
    fn a_proposal_is_hashed_as_alloy_does() {
        let calls = [vec![], vec![1, 2, 3], vec![7; 100]];
        let targets = [address(1), address(2), address(3)];
        let description_hash = word(4);
        let proposed = escrow::Proposed {
            proposal: B256::ZERO,
            proposer: address(5),
            description_hash,
            voting_ends: 1,
            executable_from: 2,
            executable_until: 3,
            count: 3,
        };
        let logged = (0u8..).zip(targets.into_iter().zip(calls.clone())).map(|(index, (target, call))| {
            escrow::ProposedCall { proposal: B256::ZERO, index, target, call: call.into() }
        });
        let record = Proposal {
            proposed,
            at: At::default(),
            calls: logged.collect(),
            ballot: Ballot::default(),
            executed: None,
        };
        let calls = calls.into_iter().map(Bytes::from).collect();
        let proposal = signed::Proposal { targets: targets.to_vec(), calls, description_hash };
        assert_eq!(proposal_id(domain().separator(), &record), proposal.eip712_signing_hash(&domain()));
    }

    /// Two implementations of the manifest's root, written apart, agree.
    ///
    /// Shows T56.
    #[test]
    fn the_manifest_root_is_that_of_the_delivery() {
        for count in 1u32..40 {
            let members: Vec<_> = (1..=count).map(|number| (number * 3, word(number as u8))).collect();
            let delivered: Vec<_> =
                members.iter().map(|&(number, commitment)| Member { number, commitment: commitment.0 }).collect();
            assert_eq!(manifest_root(&members).map(|root| root.0), delivery::manifest_root(&delivered));
        }
        assert_eq!(manifest_root(&[]), None);
    }
}
