//! How people write arguments: ids and votes. Durations and addresses are in [`chorus::words`].

use anyhow::Context as _;
use chorus::actions::Support;
use chorus_bindings::B256;
use clap::builder::{PossibleValuesParser, TypedValueParser};

/// Reads 32 bytes as `0x` and 64 hex digits.
pub(super) fn hash(text: &str) -> anyhow::Result<B256> {
    text.parse().ok().with_context(|| format!("{text} is not an id or a hash: write 0x and 64 hex digits"))
}

/// Reads `for`, `against` or `abstain`.
pub(super) fn support() -> impl TypedValueParser<Value = Support> {
    PossibleValuesParser::new(Support::ALL.iter().map(|support| support.name()))
        .try_map(|name| Support::from_name(&name).ok_or("write for, against or abstain"))
}
