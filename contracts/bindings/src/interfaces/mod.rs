pub(crate) mod attestations;
pub(crate) mod escrow;
pub(crate) mod votes;
