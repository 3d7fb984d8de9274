//! How much goes into one transaction.

use chorus_client::Weight;

/// Half of what the normal calls of a block may prove (7.86 MB), in bytes.
const MAX_PROOF_BYTES: u64 = 3_900_000;

/// Half of what the normal calls of a block may compute (1.5 s), in picoseconds.
const MAX_REF_TIME_PS: u64 = 700_000_000_000;

/// Whether a batch is small enough. Half a block leaves room for the margin on top of what was rehearsed, and for other
/// people's transactions.
pub(crate) fn fits(weight: Weight) -> bool {
    weight.proof_size <= MAX_PROOF_BYTES && weight.ref_time <= MAX_REF_TIME_PS
}
