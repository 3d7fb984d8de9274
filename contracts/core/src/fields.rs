//! Groups of settings: each value's name, type, default, place in the cell and bounds, declared once in a row.
//!
//! From a row come the field, its place in the messages, events and answers that have the group, its bytes in the cell
//! and its check. [`crate::abi::Fields::FIELDS`] lists the rows for clients: option names, help texts, encoders.

use crate::{
    abi::{Fields, Word, Words},
    cells::{Reader, Writer},
    error::Error,
    types::{Address, Amount, Bps, Points},
};

/// A value, or a group of them, that a settings message brings.
pub trait Argument: Fields + Sized {
    /// Reads it and refuses what is out of bounds; the first word is the argument at `position`.
    ///
    /// # Errors
    /// [`Error::SettingOutOfBounds`] with the position of the offending word.
    fn read(words: &mut Words<'_>, position: u8) -> Result<Self, Error>;
}

/// A group of values, as an answer of a contract.
pub trait Group {
    /// The values as a tuple of plain numbers, by which ink! knows the types of the answer.
    type Numbers;
}

/// A value that a cell keeps in `N` bytes.
pub trait Stored: Copy {
    /// The plain number that it is in an answer.
    type Number;

    /// Appends it to a cell.
    fn put<const N: usize, const CELL: usize>(self, cell: &mut Writer<CELL>);
    /// The next value of a cell.
    fn take<const N: usize>(cell: &mut Reader<'_>) -> Self;
}

macro_rules! values {
    ($(
        $ty:ty as $number:ty: |$words:ident| $read:expr, |$value:ident| $bits:expr, |$cell:ident, $n:ident| $taken:expr;
    )+) => { $(
        impl Argument for $ty {
            fn read($words: &mut Words<'_>, _: u8) -> Result<Self, Error> {
                Ok($read)
            }
        }

        impl Stored for $ty {
            type Number = $number;

            #[inline(always)]
            fn put<const N: usize, const CELL: usize>(self, cell: &mut Writer<CELL>) {
                let $value = self;
                cell.short::<N>($bits);
            }

            #[inline(always)]
            fn take<const $n: usize>($cell: &mut Reader<'_>) -> Self {
                $taken
            }
        }
    )+ };
}

values! {
    u16 as u16: |words| words.uint16(), |value| value.into(), |cell, N| Self::from_le_bytes(cell.whole::<N, 2>());
    u32 as u32: |words| words.uint32(), |value| value.into(), |cell, N| Self::from_le_bytes(cell.whole::<N, 4>());
    u64 as u64: |words| words.uint64(), |value| value, |cell, N| cell.short::<N>();
    Points as u64: |words| Self(words.uint64()), |value| value.0, |cell, N| Self(cell.short::<N>());
}

impl Argument for Amount {
    fn read(words: &mut Words<'_>, _: u8) -> Result<Self, Error> {
        Ok(Self(words.uint(16)))
    }
}

impl Stored for Amount {
    type Number = u128;

    #[inline(always)]
    fn put<const N: usize, const CELL: usize>(self, cell: &mut Writer<CELL>) {
        const { assert!(N == 16) };
        cell.put(&self.0.to_le_bytes());
    }

    #[inline(always)]
    fn take<const N: usize>(cell: &mut Reader<'_>) -> Self {
        Self(u128::from_le_bytes(cell.take()))
    }
}

impl Argument for Bps {
    fn read(words: &mut Words<'_>, position: u8) -> Result<Self, Error> {
        Self::new(words.uint16()).ok_or(Error::SettingOutOfBounds { position })
    }
}

impl Stored for Bps {
    type Number = u16;

    #[inline(always)]
    fn put<const N: usize, const CELL: usize>(self, cell: &mut Writer<CELL>) {
        const { assert!(N == 2) };
        cell.put(&self.get().to_le_bytes());
    }

    #[inline(always)]
    fn take<const N: usize>(cell: &mut Reader<'_>) -> Self {
        cell.bps()
    }
}

impl Argument for Address {
    fn read(words: &mut Words<'_>, _: u8) -> Result<Self, Error> {
        Ok(words.address())
    }
}

/// The values of a group before and after a change, side by side in an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed<T> {
    /// As they were.
    pub previous: T,
    /// As they are from now on.
    pub new: T,
}

/// Declares groups of settings.
///
/// ```ignore
/// group! {
///     /// What doors made from now on get.
///     pub struct DoorSettings {
///         /// How high a door is, in millimetres
///         height_mm: u32 = 2_000, 4 bytes, if (1_800..=MAX_HEIGHT).contains(&height_mm);
///     }
/// }
/// ```
///
/// A row holds the help text, the name, the type, the default for a real pool, the bytes that the cell keeps, and what
/// must be so; it may name the other values of its group.
macro_rules! group {
    ($( $(#[$doc:meta])* pub struct $name:ident {
        $( $(#[doc = $help:literal])+ $field:ident: $ty:ty = $default:expr, $bytes:literal bytes, if $within:expr; )+
    } )+) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name {
            $( $(#[doc = $help])+ pub $field: $ty, )+
        }

        impl $name {
            /// How many values there are.
            pub const COUNT: usize = [ $( stringify!($field) ),+ ].len();
            /// How many bytes of a cell they take.
            pub const SIZE: usize = 0 $( + $bytes )+;

            /// Refuses values out of bounds.
            ///
            /// # Errors
            /// [`Error::SettingOutOfBounds`](crate::error::Error::SettingOutOfBounds) with the position of the value,
            /// of which the first has position `first`.
            #[allow(unused_variables, reason = "not every value has bounds of its own")]
            pub fn check(&self, first: u8) -> Result<(), crate::error::Error> {
                let Self { $( $field, )+ } = *self;
                let within = [ $( $within, )+ ];
                match (first..).zip(within).find(|(_, within)| !within) {
                    Some((position, _)) => Err(crate::error::Error::SettingOutOfBounds { position }),
                    None => Ok(()),
                }
            }

            /// The values as words, in order.
            pub fn words(&self) -> [crate::hash::Hash32; Self::COUNT] {
                [ $( crate::abi::Word::word(&self.$field), )+ ]
            }

            pub(crate) fn write<const CELL: usize>(&self, cell: &mut crate::cells::Writer<CELL>) {
                $( crate::fields::Stored::put::<$bytes, CELL>(self.$field, cell); )+
            }

            pub(crate) fn read_cell(cell: &mut crate::cells::Reader<'_>) -> Self {
                Self { $( $field: crate::fields::Stored::take::<$bytes>(cell), )+ }
            }
        }

        /// The values for a real pool, unless whoever deploys it decides otherwise.
        impl Default for $name {
            fn default() -> Self {
                Self { $( $field: $default, )+ }
            }
        }

        impl crate::abi::Fields for $name {
            const FIELDS: &'static [crate::abi::Field] = &[ $( crate::abi::Field {
                name: stringify!($field),
                ty: <$ty as crate::abi::Word>::SOL,
                width: <$ty as crate::abi::Word>::WIDTH,
                help: concat!($($help),+).trim_ascii(),
            }, )+ ];

            fn append_fields(&self, data: &mut crate::abi::Data) {
                $( crate::abi::Word::append(&self.$field, data); )+
            }
        }

        impl crate::fields::Group for $name {
            type Numbers = ( $( <$ty as crate::fields::Stored>::Number, )+ );
        }

        impl crate::fields::Argument for $name {
            fn read(words: &mut crate::abi::Words<'_>, first: u8) -> Result<Self, crate::error::Error> {
                let mut positions = first..;
                let read = Self {
                    $( $field: crate::fields::Argument::read(words, positions.next().unwrap_or(u8::MAX))?, )+
                };
                read.check(first)?;
                Ok(read)
            }
        }

        impl crate::abi::Fields for crate::fields::Changed<$name> {
            const FIELDS: &'static [crate::abi::Field] = &[ $(
                crate::abi::Field {
                    name: concat!("previous_", stringify!($field)),
                    ty: <$ty as crate::abi::Word>::SOL,
                    width: <$ty as crate::abi::Word>::WIDTH,
                    help: concat!($($help),+).trim_ascii(),
                },
                crate::abi::Field {
                    name: stringify!($field),
                    ty: <$ty as crate::abi::Word>::SOL,
                    width: <$ty as crate::abi::Word>::WIDTH,
                    help: concat!($($help),+).trim_ascii(),
                },
            )+ ];

            fn append_fields(&self, data: &mut crate::abi::Data) {
                $(
                    crate::abi::Word::append(&self.previous.$field, data);
                    crate::abi::Word::append(&self.new.$field, data);
                )+
            }
        }
    )+ };
}

pub(crate) use group;

/// An account that must be somebody: the zero address is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Somebody(pub Address);

impl Word for Somebody {
    const SOL: &'static str = <Address as Word>::SOL;
    const WIDTH: usize = <Address as Word>::WIDTH;

    fn word(&self) -> crate::hash::Hash32 {
        self.0.word()
    }
}

impl Argument for Somebody {
    fn read(words: &mut Words<'_>, position: u8) -> Result<Self, Error> {
        match words.address() {
            Address::ZERO => Err(Error::SettingOutOfBounds { position }),
            account => Ok(Self(account)),
        }
    }
}
