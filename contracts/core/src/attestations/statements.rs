//! What attesters sign: that a member may contribute this, or that a contribution is a fraud.
//!
//! Everything is under the contract's domain, of which `separator` is the hash.

use super::{
    cells::{Attesters, MAX_ATTESTERS, Root},
    host::Host,
};
use crate::{
    abi::Word as _,
    eip712::{Signature, struct_digest},
    error::Error,
    hash::{Hash32, Keccak},
    packing::Contribution,
    signed_types::struct_words,
    types::{Address, Timestamp},
};

/// The domain separator, under which everything here is signed.
pub(super) fn separator<H: Host>(host: &H, root: &Root) -> Hash32 {
    host.domain(root.salt).separator::<H>()
}

/// What attesters sign for `member` to contribute this at their `nonce`: an `Attestation`.
pub fn attestation<K: Keccak>(separator: &Hash32, member: Address, nonce: u64, contribution: &Contribution) -> Hash32 {
    let Contribution { commitment, nullifier, weight, rule_version, route, deadline } = *contribution;
    let words = struct_words!(
        Attestation,
        [
            member.word(),
            nonce.word(),
            commitment,
            nullifier,
            weight.word(),
            rule_version.word(),
            route.word(),
            deadline.word(),
        ]
    );
    struct_digest::<K>(separator, &words)
}

/// What attesters sign for the DAO to take out what `member` contributed: a `Revocation`.
pub fn revocation<K: Keccak>(separator: &Hash32, member: Address, nullifier: Hash32, deadline: Timestamp) -> Hash32 {
    struct_digest::<K>(separator, &struct_words!(Revocation, [member.word(), nullifier, deadline.word()]))
}

/// Distinct attesters of the set in force must reach the threshold; any other signature is an error, not ignored.
pub(super) fn check_attesters<H: Host>(
    host: &H,
    attesters: &Attesters,
    digest: Hash32,
    signatures: &[u8],
) -> Result<(), Error> {
    let mut signed = 0u16;
    for (position, bytes) in (0u8..).zip(signatures.chunks(Signature::SIZE)) {
        if position >= MAX_ATTESTERS {
            return Err(Error::SignatureMalformed { position });
        }
        let signature = Signature::parse(bytes).ok_or(Error::SignatureMalformed { position })?;
        let signer = host.recover(digest, &signature).ok_or(Error::SignatureMalformed { position })?;
        let key = attesters.position(signer).ok_or(Error::NotAnAttester { signer, position })?;
        signed |= 1u16.checked_shl(key.into()).unwrap_or_default();
    }
    let signed = u8::try_from(signed.count_ones()).unwrap_or_default();
    if signed < attesters.threshold {
        return Err(Error::TooFewAttesters { signed, threshold: attesters.threshold });
    }
    Ok(())
}
