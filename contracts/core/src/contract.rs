//! The three contracts of a pool.

/// One of the three contracts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Contract {
    /// Contributions, consent, weights, and who is in which sale.
    Attestations,
    /// The vote token and its ballots.
    Votes,
    /// Offers, deposits, delivery, disputes, the split, and proposals.
    Escrow,
}

impl Contract {
    /// All of them, in the order in which they are deployed.
    pub const ALL: [Self; 3] = [Self::Attestations, Self::Votes, Self::Escrow];

    /// Its name in files, in addresses of calls (`escrow.setGuardian`) and in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Attestations => "attestations",
            Self::Votes => "votes",
            Self::Escrow => "escrow",
        }
    }

    /// The contract with this [`Self::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|contract| contract.name() == name)
    }

    /// The name in its EIP-712 domain; that of `votes` is its token's name too.
    pub const fn domain(self) -> &'static str {
        match self {
            Self::Attestations => "Chorus Attestations",
            Self::Votes => "Chorus Votes",
            Self::Escrow => "Chorus Escrow",
        }
    }
}
