//! The DAO's own calls: every settings message of the three contracts, from text to calldata and back.
//!
//! They are declared in the rules ([`chorus_core::settings`]); nothing is declared here. `attestations` and `votes`
//! take theirs from `escrow` alone; `escrow` applies its own inside `execute`, so that they stand in no ABI file.

use std::sync::LazyLock;

use alloy_dyn_abi::{DynSolType, DynSolValue, JsonAbiExt as _};
use alloy_json_abi::{Function, Param, StateMutability};
use chorus_core::{
    abi::{Field, Fields},
    settings::SettingsMessage,
};

use crate::{Contract, contract};

/// One settings message.
#[derive(Debug)]
pub struct Setting {
    /// The contract that has it.
    pub contract: Contract,
    /// Its declaration: name, and types and names of its arguments.
    pub declaration: String,
    message: &'static SettingsMessage,
    fields: Vec<Field>,
    function: Function,
}

/// All of them: a proposal consists of these and nothing else.
pub static SETTINGS: LazyLock<Vec<Setting>> =
    LazyLock::new(|| chorus_core::settings::SETTINGS.iter().map(Setting::of).collect());

/// Why a call cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No value was given for an argument.
    #[error("{setting} needs {argument} ({ty})")]
    Missing {
        /// The message.
        setting: &'static str,
        /// The argument.
        argument: &'static str,
        /// Its Solidity type.
        ty: &'static str,
    },
    /// A value that is not of the argument's type.
    #[error("{argument}={text} is not a value of type {ty}")]
    Unreadable {
        /// The argument.
        argument: &'static str,
        /// What was given.
        text: String,
        /// Its Solidity type.
        ty: &'static str,
    },
}

impl Setting {
    fn of(message: &'static SettingsMessage) -> Self {
        let fields: Vec<_> = message.fields().collect();
        let arguments: Vec<_> = fields.iter().map(|field| format!("{} {}", field.ty, field.name)).collect();
        let parameter = |field: &Field| Param {
            ty: field.ty.to_owned(),
            name: field.name.to_owned(),
            components: Vec::new(),
            internal_type: None,
        };
        let function = Function {
            name: message.name.to_owned(),
            inputs: fields.iter().map(parameter).collect(),
            outputs: Vec::new(),
            state_mutability: StateMutability::NonPayable,
        };
        let declaration = format!("{}({})", message.name, arguments.join(","));
        Self { contract: contract(message.contract), declaration, message, fields, function }
    }

    /// The message that `contract` calls `name`.
    pub fn find(contract: Contract, name: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.contract == contract && setting.name() == name)
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.message.name
    }

    /// What it does, in a line.
    pub fn help(&self) -> &'static str {
        self.message.help
    }

    /// Types and names of its arguments, in order.
    pub fn arguments(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.fields.iter().map(|field| (field.ty, field.name))
    }

    /// The first four bytes of its calldata.
    pub fn selector(&self) -> [u8; 4] {
        self.message.selector
    }

    /// Calldata, from what `value` gives for each argument's name: numbers in decimal, addresses and bytes as hex,
    /// lists with commas between.
    ///
    /// # Errors
    /// When a value is missing or not of its argument's type.
    pub fn encode(&self, mut value: impl FnMut(&'static str) -> Option<String>) -> Result<Vec<u8>, Error> {
        let mut values = Vec::new();
        for Field { name: argument, ty, .. } in self.fields.iter().copied() {
            let text = value(argument).ok_or(Error::Missing { setting: self.name(), argument, ty })?;
            values.push(value_of(ty, text.trim()).ok_or(Error::Unreadable { argument, text, ty })?);
        }
        let encoded = DynSolValue::Tuple(values).abi_encode_params();
        Ok([&self.selector()[..], &encoded].concat())
    }

    /// Which message of `contract` some calldata is, with its values by name as [`Setting::encode`] reads them. `None`
    /// if it is not one of the DAO's calls, or is written in another way than the ABI writes it.
    pub fn decode(contract: Contract, calldata: &[u8]) -> Option<(&'static Self, Vec<(&'static str, String)>)> {
        let (selector, data) = calldata.split_first_chunk::<4>()?;
        let setting = SETTINGS.iter().find(|one| one.contract == contract && one.selector() == *selector)?;
        let values = setting.function.abi_decode_input(data).ok()?;
        // What is shown must be what is executed, to the last byte. Alloy keeps the high bits of a number as they came.
        let fits = |value: &DynSolValue| !matches!(value, DynSolValue::Uint(number, bits) if number.bit_len() > *bits);
        if !values.iter().all(fits) || setting.function.abi_encode_input(&values).ok()? != calldata {
            return None;
        }
        let names = setting.fields.iter().map(|field| field.name);
        Some((setting, names.zip(values.iter().map(text_of)).collect()))
    }
}

/// The values of a group of settings by name, from the words of an event or an answer that has them.
pub fn values_of<G: Fields>(words: &[u8]) -> Vec<(&'static str, String)> {
    let text = |(field, word): (&'static Field, &[u8])| {
        let value = DynSolType::parse(field.ty).ok()?.abi_decode(word).ok()?;
        Some((field.name, text_of(&value)))
    };
    G::FIELDS.iter().zip(words.chunks_exact(32)).filter_map(text).collect()
}

/// A value from text.
fn value_of(ty: &str, text: &str) -> Option<DynSolValue> {
    let kind = DynSolType::parse(ty).ok()?;
    match kind {
        // Alloy would take `0x10`, `1e3` and `2 ether` too.
        DynSolType::Uint(_) if text.is_empty() || !text.bytes().all(|digit| digit.is_ascii_digit()) => None,
        DynSolType::Bytes if matches!(text, "" | "0x") => Some(DynSolValue::Bytes(Vec::new())),
        DynSolType::Array(_) => {
            let items: Vec<_> = text.split(',').map(str::trim).filter(|item| !item.is_empty()).collect();
            kind.coerce_str(&format!("[{}]", items.join(","))).ok()
        }
        _ => kind.coerce_str(text).ok(),
    }
}

/// A value as text that [`value_of`] reads.
fn text_of(value: &DynSolValue) -> String {
    match value {
        DynSolValue::Uint(number, _) => number.to_string(),
        DynSolValue::Address(address) => format!("0x{}", hex::encode(address)),
        DynSolValue::Bytes(bytes) => format!("0x{}", hex::encode(bytes)),
        DynSolValue::Array(items) => items.iter().map(text_of).collect::<Vec<_>>().join(","),
        other => format!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use alloy_json_abi::JsonAbi;
    use chorus_core::settings::{OfferSettings, ProposalSettings};

    use super::*;
    use crate::{Address, Bytes, SolCall as _, SolEvent as _, attestations, escrow, votes};

    alloy_sol_types::sol! {
        function setAttesters(address[] attesters, uint8 threshold) external;
        function revoke(address member, uint64 deadline, bytes signatures) external;
        function spendTreasury(address currency, uint128 amount, address to) external;
    }

    fn encoded(contract: Contract, name: &str, values: &[(&str, &str)]) -> Result<Vec<u8>, Error> {
        let value =
            |wanted: &str| values.iter().find(|(name, _)| *name == wanted).map(|(_, value)| (*value).to_owned());
        Setting::find(contract, name).unwrap().encode(value)
    }

    fn checked(contract: Contract, name: &str, values: &[(&str, &str)], expected: Vec<u8>) {
        let calldata = encoded(contract, name, values).unwrap();
        assert_eq!(hex::encode(&calldata), hex::encode(expected));
        let (setting, decoded) = Setting::decode(contract, &calldata).unwrap();
        assert_eq!(setting.name(), name);
        let decoded: Vec<_> = decoded.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(decoded, values);
    }

    #[test]
    fn calldata_is_what_alloy_makes() {
        let (one, two) = ("0x0101010101010101010101010101010101010101", "0x0202020202020202020202020202020202020202");
        let (first, second) = (Address::repeat_byte(1), Address::repeat_byte(2));
        checked(
            Contract::Attestations,
            "setAttesters",
            &[("attesters", &format!("{one},{two}")), ("threshold", "2")],
            setAttestersCall { attesters: vec![first, second], threshold: 2 }.abi_encode(),
        );
        checked(
            Contract::Attestations,
            "revoke",
            &[("member", one), ("deadline", "99"), ("signatures", &format!("0x{}", "ab".repeat(65)))],
            revokeCall { member: first, deadline: 99, signatures: Bytes::from(vec![0xab; 65]) }.abi_encode(),
        );
        checked(
            Contract::Escrow,
            "spendTreasury",
            &[("currency", one), ("amount", &u128::MAX.to_string()), ("to", two)],
            spendTreasuryCall { currency: first, amount: u128::MAX, to: second }.abi_encode(),
        );
    }

    #[test]
    fn empty_lists_and_empty_bytes_are_values() {
        let who = "0x0101010101010101010101010101010101010101";
        for (name, values) in [
            ("setAttesters", vec![("attesters", ""), ("threshold", "1")]),
            ("revoke", vec![("member", who), ("deadline", "1"), ("signatures", "0x")]),
        ] {
            let calldata = encoded(Contract::Attestations, name, &values).unwrap();
            let (_, decoded) = Setting::decode(Contract::Attestations, &calldata).unwrap();
            let decoded: Vec<_> = decoded.iter().map(|(name, value)| (*name, value.as_str())).collect();
            assert_eq!(decoded, values);
        }
    }

    #[test]
    fn a_value_that_does_not_fit_its_type_is_refused() {
        for text in ["65536", "-1", "0x10", "", "ten", "1_0", "1e3", "1 ether", "1.0"] {
            let values = [("timelock_s", "1"), ("grace_s", text)];
            let fits = encoded(Contract::Escrow, "setProposalSettings", &values).is_ok();
            assert_eq!(fits, text == "65536", "{text}");
        }
        let both = [("timelock_s", "18446744073709551616"), ("grace_s", "1")];
        let error = encoded(Contract::Escrow, "setProposalSettings", &both);
        assert!(matches!(error, Err(Error::Unreadable { argument: "timelock_s", .. })), "{error:?}");
        let error = encoded(Contract::Escrow, "setProposalSettings", &[("timelock_s", "1")]);
        assert!(matches!(error, Err(Error::Missing { argument: "grace_s", .. })));
    }

    #[test]
    fn only_settings_written_as_the_abi_writes_them_are_decoded() {
        assert!(Setting::decode(Contract::Escrow, &[1, 2, 3, 4]).is_none());
        assert!(Setting::decode(Contract::Escrow, &[]).is_none());
        let cap = encoded(Contract::Attestations, "setDailyWeightCap", &[("cap", "1")]).unwrap();
        assert!(Setting::decode(Contract::Attestations, &cap).is_some());
        assert!(Setting::decode(Contract::Attestations, &cap[..20]).is_none());
        assert!(Setting::decode(Contract::Attestations, &[&cap[..], &[0; 32]].concat()).is_none());
        let mut dirty = cap.clone();
        dirty[4] = 1;
        assert!(Setting::decode(Contract::Attestations, &dirty).is_none());
        assert!(Setting::find(Contract::Votes, "mirror").is_none());
    }

    /// What an answer or an event of the ABI consists of: the type and the name of each value.
    fn parts(of: impl Iterator<Item = (String, String)>) -> Vec<String> {
        of.map(|(ty, name)| format!("{ty} {name}")).collect()
    }

    fn group<G: Fields>() -> Vec<String> {
        parts(G::FIELDS.iter().map(|field| (field.ty.to_owned(), field.name.to_owned())))
    }

    #[test]
    fn views_and_events_of_the_abi_have_every_value_of_their_group() {
        let abi: JsonAbi = serde_json::from_str(include_str!("../../artifacts/escrow.abi")).unwrap();
        let answer = |view: &str| {
            let outputs = abi.function(view).unwrap()[0].outputs.iter();
            parts(outputs.map(|output| (output.ty.clone(), output.name.clone())))
        };
        let event = |event: &str| {
            let inputs = abi.event(event).unwrap()[0].inputs.iter();
            parts(inputs.map(|input| (input.ty.clone(), input.name.clone())))
        };
        assert_eq!(
            [answer("settings"), event("SettingsChanged")],
            [group::<OfferSettings>(), group::<OfferSettings>()]
        );
        let proposals = group::<ProposalSettings>();
        assert_eq!([answer("proposalSettings"), event("ProposalSettingsChanged")], [proposals.clone(), proposals]);
    }

    #[test]
    fn the_reference_names_every_settings_message() {
        let reference = include_str!("../../README.md");
        for setting in SETTINGS.iter() {
            let name = format!("`{}.{}", setting.contract.name(), setting.name());
            assert!(reference.contains(&name), "contracts/README.md does not have {name}`");
        }
    }

    #[test]
    fn the_values_of_a_group_are_read_by_name_from_an_events_words() {
        let settings = ProposalSettings { timelock_s: 60, grace_s: 600 };
        let expected = [("timelock_s", "60".to_owned()), ("grace_s", "600".to_owned())];
        assert_eq!(values_of::<ProposalSettings>(settings.words().as_flattened()), expected);
        let event = escrow::ProposalSettingsChanged { timelock_s: 60, grace_s: 600 };
        assert_eq!(values_of::<ProposalSettings>(&event.encode_data()), expected);
    }

    #[test]
    fn the_sisters_messages_are_those_of_their_abi() {
        let selectors = |contract| {
            let of = SETTINGS.iter().filter(move |setting| setting.contract == contract);
            of.map(Setting::selector).collect::<Vec<_>>()
        };
        assert_eq!(
            selectors(Contract::Attestations),
            [
                attestations::setAttestersCall::SELECTOR,
                attestations::setDailyWeightCapCall::SELECTOR,
                attestations::setGuardianCall::SELECTOR,
                attestations::revokeCall::SELECTOR,
            ]
        );
        assert_eq!(selectors(Contract::Votes), [votes::setVotingCall::SELECTOR]);
    }
}
