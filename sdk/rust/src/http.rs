//! HTTP to the origins that were granted, and to no other. Grant: `http = ["api.example.com"]`.
//!
//! ```no_run
//! # fn main() -> Result<(), patchbay_sdk::PluginError> {
//! use patchbay_sdk::{http, secrets};
//!
//! let answer = http::Request::post("https://api.example.com/messages")
//!     .header("authorization", format!("Bearer {}", secrets::placeholder("token")))
//!     .json(&serde_json::json!({ "text": "hello" }))?
//!     .send()?
//!     .require_success()?;
//! let id: serde_json::Value = answer.json()?;
//! # Ok(())
//! # }
//! ```
//!
//! The host refuses private addresses unless they were granted, follows no redirect, and caps size (16 MiB, unpacked)
//! and time (30 s).

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::milliseconds;
use crate::{Attributes, PluginError, host};

/// How much of a refusal's body is quoted, in characters.
const QUOTED: usize = 200;

/// What is sent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Request {
    /// `GET`, `POST`, ...
    pub method: String,
    /// With scheme and host. No user or password in it.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// Milliseconds for the whole exchange; 30,000 if none, and at most that.
    pub timeout_ms: Option<u64>,
    /// What else the host should know.
    pub attributes: Attributes,
    /// Nothing is sent if none.
    #[serde(skip)]
    pub body: Option<Vec<u8>>,
}

impl Request {
    /// A request without a body.
    pub fn new(method: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            method: method.into(),
            url: url.into(),
            headers: Vec::new(),
            timeout_ms: None,
            attributes: Attributes::default(),
            body: None,
        }
    }

    /// A `GET`.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new("GET", url)
    }

    /// A `POST`.
    pub fn post(url: impl Into<String>) -> Self {
        Self::new("POST", url)
    }

    /// A `PUT`.
    pub fn put(url: impl Into<String>) -> Self {
        Self::new("PUT", url)
    }

    /// A `PATCH`.
    pub fn patch(url: impl Into<String>) -> Self {
        Self::new("PATCH", url)
    }

    /// A `DELETE`.
    pub fn delete(url: impl Into<String>) -> Self {
        Self::new("DELETE", url)
    }

    /// One header more. [`secrets::placeholder`](crate::secrets::placeholder) may stand in its value.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Time for the whole exchange; at most 30 s.
    #[must_use]
    pub fn timeout(mut self, time: Duration) -> Self {
        self.timeout_ms = Some(milliseconds(time));
        self
    }

    /// This body, of whatever type a header says.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// This body, as JSON, and the header that says so, unless there is one.
    ///
    /// # Errors
    /// `bad-json` if `value` cannot be written as JSON.
    pub fn json<T: Serialize + ?Sized>(self, value: &T) -> Result<Self, PluginError> {
        let typed = self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let request = if typed { self } else { self.header("content-type", "application/json") };
        Ok(request.body(serde_json::to_vec(value)?))
    }

    /// Sends it and waits for the whole answer.
    ///
    /// # Errors
    /// That there is no answer: `refused`, `address`, `secret`, `connect`, `timeout`, `too-large`, `invalid`. Any
    /// status is an answer: see [`Response::require_success`].
    pub fn send(self) -> Result<Response, PluginError> {
        host::http::send(self)
    }
}

/// What came back.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Response {
    /// 200, 404, ...
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// What newer hosts tell beside all this.
    pub attributes: Attributes,
    #[serde(skip)]
    body: Vec<u8>,
}

impl Response {
    pub(crate) fn new(
        status: u16,
        headers: Vec<(String, String)>,
        attributes: Attributes,
        body: Vec<u8>,
    ) -> Self {
        Self { status, headers, attributes, body }
    }

    /// The first header of this name, which is in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Whether the status is 200 to 299.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body, unpacked.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body as text.
    ///
    /// # Errors
    /// `bad-text` if it is no UTF-8.
    pub fn text(&self) -> Result<&str, PluginError> {
        Ok(std::str::from_utf8(&self.body)?)
    }

    /// The body, read from its JSON.
    ///
    /// # Errors
    /// `bad-json`, with the place, if it does not fit `T`.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, PluginError> {
        Ok(serde_json::from_slice(&self.body)?)
    }

    /// How long to wait, if `retry-after` says so in seconds.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.header("retry-after")?.trim().parse().ok().map(Duration::from_secs)
    }

    /// The same, if its status is 200 to 299.
    ///
    /// # Errors
    /// `http:503` for a status of 503, with the beginning of the body, and when to try again if `retry-after` says so.
    pub fn require_success(self) -> Result<Self, PluginError> {
        if self.is_success() {
            return Ok(self);
        }
        let body: String = String::from_utf8_lossy(&self.body).chars().take(QUOTED).collect();
        let said = if body.trim().is_empty() { String::new() } else { format!(": {}", body.trim()) };
        let error = PluginError::new(
            format!("http:{}", self.status),
            format!("the answer was {}{said}", self.status),
        );
        Err(self.retry_after().into_iter().fold(error, PluginError::retry_after))
    }
}
