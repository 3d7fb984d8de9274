//! The guardian's `pause`.

use chorus::actions::{self, Stopped};
use chorus_client::keys::KeySource;
use serde_json::json;

use super::{Globals, args::seconds};

/// Stops new offers, or new contributions, for a while, as the guardian
///
/// Nothing else stops: votes, leaving, withdrawal, delivery, disputes, refunds and payments go on. A pause lasts seven days at
/// most, ends by itself, and cannot be repeated for thirty days.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  chorus pause offers --for 2d --key-file guardian.key
  chorus pause contributions --for 12h --key-file guardian.key")]
pub(super) struct Pause {
    /// What stops
    what: Stopped,
    /// How long, from now on
    #[arg(long = "for", value_name = "DURATION", default_value = "7d", value_parser = seconds)]
    duration_s: u64,
    #[command(flatten)]
    key: KeySource,
}

impl Pause {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let key = self.key.load()?;
        let pool = globals.pool().await?;
        let until = pool.client().timestamp(None).await?.saturating_add(self.duration_s);
        let receipt = actions::pause(&pool, &key, self.what, until).await?;
        let what = match self.what {
            Stopped::Offers => "offers",
            Stopped::Contributions => "contributions",
        };
        globals.say_done(
            format!("No new {what} until {until} (unix seconds); everything else goes on."),
            &receipt,
            json!({ "paused": what, "until": until }),
        );
        Ok(())
    }
}
