//! The notifier `webhook`: a report is posted to a URL. Whether and when it is tried again, and what a secret's value is,
//! the host knows alone.

mod pause;
mod receipt;
mod settings;

use patchbay_sdk::http::Response;
use patchbay_sdk::{Message, Notifier, PluginError, Receipt, RouteDescription, SendError, notifier};

use settings::Settings;

const KIND: &str = "webhook";
/// Of an answer that refuses a report, in characters: for whoever looks why.
const SHOWN_MAX: usize = 200;

struct Webhook;

impl Notifier for Webhook {
    fn describe() -> Result<Vec<RouteDescription>, PluginError> {
        Ok(vec![RouteDescription::new(KIND, "Posts each report to a URL, as JSON or as text")])
    }

    fn send(message: &Message) -> Result<Receipt, SendError> {
        let settings = Settings::read()?;
        // What the network did may go away; what was refused stays so until the operator has changed something.
        judge(&settings.request(message).send()?)
    }
}

notifier!(Webhook);

/// Taken, or worth another try, or not. A redirect is not followed: the URL is wrong.
fn judge(response: &Response) -> Result<Receipt, SendError> {
    let status = response.status;
    match status {
        200..=299 => Ok(Receipt::new(receipt::id(response))),
        408 | 425 | 429 | 500..=599 => {
            let error = SendError::retryable(format!("http:{status}"), said(response));
            Err(match pause::asked(response) {
                Some(pause) => error.retry_after(pause),
                None => error,
            })
        }
        _ => Err(SendError::permanent(format!("http:{status}"), said(response))),
    }
}

fn said(response: &Response) -> String {
    let body: String = String::from_utf8_lossy(response.body()).chars().take(SHOWN_MAX).collect();
    format!("the receiver answered {}: {body:?}", response.status)
}

#[cfg(test)]
mod tests;
