//! Which account a contribution came from, as only those can tell who hold the attesters' key.

use age::secrecy::{ExposeSecret as _, SecretBox};
use chorus_core::hash::Hash32;
use hmac::Mac as _;

use crate::{
    account::AccountId,
    commitment::{hmac, random_secret},
    error::Error,
};

/// The key that the attesters share. Whoever holds it can test a guess of an account's name.
pub struct NullifierKey(SecretBox<[u8; 32]>);

impl NullifierKey {
    /// A new key from the system's randomness.
    pub fn random() -> Result<Self, Error> {
        Ok(Self(random_secret()?))
    }

    /// A key kept by the caller.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(SecretBox::new(Box::new(bytes)))
    }

    /// The bytes, to be stored where only attesters can read them.
    pub fn reveal(&self) -> &[u8; 32] {
        self.0.expose_secret()
    }

    /// `HMAC-SHA256(key, "chorus/nullifier/v1" ‖ account id)`.
    pub fn nullifier(&self, account: &AccountId) -> Hash32 {
        let mut mac = hmac(self.0.expose_secret());
        mac.update(b"chorus/nullifier/v1");
        mac.update(account.reveal().as_bytes());
        mac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    fn of(key: u8, name: &str) -> Hash32 {
        NullifierKey::from_bytes([key; 32]).nullifier(&AccountId::parse(name).unwrap())
    }

    #[test]
    fn t14_one_account_has_one_nullifier_however_it_is_written() {
        assert_eq!(of(1, "Listener"), of(1, "  listener\n"));
        assert_ne!(of(1, "listener"), of(1, "listener2"));
    }

    /// HMAC-SHA256 as RFC 2104 spells it out, with SHA-256 alone.
    fn hmac_by_hand(key: [u8; 32], message: &[u8]) -> Hash32 {
        let padded = |pad: u8| {
            let mut block = [pad; 64];
            block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
            block
        };
        let inner = Sha256::new().chain_update(padded(0x36)).chain_update(message).finalize();
        Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize().into()
    }

    /// Somebody with a list of all accounts can test each of them only with the key: every bit of the key, and nothing
    /// else that is secret, goes into the nullifier.
    #[test]
    fn t14_without_the_key_a_list_of_candidates_tells_nothing() {
        let nullifier = of(1, "candidate-77");
        assert_eq!(nullifier, hmac_by_hand([1; 32], b"chorus/nullifier/v1candidate-77"));
        for bit in 0..256 {
            let mut wrong = [1; 32];
            wrong[bit / 8] ^= 1 << (bit % 8);
            let guess = NullifierKey::from_bytes(wrong).nullifier(&AccountId::parse("candidate-77").unwrap());
            assert_ne!(guess, nullifier, "bit {bit} of the key does not matter");
        }
    }

    #[test]
    fn a_name_that_no_account_can_have_is_refused() {
        for name in ["", "  ", "a\u{0}b", &"x".repeat(300)] {
            assert!(AccountId::parse(name).is_err(), "{name:?}");
        }
    }
}
