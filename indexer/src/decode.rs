//! What our contracts emitted, typed. Pure.

use chorus_bindings::{
    B256, Contract, Deployment, Event, attestations::AttestationsEvents, escrow::EscrowEvents, votes::VotesEvents,
};

use crate::{Error, chain::Emitted};

/// An event of one of our contracts.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// The event as the chain gave it.
    pub emitted: Emitted,
    /// The contract that emitted it.
    pub contract: Contract,
    /// Its name in the ABI.
    pub name: &'static str,
    /// The event as the bindings know it.
    pub event: Event,
}

/// Decodes one emitted event; none when another contract emitted it.
///
/// # Errors
/// [`Error::Undecodable`] when one of ours emitted what its ABI does not have.
pub fn decode(deployment: &Deployment, block: u64, emitted: &Emitted) -> Result<Option<Decoded>, Error> {
    let Some(contract) = deployment.contract_at(emitted.contract) else {
        return Ok(None);
    };
    let wrong = |reason: String| Error::Undecodable { block, event: emitted.event_index, contract, reason };
    let name = emitted.topics.first().and_then(|signature| name(contract, *signature));
    let name = name.ok_or_else(|| wrong("its ABI has no such event".into()))?;
    let event = Event::decode(contract, &emitted.topics, &emitted.data).map_err(|error| wrong(error.to_string()))?;
    Ok(Some(Decoded { emitted: emitted.clone(), contract, name, event }))
}

/// The name of a contract's event with this signature hash.
fn name(contract: Contract, signature: B256) -> Option<&'static str> {
    match contract {
        Contract::Attestations => AttestationsEvents::name_by_selector(signature.0),
        Contract::Votes => VotesEvents::name_by_selector(signature.0),
        Contract::Escrow => EscrowEvents::name_by_selector(signature.0),
    }
}

#[cfg(test)]
mod tests {
    use chorus_bindings::{Address, B256, SolEvent, escrow};

    use super::*;

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
    fn an_event_of_ours_is_decoded_under_its_name() {
        let event = escrow::Accepted { offer: B256::repeat_byte(9) };
        let decoded = decode(&deployment(), 1, &emitted(Address::repeat_byte(3), &event)).unwrap().unwrap();
        assert_eq!((decoded.contract, decoded.name), (Contract::Escrow, "Accepted"));
        assert!(matches!(decoded.event, Event::Escrow(EscrowEvents::Accepted(found)) if found == event));
    }

    #[test]
    fn another_contracts_event_is_not_ours() {
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
