//! Exact products wider than the numbers they come from.

/// `amount × factor`, exact in 192 bits, as three 64-bit limbs, most significant first (so they compare as numbers).
pub fn wide_mul(amount: u128, factor: u64) -> [u64; 3] {
    let [high, low] = limbs(amount);
    let factor = u128::from(factor);
    // 64 × 64 bits leave room for one more limb: (2^64 - 1)^2 + (2^64 - 1) < 2^128.
    let [carry, low] = limbs(u128::from(low).wrapping_mul(factor));
    let [high, middle] = limbs(u128::from(high).wrapping_mul(factor).wrapping_add(u128::from(carry)));
    [high, middle, low]
}

/// `floor(amount × numerator / denominator)`, exact; `None` if `denominator` is 0 or the result exceeds 128 bits.
pub fn mul_div_floor(amount: u128, numerator: u64, denominator: u64) -> Option<u128> {
    let divisor = u128::from(denominator);
    let mut quotient: u128 = 0;
    let mut remainder: u128 = 0;
    // Schoolbook division, a limb at a time: the remainder is below 2^64, so `remainder · 2^64 + limb` fits.
    for limb in wide_mul(amount, numerator) {
        let dividend = remainder << 64 | u128::from(limb);
        if quotient >> 64 != 0 {
            return None;
        }
        quotient = quotient << 64 | dividend.checked_div(divisor)?;
        remainder = dividend.checked_rem(divisor)?;
    }
    Some(quotient)
}

#[allow(clippy::cast_possible_truncation, reason = "splitting into halves is what this does")]
const fn limbs(value: u128) -> [u64; 2] {
    [(value >> 64) as u64, value as u64]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn t30_a_product_near_the_limit_is_exact_or_refused() {
        assert_eq!(wide_mul(u128::MAX, u64::MAX), [u64::MAX - 1, u64::MAX, 1]);
        assert_eq!(mul_div_floor(u128::MAX, u64::MAX, u64::MAX), Some(u128::MAX));
        assert_eq!(mul_div_floor(u128::MAX, 2, 1), None);
        assert_eq!(mul_div_floor(1, 1, 0), None);
    }

    proptest! {
        #[test]
        fn t30_floor_division_agrees_with_its_definition(amount: u128, denominator in 1u64.., part: u64) {
            let numerator = part % denominator;
            let floor = mul_div_floor(amount, numerator, denominator).unwrap();
            // floor × d <= amount × n < (floor + 1) × d
            prop_assert!(wide_mul(floor, denominator) <= wide_mul(amount, numerator));
            prop_assert!(wide_mul(floor + 1, denominator) > wide_mul(amount, numerator));
        }
    }
}
