//! Posts each message as JSON to one URL.

use patchbay_sdk::{
    Message, Notifier, PluginError, Receipt, RouteDescription, SendError, config, http, notifier,
    secrets,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// The operator sets its value with `patchbay secrets set`.
const TOKEN: &str = "hook-token";

/// What the operator must set.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Where messages are posted. Its host must be granted.
    url: String,
}

struct Hook;

impl Notifier for Hook {
    // Asked once, when the plugin is loaded.
    fn describe() -> Result<Vec<RouteDescription>, PluginError> {
        Ok(vec![RouteDescription::new(
            "{{name}}",
            "Posts each message as JSON",
        )])
    }

    // `?` makes a `SendError` that is tried again later if nobody answered, or a server in trouble did.
    fn send(message: &Message) -> Result<Receipt, SendError> {
        let settings: Settings = config()?;
        // The id is the same at every try, so that the receiver can tell a repetition.
        let body = json!({
            "id": message.id, "severity": message.severity, "title": message.title, "body": message.body,
        });
        let answer = http::Request::post(settings.url)
            // The host puts the secret in its place; it never comes here.
            .header(
                "authorization",
                format!("Bearer {}", secrets::placeholder(TOKEN)),
            )
            .json(&body)?
            .send()?
            .require_success()?;
        let id = answer
            .json::<Value>()
            .ok()
            .and_then(|body| body["id"].as_str().map(str::to_owned));
        Ok(Receipt::new(id.unwrap_or_default()))
    }
}

notifier!(Hook);

#[cfg(test)]
mod tests {
    use patchbay_sdk::testing::{Mock, run_notifier_cases};

    use super::*;

    #[test]
    fn every_case_holds() {
        run_notifier_cases::<Hook>("cases");
    }

    #[test]
    fn a_receiver_in_trouble_is_tried_again_later() {
        let url = "https://hooks.example.com/in";
        let mock = Mock::new().config(json!({ "url": url }));
        let _mock = mock
            .http()
            .on("POST", url)
            .header("retry-after", "60")
            .answer(503, "");
        let error = Hook::send(&Message::default()).unwrap_err();
        assert_eq!(
            (error.retryable, error.retry_after_ms),
            (true, Some(60_000))
        );
    }
}
