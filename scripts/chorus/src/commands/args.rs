//! How people write arguments: durations, addresses, ids.

use anyhow::{Context as _, bail};
use chorus_bindings::{Address, B256};
use chorus_client::keys::{Key, address_of};

/// Reads `90`, `90s`, `15m`, `12h` or `7d` as seconds.
pub(super) fn seconds(text: &str) -> anyhow::Result<u64> {
    let (number, unit) = match text.char_indices().next_back() {
        Some((_, digit)) if digit.is_ascii_digit() => (text, 1),
        Some((at, unit)) => {
            let unit = match unit {
                's' => 1,
                'm' => 60,
                'h' => 60 * 60,
                'd' => 24 * 60 * 60,
                _ => bail!("{text} is no duration: write 90s, 15m, 12h or 7d"),
            };
            (&text[..at], unit)
        }
        None => bail!("an empty duration: write 90s, 15m, 12h or 7d"),
    };
    let number: u64 = number.parse().with_context(|| format!("{text} is no duration: write 90s, 15m, 12h or 7d"))?;
    number.checked_mul(unit).with_context(|| format!("{text} is too long"))
}

/// Reads an address as `0x` and 40 hex digits, `0x` and 64 (a Substrate account), or a development name such as `//Alice`.
pub(super) fn address(text: &str) -> anyhow::Result<Address> {
    if text.starts_with("//") {
        return Ok(Key::from_uri(text)?.address());
    }
    let bytes = hex::decode(text.strip_prefix("0x").unwrap_or(text)).ok();
    match bytes.as_deref() {
        Some(address) if address.len() == 20 => Ok(Address::from_slice(address)),
        Some(account) if account.len() == 32 => {
            let mut id = [0; 32];
            id.copy_from_slice(account);
            Ok(address_of(&id))
        }
        _ => bail!("{text} is no address: write 0x and 40 hex digits, or //Alice"),
    }
}

/// Reads 32 bytes as `0x` and 64 hex digits.
pub(super) fn hash(text: &str) -> anyhow::Result<B256> {
    text.parse().ok().with_context(|| format!("{text} is no id or hash: write 0x and 64 hex digits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_with_their_unit() {
        for (text, expected) in [("90", 90), ("90s", 90), ("15m", 900), ("12h", 43_200), ("7d", 604_800)] {
            assert_eq!(seconds(text).unwrap(), expected);
        }
        for text in ["", "d", "-1s", "1w", "1.5h", "99999999999999999999d", "1é"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_address_may_be_a_name_or_an_account() {
        let alice = Key::from_uri("//Alice").unwrap();
        assert_eq!(address("//Alice").unwrap(), alice.address());
        assert_eq!(address(&hex::encode(alice.account())).unwrap(), alice.address());
        assert_eq!(address(&alice.address().to_string()).unwrap(), alice.address());
        assert!(address("0x12").is_err());
    }
}
