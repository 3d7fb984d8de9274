//! The model beside the contracts' bytecode: its addresses, settings and terms in the words of the bindings.

use chorus::deploy::NewPool;
use chorus_bindings::{Address, escrow};
use chorus_core::{offer::Terms, types};
use chorus_model::Pool;

/// An address of the model, as the bindings have it.
pub fn real(address: types::Address) -> Address {
    Address::from(address.0)
}

/// The same for several.
pub fn reals(addresses: &[types::Address]) -> Vec<Address> {
    addresses.iter().map(|address| real(*address)).collect()
}

/// An address of the bindings, as the model has it.
pub fn model(address: Address) -> types::Address {
    types::Address(address.0.0)
}

/// What deploys on a chain the pool that the model deploys in memory.
pub fn new_pool(pool: &Pool) -> NewPool {
    NewPool {
        purposes: (0..pool.purposes).map(|number| format!("purpose {number}")).collect(),
        attesters: reals(&pool.attesters),
        threshold: pool.threshold,
        daily_weight_cap: pool.daily_weight_cap.0,
        custodians: reals(&pool.custodians),
        arbiters: reals(&pool.arbiters),
        guardian: real(pool.guardian),
        voting: pool.voting,
        offers: pool.offers,
        proposals: pool.proposals,
    }
}

/// The call by which the buyer makes an offer on these terms.
pub fn offer_call(terms: &Terms) -> escrow::offerCall {
    escrow::offerCall {
        currency: real(terms.currency),
        price: terms.price.0,
        purpose: terms.purpose,
        fields_hash: terms.fields_hash.into(),
        licence_hash: terms.licence_hash.into(),
        min_members: terms.min_members,
        min_weight: terms.min_weight.0,
        custodian: real(terms.custodian),
        arbiter: real(terms.arbiter),
        delivery_s: terms.delivery_s,
        dispute_s: terms.dispute_s,
        salt: terms.salt.into(),
    }
}
