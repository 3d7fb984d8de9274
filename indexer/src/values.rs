//! Values that are the same thing in a column and in an answer: typed here, so that nobody reads them back from text.

use std::{borrow::Cow, fmt};

use chorus_bindings::{B256, U256};
use serde::{Serialize, Serializer};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

/// An address of 20 bytes, written as `0x` and lower-case hex.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(pub chorus_bindings::Address);

/// A hash or an id of 32 bytes, written as `0x` and lower-case hex.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub B256);

/// Any number of bytes, written as `0x` and lower-case hex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

/// An amount of money in its currency's smallest unit, written as a decimal string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(pub U256);

/// Votes, in points of weight, written as a decimal string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Points(pub u64);

/// Where a row comes from: the event at this index of this block's `System.Events`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct At {
    /// The block's number.
    pub block: u64,
    /// The event's index in the block.
    pub event: u32,
}

impl From<u128> for Amount {
    fn from(amount: u128) -> Self {
        Self(U256::from(amount))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", hex::encode(self.0))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", hex::encode(self.0))
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", hex::encode(&self.0))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Writes each of these as its text, in answers and in their description.
macro_rules! as_text {
    ($($name:ident: $description:literal),* $(,)?) => {
        $(
            impl Serialize for $name {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.collect_str(self)
                }
            }

            impl PartialSchema for $name {
                fn schema() -> RefOr<Schema> {
                    ObjectBuilder::new().schema_type(Type::String).description(Some($description)).into()
                }
            }

            impl ToSchema for $name {
                fn name() -> Cow<'static, str> {
                    stringify!($name).into()
                }
            }
        )*
    };
}

as_text! {
    Address: "20 bytes as `0x` and lower-case hex",
    Hash: "32 bytes as `0x` and lower-case hex",
    Bytes: "Bytes as `0x` and lower-case hex",
    Amount: "Money in its currency's smallest unit, as a decimal string",
    Points: "Votes as a decimal string",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_text() {
        let written = serde_json::json!([
            Address(chorus_bindings::Address::repeat_byte(0xAB)),
            Hash(B256::repeat_byte(0xCD)),
            Bytes(vec![1, 255]),
            Amount(U256::MAX),
            Points(u64::MAX),
        ]);
        let expected = serde_json::json!([
            format!("0x{}", "ab".repeat(20)),
            format!("0x{}", "cd".repeat(32)),
            "0x01ff",
            "115792089237316195423570985008687907853269984665640564039457584007913129639935",
            "18446744073709551615",
        ]);
        assert_eq!(written, expected);
    }
}
