//! The kinds of sealed files in a contribution's life.

use std::fmt;

/// What a sealed file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// From a member to the attesters.
    AttestationRequest,
    /// From a member to the custodian.
    Bundle,
    /// From the custodian to a buyer.
    Delivery,
}

impl Kind {
    /// The `format` in the first line of the file.
    pub fn format(self) -> &'static str {
        match self {
            Self::AttestationRequest => "chorus/attestation-request/1",
            Self::Bundle => "chorus/bundle/1",
            Self::Delivery => "chorus/delivery/1",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AttestationRequest => "attestation request",
            Self::Bundle => "bundle",
            Self::Delivery => "delivery",
        })
    }
}
