//! The DAO's own calls: `propose`, `execute`, `proposals`.

use std::{collections::BTreeMap, path::PathBuf};

use anyhow::{Context as _, bail, ensure};
use chorus::{
    proposals::{self, Call},
    words::moment,
};
use chorus_bindings::{B256, Contract, escrow, settings::SETTINGS};
use chorus_client::{keys::KeySource, record::Tally};
use chorus_core::names::ProposalState;
use serde_json::{Value, json};

use crate::commands::{Globals, args::hash};

const EXAMPLES: &str = "Examples:
  chorus propose --call 'escrow.setOfferSettings fee_bps=400' --description 'a lower fee' \\
      --key-file my.key
  chorus propose --call 'escrow.addCustodian custodian=0x9621…' \\
      --call 'escrow.removeCustodian custodian=0x12ab…' --description 'a new custodian' \\
      --key-file my.key
  chorus propose --calls calls.json --description 'as discussed' --key-file my.key
calls.json: [{ \"call\": \"votes.setVoting\", \"voting_period_s\": \"5d\" }]

Durations may be written as 3d, addresses as //Alice; amounts are in the smallest unit. The calls are:";

fn help() -> String {
    let calls = SETTINGS.iter().map(|setting| {
        let arguments: String = setting.arguments().map(|(_, name)| format!(" {name}")).collect();
        format!("\n  {}.{}{arguments}\n      {}", setting.contract.name(), setting.name(), setting.help())
    });
    EXAMPLES.to_owned() + &calls.collect::<String>()
}

/// Proposes that the DAO changes its own settings; members vote as they do on offers
///
/// If the proposal passes, anyone may execute it once the timelock is over. Of settings that are set together, those
/// that you do not name stay as they are.
#[derive(clap::Args)]
#[command(after_help = help())]
pub(super) struct Propose {
    /// A call, which is a name and then arguments; up to eight calls
    #[arg(long = "call", value_name = "CONTRACT.MESSAGE NAME=VALUE …", required_unless_present = "calls")]
    call: Vec<String>,
    /// File with the calls as JSON
    #[arg(long, value_name = "FILE", conflicts_with = "call")]
    calls: Option<PathBuf>,
    /// What the proposal is for; the chain keeps its hash
    #[arg(long, value_name = "TEXT")]
    description: String,
    #[command(flatten, next_help_heading = "Your key")]
    key: KeySource,
}

impl Propose {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let written = match &self.calls {
            Some(file) => from_file(file)?,
            None => self.call.iter().map(|text| from_text(text)).collect::<anyhow::Result<_>>()?,
        };
        let key = self.key.load()?;
        let pool = globals.pool().await?;
        let record = globals.record(&pool).await?;
        let calls = written
            .into_iter()
            .map(|(name, arguments)| Call::new(&name, arguments, &record))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let (id, receipt) = proposals::propose(&pool, &key, &calls, &self.description).await?;
        globals.say_done(
            format!("Proposal {id} is made. Members vote on it with `chorus vote {id} for`."),
            &receipt,
            json!({ "proposal": id }),
        );
        Ok(())
    }
}

fn from_text(text: &str) -> anyhow::Result<(String, BTreeMap<String, String>)> {
    let mut words = text.split_whitespace();
    let name = words.next().context("an empty call")?;
    let arguments = words.map(|word| {
        let (name, value) =
            word.split_once('=').with_context(|| format!("{word} is not an argument: write name=value"))?;
        Ok((name.to_owned(), value.to_owned()))
    });
    Ok((name.to_owned(), arguments.collect::<anyhow::Result<_>>()?))
}

fn from_file(path: &PathBuf) -> anyhow::Result<Vec<(String, BTreeMap<String, String>)>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let calls: Vec<BTreeMap<String, Value>> =
        serde_json::from_str(&text).with_context(|| format!("{} is not a list of calls", path.display()))?;
    let call = |mut call: BTreeMap<String, Value>| {
        let name =
            call.remove("call").and_then(|name| name.as_str().map(str::to_owned)).context("a call has no name")?;
        let arguments = call.into_iter().map(|(name, value)| {
            let value = match value {
                Value::String(text) => text,
                Value::Number(number) => number.to_string(),
                Value::Array(items) => {
                    let texts: Option<Vec<_>> = items.iter().map(Value::as_str).collect();
                    texts.with_context(|| format!("{name} is a list of something other than texts"))?.join(",")
                }
                _ => bail!("{name} is not a text, a number or a list of texts"),
            };
            Ok((name, value))
        });
        Ok((name, arguments.collect::<anyhow::Result<_>>()?))
    };
    calls.into_iter().map(call).collect()
}

/// Executes a proposal that passed, after its timelock; anyone may
#[derive(clap::Args)]
#[command(after_help = "Example:\n  chorus execute 0x5c1f… --key //Bob")]
pub(super) struct Execute {
    /// The proposal's id
    #[arg(value_parser = hash)]
    proposal: B256,
    #[command(flatten, next_help_heading = "Your key")]
    key: KeySource,
}

impl Execute {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let key = self.key.load()?;
        let pool = globals.pool().await?;
        let receipt = proposals::execute(&pool, &key, self.proposal).await?;
        globals.say_done("Executed: every call was made.", &receipt, json!({ "proposal": self.proposal }));
        Ok(())
    }
}

/// Shows the DAO's proposals: what they would do, how the vote stands, and what comes next
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  chorus proposals\n  chorus proposals 0x5c1f…")]
pub(super) struct Proposals {
    /// Only this one
    #[arg(value_parser = hash)]
    proposal: Option<B256>,
}

impl Proposals {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let pool = globals.pool().await?;
        let record = globals.record(&pool).await?;
        if let Some(id) = self.proposal {
            ensure!(record.proposals.contains_key(&id), "there is no proposal {id}");
        }
        let (mut words, mut objects) = (Vec::new(), Vec::new());
        for (id, proposal) in record.proposal_order.iter().filter_map(|id| Some((id, record.proposals.get(id)?))) {
            if self.proposal.is_some_and(|only| only != *id) {
                continue;
            }
            let state = pool.view(Contract::Escrow, &escrow::proposalStateCall { proposal: *id }, None).await?;
            let name = ProposalState::from_code(state).map_or("unknown", ProposalState::name);
            let (proposed, Tally { against_votes, for_votes, abstain_votes }) =
                (&proposal.proposed, proposal.ballot.tally);
            let calls = proposals::words(&pool, proposal);
            words.push(format!(
                "{id}  {name}\n  by {}\n  \
                 {for_votes} for, {against_votes} against, {abstain_votes} abstain; quorum {}\n  \
                 votes until {}\n  executable from {} until {}\n  {}",
                proposed.proposer,
                proposal.ballot.quorum,
                moment(proposed.voting_ends),
                moment(proposed.executable_from),
                moment(proposed.executable_until),
                calls.join("\n  "),
            ));
            objects.push(json!({
                "proposal": id, "state": name, "state_code": state, "proposer": proposed.proposer,
                "description_hash": proposed.description_hash, "calls": calls,
                "for": for_votes.to_string(), "against": against_votes.to_string(),
                "abstain": abstain_votes.to_string(),
                "voting_ends": proposed.voting_ends, "executable_from": proposed.executable_from,
                "executable_until": proposed.executable_until,
            }));
        }
        let words = if words.is_empty() { "There are no proposals yet.".to_owned() } else { words.join("\n") };
        globals.say(words, json!({ "proposals": objects }));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_a_name_and_arguments() {
        let (name, arguments) = from_text("escrow.setProposalSettings timelock_s=3d grace_s=60").unwrap();
        assert_eq!(name, "escrow.setProposalSettings");
        assert_eq!((&*arguments["timelock_s"], &*arguments["grace_s"]), ("3d", "60"));
        assert!(from_text("escrow.setGuardian guardian").is_err());
        assert!(from_text(" ").is_err());
    }

    #[test]
    fn the_help_lists_every_call() {
        let help = help();
        assert!(help.contains("\n  escrow.setProposalSettings timelock_s grace_s"));
        assert!(help.contains("\n  attestations.setGuardian guardian"));
    }
}
