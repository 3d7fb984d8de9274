//! Which account a contribution came from, told only to those who hold the attesters' key.

use age::secrecy::{ExposeSecret as _, SecretBox};
use chorus_core::hash::Hash32;
use hmac::Mac as _;

use super::{
    Error,
    account::AccountId,
    commitment::{hmac, random_secret},
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

    /// The bytes, to be stored where only attesters read.
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
    use super::*;

    fn of(key: u8, name: &str) -> Hash32 {
        NullifierKey::from_bytes([key; 32]).nullifier(&AccountId::parse(name).unwrap())
    }

    #[test]
    fn t14_one_account_has_one_nullifier_however_it_is_written() {
        assert_eq!(of(1, "Listener"), of(1, "  listener\n"));
        assert_ne!(of(1, "listener"), of(1, "listener2"));
    }

    /// Somebody with a list of all accounts tries each of them, without the key or with a wrong one.
    #[test]
    fn t14_without_the_key_a_list_of_candidates_tells_nothing() {
        let nullifier = of(1, "candidate-77");
        for candidate in 0..200 {
            let name = format!("candidate-{candidate}");
            assert_eq!(of(1, &name) == nullifier, candidate == 77, "the key tells");
            assert_ne!(of(2, &name), nullifier);
            let unkeyed: Hash32 = <sha2::Sha256 as sha2::Digest>::digest(&name).into();
            assert_ne!(unkeyed, nullifier);
        }
    }

    #[test]
    fn a_name_that_no_account_has_is_refused() {
        for name in ["", "  ", "a\u{0}b", &"x".repeat(300)] {
            assert!(AccountId::parse(name).is_err(), "{name:?}");
        }
    }
}
