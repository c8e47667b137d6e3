//! What is known of a request's body: of an endpoint's all that routing and accounting need, of another path what can be
//! guessed.

use bytes::Bytes;
use patchbay_pool::Api;
use patchbay_types::Tokens;
use patchbay_wire::{CallError, CallHead, Dialect, Endpoint, Guess};

use crate::admit::Door;
use crate::pass::PassPath;

pub(crate) enum Ask {
    Call(Endpoint, CallHead),
    Pass(PassPath, Guess),
}

/// What a call is taken to bring back if it does not say how much it wants.
const COMPLETION_TOKENS: u64 = 1024;
/// A rule of thumb, as in `wire`.
const BYTES_PER_TOKEN: u64 = 4;

impl Ask {
    pub(crate) fn read(door: Door, content_type: Option<&str>, body: &[u8]) -> Result<Self, CallError> {
        Ok(match door {
            Door::Endpoint(endpoint) => Self::Call(endpoint, CallHead::read(body)?),
            Door::Pass(path) => Self::Pass(path, Guess::of(content_type, body)),
        })
    }

    /// The path below `/v1/`.
    pub(crate) fn path(&self) -> &str {
        match self {
            Self::Call(endpoint, _) => endpoint.name(),
            Self::Pass(path, _) => path.as_str(),
        }
    }

    /// As the client named it.
    pub(crate) fn model(&self) -> Option<&str> {
        match self {
            Self::Call(_, head) => Some(&head.model),
            Self::Pass(_, guess) => guess.model.as_deref(),
        }
    }

    /// What stands in the ledger if no model is named.
    pub(crate) fn label(&self) -> &str {
        match self {
            Self::Call(_, head) => &head.model,
            Self::Pass(path, guess) => guess.model.as_deref().unwrap_or(path.label()),
        }
    }

    pub(crate) fn stream(&self) -> bool {
        match self {
            Self::Call(_, head) => head.stream,
            Self::Pass(_, guess) => guess.stream,
        }
    }

    pub(crate) fn max_tokens(&self) -> Option<u64> {
        match self {
            Self::Call(_, head) => head.max_tokens,
            Self::Pass(..) => None,
        }
    }

    pub(crate) fn prefix_hash(&self) -> u64 {
        match self {
            Self::Call(_, head) => head.prefix_hash,
            Self::Pass(..) => 0,
        }
    }

    pub(crate) fn user(&self) -> Option<&str> {
        match self {
            Self::Call(_, head) => head.user.as_deref(),
            Self::Pass(..) => None,
        }
    }

    /// How its errors and events are shaped.
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Call(endpoint, _) => endpoint.dialect(),
            Self::Pass(..) => Dialect::OpenAi,
        }
    }

    /// Whether its answers are understood: then one that is not whole is an error.
    pub(crate) fn is_understood(&self) -> bool {
        matches!(self, Self::Call(..))
    }

    /// Whether it only puts something where later requests find it.
    pub(crate) fn only_brings_files(&self) -> bool {
        matches!(self, Self::Pass(path, _) if matches!(path.first(), "files" | "uploads"))
    }

    /// Which providers can be asked.
    pub(crate) fn apis(&self) -> &'static [Api] {
        match self {
            Self::Call(Endpoint::Messages | Endpoint::CountTokens, _) => &[Api::AnthropicMessages],
            Self::Call(Endpoint::Responses, _) => &[Api::OpenaiResponses],
            Self::Call(..) | Self::Pass(..) => &[Api::OpenaiCompletions, Api::OpenaiResponses],
        }
    }

    /// Whether a stream's usage has to be asked for, and the client has not.
    pub(crate) fn lacks_usage(&self) -> bool {
        match self {
            Self::Call(endpoint, head) => {
                head.stream && endpoint.asks_for_usage() && head.include_usage != Some(true)
            }
            Self::Pass(..) => false,
        }
    }

    /// The prompt and the completion that it will probably use.
    pub(crate) fn estimate(&self, body_bytes: usize) -> (Tokens, Tokens) {
        let prompt = Tokens((body_bytes as u64).div_ceil(BYTES_PER_TOKEN));
        let completion = match self {
            Self::Call(Endpoint::Embeddings | Endpoint::CountTokens, _) | Self::Pass(..) => 0,
            Self::Call(_, head) => head.max_tokens.unwrap_or(COMPLETION_TOKENS),
        };
        (prompt, Tokens(completion))
    }

    /// The body with the provider's own name of the model.
    pub(crate) fn body(&self, body: &Bytes, native_id: &str, ask_usage: bool) -> Bytes {
        match self {
            Self::Call(_, head) => patchbay_wire::to_provider(body, head, native_id, ask_usage),
            Self::Pass(_, guess) if guess.model.is_some() => guess.to_provider(body, native_id),
            Self::Pass(..) => body.clone(),
        }
    }
}
