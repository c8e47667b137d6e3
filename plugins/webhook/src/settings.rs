//! What the operator has set, and the request that follows from it for a message.

use std::collections::BTreeMap;

use patchbay_sdk::http::Request;
use patchbay_sdk::{Message, PluginError, config};
use serde::Deserialize;

/// What the host replaces by a secret's value.
const PLACE: (&str, &str) = ("{{secret:", "}}");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    url: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    secret_header: BTreeMap<String, String>,
    #[serde(default)]
    format: Format,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[default]
    Json,
    Text,
}

impl Settings {
    pub(crate) fn read() -> Result<Self, PluginError> {
        let settings: Self = config()?;
        let plain = settings.secret_header.iter().find(|(_, value)| !has_place(value));
        match plain {
            // Its value is not shown: somebody may have put the secret itself there.
            Some((name, _)) => Err(PluginError::new(
                "bad-config",
                format!(
                    "secret_header.{name}: expected {{{{secret:NAME}}}} in its value; set the secret with `patchbay \
                     secrets set`"
                ),
            )),
            None => Ok(settings),
        }
    }

    /// A header that the operator has set takes the place of one of these.
    pub(crate) fn request(&self, message: &Message) -> Request {
        let (media_type, body) = match self.format {
            Format::Json => ("application/json", message.json().to_string()),
            Format::Text => ("text/plain; charset=utf-8", format!("{}\n\n{}\n", message.title, message.body)),
        };
        let own = [
            ("idempotency-key", &*message.id),
            ("x-patchbay-report", &message.id),
            ("content-type", media_type),
        ];
        let mut request = Request::post(&self.url);
        for (name, value) in own.into_iter().filter(|(name, _)| !self.sets(name)).chain(self.set()) {
            request = request.header(name, value);
        }
        request.body(body)
    }

    /// The headers that the operator has set.
    fn set(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().chain(&self.secret_header).map(|(name, value)| (name.as_str(), value.as_str()))
    }

    fn sets(&self, name: &str) -> bool {
        self.set().any(|(set, _)| set.eq_ignore_ascii_case(name))
    }
}

fn has_place(value: &str) -> bool {
    let (open, close) = PLACE;
    value.split_once(open).is_some_and(|(_, rest)| rest.contains(close))
}
