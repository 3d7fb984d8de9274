//! How typed values stand in columns.

use chorus_bindings::{
    B256, Contract, U256,
    core::names::{Seal, Support},
};
use sqlx::{
    Decode, Encode, FromRow, Row, Sqlite, Type,
    encode::IsNull,
    error::BoxDynError,
    sqlite::{SqliteArgumentsBuffer, SqliteRow, SqliteTypeInfo, SqliteValueRef},
};

use crate::values::{Address, Amount, At, Bytes, Hash, Points};

/// Something with a number, kept as that number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code<T>(pub T);

/// Whatever has a number.
pub trait Coded: Copy {
    /// Its number.
    fn code(self) -> u8;
    /// The one with this number.
    fn of_code(code: u8) -> Option<Self>;
}

/// Numbered as the contracts are deployed, from 1.
impl Coded for Contract {
    fn code(self) -> u8 {
        (1..).zip(Self::ALL).find(|known| known.1 == self).map_or(0, |known| known.0)
    }

    fn of_code(code: u8) -> Option<Self> {
        (1..).zip(Self::ALL).find(|known| known.0 == code).map(|known| known.1)
    }
}

impl Coded for Seal {
    fn code(self) -> u8 {
        self.code()
    }

    fn of_code(code: u8) -> Option<Self> {
        Self::from_code(code)
    }
}

impl Coded for Support {
    fn code(self) -> u8 {
        self.code()
    }

    fn of_code(code: u8) -> Option<Self> {
        Self::from_code(code)
    }
}

/// Values that stand as `$column` in their column.
macro_rules! stored_as {
    ($column:ty: $type:ident $(<$parameter:ident>)?) => {
        impl$(<$parameter>)? Type<Sqlite> for $type $(<$parameter>)? {
            fn type_info() -> SqliteTypeInfo {
                <$column as Type<Sqlite>>::type_info()
            }

            fn compatible(found: &SqliteTypeInfo) -> bool {
                <$column as Type<Sqlite>>::compatible(found)
            }
        }
    };
}

stored_as!(Vec<u8>: Address);
stored_as!(Vec<u8>: Hash);
stored_as!(Vec<u8>: Bytes);
stored_as!(Vec<u8>: Amount);
stored_as!(i64: Points);
stored_as!(u8: Code<T>);

impl<'r> Decode<'r, Sqlite> for Address {
    fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(chorus_bindings::Address::try_from(blob(value)?)?))
    }
}

impl<'r> Decode<'r, Sqlite> for Hash {
    fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(B256::try_from(blob(value)?)?))
    }
}

impl<'r> Decode<'r, Sqlite> for Bytes {
    fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(blob(value)?.to_vec()))
    }
}

impl<'r> Decode<'r, Sqlite> for Amount {
    fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
        let bytes = blob(value)?;
        let amount = U256::try_from_be_slice(bytes);
        Ok(Self(amount.ok_or_else(|| format!("an amount has {} bytes", bytes.len()))?))
    }
}

impl Encode<'_, Sqlite> for Amount {
    fn encode_by_ref(&self, arguments: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        <Vec<u8> as Encode<'_, Sqlite>>::encode(self.0.to_be_bytes_trimmed_vec(), arguments)
    }
}

impl<'r> Decode<'r, Sqlite> for Points {
    fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(<i64 as Decode<'r, Sqlite>>::decode(value)?.try_into()?))
    }
}

impl<T: Coded> Encode<'_, Sqlite> for Code<T> {
    fn encode_by_ref(&self, arguments: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        <u8 as Encode<'_, Sqlite>>::encode(self.0.code(), arguments)
    }
}

impl<'r, T: Coded> Decode<'r, Sqlite> for Code<T> {
    fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
        let code = <u8 as Decode<'r, Sqlite>>::decode(value)?;
        Ok(Self(T::of_code(code).ok_or_else(|| format!("nothing has the code {code}"))?))
    }
}

impl FromRow<'_, SqliteRow> for At {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self { block: row.try_get("block")?, event: row.try_get("event")? })
    }
}

fn blob<'r>(value: SqliteValueRef<'r>) -> Result<&'r [u8], BoxDynError> {
    <&[u8] as Decode<'r, Sqlite>>::decode(value)
}
