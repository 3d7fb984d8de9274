//! Who may do what in a pool, read from its chain. `chorus deploy` ends with it, so that nobody has to take its word.

use std::fmt;

use chorus_bindings::{
    Address, Bytes, Contract, Event, SolCall as _, SolError as _, U256, attestations, escrow, settings::SETTINGS, votes,
};
use chorus_client::{
    Failure,
    keys::Key,
    pool::Pool,
    record::{History, Record},
};
use serde::Serialize;

use crate::words::duration;

/// Every office of a pool and who holds it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Powers {
    /// Those who sign contributions.
    pub attesters: Vec<Address>,
    /// How many attesters must sign together.
    pub threshold: u8,
    /// Those who deliver, for the offers that name them.
    pub custodians: Vec<Address>,
    /// Those who rule on disputes, for the offers that name them.
    pub arbiters: Vec<Address>,
    /// Those who may pause: the guardian of `attestations`, then that of `escrow`.
    pub guardians: [Address; 2],
    /// The longest pause, in seconds.
    pub max_pause_s: u64,
    /// The least time between two pauses, in seconds.
    pub min_unpaused_s: u64,
    /// How long a decision of the members waits before it takes effect, in seconds.
    pub timelock_s: u64,
    /// Messages that only the pool's contracts or a vote of its members may cause, and that the deployer tried in vain:
    /// each is refused or does not exist.
    pub refused: Vec<String>,
    /// What the deployer may do that not everybody may. In a pool that can be trusted, this is nothing.
    pub deployer_keeps: Vec<String>,
}

/// Reads the offices from events and views, and rehearses every closed message as the deployer.
pub async fn read(pool: &Pool, deployer: &Key) -> anyhow::Result<Powers> {
    let history = History::read(pool, |_, _| {}).await?;
    let record = Record::replay(&history);
    let mut powers = Powers {
        attesters: pool.view(Contract::Attestations, &attestations::attestersCall {}, None).await?,
        threshold: pool.view(Contract::Attestations, &attestations::thresholdCall {}, None).await?,
        custodians: record.custodians.iter().copied().collect(),
        arbiters: record.arbiters.iter().copied().collect(),
        timelock_s: pool.view(Contract::Escrow, &escrow::proposalSettingsCall {}, None).await?.timelock_s,
        ..Powers::default()
    };
    for log in &history.logs {
        use attestations::AttestationsEvents::{AttestationsDeployed, GuardianChanged};
        match &log.event {
            Event::Attestations(AttestationsDeployed(e)) => {
                powers.guardians[0] = e.guardian;
                (powers.max_pause_s, powers.min_unpaused_s) = (e.max_pause_s, e.min_unpaused_s);
            }
            Event::Attestations(GuardianChanged(e)) => powers.guardians[0] = e.guardian,
            _ => {}
        }
    }
    powers.guardians[1] = pool.view(Contract::Escrow, &escrow::guardianCall {}, None).await?;

    let who = deployer.address();
    let roles = pool.view(Contract::Escrow, &escrow::rolesOfCall { account: who }, None).await?;
    for (office, held) in [
        ("attests contributions", powers.attesters.contains(&who)),
        ("may pause", powers.guardians.contains(&who)),
        ("delivers", powers.custodians.contains(&who) || roles & 1 != 0),
        ("rules on disputes", powers.arbiters.contains(&who) || roles & 2 != 0),
        ("votes", record.token.power_at(who, u64::MAX) > U256::ZERO),
    ] {
        if held {
            powers.deployer_keeps.push(office.to_owned());
        }
    }
    for (contract, name, calldata) in closed_messages(who)? {
        let name = format!("{}.{name}", contract.name());
        match pool.rehearse(deployer, contract, &calldata).await?.result {
            Err(Failure::Reverted(data)) if contract == Contract::Escrow || is_unauthorized(&data) => {
                powers.refused.push(name);
            }
            _ => powers.deployer_keeps.push(format!("may call {name}")),
        }
    }
    Ok(powers)
}

fn is_unauthorized(data: &[u8]) -> bool {
    data.starts_with(&escrow::Unauthorized::SELECTOR)
}

/// Every message that is for one of the pool's contracts or for a vote of its members alone.
fn closed_messages(who: Address) -> anyhow::Result<Vec<(Contract, &'static str, Vec<u8>)>> {
    let mut messages = SETTINGS
        .iter()
        .map(|setting| {
            let value = |argument: &'static str| {
                let (ty, _) = setting.arguments().find(|(_, name)| *name == argument)?;
                Some(match ty {
                    "address" | "address[]" => who.to_string(),
                    "bytes" => String::new(),
                    _ => "1".to_owned(),
                })
            };
            Ok((setting.contract, setting.name(), setting.encode(value)?))
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    let (id, window_ends) = (U256::from(1), u64::MAX);
    messages.extend([
        (Contract::Attestations, "openSale", attestations::openSaleCall { purpose: 0, window_ends }.abi_encode()),
        (Contract::Votes, "mirror", votes::mirrorCall { changes: Bytes::new() }.abi_encode()),
        (Contract::Votes, "openBallot", votes::openBallotCall { proposalId: id, proposer: who }.abi_encode()),
        (Contract::Votes, "openProposal", votes::openProposalCall { proposalId: id, proposer: who }.abi_encode()),
    ]);
    Ok(messages)
}

impl fmt::Display for Powers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |who: &[Address]| who.iter().map(Address::to_string).collect::<Vec<_>>().join(" ");
        let guardians = match self.guardians {
            [one, other] if one == other => one.to_string(),
            both => list(&both),
        };
        writeln!(f, "  attesters   {} of {}: sign contributions", self.threshold, list(&self.attesters))?;
        writeln!(f, "  custodians  {}: deliver", list(&self.custodians))?;
        writeln!(f, "  arbiters    {}: rule on disputes", list(&self.arbiters))?;
        writeln!(
            f,
            "  guardian    {guardians}: pauses new offers and contributions, for {} at most, and again after {}",
            duration(self.max_pause_s),
            duration(self.min_unpaused_s)
        )?;
        writeln!(
            f,
            "  members     vote; a decision of theirs waits {}, and nothing else changes a setting",
            duration(self.timelock_s)
        )?;
        match &self.deployer_keeps[..] {
            [] => write!(
                f,
                "  deployer    nothing: no owner, no upgrade key; each of {} closed messages is refused or does not \
                 exist",
                self.refused.len()
            ),
            keeps => write!(f, "  deployer    {}", keeps.join("; ")),
        }
    }
}
