//! What a failed test says to a person, and what it advises.

use http::{StatusCode, header};

use super::{Answer, Defined};

/// Characters of an answer that are shown.
const SAID_MAX: usize = 200;

/// What the provider answered, its credential taken out should it repeat it.
pub(super) fn message(defined: &Defined, answer: &Answer) -> String {
    let status = answer.status;
    if status.is_success() {
        return format!("it answered {status}, but not with a list of models");
    }
    match said(defined, answer) {
        said if said.is_empty() => format!("it answered {status}"),
        said => format!("it answered {status}: {said}"),
    }
}

pub(super) fn hints(defined: &Defined, answer: &Answer) -> Vec<String> {
    let provider = defined.provider();
    let (name, url) = (&provider.name, &provider.base_url);
    let set = format!("patchbay provider set {name} --url");
    match answer.status {
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => vec![
            format!("the base url is {url}, and {url}/models was asked: both have to be right as they stand"),
            format!("where the API lies deeper, give its whole path (https://…/api/v1, /openai/v1): {set} …"),
            "a few providers list no models at all: then send a request and see".to_owned(),
        ],
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if defined.credential.is_none() => {
            vec![format!("it wants a key, and none was given: patchbay provider set {name} --key-stdin")]
        }
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            vec![format!("it refuses this key: give another with patchbay provider set {name} --key-stdin")]
        }
        status if status.is_redirection() => {
            let to =
                answer.headers.get(header::LOCATION).and_then(|to| to.to_str().ok()).unwrap_or("elsewhere");
            let to: String = to.chars().take(SAID_MAX).collect();
            vec![format!(
                "it points to {to}; redirects are not followed, so give the address itself: {set} …"
            )]
        }
        status if status.is_success() => {
            vec![format!(
                "this looks like a web page and not like an API: look at the base url, then {set} …"
            )]
        }
        _ => Vec::new(),
    }
}

/// The message of a JSON error, or the beginning of the text.
fn said(defined: &Defined, answer: &Answer) -> String {
    let json: Option<serde_json::Value> = serde_json::from_slice(&answer.body).ok();
    let message =
        json.as_ref().and_then(|json| json.pointer("/error/message").or(json.get("message"))?.as_str());
    let text = message.map_or_else(|| String::from_utf8_lossy(&answer.body).into_owned(), str::to_owned);
    let text = match &defined.credential {
        Some(secret) => text.replace(secret.expose(), "…"),
        None => text,
    };
    let printable = |c: char| if c.is_control() { ' ' } else { c };
    text.trim().chars().map(printable).take(SAID_MAX).collect()
}
