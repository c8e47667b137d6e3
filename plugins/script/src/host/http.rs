//! `http(request)`: one exchange, within the time that the run has left.

use std::collections::BTreeMap;
use std::time::Duration;

use patchbay_sdk::PluginError;
use patchbay_sdk::http::{Request, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::bad;
use crate::desk::Desk;

/// What the host gives one exchange.
const TIMEOUT_MAX: Duration = Duration::from_secs(30);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    #[serde(default = "get")]
    method: String,
    url: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<String>,
    json: Option<Value>,
    timeout_s: Option<f64>,
}

fn get() -> String {
    "GET".to_owned()
}

pub(super) fn send(desk: &Desk, arguments: &[Value]) -> Result<Value, PluginError> {
    let asked = arguments.first().cloned().unwrap_or_default();
    let asked: Asked =
        serde_json::from_value(asked).map_err(|error| bad(&format!("the request: {error}")))?;
    let response = asked.request(desk.left())?.send()?;
    Ok(answer(&response))
}

impl Asked {
    fn request(self, left: Duration) -> Result<Request, PluginError> {
        let mut request = Request::new(self.method.to_ascii_uppercase(), self.url);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        request = request.timeout(timeout(self.timeout_s)?.min(left));
        match (self.json, self.body) {
            (Some(_), Some(_)) => Err(bad("both `body` and `json`: a request has one body")),
            (Some(json), None) => request.json(&json),
            (None, Some(body)) => Ok(request.body(body)),
            (None, None) => Ok(request),
        }
    }
}

fn timeout(seconds: Option<f64>) -> Result<Duration, PluginError> {
    let timeout = seconds.map_or(Ok(TIMEOUT_MAX), Duration::try_from_secs_f64);
    let timeout = timeout.map_err(|_| bad("`timeout_s` of the request is no time"))?;
    Ok(timeout.min(TIMEOUT_MAX))
}

/// Values of one name are one, with commas; what is no UTF-8 in the body is replaced.
fn answer(response: &Response) -> Value {
    let mut headers = BTreeMap::<&str, String>::new();
    for (name, value) in &response.headers {
        let joined =
            headers.remove(name.as_str()).map_or_else(|| value.clone(), |first| format!("{first}, {value}"));
        headers.insert(name, joined);
    }
    let body = String::from_utf8_lossy(response.body());
    json!({ "status": response.status, "ok": response.is_success(), "headers": headers, "body": body })
}
