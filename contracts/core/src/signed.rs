//! Acts that a member signs and anybody relays.
//!
//! What is signed is an EIP-712 digest under the contract's own domain. An Ethereum key signs the digest (65 bytes
//! `r ‖ s ‖ v`). A Substrate key signs words and that digest in hex, as a wallet shows and wraps them (96 bytes: the
//! sr25519 public key, then its signature); its member is the last 20 bytes of the key's Keccak, as the chain maps it.

use crate::{
    eip712::Signature,
    error::Error,
    hash::{Hash32, Keccak},
    types::{Address, Timestamp},
};

/// Whatever can tell who signed: the chain's own functions in a contract.
pub trait Signers: Keccak {
    /// The signer of `digest`, by the chain's own recovery.
    fn recover(&self, digest: Hash32, signature: &Signature) -> Option<Address>;

    /// Whether `key` signed `message`, by the chain's own sr25519; `None` if the chain lacks it.
    fn verify_sr25519(&self, key: &Hash32, message: &[u8], signature: &[u8; 64]) -> Option<bool>;
}

/// Bytes of an sr25519 public key with its signature.
pub const SR25519_SIZE: usize = 96;

/// Words and digest of the longest message a Substrate key signs, wrapped.
const MESSAGE_CAPACITY: usize = 192;

/// An act of a member: which words a Substrate wallet shows for it, and the digest that is signed.
#[derive(Clone, Copy, Debug)]
pub struct Act {
    /// A sentence without values, such as `Chorus: withdraw my contribution.`; at most 100 bytes.
    pub words: &'static str,
    /// The EIP-712 digest.
    pub digest: Hash32,
}

impl Act {
    /// Refuses unless `member` signed this act. `nonce` is the one their signature had to be over, for the error.
    ///
    /// # Errors
    /// [`Error::InvalidSignature`], or [`Error::Sr25519Unavailable`] on a chain without it.
    pub fn check<H: Signers>(&self, host: &H, member: Address, nonce: u64, signature: &[u8]) -> Result<(), Error> {
        let signer = match signature.split_first_chunk::<32>() {
            Some((key, rest)) if signature.len() == SR25519_SIZE => self.sr25519_signer(host, key, rest)?,
            _ => Signature::parse(signature).and_then(|signature| host.recover(self.digest, &signature)),
        };
        if signer == Some(member) { Ok(()) } else { Err(Error::InvalidSignature { account: member, nonce }) }
    }

    fn sr25519_signer<H: Signers>(&self, host: &H, key: &Hash32, rest: &[u8]) -> Result<Option<Address>, Error> {
        let Ok(signature) = rest.try_into() else { return Ok(None) };
        let message = self.message();
        let genuine = host.verify_sr25519(key, message.as_bytes(), signature).ok_or(Error::Sr25519Unavailable)?;
        Ok(genuine.then(|| substrate_address::<H>(key)))
    }

    /// What a Substrate key signs: `<Bytes>words\n0x…</Bytes>`.
    pub fn message(&self) -> Message {
        let mut message = Message { bytes: [0; MESSAGE_CAPACITY], len: 0 };
        message.push(b"<Bytes>");
        message.push(self.words.as_bytes());
        message.push(b"\n0x");
        for byte in self.digest {
            message.push(&[hex_digit(byte >> 4), hex_digit(byte & 15)]);
        }
        message.push(b"</Bytes>");
        message
    }
}

/// The text a Substrate key signs.
pub struct Message {
    bytes: [u8; MESSAGE_CAPACITY],
    len: usize,
}

impl Message {
    fn push(&mut self, bytes: &[u8]) {
        let end = self.len.saturating_add(bytes.len());
        if let Some(room) = self.bytes.get_mut(self.len..end) {
            room.copy_from_slice(bytes);
            self.len = end;
        }
    }

    /// The text.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// The address of a Substrate account, as `pallet-revive` maps it: the last 20 bytes of the Keccak of its key.
pub fn substrate_address<K: Keccak>(key: &Hash32) -> Address {
    let hash = K::keccak(key);
    Address(hash.last_chunk::<20>().copied().unwrap_or_default())
}

/// Refuses a signature whose time is over; a deadline is inclusive.
///
/// # Errors
/// [`Error::SignatureExpired`].
pub fn check_deadline(now: Timestamp, deadline: Timestamp) -> Result<(), Error> {
    if now > deadline { Err(Error::SignatureExpired { deadline }) } else { Ok(()) }
}

const fn hex_digit(half: u8) -> u8 {
    match half {
        0..=9 => b'0'.saturating_add(half),
        _ => b'a'.saturating_sub(10).saturating_add(half),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_substrate_key_signs_words_and_the_digest_in_hex_as_wallets_wrap_them() {
        let mut digest = [0xab; 32];
        digest[31] = 0x09;
        let message = Act { words: "Chorus: leave a sale.", digest }.message();
        let expected = alloc::format!("<Bytes>Chorus: leave a sale.\n0x{}09</Bytes>", "ab".repeat(31));
        assert_eq!(message.as_bytes(), expected.as_bytes());
    }
}
