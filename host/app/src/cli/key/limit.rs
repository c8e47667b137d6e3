//! How the limits of a key are typed.

use clap::Args;
use patchbay_admin::api::LimitsSpec;

use crate::cli::provider::argument::Maybe;

/// In place of the models: all of them.
const ALL: &str = "none";

#[derive(Args, Clone, Debug, Default)]
pub struct Limits {
    /// The models that it may ask for: names, or beginnings of names with `*`; `none` lets it ask for all
    #[arg(long, value_name = "MODEL,BEGINNING*", value_delimiter = ',')]
    models: Vec<String>,
    /// Requests in any 60 s
    #[arg(long, value_name = "N|none")]
    rpm: Option<Maybe<u32>>,
    /// Tokens in any 60 s
    #[arg(long, value_name = "N|none")]
    tpm: Option<Maybe<u64>>,
    /// Requests at one time
    #[arg(long, value_name = "N|none")]
    concurrency: Option<Maybe<u32>>,
    /// Money for a day, UTC
    #[arg(long, value_name = "USD|none", allow_negative_numbers = true)]
    usd_per_day: Option<Maybe<String>>,
    /// Money for a calendar month, UTC
    #[arg(long, value_name = "USD|none", allow_negative_numbers = true)]
    usd_per_month: Option<Maybe<String>>,
}

impl Limits {
    /// None if nothing is said of them.
    pub fn models(&self) -> Option<Vec<String>> {
        let given = (!self.models.is_empty()).then(|| self.models.clone());
        given.map(|models| if models == [ALL] { Vec::new() } else { models })
    }

    pub fn spec(&self) -> LimitsSpec {
        let Self { rpm, tpm, concurrency, usd_per_day, usd_per_month, .. } = self.clone();
        LimitsSpec {
            rpm: rpm.map(Maybe::into_option),
            tpm: tpm.map(Maybe::into_option),
            concurrency: concurrency.map(Maybe::into_option),
            usd_per_day: usd_per_day.map(Maybe::into_option),
            usd_per_month: usd_per_month.map(Maybe::into_option),
        }
    }
}
