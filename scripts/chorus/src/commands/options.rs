//! Options of a command that are derived from a group of settings: each setting's name, help and default.

use chorus::{
    amount,
    words::{duration, parse_seconds},
};
use chorus_bindings::U256;
use chorus_core::{
    abi::{Data, Field, Fields, Words},
    fields::Argument,
};
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, error::ErrorKind};

/// A group of settings, each of which is an option: `voting_period_s` is `--voting-period`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options<G>(pub(super) G);

/// How people write a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Time,
    Amount,
    Bps,
    Number,
}

impl Form {
    fn of(field: &Field) -> Self {
        match field.ty {
            _ if field.name.ends_with("_s") => Self::Time,
            _ if field.name.ends_with("_bps") => Self::Bps,
            "uint128" => Self::Amount,
            _ => Self::Number,
        }
    }

    fn parse(self, text: &str) -> anyhow::Result<u128> {
        Ok(match self {
            Self::Time => parse_seconds(text)?.into(),
            Self::Amount => amount::parse(text)?,
            Self::Bps | Self::Number => text.parse()?,
        })
    }

    fn show(self, value: u128) -> String {
        match (self, u64::try_from(value)) {
            (Self::Time, Ok(seconds)) => duration(seconds),
            (Self::Amount, _) => amount::show(value),
            _ => value.to_string(),
        }
    }
}

/// The option of a setting, without the dashes in front.
fn option(field: &Field) -> String {
    field.name.trim_end_matches("_s").replace('_', "-")
}

impl<G: Fields + Argument + Default> Args for Options<G> {
    fn augment_args(command: Command) -> Command {
        let mut defaults = Data::new();
        G::default().append_fields(&mut defaults);
        let (defaults, _) = defaults.as_bytes().as_chunks::<32>();
        let options = G::FIELDS.iter().zip(defaults).map(|(field, default)| {
            let form = Form::of(field);
            let default = form.show(U256::from_be_bytes(*default).saturating_to());
            // clap keeps names and defaults for as long as the program runs.
            Arg::new(field.name)
                .long(&*option(field).leak())
                .value_name(match form {
                    Form::Time => "TIME",
                    Form::Amount => "AMOUNT",
                    Form::Bps => "BPS",
                    Form::Number => "N",
                })
                .default_value(&*default.leak())
                .value_parser(move |text: &str| form.parse(text))
                .help(field.help.trim_end_matches(", in seconds"))
        });
        command.args(options.collect::<Vec<_>>())
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<G: Fields + Argument> FromArgMatches for Options<G> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let refused = |field: &Field, why: &str| {
            clap::Error::raw(ErrorKind::ValueValidation, format!("--{} {why}\n", option(field)))
        };
        let mut words = Vec::new();
        for field in G::FIELDS {
            let value = U256::from(matches.get_one::<u128>(field.name).copied().unwrap_or_default());
            if value.bit_len() > 8 * field.width {
                return Err(refused(field, "is too large"));
            }
            words.extend(value.to_be_bytes::<32>());
        }
        match G::read(&mut Words::new(&words), 0) {
            Ok(group) => Ok(Self(group)),
            Err(chorus_core::error::Error::SettingOutOfBounds { position }) => {
                let field = G::FIELDS.get(usize::from(position)).unwrap_or(&G::FIELDS[0]);
                Err(refused(field, "is out of bounds: the contracts would refuse it"))
            }
            Err(error) => Err(clap::Error::raw(ErrorKind::ValueValidation, format!("{error:?}\n"))),
        }
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use chorus_core::{
        settings::{OfferSettings, VotingSettings},
        types::{Points, WHOLE_UNIT},
    };

    use super::*;

    fn parsed<G: Fields + Argument + Default>(arguments: &[&str]) -> Result<G, String> {
        let command = Options::<G>::augment_args(Command::new("deploy"));
        let matches = command.try_get_matches_from([&["deploy"], arguments].concat()).map_err(|e| e.to_string())?;
        Options::from_arg_matches(&matches).map(|Options(group)| group).map_err(|error| error.to_string())
    }

    #[test]
    fn an_option_that_is_not_given_has_its_default() {
        assert_eq!(parsed::<VotingSettings>(&[]), Ok(VotingSettings::default()));
        assert_eq!(parsed::<OfferSettings>(&[]), Ok(OfferSettings::default()));
    }

    #[test]
    fn each_setting_is_written_as_people_write_it() {
        let voting = parsed::<VotingSettings>(&["--voting-period", "90m", "--quorum-min", "7"]).unwrap();
        assert_eq!((voting.voting_period_s, voting.quorum_min), (5_400, Points(7)));
        let offers = parsed::<OfferSettings>(&["--listing-fee", "2.5", "--fee-bps", "300"]).unwrap();
        assert_eq!((offers.listing_fee.0, offers.fee_bps.get()), (WHOLE_UNIT / 10 * 25, 300));
    }

    #[test]
    fn settings_that_the_contracts_would_refuse_are_refused_at_once() {
        let refused = |arguments: &[&str]| parsed::<OfferSettings>(arguments).unwrap_err();
        assert!(refused(&["--cohort-min", "0"]).contains("--cohort-min is out of bounds"));
        assert!(refused(&["--cohort-min", "4294967296"]).contains("--cohort-min is too large"));
        assert!(refused(&["--fee-bps", "9000", "--tip-bps", "2000"]).contains("out of bounds"));
        assert!(refused(&["--opt-out", "soon"]).contains("is not a duration"));
    }
}
