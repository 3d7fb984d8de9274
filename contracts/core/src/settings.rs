//! Every setting that the DAO can change, declared once: the groups of values, then the messages that change them.
//!
//! From a row of a group come a value's name and type in messages, events and answers, its default, its place in the
//! cell and its bounds. From a row of the messages come the selector, the check of what a proposal may call, what
//! `escrow` executes, and for clients the text of a call and its encoding. A proposal consists of these messages and
//! nothing else.

use crate::{
    abi::{Field, Fields, Word, Words, selector_of},
    contract::Contract,
    error::Error,
    fields::{Argument, Somebody, group},
    hash::Hash32,
    money::MAX_FEE_AND_TIP,
    types::{Address, Amount, Bps, DAY_S, Points, Timestamp, WHOLE_UNIT},
};

/// The most votes there can be: 281 million members at the cap of a weight.
///
/// A tally takes six bytes for it, and the history of quorums has two left for the part.
pub const MAX_SUPPLY: Points = Points((1 << 48) - 1);
/// Approval is a strict majority at least: 5,000 parts of 10,000 of for and against must be exceeded.
pub const MIN_APPROVAL: Bps = Bps::of(5_000);
/// A ballot ends within ninety days: no setting makes the DAO wait for ever.
pub const MAX_VOTING_PERIOD_S: u64 = 90 * DAY_S;
/// A tenth of the supply can always propose.
pub const MAX_PROPOSAL_THRESHOLD_BPS: u16 = 1_000;
/// The shortest that any period of `escrow` can be set to, in seconds.
pub const MIN_PERIOD_S: u64 = 1;
/// The longest that any period of `escrow` can be set to, in seconds: it fits the 4 bytes that cells give it.
pub const MAX_PERIOD_S: u64 = u32::MAX as u64;
/// The least that the fewest members of a sale can be set to.
pub const MIN_COHORT: u32 = 1;
/// New weight of a UTC day at most, in a real pool, unless whoever deploys it decides otherwise.
pub const DEFAULT_DAILY_WEIGHT_CAP: Points = Points(100_000_000);

/// Whether a period of `escrow` may last so long.
fn lasts(period_s: u64) -> bool {
    (MIN_PERIOD_S..=MAX_PERIOD_S).contains(&period_s)
}

group! {
    /// What ballots opened from now on get; a ballot keeps what it was opened with.
    pub struct VotingSettings {
        /// How long members vote, in seconds
        voting_period_s: u64 = 7 * DAY_S, 4 bytes, if (1..=MAX_VOTING_PERIOD_S).contains(&voting_period_s);
        /// The part of the supply that for and abstain must reach
        quorum_bps: u16 = 1_000, 2 bytes, if quorum_bps <= Bps::WHOLE.get();
        /// The least that for and abstain must reach, in points: more than stolen attester keys bring in within two
        /// days
        quorum_min: Points = Points(250_000_000), 8 bytes, if (Points(1)..=MAX_SUPPLY).contains(&quorum_min);
        /// The part of for and against that for must exceed
        approval_bps: u16 = 5_000, 2 bytes, if (MIN_APPROVAL.get()..Bps::WHOLE.get()).contains(&approval_bps);
        /// The part of the supply that whoever proposes settings must have
        proposal_threshold_bps: u16 = 100, 2 bytes,
            if (1..=MAX_PROPOSAL_THRESHOLD_BPS).contains(&proposal_threshold_bps);
    }

    /// What offers made from now on get; an offer keeps what it was made with.
    pub struct OfferSettings {
        /// Paid to the treasury by every offer, never returned
        listing_fee: Amount = Amount(WHOLE_UNIT), 16 bytes, if true;
        /// The lowest price for a million points of weight, after fee and tips
        reserve_per_million: Amount = Amount(WHOLE_UNIT), 16 bytes, if true;
        /// The treasury's part of what is paid
        fee_bps: Bps = Bps::of(500), 2 bytes, if fee_bps.get().saturating_add(tip_bps.get()) <= MAX_FEE_AND_TIP.get();
        /// The keepers' part of what is paid
        tip_bps: Bps = Bps::of(100), 2 bytes, if true;
        /// The fewest members a sale may be made with
        cohort_min: u32 = 50, 4 bytes, if cohort_min >= MIN_COHORT;
        /// How long members may leave a sale after voting, in seconds
        opt_out_s: u64 = 3 * DAY_S, 4 bytes, if lasts(opt_out_s);
        /// The shortest delivery and dispute period that an offer may name, in seconds
        period_min_s: u64 = 3 * DAY_S, 4 bytes, if lasts(period_min_s);
        /// The longest delivery and dispute period that an offer may name, in seconds
        period_max_s: u64 = 30 * DAY_S, 4 bytes, if lasts(period_max_s) && period_min_s <= period_max_s;
        /// How long the arbiter has to rule after the dispute period, in seconds
        ruling_s: u64 = 14 * DAY_S, 4 bytes, if lasts(ruling_s);
    }

    /// What proposals made from now on get; a proposal keeps what it was made with.
    pub struct ProposalSettings {
        /// How long a change that passed waits, so that members can leave, in seconds
        timelock_s: u64 = 3 * DAY_S, 4 bytes, if lasts(timelock_s);
        /// How long a change may be executed after that, in seconds
        grace_s: u64 = 14 * DAY_S, 4 bytes, if lasts(grace_s);
    }
}

/// Bytes of a call at most: the longest is a revocation with sixteen signatures.
pub const MAX_CALL_BYTES: usize = 1_280;

/// A settings message.
#[derive(Clone, Copy, Debug)]
pub struct SettingsMessage {
    /// Which contract has it.
    pub contract: Contract,
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub help: &'static str,
    /// Its arguments, each with its name. A group has several words, with names of their own.
    pub arguments: &'static [(&'static str, &'static [Field])],
    /// The first four bytes of its calldata.
    pub selector: [u8; 4],
}

impl SettingsMessage {
    /// The message that `contract` calls `name`.
    pub fn find(contract: Contract, name: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|message| message.contract == contract && message.name == name)
    }

    /// Every word of its arguments, with its name.
    pub fn fields(&self) -> impl Iterator<Item = Field> {
        self.arguments.iter().flat_map(|(argument, fields)| {
            fields
                .iter()
                .map(move |field| Field { name: if field.name.is_empty() { argument } else { field.name }, ..*field })
        })
    }
}

/// `address[]` in a message of a sister contract, which decodes it itself.
#[derive(Clone, Copy, Debug)]
pub struct AddressList;

/// `bytes` in a message of a sister contract, which decodes them itself.
#[derive(Clone, Copy, Debug)]
pub struct ByteString;

macro_rules! decoded_by_their_contract {
    ($($ty:ty: $sol:literal),+) => { $(
        impl Word for $ty {
            const SOL: &'static str = $sol;
            const WIDTH: usize = 0;

            fn word(&self) -> Hash32 {
                [0; 32]
            }
        }
    )+ };
}
decoded_by_their_contract!(AddressList: "address[]", ByteString: "bytes");

/// Declares the settings messages; a row of `escrow` names the variant of [`Setting`] that it is read as.
macro_rules! settings {
    (
        sisters { $(
            $(#[doc = $sister_help:literal])+
            $sister:ident $sister_name:ident ( $( $sister_argument:ident: $sister_ty:ty ),* );
        )+ }
        escrow { $(
            $(#[doc = $help:literal])+
            $name:ident => $variant:ident ( $( $argument:ident: $ty:ty ),* );
        )+ }
    ) => {
        /// All of them.
        pub const SETTINGS: &[SettingsMessage] = &[
            $( SettingsMessage {
                contract: Contract::$sister,
                name: stringify!($sister_name),
                help: concat!($($sister_help),+).trim_ascii(),
                arguments: &[ $( (stringify!($sister_argument), <$sister_ty as Fields>::FIELDS) ),* ],
                selector: selector_of(stringify!($sister_name), &[ $( <$sister_ty as Fields>::FIELDS ),* ]),
            }, )+
            $( SettingsMessage {
                contract: Contract::Escrow,
                name: stringify!($name),
                help: concat!($($help),+).trim_ascii(),
                arguments: &[ $( (stringify!($argument), <$ty as Fields>::FIELDS) ),* ],
                selector: selectors::$variant,
            }, )+
        ];

        #[allow(non_upper_case_globals, reason = "each is named as the variant it belongs to")]
        mod selectors {
            use super::*;

            $(
                pub(super) const $variant: [u8; 4] =
                    selector_of(stringify!($name), &[ $( <$ty as Fields>::FIELDS ),* ]);
            )+
        }

        /// A settings message of `escrow`, read.
        #[derive(Clone, Copy, Debug)]
        pub(crate) enum Setting {
            $( $(#[doc = $help])+ $variant { $( $argument: $ty ),* }, )+
        }

        impl Setting {
            /// Reads a call that [`is_allowed`] for `escrow`, and refuses what is out of bounds.
            ///
            /// # Errors
            /// [`Error::SettingOutOfBounds`], whose position counts the arguments.
            pub(crate) fn parse(call: &[u8]) -> Result<Self, Error> {
                let (selector, arguments) = call.split_first_chunk::<4>().unwrap_or((&[0; 4], &[]));
                let mut words = Words::new(arguments);
                let mut positions = 0..;
                match *selector {
                    $( selectors::$variant => Ok(Self::$variant { $(
                        $argument: Argument::read(&mut words, positions.next().unwrap_or(u8::MAX))?,
                    )* }), )+
                    // Nobody parses what is not allowed.
                    _ => Err(Error::CallNotAllowed { position: 0, target: Address::ZERO }),
                }
            }
        }
    };
}

settings! {
    sisters {
        /// Names the attesters, and how many of them must sign
        Attestations setAttesters(attesters: AddressList, threshold: u8);
        /// Caps the new weight of a UTC day
        Attestations setDailyWeightCap(cap: Points);
        /// Names whoever may pause new contributions
        Attestations setGuardian(guardian: Address);
        /// Takes a fraudulent contribution out of the pool, with the attesters' signatures
        Attestations revoke(member: Address, deadline: Timestamp, signatures: ByteString);
        /// Changes what ballots are opened with
        Votes setVoting(settings: VotingSettings);
    }
    escrow {
        /// Changes what new offers are made with
        setOfferSettings => Offers(settings: OfferSettings);
        /// Changes what new proposals are made with
        setProposalSettings => Proposals(settings: ProposalSettings);
        /// Names whoever may pause new offers
        setGuardian => Guardian(guardian: Address);
        /// Puts an account on the list of custodians
        addCustodian => AddCustodian(custodian: Somebody);
        /// Takes an account off the list of custodians
        removeCustodian => RemoveCustodian(custodian: Address);
        /// Puts an account on the list of arbiters
        addArbiter => AddArbiter(arbiter: Somebody);
        /// Takes an account off the list of arbiters
        removeArbiter => RemoveArbiter(arbiter: Address);
        /// Lets offers be made in a currency, of which `escrow` already holds the base amount
        allowCurrency => AllowCurrency(currency: Address, base_amount: Amount);
        /// Lets no more offers be made in a currency
        disallowCurrency => DisallowCurrency(currency: Address);
        /// Moves credit of the treasury's to an account, which withdraws it
        spendTreasury => SpendTreasury(currency: Address, amount: Amount, to: Somebody);
    }
}

/// Words of a message at most.
const MAX_WORDS: usize = 12;

/// What a contract needs to know of a message to check a call: little, as code is paid for in every call.
#[derive(Clone, Copy)]
struct Allowed {
    contract: Contract,
    selector: [u8; 4],
    /// How many bytes of each argument's word are used; meaningless if there are lists.
    widths: [u8; MAX_WORDS],
    words: u8,
    has_lists: bool,
}

impl Allowed {
    #[allow(clippy::cast_possible_truncation, reason = "a width is at most 32, and too many words do not compile")]
    const fn of(message: &SettingsMessage) -> Self {
        let (mut widths, mut words, mut has_lists) = ([0; MAX_WORDS], 0usize, false);
        let mut arguments = message.arguments;
        while let Some(((_, fields), others)) = arguments.split_first() {
            let mut fields = *fields;
            while let Some((field, rest)) = fields.split_first() {
                widths[words] = field.width as u8;
                has_lists |= field.width == 0;
                words = words.saturating_add(1);
                fields = rest;
            }
            arguments = others;
        }
        Self { contract: message.contract, selector: message.selector, widths, words: words as u8, has_lists }
    }
}

static ALLOWED: [Allowed; SETTINGS.len()] = {
    let mut all = [Allowed::of(&SETTINGS[0]); SETTINGS.len()];
    let mut at = 1usize;
    while at < all.len() {
        all[at] = Allowed::of(&SETTINGS[at]);
        at = at.saturating_add(1);
    }
    all
};

/// Whether `call` is a settings message of `contract`, written as the ABI writes it: no shorter, no longer, in range.
/// Lists are decoded by the contract they are for.
pub(crate) fn is_allowed(contract: Contract, call: &[u8]) -> bool {
    let Some((selector, arguments)) = call.split_first_chunk::<4>() else { return false };
    let allowed = ALLOWED.iter().find(|allowed| allowed.contract == contract && allowed.selector == *selector);
    match allowed {
        None => false,
        Some(allowed) if allowed.has_lists => call.len() <= MAX_CALL_BYTES,
        Some(allowed) => {
            let mut words = Words::new(arguments);
            for width in allowed.widths.iter().take(allowed.words.into()) {
                words.word((*width).into());
            }
            words.is_well_formed()
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn t51_the_defaults_are_within_bounds_and_safe_from_keys_that_are_stolen_for_a_day() {
        let (voting, offers) = (VotingSettings::default(), OfferSettings::default());
        assert_eq!([voting.check(0), offers.check(0), ProposalSettings::default().check(0)], [Ok(()); 3]);
        // The cap is one of UTC days, of which a day and a night can touch two.
        assert!(voting.quorum_min.0 > 2 * DEFAULT_DAILY_WEIGHT_CAP.0);
    }

    #[test]
    fn a_message_is_declared_by_its_name_its_types_and_nothing_else() {
        let offers = SettingsMessage::find(Contract::Escrow, "setOfferSettings").unwrap();
        let types: Vec<_> = offers.fields().map(|field| field.ty).collect();
        assert_eq!(offers.selector, crate::abi::selector("setOfferSettings", &types));
        let spend = SettingsMessage::find(Contract::Escrow, "spendTreasury").unwrap();
        let fields: Vec<_> = spend.fields().map(|field| (field.name, field.ty, field.width)).collect();
        assert_eq!(fields, [("currency", "address", 20), ("amount", "uint128", 16), ("to", "address", 20)]);
        assert!(SettingsMessage::find(Contract::Votes, "spendTreasury").is_none());
    }

    #[test]
    fn a_call_is_allowed_as_its_abi_writes_it_and_in_no_other_way() {
        for message in SETTINGS {
            let mut call = message.selector.to_vec();
            call.resize(4 + 32 * message.fields().count(), 0);
            assert!(is_allowed(message.contract, &call), "{}", message.name);
            if message.fields().all(|field| field.width != 0) {
                let longer = [&call[..], &[0; 32]].concat();
                assert!(
                    !is_allowed(message.contract, &longer) && !is_allowed(message.contract, &call[..call.len() - 1])
                );
            } else {
                call.resize(MAX_CALL_BYTES, 0);
                assert!(is_allowed(message.contract, &call));
                call.push(0);
                assert!(!is_allowed(message.contract, &call), "{} is too long", message.name);
            }
        }
        assert!(!is_allowed(Contract::Escrow, &[1, 2, 3, 4]) && !is_allowed(Contract::Escrow, &[]));
    }
}
