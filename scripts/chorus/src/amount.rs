//! Amounts of money as people write them. Contracts count in a currency's smallest unit, which is 10^-18 for native
//! money.

use anyhow::{Context as _, ensure};
use chorus_bindings::{Address, tokens};
use chorus_client::{Client, Error};

/// Decimals of native money inside contracts and in every API of Chorus.
pub const DECIMALS: usize = 18;

/// A currency as people read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Currency {
    /// The token's address; address 0 stands for native money.
    pub address: Address,
    /// What to write after an amount. It is empty for native money.
    pub symbol: String,
    /// How many decimals a whole unit has.
    pub decimals: usize,
}

impl Currency {
    /// Native money.
    pub fn native() -> Self {
        Self { address: Address::ZERO, symbol: String::new(), decimals: DECIMALS }
    }

    /// Asks the token how its amounts are written.
    pub async fn of(client: &Client, address: Address) -> Result<Self, Error> {
        if address == Address::ZERO {
            return Ok(Self::native());
        }
        let decimals = client.view(address, &tokens::decimalsCall {}, None).await?;
        // A sum is right without a name, so a token that has none is called by its address.
        let symbol = client.view(address, &tokens::symbolCall {}, None).await.unwrap_or_else(|_| address.to_string());
        Ok(Self { address, symbol, decimals: decimals.into() })
    }

    /// Reads `12.5` (whole units), or `12500wei` (smallest units).
    ///
    /// # Errors
    /// When it is not a number, has more decimals than the currency, or does not fit into 128 bits.
    pub fn parse(&self, text: &str) -> anyhow::Result<u128> {
        let decimals = self.decimals;
        let text = text.trim().replace('_', "");
        if let Some(wei) = text.strip_suffix("wei") {
            return wei.trim().parse().with_context(|| format!("{text} is not a whole number below 2^128"));
        }
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        ensure!(
            !whole.is_empty() && digits(whole) && digits(fraction),
            "{text} is not an amount: write 12.5, or 12500wei"
        );
        ensure!(fraction.len() <= decimals, "{text} has more than {decimals} decimals");
        format!("{whole}{fraction:0<decimals$}").parse().with_context(|| format!("{text} is too large"))
    }

    /// Writes an amount of smallest units in whole units, without trailing zeros.
    pub fn show(&self, amount: u128) -> String {
        let digits = format!("{amount:0>width$}", width = self.decimals + 1);
        let (whole, fraction) = digits.split_at(digits.len() - self.decimals);
        let number = match fraction.trim_end_matches('0') {
            "" => whole.to_owned(),
            fraction => format!("{whole}.{fraction}"),
        };
        if self.symbol.is_empty() { number } else { format!("{number} {}", self.symbol) }
    }
}

/// Reads an amount of native money: see [`Currency::parse`].
pub fn parse(text: &str) -> anyhow::Result<u128> {
    Currency::native().parse(text)
}

/// Writes an amount of native money: see [`Currency::show`].
pub fn show(wei: u128) -> String {
    Currency::native().show(wei)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_and_written_exactly() {
        for (text, wei) in
            [("0", 0), ("1", 10u128.pow(18)), ("12.5", 125 * 10u128.pow(17)), ("0.000000000000000001", 1)]
        {
            assert_eq!(parse(text).unwrap(), wei);
            assert_eq!(show(wei), text);
        }
        assert_eq!(parse("7wei").unwrap(), 7);
        assert_eq!(show(u128::MAX), "340282366920938463463.374607431768211455");
    }

    #[test]
    fn a_token_has_its_own_decimals() {
        let token = |decimals| Currency { address: Address::repeat_byte(1), symbol: "tUSD".into(), decimals };
        assert_eq!(token(6).parse("12.5").unwrap(), 12_500_000);
        assert_eq!(token(6).show(12_500_000), "12.5 tUSD");
        assert!(token(6).parse("0.0000001").is_err());
        assert_eq!(token(0).show(7), "7 tUSD");
        assert_eq!(token(0).parse("7").unwrap(), 7);
    }

    #[test]
    fn anything_but_an_amount_is_refused() {
        for text in ["", ".5", "-1", "1e3", "1.0000000000000000001", "340282366920938463464", "1.2.3", "wei"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
