//! Keccak-256, brought by the caller: the chain's host function in a contract, software elsewhere.

/// A 32-byte hash or identifier.
pub type Hash32 = [u8; 32];

/// Whatever can compute Keccak-256.
pub trait Keccak {
    /// Keccak-256 of `data`.
    fn keccak(data: &[u8]) -> Hash32;
}

/// Keccak-256 in software, for clients and tests.
#[cfg(feature = "keccak")]
pub struct Software;

#[cfg(feature = "keccak")]
impl Keccak for Software {
    fn keccak(data: &[u8]) -> Hash32 {
        use sha3::Digest as _;
        sha3::Keccak256::digest(data).into()
    }
}
