//! What is to be sent. A mistake in it is told before anything has happened.

use std::collections::BTreeMap;
use std::time::Duration;

use patchbay_sdk::http::Request;
use patchbay_sdk::{Invocation, PluginError};
use serde::Deserialize;
use serde_json::Value;

/// What the host gives one exchange, in seconds.
const TIMEOUT_S_MAX: u64 = 30;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    #[serde(default = "get")]
    pub(crate) method: String,
    pub(crate) url: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<String>,
    /// A `null` that is written there is a body, too.
    #[serde(default, deserialize_with = "some")]
    json: Option<Value>,
    expect_status: Option<Vec<u16>>,
    /// The name of the artifact that the whole body becomes.
    pub(crate) save_as: Option<String>,
    timeout_s: Option<u64>,
}

fn get() -> String {
    "GET".to_owned()
}

fn some<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl Input {
    pub(crate) fn read(invocation: &Invocation) -> Result<Self, PluginError> {
        let mut input: Self = invocation.input()?;
        input.method.make_ascii_uppercase();
        input.check().map(|()| input)
    }

    fn check(&self) -> Result<(), PluginError> {
        if self.body.is_some() && self.json.is_some() {
            return Err(bad("both `body` and `json`: a request has one body"));
        }
        if self.expect_status.as_ref().is_some_and(Vec::is_empty) {
            return Err(bad(
                "`expect_status` is empty, so that nothing could succeed: leave it out for 200 to 299",
            ));
        }
        match self.timeout_s {
            Some(seconds) if !(1..=TIMEOUT_S_MAX).contains(&seconds) => {
                Err(bad(&format!("`timeout_s` is {seconds}, expected 1 to {TIMEOUT_S_MAX}")))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn request(&self) -> Result<Request, PluginError> {
        let mut request = Request::new(&self.method, &self.url);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(seconds) = self.timeout_s {
            request = request.timeout(Duration::from_secs(seconds));
        }
        match (&self.json, &self.body) {
            (Some(json), _) => request.json(json),
            (None, Some(body)) => Ok(request.body(body.as_str())),
            (None, None) => Ok(request),
        }
    }

    pub(crate) fn expects(&self, status: u16) -> bool {
        match &self.expect_status {
            Some(expected) => expected.contains(&status),
            None => (200..=299).contains(&status),
        }
    }
}

fn bad(message: &str) -> PluginError {
    PluginError::new("bad-input", format!("the input of http: {message}"))
}
