//! The loop from chain to database. It believes what follows from what it has, waits on what may pass, and stops on
//! what only a human can judge.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use chorus_bindings::{
    Contract, Deployment, Event, attestations::AttestationsEvents, escrow::EscrowEvents, votes::VotesEvents,
};
use futures::{StreamExt, stream};
use tokio::{sync::watch, time::Instant};

use crate::{
    Error,
    chain::{Block, Head, Source},
    condition::Condition,
    decode::{Decoded, decode},
    metrics::Metrics,
    store::Store,
};

/// Blocks asked for ahead of the one being applied.
const PREFETCH: usize = 8;
/// First and longest wait after a failure; each is twice the one before.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(15));
/// How often progress is logged while catching up.
const TELL_EVERY: Duration = Duration::from_secs(2);

/// Applies finalized blocks, in order, each once.
pub struct Follower<S> {
    /// The source of blocks.
    pub source: Arc<S>,
    /// The database they are stored in.
    pub store: Arc<Store>,
    /// The pool whose events are stored.
    pub deployment: Deployment,
    /// The condition that `/health` tells.
    pub condition: Arc<Condition>,
    /// The numbers that `/metrics` tells.
    pub metrics: Arc<Metrics>,
    /// The last applied block, for whoever waits for it.
    pub position: watch::Sender<Option<Head>>,
    /// Whether the contracts were seen where they should be.
    pub checked: bool,
}

impl<S: Source> Follower<S> {
    /// Follows the chain until something only a human can judge.
    pub async fn run(mut self) -> Error {
        let (mut wait, longest) = BACKOFF;
        loop {
            let error = match self.step().await {
                Ok(()) => {
                    wait = BACKOFF.0;
                    continue;
                }
                Err(error) => error,
            };
            self.metrics.failures(&error);
            if error.is_final() {
                tracing::error!(%error, "indexing has stopped");
                self.condition.halt(error.clone());
                return error;
            }
            tracing::warn!(%error, retry_in_ms = wait.as_millis(), "indexing waits");
            self.condition.trouble(error);
            tokio::time::sleep(wait).await;
            wait = longest.min(wait * 2);
        }
    }

    async fn step(&mut self) -> Result<(), Error> {
        self.catch_up().await?;
        self.condition.well();
        self.source.wake_up().await
    }

    /// Checks that the node is on the deployment's chain, with its contracts, and on the database's history.
    pub async fn check(&mut self) -> Result<(), Error> {
        let head = self.source.finalized().await?;
        self.check_contracts(head).await?;
        let Some(cursor) = self.store.cursor().await? else {
            return Ok(());
        };
        self.check_head(Some(cursor), head).await?;
        match self.source.hash_at(cursor.number).await? {
            Some(theirs) if theirs != cursor.hash => {
                Err(Error::Fork { number: cursor.number, ours: cursor.hash, theirs })
            }
            _ => Ok(()),
        }
    }

    /// Applies all finalized blocks that are not yet.
    pub async fn catch_up(&mut self) -> Result<(), Error> {
        let head = self.source.finalized().await?;
        self.condition.finalized(head.number);
        self.metrics.finalized(head.number);
        if !self.checked {
            self.check_contracts(head).await?;
        }
        let mut cursor = self.store.cursor().await?;
        self.position.send_replace(cursor);
        self.check_head(cursor, head).await?;
        let first = cursor.map_or(self.deployment.block.max(1), |cursor| cursor.number + 1);
        let mut deployed = self.store.deployed().await?;
        let source = self.source.clone();
        let mut blocks = stream::iter(first..=head.number).map(|number| source.block(number)).buffered(PREFETCH);
        let (mut number, mut told, mut slow) = (first, Instant::now(), false);
        while let Some(block) = blocks.next().await {
            let block = block?;
            self.check_block(cursor, number, head, &block).await?;
            self.apply(&block, &mut deployed).await?;
            let applied = Head { number, hash: block.hash };
            cursor = Some(applied);
            self.position.send_replace(cursor);
            self.condition.applied(number);
            self.metrics.applied(number);
            number += 1;
            if told.elapsed() > TELL_EVERY {
                tracing::info!(block = applied.number, of = head.number, "catching up");
                (told, slow) = (Instant::now(), true);
            }
        }
        if slow {
            tracing::info!(block = head.number, "caught up");
        }
        Ok(())
    }

    /// Refuses a deployment file of contracts that are not there.
    async fn check_contracts(&mut self, head: Head) -> Result<(), Error> {
        if head.number < self.deployment.block {
            return Err(Error::NodeWrong(format!(
                "its finalized head is block {}, the contracts were made in block {}: it is behind",
                head.number, self.deployment.block
            )));
        }
        for contract in Contract::ALL {
            let address = self.deployment.address_of(contract);
            if !self.source.has_code(address, head.hash).await? {
                return Err(Error::NoContract { contract, address, block: head.number });
            }
        }
        self.checked = true;
        Ok(())
    }

    /// A finalized head never goes back, and never to another history.
    async fn check_head(&self, cursor: Option<Head>, head: Head) -> Result<(), Error> {
        let Some(cursor) = cursor.filter(|cursor| head.number <= cursor.number) else {
            return Ok(());
        };
        if let Some(ours) = self.store.hash_at(head.number).await?.filter(|ours| *ours != head.hash) {
            return Err(Error::Fork { number: head.number, ours, theirs: head.hash });
        }
        if head.number < cursor.number {
            return Err(Error::NodeWrong(format!(
                "its finalized head is block {}, though block {} was finalized before: it is behind",
                head.number, cursor.number
            )));
        }
        Ok(())
    }

    /// The block must be the one asked for and follow the one before.
    async fn check_block(&self, cursor: Option<Head>, number: u64, head: Head, block: &Block) -> Result<(), Error> {
        let wrong = |what: String| Err(Error::NodeWrong(format!("block {number}: {what}")));
        if block.number != number {
            return wrong(format!("got block {} instead", block.number));
        }
        if let Some(cursor) = cursor.filter(|cursor| cursor.hash != block.parent_hash) {
            return match self.source.hash_at(cursor.number).await? {
                Some(theirs) if theirs != cursor.hash => {
                    Err(Error::Fork { number: cursor.number, ours: cursor.hash, theirs })
                }
                _ => wrong(format!(
                    "its parent is {}, though block {} is {}",
                    block.parent_hash, cursor.number, cursor.hash
                )),
            };
        }
        if number == head.number && block.hash != head.hash {
            return wrong(format!("it is {} by number and {} as finalized head", block.hash, head.hash));
        }
        if block.event_count == 0 {
            return wrong("it has no events at all, though every block above genesis has".into());
        }
        Ok(())
    }

    async fn apply(&self, block: &Block, deployed: &mut BTreeSet<Contract>) -> Result<(), Error> {
        let mut events = Vec::new();
        for emitted in &block.emitted {
            match decode(&self.deployment, block.number, emitted) {
                Ok(None) => {}
                Ok(Some(event)) => events.push(event),
                Err(error) => {
                    if let Error::Undecodable { contract, reason, .. } = &error {
                        self.store.keep_undecodable(block, *contract, emitted, reason).await?;
                    }
                    return Err(error);
                }
            }
        }
        check_deployed(block.number, &events, deployed)?;
        self.store.apply(block, &events).await?;
        for event in &events {
            self.metrics.event(event.contract, event.name);
        }
        Ok(())
    }
}

/// A contract's first events, its constructor's, tell of its deployment; without them its settings are unknown.
fn check_deployed(block: u64, events: &[Decoded], deployed: &mut BTreeSet<Contract>) -> Result<(), Error> {
    let is_deployment = |event: &Event| {
        matches!(
            event,
            Event::Attestations(AttestationsEvents::AttestationsDeployed(_))
                | Event::Votes(VotesEvents::VotesDeployed(_))
                | Event::Escrow(EscrowEvents::EscrowDeployed(_))
        )
    };
    deployed.extend(events.iter().filter(|event| is_deployment(&event.event)).map(|event| event.contract));
    match events.iter().find(|event| !deployed.contains(&event.contract)) {
        Some(event) => Err(Error::StartedTooLate { contract: event.contract, block }),
        None => Ok(()),
    }
}
