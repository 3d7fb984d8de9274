//! Deploying a pool: three contracts that know each other's addresses before they exist.

use std::path::Path;

use anyhow::{Context as _, bail};
use chorus_bindings::{
    Address, Contract, Deployment, SolConstructor, U256, attestations, escrow_constructor, purposes_hash,
    votes_constructor,
};
use chorus_client::{Client, keys::Key};
use chorus_core::settings::{DEFAULT_DAILY_WEIGHT_CAP, OfferSettings, ProposalSettings, VotingSettings};

/// The code of the three contracts.
#[derive(Clone)]
pub struct Code {
    /// The code of `attestations`.
    pub attestations: Vec<u8>,
    /// The code of `votes`.
    pub votes: Vec<u8>,
    /// The code of `escrow`.
    pub escrow: Vec<u8>,
}

impl Code {
    /// The code from `contracts/artifacts` that this program was built with.
    pub fn embedded() -> Self {
        let of = |contract| chorus_bindings::code(contract).to_vec();
        Self { attestations: of(Contract::Attestations), votes: of(Contract::Votes), escrow: of(Contract::Escrow) }
    }

    /// Reads `attestations.polkavm`, `votes.polkavm` and `escrow.polkavm` from a folder.
    pub fn from_folder(folder: &Path) -> anyhow::Result<Self> {
        let read = |name: &str| {
            let path = folder.join(name).with_extension("polkavm");
            std::fs::read(&path).with_context(|| format!("cannot read the contract's code {}", path.display()))
        };
        Ok(Self { attestations: read("attestations")?, votes: read("votes")?, escrow: read("escrow")? })
    }
}

/// What a pool is made with. Whoever deploys it cannot change any of it afterwards.
#[derive(Clone, Debug)]
pub struct NewPool {
    /// The texts of the purposes, 1 to 16 of them.
    pub purposes: Vec<String>,
    /// The addresses of those who attest contributions.
    pub attesters: Vec<Address>,
    /// How many attesters must sign a contribution.
    pub threshold: u8,
    /// The most new weight in one UTC day, in points.
    pub daily_weight_cap: u64,
    /// The custodians, who may deliver.
    pub custodians: Vec<Address>,
    /// The arbiters, who may rule on disputes.
    pub arbiters: Vec<Address>,
    /// The guardian, who may pause.
    pub guardian: Address,
    /// What ballots are opened with.
    pub voting: VotingSettings,
    /// What offers are made with.
    pub offers: OfferSettings,
    /// What proposals are made with.
    pub proposals: ProposalSettings,
}

impl NewPool {
    /// Whether a thief of the attesters' keys needs more than a day until members of their making reach a quorum (T51).
    /// The cap counts UTC days, and any 24 hours touch two of them.
    pub fn is_safe_from_stolen_keys(&self) -> bool {
        u128::from(self.voting.quorum_min.0) > 2 * u128::from(self.daily_weight_cap)
    }
}

impl Default for NewPool {
    /// Numbers for a real pool. The lists are empty: nobody can choose those people by default.
    fn default() -> Self {
        Self {
            purposes: Vec::new(),
            attesters: Vec::new(),
            threshold: 1,
            daily_weight_cap: DEFAULT_DAILY_WEIGHT_CAP.0,
            custodians: Vec::new(),
            arbiters: Vec::new(),
            guardian: Address::ZERO,
            voting: VotingSettings::default(),
            offers: OfferSettings::default(),
            proposals: ProposalSettings::default(),
        }
    }
}

/// Uploads and instantiates the three contracts. `each` hears of each one that was made.
///
/// Each contract takes the others' addresses as constructor arguments. The addresses follow from the deployer's next
/// nonces, so the account must not send anything else meanwhile. A wrong address stops the deployment.
pub async fn deploy(
    client: &Client,
    deployer: &Key,
    code: Code,
    new: &NewPool,
    mut each: impl FnMut(Contract, Address),
) -> anyhow::Result<Deployment> {
    // How many nonces an instantiation uses up depends on the version of the pallet. The newest is tried first.
    for step in [2, 1] {
        if let Some(deployment) = try_deploy(client, deployer, &code, new, step, &mut each).await? {
            return Ok(deployment);
        }
    }
    bail!(
        "a contract was not made where the others look for it: the deployer's account sent another transaction \
         meanwhile. Deploy again; nothing points to what was made"
    )
}

/// Returns `None` if a contract was made at another address than foreseen.
async fn try_deploy(
    client: &Client,
    deployer: &Key,
    code: &Code,
    new: &NewPool,
    step: u64,
    each: &mut impl FnMut(Contract, Address),
) -> anyhow::Result<Option<Deployment>> {
    let [attestations, votes, escrow] = client.next_addresses::<3>(deployer, step).await?;
    let mut deployment = Deployment {
        genesis_hash: client.genesis_hash(),
        chain_id: client.chain_id(),
        block: 0,
        attestations,
        votes,
        escrow,
        purposes: new.purposes.clone(),
    };
    let arguments = constructors(new, [attestations, votes, escrow])?;
    let code = [&code.attestations, &code.votes, &code.escrow];
    for ((contract, arguments), code) in Contract::ALL.into_iter().zip(arguments).zip(code) {
        let made = client
            .instantiate(deployer, U256::ZERO, code.clone(), arguments)
            .await
            .with_context(|| format!("cannot deploy {contract:?}"))?;
        if made.address != deployment.address_of(contract) {
            return Ok(None);
        }
        if contract == Contract::Attestations {
            deployment.block = made.receipt.block.number;
        }
        each(contract, made.address);
    }
    Ok(Some(deployment))
}

/// The arguments of the three constructors, in order of deployment, for contracts at these addresses.
///
/// # Errors
/// When the pool has no purpose, or more than sixteen.
pub fn constructors(new: &NewPool, [attestations, votes, escrow]: [Address; 3]) -> anyhow::Result<[Vec<u8>; 3]> {
    let purposes = u8::try_from(new.purposes.len()).ok().filter(|count| (1..=16).contains(count));
    let purposes = purposes.context("a pool has 1 to 16 purposes")?;
    let guardian = new.guardian;
    let of_attestations = attestations::constructorCall {
        votes,
        escrow,
        guardian,
        attesters: new.attesters.clone(),
        threshold: new.threshold,
        daily_weight_cap: new.daily_weight_cap,
        purposes,
        purposes_hash: purposes_hash(&new.purposes),
    };
    let of_votes = votes_constructor(attestations, escrow, &new.voting);
    let (custodians, arbiters) = (new.custodians.clone(), new.arbiters.clone());
    let contracts = [attestations, votes, guardian];
    let of_escrow = escrow_constructor(contracts, &new.offers, &new.proposals, custodians, arbiters);
    Ok([of_attestations.abi_encode(), of_votes.abi_encode(), of_escrow.abi_encode()])
}

#[cfg(test)]
mod tests {
    use chorus_core::types::Points;

    use super::*;

    #[test]
    fn t51_default_settings_are_safe_from_keys_that_are_stolen_for_a_day() {
        assert!(NewPool::default().is_safe_from_stolen_keys());
        let with = |daily_weight_cap, quorum_min| NewPool {
            daily_weight_cap,
            voting: VotingSettings { quorum_min: Points(quorum_min), ..VotingSettings::default() },
            ..NewPool::default()
        };
        assert!(with(100, 201).is_safe_from_stolen_keys());
        // Just before midnight, and just after.
        assert!(!with(100, 200).is_safe_from_stolen_keys());
        assert!(!with(u64::MAX, u64::MAX).is_safe_from_stolen_keys());
    }
}
