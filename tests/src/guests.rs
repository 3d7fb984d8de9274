//! What a stranger can try on a stage that stays up: an offer to vote on, shares to claim, and whose keys to use.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use chorus::actions::{self, Support, Terms};
use chorus_bindings::B256;
use chorus_client::keys;

use crate::{
    play::{Played, tell},
    stage::{self, Stage, UNIT},
};

/// The members whose keys a stranger gets.
const LENT: u32 = 2;

/// Prepares a stage for guests and says what they can try.
///
/// The embedded chain gets a second sale, which is delivered and accepted and in which nobody is paid yet, and then an
/// offer whose ballot is open. On a real node, where every period takes its time, guests look at what there is.
pub async fn invite(played: &Played) -> anyhow::Result<String> {
    let stage = &played.stage;
    let keys = write_keys(stage)?;
    let offers = match stage.devnet() {
        Some(_) => Some((claimable(stage).await?, open(stage).await?)),
        None => None,
    };
    Ok(commands(played, &keys, offers))
}

/// Key files of some members, then the buyer's.
fn write_keys(stage: &Stage) -> anyhow::Result<Vec<PathBuf>> {
    let folder = stage.folder().join("keys");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let members = (0..LENT.min(stage.members.len() as u32))
        .map(|index| (format!("member-{index}.key"), stage::written_key(index)));
    let buyer = ("buyer.key".to_owned(), stage::BUYER.to_owned());
    let write = |(name, key): (String, String)| {
        let path = folder.join(name);
        keys::write_secret(&path, &key)?;
        Ok(path)
    };
    members.chain([buyer]).map(write).collect()
}

/// A sale for the second purpose, accepted and not paid out.
async fn claimable(stage: &Stage) -> anyhow::Result<B256> {
    let members = stage.members.len().min(stage::RESEARCHED as usize) as u128;
    let terms = stage.terms(members * 3 * UNIT);
    let offer = stage.offer(&Terms { purpose: 1, salt: B256::with_last_byte(1), ..terms }).await?;
    // As many votes as decide it: a quorum is reached long before everybody has voted.
    let everybody: u64 = stage.members.iter().map(|member| u64::from(member.weight)).sum();
    let mut voted = 0;
    let choices: Vec<_> = (stage.members.iter())
        .map(|member| {
            let needed = voted <= everybody / 5;
            voted += u64::from(member.weight);
            needed.then_some(Support::For)
        })
        .collect();
    stage.vote(offer, |index| choices[index], || {}).await?;
    let facts = stage.offer_facts(offer).await?.1;
    stage.pass(facts.conditions.opt_out_ends + 1).await?;
    stage.keep(|_, _| {}).await?;
    let file = stage.deliver(offer, |_, _| {}).await?;
    stage.check_delivery(offer, &file, |_, _| {}).await?;
    actions::accept(&stage.pool, &stage.officers.buyer, offer).await?;
    tell("A second sale, for research, is delivered and accepted. Nobody has been paid yet.");
    Ok(offer)
}

/// An offer whose ballot has just opened.
async fn open(stage: &Stage) -> anyhow::Result<B256> {
    let price = stage.members.len() as u128 * 6 * UNIT;
    let offer = stage.offer(&Terms { salt: B256::with_last_byte(2), ..stage.terms(price) }).await?;
    tell("A third offer is open to vote on.");
    Ok(offer)
}

/// What to type, word by word.
fn commands(played: &Played, keys: &[PathBuf], offers: Option<(B256, B256)>) -> String {
    let program = std::env::current_exe().ok().and_then(|own| Some(own.parent()?.join("chorus")));
    let program = short(&program.unwrap_or_else(|| "chorus".into()));
    let deployment = short(&played.stage.folder().join("chorus.json"));
    let (node, api) = (played.stage.pool.client().url(), played.indexer.api_url());
    let first = keys.first().map(|path| short(path)).unwrap_or_default();
    let second = keys.get(1).map(|path| short(path)).unwrap_or_default();
    let mut text = format!(
        "Try it, in another terminal (keys are in {keys}):\n\n\
         \x20 export CHORUS_NODE_URL={node} CHORUS_DEPLOYMENT={deployment} CHORUS_API={api}\n\
         \x20 alias chorus={program}\n\
         \x20 chorus status\n",
        keys = short(&played.stage.folder().join("keys")),
    );
    if let Some((claimable, open)) = offers {
        let _ = write!(
            text,
            "\x20 chorus vote {open} for --key-file {first}\n\
             \x20 chorus claim {claimable} --key-file {second}\n\
             \x20 chorus keeper --once --key //Ferdie            pays the others, for the tips\n",
        );
    }
    text + "\x20 chorus audit\n"
}

/// A path as somebody in this folder would type it.
fn short(path: &Path) -> String {
    let here = std::env::current_dir().ok();
    let relative = here.and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned));
    relative.unwrap_or_else(|| path.to_owned()).display().to_string()
}
