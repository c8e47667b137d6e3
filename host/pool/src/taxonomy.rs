//! What an upstream answer means for routing: the table that stands when no plugin answers.
//! It must not know providers, endpoints or what was asked.

mod date;
mod pause;

use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use patchbay_types::Timestamp;

/// What an answer, or the lack of one, says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    Ok,
    /// The caller asks too often: cool down.
    RateLimited {
        /// What the provider asked for, at most [`AT_LEAST_MAX`].
        at_least: Option<Duration>,
        /// Only the model that was asked for is meant.
        model_only: bool,
    },
    /// The provider has too much to do: cool down likewise.
    Overloaded {
        at_least: Option<Duration>,
        model_only: bool,
    },
    /// 401, 402, 403: no request will be served until someone has looked.
    CredentialRefused,
    ServerError,
    /// The request itself is wrong: the answer is the client's, as it is.
    ClientError,
    /// No answer.
    Unreachable,
}

/// What a provider may ask for at most; more is taken for a mistake in the unit.
pub const AT_LEAST_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// How much of a body is looked at.
const BODY_MAX: usize = 4096;

impl Verdict {
    /// What an analyzer's word means; a word that is not known is a failure of the server.
    #[must_use]
    pub fn parse(class: &str, retry_after: Option<Duration>, model_only: bool) -> Self {
        let at_least = retry_after.map(|span| span.min(AT_LEAST_MAX));
        match class {
            "ok" => Self::Ok,
            "rate-limited" => Self::RateLimited { at_least, model_only },
            "overloaded" => Self::Overloaded { at_least, model_only },
            "credential-refused" => Self::CredentialRefused,
            "client-error" => Self::ClientError,
            "unreachable" => Self::Unreachable,
            _ => Self::ServerError,
        }
    }

    /// Whether another provider should be tried.
    #[must_use]
    pub fn fails_over(&self) -> bool {
        !matches!(self, Self::Ok | Self::ClientError)
    }

    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::RateLimited { .. } => "rate-limited",
            Self::Overloaded { .. } => "overloaded",
            Self::CredentialRefused => "credential-refused",
            Self::ServerError => "server-error",
            Self::ClientError => "client-error",
            Self::Unreachable => "unreachable",
        }
    }
}

/// Judges an answer by its status, its headers and the beginning of its body (decoded, the first 4 KiB count).
///
/// A 503 is an overload if it says so or names a time to come back, else a server error. Redirects are not followed:
/// they are server errors (the base URL is wrong), but 304 answers a conditional request. 408 is the server's timeout.
#[must_use]
pub fn judge(status: StatusCode, headers: &HeaderMap, body_prefix: &[u8], now: Timestamp) -> Verdict {
    let body =
        || String::from_utf8_lossy(&body_prefix[..body_prefix.len().min(BODY_MAX)]).to_ascii_lowercase();
    match status.as_u16() {
        200..=299 | 304 => Verdict::Ok,
        401..=403 => Verdict::CredentialRefused,
        429 => {
            let body = body();
            Verdict::RateLimited {
                at_least: pause::at_least(headers, &body, now),
                model_only: is_about_model(&body),
            }
        }
        503 | 529 => {
            let body = body();
            match status.as_u16() == 529 || says_overload(headers, &body) {
                true => Verdict::Overloaded {
                    at_least: pause::at_least(headers, &body, now),
                    model_only: is_about_model(&body),
                },
                false => Verdict::ServerError,
            }
        }
        408 | 300..=399 => Verdict::ServerError,
        400..=499 => Verdict::ClientError,
        _ => Verdict::ServerError,
    }
}

fn says_overload(headers: &HeaderMap, body: &str) -> bool {
    const WORDS: [&str; 5] = ["overload", "capacity", "too many requests", "rate limit", "try again in"];
    headers.contains_key(header::RETRY_AFTER) || WORDS.iter().any(|word| body.contains(word))
}

/// Whether a refusal is about one model. Only if the text says so in plain words ("for model X", "this model", "the
/// model is overloaded") and not of all models; in doubt the whole provider cools. If it is taken for the model's
/// wrongly, each other model costs one more 429 before it cools too.
fn is_about_model(body: &str) -> bool {
    let words: Vec<&str> =
        body.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let names_one = |pair: &[&str]| matches!(pair, ["for" | "this" | "the" | "on" | "per", "model"]);
    words.windows(2).any(names_one) && !body.contains("all models")
}

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod tests;
