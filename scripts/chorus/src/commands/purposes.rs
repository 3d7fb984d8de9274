//! Purposes as numbers, as the bits that contracts keep, and as words.

use anyhow::ensure;
use chorus_client::pool::Pool;

/// One bit for each purpose in a list of numbers.
///
/// # Errors
/// When the pool does not have one of the purposes.
pub(super) fn bits(pool: &Pool, purposes: &[u8]) -> anyhow::Result<u16> {
    bits_of(pool.deployment().purposes.len(), purposes)
}

fn bits_of(count: usize, purposes: &[u8]) -> anyhow::Result<u16> {
    purposes.iter().try_fold(0, |bits, purpose| {
        let known = usize::from(*purpose) < count.min(16);
        ensure!(known, "there is no purpose {purpose}: `chorus status` lists the purposes of this pool");
        Ok(bits | 1 << purpose)
    })
}

/// A set of purposes in words.
pub(super) fn words(pool: &Pool, bits: u16) -> String {
    let texts: Vec<_> = (0..16)
        .filter(|purpose| bits & (1 << purpose) != 0)
        .map(|purpose| format!("“{}”", pool.purpose_text(purpose)))
        .collect();
    if texts.is_empty() { "no purpose yet".into() } else { texts.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_purpose_of_the_pool_has_its_bit_and_there_are_no_others() {
        assert_eq!(bits_of(3, &[]).unwrap(), 0);
        assert_eq!(bits_of(3, &[2, 0, 2]).unwrap(), 0b101);
        assert_eq!(bits_of(16, &[15]).unwrap(), 1 << 15);
        assert!(bits_of(3, &[3]).unwrap_err().to_string().contains("no purpose 3"));
        assert!(bits_of(20, &[16]).is_err());
    }
}
