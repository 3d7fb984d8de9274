//! Deploying a pool: three contracts that know each other's addresses before they exist.

use std::path::Path;

use anyhow::{Context as _, bail};
use chorus_bindings::{
    Address, Contract, Deployment, SolConstructor, U256, attestations, escrow, purposes_hash, votes,
};
use chorus_client::{Client, keys::Key};

use crate::words::DAY_S;

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

/// What a pool is made with. Whoever deploys it cannot change any of it afterwards. Amounts are in contract units
/// (10^-18).
#[derive(Clone, Debug)]
pub struct Settings {
    /// The texts of the purposes, 1 to 16 of them.
    pub purposes: Vec<String>,
    /// The addresses of those who attest contributions.
    pub attesters: Vec<Address>,
    /// How many attesters must sign a contribution.
    pub threshold: u8,
    /// The most new weight in one UTC day.
    pub daily_weight_cap: u64,
    /// The custodians, who may deliver.
    pub custodians: Vec<Address>,
    /// The arbiters, who may rule on disputes.
    pub arbiters: Vec<Address>,
    /// The guardian, who may pause.
    pub guardian: Address,
    /// How long a ballot takes votes, in seconds.
    pub voting_period_s: u64,
    /// The part of the supply that must vote for or abstain.
    pub quorum_bps: u16,
    /// The points that must vote for or abstain, however small the supply is.
    pub quorum_min: u64,
    /// What `for` must exceed of for and against.
    pub approval_bps: u16,
    /// The part of the supply that somebody needs to propose calls of the DAO's own.
    pub proposal_threshold_bps: u16,
    /// What each offer pays to be listed; it is never returned.
    pub listing_fee: u128,
    /// The lowest net price for a million points.
    pub reserve_per_million: u128,
    /// The treasury's part of what is paid.
    pub fee_bps: u16,
    /// The keepers' part of what is paid.
    pub tip_bps: u16,
    /// The fewest members a sale is made with.
    pub cohort_min: u32,
    /// How long members may leave a sale after voting has ended, in seconds.
    pub opt_out_s: u64,
    /// The shortest delivery and dispute period, in seconds.
    pub period_min_s: u64,
    /// The longest delivery and dispute period, in seconds.
    pub period_max_s: u64,
    /// Time to rule on a dispute, in seconds.
    pub ruling_s: u64,
    /// How long calls that the DAO decided on wait after voting has ended, in seconds.
    pub timelock_s: u64,
    /// How long these calls can be made after that, in seconds.
    pub grace_s: u64,
}

impl Settings {
    /// Whether a thief of the attesters' keys needs more than a day until members of their making reach a quorum (T51).
    /// The cap counts UTC days, and any 24 hours touch two of them.
    pub fn is_safe_from_stolen_keys(&self) -> bool {
        u128::from(self.quorum_min) > 2 * u128::from(self.daily_weight_cap)
    }
}

impl Default for Settings {
    /// Numbers for a real pool. The lists are empty: nobody can choose those people by default.
    fn default() -> Self {
        Self {
            purposes: Vec::new(),
            attesters: Vec::new(),
            threshold: 1,
            daily_weight_cap: 100_000_000,
            custodians: Vec::new(),
            arbiters: Vec::new(),
            guardian: Address::ZERO,
            voting_period_s: 7 * DAY_S,
            quorum_bps: 1_000,
            // More than two days' new weight: see [`Settings::is_safe_from_stolen_keys`].
            quorum_min: 250_000_000,
            approval_bps: 5_000,
            proposal_threshold_bps: 100,
            listing_fee: 10u128.pow(18),
            reserve_per_million: 10u128.pow(18),
            fee_bps: 500,
            tip_bps: 100,
            cohort_min: 50,
            opt_out_s: 3 * DAY_S,
            period_min_s: 3 * DAY_S,
            period_max_s: 30 * DAY_S,
            ruling_s: 14 * DAY_S,
            timelock_s: 3 * DAY_S,
            grace_s: 14 * DAY_S,
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
    settings: &Settings,
    mut each: impl FnMut(Contract, Address),
) -> anyhow::Result<Deployment> {
    // How many nonces an instantiation uses up depends on the version of the pallet. The newest is tried first.
    for step in [2, 1] {
        if let Some(deployment) = try_deploy(client, deployer, &code, settings, step, &mut each).await? {
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
    settings: &Settings,
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
        purposes: settings.purposes.clone(),
    };
    let constructors = constructors(settings, &deployment)?;
    let code = [&code.attestations, &code.votes, &code.escrow];
    for ((contract, arguments), code) in constructors.into_iter().zip(code) {
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

/// The arguments of the three constructors, in order of deployment.
fn constructors(settings: &Settings, deployment: &Deployment) -> anyhow::Result<[(Contract, Vec<u8>); 3]> {
    let purposes = u8::try_from(settings.purposes.len()).ok().filter(|count| (1..=16).contains(count));
    let purposes = purposes.context("a pool has 1 to 16 purposes")?;
    let Deployment { attestations, votes, escrow, .. } = *deployment;
    let guardian = settings.guardian;
    let attestations_arguments = attestations::constructorCall {
        votes,
        escrow,
        guardian,
        attesters: settings.attesters.clone(),
        threshold: settings.threshold,
        daily_weight_cap: settings.daily_weight_cap,
        purposes,
        purposes_hash: purposes_hash(&settings.purposes),
    };
    let votes_arguments = votes::constructorCall {
        attestations,
        escrow,
        voting_period_s: settings.voting_period_s,
        quorum_bps: settings.quorum_bps,
        quorum_min: settings.quorum_min,
        approval_bps: settings.approval_bps,
        proposal_threshold_bps: settings.proposal_threshold_bps,
    };
    let escrow_arguments = escrow::constructorCall {
        attestations,
        votes,
        guardian,
        amounts: [settings.listing_fee, settings.reserve_per_million],
        parts: [settings.fee_bps, settings.tip_bps],
        cohort_min: settings.cohort_min,
        periods: [
            settings.opt_out_s,
            settings.period_min_s,
            settings.period_max_s,
            settings.ruling_s,
            settings.timelock_s,
            settings.grace_s,
        ],
        custodians: settings.custodians.clone(),
        arbiters: settings.arbiters.clone(),
    };
    Ok([
        (Contract::Attestations, attestations_arguments.abi_encode()),
        (Contract::Votes, votes_arguments.abi_encode()),
        (Contract::Escrow, escrow_arguments.abi_encode()),
    ])
}

#[cfg(test)]
mod tests {
    use super::Settings;

    #[test]
    fn t51_default_settings_are_safe_from_keys_that_are_stolen_for_a_day() {
        assert!(Settings::default().is_safe_from_stolen_keys());
        let with = |daily_weight_cap, quorum_min| Settings { daily_weight_cap, quorum_min, ..Settings::default() };
        assert!(with(100, 201).is_safe_from_stolen_keys());
        // Just before midnight, and just after.
        assert!(!with(100, 200).is_safe_from_stolen_keys());
        assert!(!with(u64::MAX, u64::MAX).is_safe_from_stolen_keys());
    }
}
