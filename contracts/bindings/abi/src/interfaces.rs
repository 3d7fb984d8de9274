//! What alloy makes of the ABI files.

#![allow(clippy::too_many_arguments, reason = "alloy's sol! writes one for each argument of a message")]

use alloy_sol_types::sol;

sol!(
    #[derive(Debug, PartialEq, Eq)]
    Attestations,
    "../../artifacts/attestations.abi"
);
sol!(
    #[derive(Debug, PartialEq, Eq)]
    Votes,
    "../../artifacts/votes.abi"
);
sol!(
    #[derive(Debug, PartialEq, Eq)]
    Escrow,
    "../../artifacts/escrow.abi"
);
