//! The table: status, headers and body to a verdict. It must not know providers, or what was asked.

use std::time::Duration;

use crate::answer::Answer;
use crate::pause;

/// What an answer, or the lack of one, says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    Ok,
    /// The caller asks too often: cool down.
    RateLimited(Ask),
    /// The provider has too much to do: cool down likewise.
    Overloaded(Ask),
    /// No request will be served until someone has looked.
    CredentialRefused,
    ServerError,
    /// The request itself is wrong: the answer is the client's, as it is.
    ClientError,
    /// No answer.
    Unreachable,
}

/// What a provider asks for when it has had enough.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Ask {
    pub(crate) at_least: Option<Duration>,
    /// Only the model that was asked for is meant.
    pub(crate) model_only: bool,
}

impl Verdict {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::RateLimited(_) => "rate-limited",
            Self::Overloaded(_) => "overloaded",
            Self::CredentialRefused => "credential-refused",
            Self::ServerError => "server-error",
            Self::ClientError => "client-error",
            Self::Unreachable => "unreachable",
        }
    }

    /// For people.
    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Self::Ok => "the provider served the request",
            Self::RateLimited(_) => "the provider wants to be asked less often",
            Self::Overloaded(_) => "the provider has too much to do",
            Self::CredentialRefused => "the provider refuses the credential",
            Self::ServerError => "the provider failed",
            Self::ClientError => "the provider refuses this request, and others would too",
            Self::Unreachable => "the provider gave no answer",
        }
    }
}

/// A 503 is an overload if it says so or names a time to come back. A redirect is a server error (the base URL is
/// wrong), but 304 answers a conditional request. 408 is the server's timeout.
pub(crate) fn judge(answer: &Answer<'_>) -> Verdict {
    match answer.status {
        200..=299 | 304 => Verdict::Ok,
        401..=403 => Verdict::CredentialRefused,
        429 => Verdict::RateLimited(ask(answer)),
        529 => Verdict::Overloaded(ask(answer)),
        503 if says_overload(answer) => Verdict::Overloaded(ask(answer)),
        408 => Verdict::ServerError,
        400..=499 => Verdict::ClientError,
        _ => Verdict::ServerError,
    }
}

fn ask(answer: &Answer<'_>) -> Ask {
    Ask { at_least: pause::at_least(answer), model_only: is_about_model(&answer.body) }
}

fn says_overload(answer: &Answer<'_>) -> bool {
    const WORDS: [&str; 5] = ["overload", "capacity", "too many requests", "rate limit", "try again in"];
    answer.has_header("retry-after") || WORDS.iter().any(|word| answer.body.contains(word))
}

/// Only if the text says so in plain words ("for model X", "this model"); in doubt the whole provider is meant.
fn is_about_model(body: &str) -> bool {
    let words = body.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let after = words.clone().skip(1);
    let mut pairs = words.zip(after);
    pairs.any(|pair| matches!(pair, ("for" | "this" | "the" | "on" | "per", "model")))
        && !body.contains("all models")
}
