//! The DAO's own calls: every settings message of the three contracts, from text to calldata and back.
//!
//! `attestations` and `votes` take theirs from `escrow` alone; `escrow` applies its own inside `execute`, so that they
//! stand in no ABI file and are declared here.

use crate::{Address, Contract, U256};
use alloy_sol_types::private::keccak256;

/// One settings message.
#[derive(Debug, PartialEq, Eq)]
pub struct Setting {
    /// Whose it is.
    pub contract: Contract,
    /// Its declaration: types and names of its arguments.
    pub declaration: &'static str,
}

const fn of(contract: Contract, declaration: &'static str) -> Setting {
    Setting { contract, declaration }
}

/// All of them: a proposal consists of these and nothing else.
pub const SETTINGS: [Setting; 15] = [
    of(Contract::Attestations, "setAttesters(address[] attesters,uint8 threshold)"),
    of(Contract::Attestations, "setDailyWeightCap(uint64 cap)"),
    of(Contract::Attestations, "setGuardian(address guardian)"),
    of(Contract::Attestations, "revoke(address member,uint64 deadline,bytes signatures)"),
    of(
        Contract::Votes,
        "setVoting(uint64 voting_period_s,uint16 quorum_bps,uint64 quorum_min,uint16 approval_bps,uint16 proposal_threshold_bps)",
    ),
    of(
        Contract::Escrow,
        "setOfferSettings(uint128 listing_fee,uint128 reserve_per_million,uint16 fee_bps,uint16 tip_bps,uint32 cohort_min,uint64 opt_out_s,uint64 period_min_s,uint64 period_max_s,uint64 ruling_s)",
    ),
    of(Contract::Escrow, "setProposalSettings(uint64 timelock_s,uint64 grace_s)"),
    of(Contract::Escrow, "setGuardian(address guardian)"),
    of(Contract::Escrow, "addCustodian(address custodian)"),
    of(Contract::Escrow, "removeCustodian(address custodian)"),
    of(Contract::Escrow, "addArbiter(address arbiter)"),
    of(Contract::Escrow, "removeArbiter(address arbiter)"),
    of(Contract::Escrow, "allowCurrency(address currency,uint128 base_amount)"),
    of(Contract::Escrow, "disallowCurrency(address currency)"),
    of(Contract::Escrow, "spendTreasury(address currency,uint128 amount,address to)"),
];

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
    /// A value that is none of the argument's type.
    #[error("{argument}={text} is no {ty}")]
    Unreadable {
        /// The argument.
        argument: &'static str,
        /// What was given.
        text: String,
        /// Its Solidity type.
        ty: &'static str,
    },
}

const WORD: usize = 32;

impl Setting {
    /// The message that `contract` calls `name`.
    pub fn find(contract: Contract, name: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.contract == contract && setting.name() == name)
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.declaration.split_once('(').map_or(self.declaration, |(name, _)| name)
    }

    /// Types and names of its arguments, in order.
    pub fn arguments(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let list = self.declaration.split_once('(').map_or("", |(_, list)| list.trim_end_matches(')'));
        list.split(',').filter_map(|argument| argument.split_once(' '))
    }

    /// The first four bytes of its calldata.
    pub fn selector(&self) -> [u8; 4] {
        let types: Vec<&str> = self.arguments().map(|(ty, _)| ty).collect();
        let hash = keccak256(format!("{}({})", self.name(), types.join(",")));
        [hash[0], hash[1], hash[2], hash[3]]
    }

    /// Calldata, from what `value` gives for each argument's name: numbers in decimal, addresses and bytes as hex, lists
    /// with commas between.
    ///
    /// # Errors
    /// When a value is missing or none of its type.
    pub fn encode(&self, mut value: impl FnMut(&'static str) -> Option<String>) -> Result<Vec<u8>, Error> {
        let arguments: Vec<_> = self.arguments().collect();
        let (mut head, mut tail) = (Vec::new(), Vec::new());
        for &(ty, argument) in &arguments {
            let text = value(argument).ok_or(Error::Missing { setting: self.name(), argument, ty })?;
            let words = encode_value(ty, text.trim()).ok_or(Error::Unreadable { argument, text, ty })?;
            if is_dynamic(ty) {
                head.extend(word(U256::from(arguments.len() * WORD + tail.len())));
                tail.extend(words);
            } else {
                head.extend(words);
            }
        }
        Ok([self.selector().to_vec(), head, tail].concat())
    }

    /// Which message of `contract` some calldata is, with its values by name as [`Setting::encode`] reads them; nothing
    /// if it is none of the DAO's calls.
    pub fn decode(contract: Contract, calldata: &[u8]) -> Option<(&'static Self, Vec<(&'static str, String)>)> {
        let (selector, data) = calldata.split_first_chunk::<4>()?;
        let setting = SETTINGS.iter().find(|one| one.contract == contract && one.selector() == *selector)?;
        let values = setting.arguments().enumerate().map(|(position, (ty, argument))| {
            let at = position * WORD;
            Some((argument, decode_value(ty, data.get(at..at + WORD)?, data)?))
        });
        Some((setting, values.collect::<Option<_>>()?))
    }
}

fn is_dynamic(ty: &str) -> bool {
    matches!(ty, "address[]" | "bytes")
}

fn word(number: U256) -> [u8; WORD] {
    number.to_be_bytes()
}

fn encode_value(ty: &str, text: &str) -> Option<Vec<u8>> {
    Some(match ty {
        "address" => text.parse::<Address>().ok()?.into_word().to_vec(),
        "address[]" => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            let items = items.map(|item| encode_value("address", item)).collect::<Option<Vec<_>>>()?;
            [word(U256::from(items.len())).to_vec(), items.concat()].concat()
        }
        "bytes" => {
            let bytes = hex::decode(text.strip_prefix("0x").unwrap_or(text)).ok()?;
            let padding = bytes.len().next_multiple_of(WORD) - bytes.len();
            [word(U256::from(bytes.len())).to_vec(), bytes, vec![0; padding]].concat()
        }
        _ => {
            let bits: usize = ty.strip_prefix("uint")?.parse().ok()?;
            let is_decimal = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
            let number: U256 = text.parse().ok().filter(|_| is_decimal)?;
            word((number.bit_len() <= bits).then_some(number)?).to_vec()
        }
    })
}

fn decode_value(ty: &str, head: &[u8], data: &[u8]) -> Option<String> {
    let number = U256::from_be_slice(head);
    // Where a dynamic value stands: its length, then its bytes.
    let tail = || {
        let at = usize::try_from(number).ok()?;
        let rest = data.get(at..)?;
        let (length, rest) = rest.split_at_checked(WORD)?;
        Some((usize::try_from(U256::from_be_slice(length)).ok()?, rest))
    };
    Some(match ty {
        "address" => format!("0x{}", hex::encode(&head[12..])),
        "address[]" => {
            let (count, rest) = tail()?;
            let items = rest.chunks_exact(WORD).take(count).map(|item| decode_value("address", item, data));
            items.collect::<Option<Vec<_>>>().filter(|items| items.len() == count)?.join(",")
        }
        "bytes" => {
            let (length, rest) = tail()?;
            format!("0x{}", hex::encode(rest.get(..length)?))
        }
        _ => number.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bytes, SolCall as _};

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
    fn a_value_that_does_not_fit_its_type_is_refused() {
        for text in ["65536", "-1", "0x10", "", "ten", "1_0"] {
            let values = [("timelock_s", "1"), ("grace_s", text)];
            let fits = encoded(Contract::Escrow, "setProposalSettings", &values).is_ok();
            assert_eq!(fits, text == "65536", "{text}");
        }
        let error = encoded(Contract::Escrow, "setProposalSettings", &[("timelock_s", "18446744073709551616")]);
        assert!(matches!(error, Err(Error::Unreadable { argument: "timelock_s", .. })));
        let error = encoded(Contract::Escrow, "setProposalSettings", &[("timelock_s", "1")]);
        assert!(matches!(error, Err(Error::Missing { argument: "grace_s", .. })));
    }

    #[test]
    fn what_is_no_setting_is_not_decoded() {
        assert!(Setting::decode(Contract::Escrow, &[1, 2, 3, 4]).is_none());
        assert!(Setting::decode(Contract::Escrow, &[]).is_none());
        let cut = &encoded(Contract::Attestations, "setDailyWeightCap", &[("cap", "1")]).unwrap()[..20];
        assert!(Setting::decode(Contract::Attestations, cut).is_none());
        assert!(Setting::find(Contract::Votes, "mirror").is_none());
    }
}
