//! What the guardian does: `pause`.

use chorus::{
    actions::{self, Pausable},
    words::{moment, parse_seconds},
};
use chorus_client::keys::KeySource;
use serde_json::json;

use crate::commands::Globals;

/// Stops new offers or new contributions for a while, as the guardian
///
/// Nothing else stops: votes, leaving, withdrawal, delivery, disputes, refunds and payments go on. A pause lasts at
/// most seven days, ends by itself, and cannot be repeated within thirty days.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  chorus pause offers --for 2d --key-file guardian.key
  chorus pause contributions --for 12h --key-file guardian.key")]
pub(super) struct Pause {
    /// What stops
    what: Pausable,
    /// How long it stops, from now on
    #[arg(long = "for", value_name = "DURATION", default_value = "7d", value_parser = parse_seconds)]
    duration_s: u64,
    #[command(flatten, next_help_heading = "Your key")]
    key: KeySource,
}

impl Pause {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let key = self.key.load()?;
        let pool = globals.pool().await?;
        let until = pool.client().timestamp(None).await?.saturating_add(self.duration_s);
        let receipt = actions::pause(&pool, &key, self.what, until).await?;
        let what = match self.what {
            Pausable::Offers => "offers",
            Pausable::Contributions => "contributions",
        };
        globals.say_done(
            format!("There are no new {what} until {}; everything else goes on.", moment(until)),
            &receipt,
            json!({ "paused": what, "until": until }),
        );
        Ok(())
    }
}
