//! What a contract refused with, by name: the facts, without advice.

use alloy_sol_types::SolInterface as _;

use crate::escrow::EscrowErrors as Error;

/// The error that a reverted call returned, with its named values: `WrongStatus { current: 9, required: 7 }`.
///
/// `None` if it is not an error of these contracts. All three share one list of errors, and a sister's refusal is
/// handed on word for word.
pub fn describe_revert(data: &[u8]) -> Option<String> {
    let error = format!("{:?}", Error::abi_decode(data).ok()?);
    // The enum's variant wraps a struct of the same name.
    let (_, named) = error.split_once('(')?;
    Some(named.strip_suffix(')')?.to_owned())
}

/// The name of the error with this selector, as batches announce why they skipped an item, or `None` if there is none.
pub fn error_name(selector: [u8; 4]) -> Option<&'static str> {
    Error::name_by_selector(selector)
}

#[cfg(test)]
mod tests {
    use alloy_sol_types::SolError as _;

    use super::*;
    use crate::escrow::{NotTransferable, WrongStatus};

    #[test]
    fn a_revert_is_described_by_its_name_and_its_named_values() {
        let described = |data: Vec<u8>| describe_revert(&data);
        let wrong = WrongStatus { current: 9, required: 7 };
        assert_eq!(described(wrong.abi_encode()).as_deref(), Some("WrongStatus { current: 9, required: 7 }"));
        assert_eq!(described(NotTransferable {}.abi_encode()).as_deref(), Some("NotTransferable"));
        assert_eq!(described(vec![1, 2, 3, 4]), None);
        assert_eq!(described(vec![]), None);
        assert_eq!(error_name(WrongStatus::SELECTOR), Some("WrongStatus"));
    }
}
