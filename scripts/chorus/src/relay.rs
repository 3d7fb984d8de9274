//! The relayer: anyone who brings signed acts to the chain and pays for them. Members need no money of any kind.
//!
//! It trusts nobody: every signature is checked here before anything is sent. It remembers nothing: which acts are done
//! follows from their nonces on chain, so it can stop at any point and start again with the same files.

use std::collections::{BTreeMap, VecDeque};

use chorus_bindings::{
    Address, B256, Contract, Event, SolCall as _,
    attestations::{self, AttestationsEvents},
    batch::Batch,
    error_name,
    votes::{self, VotesEvents},
};
use chorus_client::{BlockId, DryRun, Error, Receipt, keys::Key, pool::Pool};
use futures::StreamExt as _;

use crate::{
    actions::ballot_number,
    limits::fits,
    signed::{Act, Domains, SignedAct, next_nonce},
};

/// How many transactions are in flight at the same time.
const IN_FLIGHT: usize = 8;

/// What became of an act.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Outcome {
    /// The contract accepted it.
    Accepted {
        /// The number of the block it is in.
        block: u64,
        /// The hash of the extrinsic that brought it.
        extrinsic: B256,
    },
    /// Its nonce was used up before: it was relayed already, or its member has done something else since.
    Done,
    /// It was not accepted, and would not be accepted now.
    Skipped {
        /// Why, in words.
        reason: String,
    },
}

impl Outcome {
    fn skipped(reason: impl ToString) -> Self {
        Self::Skipped { reason: reason.to_string() }
    }

    fn accepted(receipt: &Receipt) -> Self {
        let Receipt { hash, block: BlockId { number, .. }, .. } = *receipt;
        Self::Accepted { block: number, extrinsic: hash }
    }
}

/// The acts of one member in one contract, in order of their nonces, and the nonce that must come next.
struct Queue {
    acts: VecDeque<usize>,
    next: u64,
}

/// Which acts go together in one transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Contributions,
    Votes(B256),
    Alone(usize),
}

/// Brings acts to the chain and returns, in their order, what became of each. `each` hears how many are decided.
///
/// Contributions and votes go in batches, as large as calldata and a block allow; the others go one by one. An act
/// waits for those of the same member with lower nonces.
///
/// # Errors
/// When the node fails. What was sent by then stays sent, and a second run finds it done.
pub async fn relay(
    pool: &Pool,
    relayer: &Key,
    acts: &[SignedAct],
    mut each: impl FnMut(usize),
) -> anyhow::Result<Vec<Outcome>> {
    let mut outcomes: Vec<Option<Outcome>> = check(pool, acts).await?;
    let mut queues = queues(pool, acts, &outcomes).await?;
    loop {
        let mut groups: BTreeMap<Group, Vec<usize>> = BTreeMap::new();
        for queue in queues.values_mut() {
            if let Some(index) = take_next(queue, acts, &mut outcomes) {
                groups.entry(group(index, &acts[index])).or_default().push(index);
            }
        }
        each(outcomes.iter().flatten().count());
        if groups.is_empty() {
            break;
        }
        let mut sent = futures::stream::iter(groups.into_values())
            .map(|members| send(pool, relayer, acts, members))
            .buffer_unordered(IN_FLIGHT);
        while let Some(decided) = sent.next().await {
            for (index, outcome) in decided? {
                let act = &acts[index];
                if let (Outcome::Accepted { .. }, Some(queue)) =
                    (&outcome, queues.get_mut(&(act.act.contract(), act.signer)))
                {
                    queue.next += 1;
                }
                outcomes[index] = Some(outcome);
            }
            each(outcomes.iter().flatten().count());
        }
    }
    let undecided = || Outcome::skipped("the relayer forgot about it, which is a bug: please report it");
    Ok(outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(undecided)).collect())
}

/// Decides those acts for which the act itself and the chain's clock are enough.
async fn check(pool: &Pool, acts: &[SignedAct]) -> anyhow::Result<Vec<Option<Outcome>>> {
    let domains = Domains::of(pool).await?;
    let now = pool.client().timestamp(None).await?;
    let decide = |act: &SignedAct| match act.check(pool, &domains) {
        Err(error) => Some(Outcome::skipped(format_args!("{error:#}"))),
        Ok(()) => {
            let expired = act.act.deadline().filter(|deadline| now > *deadline);
            expired.map(|deadline| Outcome::skipped(format_args!("it was good until {deadline} (unix seconds)")))
        }
    };
    Ok(acts.iter().map(decide).collect())
}

/// The undecided acts by contract and member, in order of their nonces.
async fn queues(
    pool: &Pool,
    acts: &[SignedAct],
    outcomes: &[Option<Outcome>],
) -> anyhow::Result<BTreeMap<(Contract, Address), Queue>> {
    let mut sorted: BTreeMap<(Contract, Address), Vec<usize>> = BTreeMap::new();
    for (index, act) in acts.iter().enumerate().filter(|(index, _)| outcomes[*index].is_none()) {
        sorted.entry((act.act.contract(), act.signer)).or_default().push(index);
    }
    let mut queues = futures::stream::iter(sorted)
        .map(|((contract, signer), mut indices)| async move {
            indices.sort_by_key(|index| acts[*index].nonce);
            let next = next_nonce(pool, contract, signer).await?;
            anyhow::Ok(((contract, signer), Queue { acts: indices.into(), next }))
        })
        .buffer_unordered(IN_FLIGHT);
    let mut all = BTreeMap::new();
    while let Some(queue) = queues.next().await {
        let (key, queue) = queue?;
        all.insert(key, queue);
    }
    Ok(all)
}

/// Takes the queue's next act that can be sent, and decides those before it, which cannot.
fn take_next(queue: &mut Queue, acts: &[SignedAct], outcomes: &mut [Option<Outcome>]) -> Option<usize> {
    while let Some(index) = queue.acts.pop_front() {
        let nonce = acts[index].nonce;
        if nonce == queue.next {
            return Some(index);
        }
        outcomes[index] = Some(match nonce < queue.next {
            true => Outcome::Done,
            false => Outcome::skipped(format_args!(
                "it is the member's act {nonce}, and their act {} has to come first",
                queue.next
            )),
        });
    }
    None
}

fn group(index: usize, act: &SignedAct) -> Group {
    match act.act {
        Act::Contribute { .. } => Group::Contributions,
        Act::Vote { ballot, .. } => Group::Votes(ballot),
        _ => Group::Alone(index),
    }
}

/// Sends a group in as few transactions as possible.
async fn send(
    pool: &Pool,
    relayer: &Key,
    acts: &[SignedAct],
    mut members: Vec<usize>,
) -> anyhow::Result<Vec<(usize, Outcome)>> {
    let mut decided = Vec::with_capacity(members.len());
    // What is still to be sent, with the next batch at the end.
    members.reverse();
    let mut most = members.len();
    while !members.is_empty() {
        let (mut batch, mut chosen) = (Batch::default(), Vec::new());
        while let Some(index) = members.pop_if(|index| chosen.len() < most && acts[*index].pack(&mut batch)) {
            chosen.push(index);
        }
        let ([] | [_]) = chosen[..] else {
            match send_batch(pool, relayer, acts, &chosen, batch).await? {
                Some(outcomes) => decided.extend(outcomes),
                // Too much for one call, but halves may fit.
                None => {
                    most = chosen.len() / 2;
                    members.extend(chosen.into_iter().rev());
                }
            }
            continue;
        };
        // A single act goes by itself, because its refusal then has a reason with values.
        if let Some(index) = chosen.pop().or_else(|| members.pop()) {
            decided.push((index, send_alone(pool, relayer, &acts[index]).await?));
        }
    }
    Ok(decided)
}

async fn send_alone(pool: &Pool, relayer: &Key, act: &SignedAct) -> anyhow::Result<Outcome> {
    match pool.send_data(relayer, act.act.contract(), act.calldata()).await {
        Ok(receipt) => Ok(Outcome::accepted(&receipt)),
        Err(Error::Reverted { explanation, .. }) => Ok(Outcome::Skipped { reason: explanation }),
        Err(error) => Err(error.into()),
    }
}

/// Sends a batch. Returns `None` if it has to be made smaller.
async fn send_batch(
    pool: &Pool,
    relayer: &Key,
    acts: &[SignedAct],
    chosen: &[usize],
    batch: Batch,
) -> anyhow::Result<Option<Vec<(usize, Outcome)>>> {
    let bytes = batch.into_bytes().into();
    let (contract, data) = match acts[chosen[0]].act {
        Act::Vote { ballot, .. } => {
            let call = votes::castVotesBySigCall { proposalId: ballot_number(ballot), ballots: bytes };
            (Contract::Votes, call.abi_encode())
        }
        _ => (Contract::Attestations, attestations::attestManyCall { contributions: bytes }.abi_encode()),
    };
    let DryRun { weight_required, result, .. } = pool.rehearse(relayer, contract, &data).await?;
    match result {
        Ok(returned) if fits(weight_required) => {
            // If no item would be accepted, there is nothing to send.
            if returned.iter().all(|byte| *byte == 0) {
                return explain_all(pool, relayer, acts, chosen).await.map(Some);
            }
        }
        // It is too much for a block, or one item makes the whole call fail: smaller batches find out which.
        _ => return Ok(None),
    }
    let receipt = match pool.send_data(relayer, contract, data).await {
        Ok(receipt) => receipt,
        // Something has changed since the rehearsal.
        Err(Error::Reverted { .. } | Error::Dispatch(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let mut skipped = BTreeMap::new();
    for event in pool.events(&receipt)? {
        match event {
            Event::Attestations(AttestationsEvents::ContributionSkipped(e)) => skipped.insert(e.position, e.reason),
            Event::Votes(VotesEvents::VoteSkipped(e)) => skipped.insert(e.position, e.reason),
            _ => None,
        };
    }
    let mut outcomes = Vec::with_capacity(chosen.len());
    for (index, position) in chosen.iter().zip(0u32..) {
        let outcome = match skipped.get(&position) {
            None => Outcome::accepted(&receipt),
            Some(reason) => {
                let name = error_name(reason.0).unwrap_or("an error that this program does not know");
                explain(pool, relayer, &acts[*index]).await?.unwrap_or_else(|| Outcome::skipped(name))
            }
        };
        outcomes.push((*index, outcome));
    }
    Ok(Some(outcomes))
}

async fn explain_all(
    pool: &Pool,
    relayer: &Key,
    acts: &[SignedAct],
    chosen: &[usize],
) -> anyhow::Result<Vec<(usize, Outcome)>> {
    let mut outcomes = Vec::with_capacity(chosen.len());
    for index in chosen {
        let outcome = match explain(pool, relayer, &acts[*index]).await? {
            Some(outcome) => outcome,
            // It was refused a moment ago and would be accepted now.
            None => send_alone(pool, relayer, &acts[*index]).await?,
        };
        outcomes.push((*index, outcome));
    }
    Ok(outcomes)
}

/// Why an act that a batch skipped is refused, in the words of a rehearsal of the act alone.
async fn explain(pool: &Pool, relayer: &Key, act: &SignedAct) -> anyhow::Result<Option<Outcome>> {
    let result = pool.rehearse(relayer, act.act.contract(), &act.calldata()).await?.result;
    Ok(result.err().map(|failure| Outcome::skipped(pool.client().failure(failure))))
}

#[cfg(test)]
mod tests {
    use chorus_bindings::Bytes;

    use super::*;

    fn acts(nonces: &[u64]) -> Vec<SignedAct> {
        let act = |nonce| SignedAct {
            chain_id: 1,
            contract: Address::ZERO,
            signer: Address::ZERO,
            nonce,
            act: Act::Withdraw { deadline: 1 },
            signature: Bytes::new(),
        };
        nonces.iter().copied().map(act).collect()
    }

    #[test]
    fn an_act_waits_for_those_before_it_and_a_gap_is_reported() {
        let acts = acts(&[4, 5, 6, 8]);
        let mut outcomes = vec![None; acts.len()];
        let mut queue = Queue { acts: (0..acts.len()).collect(), next: 5 };
        assert_eq!(take_next(&mut queue, &acts, &mut outcomes), Some(1));
        assert_eq!(outcomes[0], Some(Outcome::Done));
        queue.next = 6;
        assert_eq!(take_next(&mut queue, &acts, &mut outcomes), Some(2));
        queue.next = 7;
        assert_eq!(take_next(&mut queue, &acts, &mut outcomes), None);
        let Some(Outcome::Skipped { reason }) = &outcomes[3] else { panic!("{outcomes:?}") };
        assert!(reason.contains("act 7 has to come first"), "{reason}");
    }

    #[test]
    fn acts_after_one_that_was_refused_are_not_sent() {
        let acts = acts(&[5, 6]);
        let mut outcomes = vec![None; acts.len()];
        let mut queue = Queue { acts: (0..acts.len()).collect(), next: 5 };
        assert_eq!(take_next(&mut queue, &acts, &mut outcomes), Some(0));
        // It was refused, so its nonce is not used up.
        assert_eq!(take_next(&mut queue, &acts, &mut outcomes), None);
        assert!(matches!(outcomes[1], Some(Outcome::Skipped { .. })));
    }
}
