//! How a price is divided: fee, tips, shares, residue. Everything rounds down; what rounding leaves is the residue.

use crate::{
    error::Error,
    math::{mul_div_floor, wide_mul},
    types::{Amount, Bps, Points, Weight},
};

/// The most that fee and tip may take together of what is paid.
pub const MAX_FEE_AND_TIP: Bps = Bps::of(2_000);

/// Points of weight for which the reserve is named.
pub const RESERVE_UNIT: u64 = 1_000_000;

/// Two amounts together.
///
/// # Errors
/// [`Error::Overflow`] beyond 128 bits.
pub(crate) fn sum(a: Amount, b: Amount) -> Result<Amount, Error> {
    a.0.checked_add(b.0).map(Amount).ok_or(Error::Overflow)
}

/// What becomes of a price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settlement {
    /// What the buyer deposited.
    pub price: Amount,
    /// What a ruling gives back to the buyer.
    pub returned: Amount,
    /// The rest, which is divided.
    pub paid: Amount,
    /// The treasury's part.
    pub fee: Amount,
    /// For whoever settles a member, once for each member.
    pub tip: Amount,
    /// For the members, by weight.
    pub net: Amount,
}

impl Settlement {
    /// Divides `price` among `members`, of which `returned` parts go back first.
    ///
    /// Nothing if fee and tip exceed [`MAX_FEE_AND_TIP`] or there are no members.
    pub fn new(price: Amount, returned: Bps, fee: Bps, tip: Bps, members: u32) -> Option<Self> {
        if u32::from(fee.get()).checked_add(tip.get().into())? > MAX_FEE_AND_TIP.get().into() {
            return None;
        }
        let returned = part(price, returned)?;
        let paid = price.0.checked_sub(returned.0)?;
        let fee = part(Amount(paid), fee)?;
        let tip = part(Amount(paid), tip)?.0.checked_div(members.into())?;
        let tips = tip.checked_mul(members.into())?;
        let net = paid.checked_sub(fee.0)?.checked_sub(tips)?;
        Some(Self { price, returned, paid: Amount(paid), fee, tip: Amount(tip), net: Amount(net) })
    }

    /// What a point of weight gets where all weigh `total`. Nothing if all weigh nothing.
    pub fn per_point(&self, total: Points) -> Option<PerPoint> {
        let whole = self.net.0.checked_div(total.0.into())?;
        let rest = u64::try_from(self.net.0.checked_rem(total.0.into())?).ok()?;
        Some(PerPoint { whole, rest, total: total.0 })
    }

    /// Whether the members together get the DAO's `reserve` for a million points: `net × 10^6 >= reserve × total`.
    pub fn reaches(&self, reserve: Amount, total: Points) -> bool {
        wide_mul(self.net.0, RESERVE_UNIT) >= wide_mul(reserve.0, total.0)
    }
}

/// `net / total` as a whole and a rest, so that each share costs one division, of 64 bits in most sales.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PerPoint {
    whole: u128,
    rest: u64,
    total: u64,
}

impl PerPoint {
    /// `floor(net × weight / total)`, the share of a member of `weight`. Nothing if they weigh more than all.
    pub fn share(&self, weight: Weight) -> Option<Amount> {
        let Self { whole, rest, total } = *self;
        let weight = u64::from(weight.0);
        if weight > total {
            return None;
        }
        // net × w / W = whole × w + rest × w / W, and rest < W, so nothing here exceeds net.
        let part = match rest.checked_mul(weight) {
            Some(product) => product.checked_div(total)?.into(),
            None => u128::from(rest).checked_mul(weight.into())?.checked_div(total.into())?,
        };
        whole.checked_mul(weight.into())?.checked_add(part).map(Amount)
    }
}

/// `floor(amount × bps / 10^4)`.
fn part(amount: Amount, bps: Bps) -> Option<Amount> {
    mul_div_floor(amount.0, bps.get().into(), Bps::WHOLE.get().into()).map(Amount)
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    fn settlement(price: u128, returned: u16, fee: u16, tip: u16, members: u32) -> Option<Settlement> {
        let bps = |parts| Bps::new(parts).unwrap();
        Settlement::new(Amount(price), bps(returned), bps(fee), bps(tip), members)
    }

    #[test]
    fn p05_p07_one_unit_in_three_shares() {
        let s = settlement(10, 0, 0, 0, 3).unwrap();
        let share = |weight| s.per_point(Points(10)).unwrap().share(Weight(weight)).unwrap().0;
        assert_eq!([share(2), share(1), share(7)], [2, 1, 7]);
    }

    #[test]
    fn fee_and_tip_above_their_cap_or_no_members_is_refused() {
        assert_eq!(settlement(100, 0, 1_999, 2, 1), None);
        assert_eq!(settlement(100, 0, 0, 0, 0), None);
        assert!(settlement(100, 0, 1_999, 1, 1).is_some());
    }

    #[test]
    fn a_return_of_all_leaves_nothing_to_divide() {
        let s = settlement(99, 10_000, 500, 100, 7).unwrap();
        assert_eq!((s.returned, s.paid, s.fee, s.tip, s.net), (Amount(99), Amount(0), Amount(0), Amount(0), Amount(0)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]
        #[test]
        fn t19_p10_i07_paid_sum_and_residue_are_net_and_nobody_gets_more_than_their_floor(
            price in prop_oneof![0u128..1_000, any::<u128>()],
            (returned, fee, tip) in (0u16..=10_000, 0u16..=1_500, 0u16..=500),
            weights in prop::collection::vec(1u32..=1_000_000, 1..40),
        ) {
            let total: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
            let s = settlement(price, returned, fee, tip, weights.len() as u32).unwrap();
            prop_assert_eq!(s.returned.0 + s.paid.0, price);
            prop_assert_eq!(s.fee.0 + s.tip.0 * weights.len() as u128 + s.net.0, s.paid.0);
            let rate = s.per_point(Points(total)).unwrap();
            let shares: Vec<u128> = weights.iter().map(|weight| rate.share(Weight(*weight)).unwrap().0).collect();
            for (share, weight) in shares.iter().zip(&weights) {
                // share × W <= net × w < (share + 1) × W: the floor, neither more nor less.
                prop_assert!(wide_mul(*share, total) <= wide_mul(s.net.0, (*weight).into()));
                prop_assert!(wide_mul(share + 1, total) > wide_mul(s.net.0, (*weight).into()));
            }
            let residue = s.net.0 - shares.iter().sum::<u128>();
            prop_assert!(residue < weights.len() as u128);
        }

        #[test]
        fn t30_a_share_is_the_floor_whatever_the_weights(
            net: u128,
            weight: u32,
            total in prop_oneof![1u64.., 1u64..1 << 20, 1u64 << 32..1 << 50],
        ) {
            let s = Settlement { net: Amount(net), ..Settlement::default() };
            let share = s.per_point(Points(total)).and_then(|rate| rate.share(Weight(weight)));
            let expected = if u64::from(weight) <= total { mul_div_floor(net, weight.into(), total) } else { None };
            prop_assert_eq!(share, expected.map(Amount));
            prop_assert_eq!(s.per_point(Points(0)), None);
        }
    }
}
