//! What a provider speaks. It must not know how any of it is spoken.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Api {
    /// Chat completions, completions, embeddings.
    #[default]
    OpenaiCompletions,
    /// Those, and `/responses`.
    OpenaiResponses,
    /// `/messages`, with the credential in `x-api-key`.
    AnthropicMessages,
}

/// Why a word is no API.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0:?} is not an api: expected openai-completions, openai-responses or anthropic-messages")]
pub struct ApiError(String);

impl Api {
    pub const ALL: [Self; 3] = [Self::OpenaiCompletions, Self::OpenaiResponses, Self::AnthropicMessages];

    /// As it is written everywhere.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpenaiCompletions => "openai-completions",
            Self::OpenaiResponses => "openai-responses",
            Self::AnthropicMessages => "anthropic-messages",
        }
    }
}

impl FromStr for Api {
    type Err = ApiError;

    fn from_str(word: &str) -> Result<Self, ApiError> {
        Self::ALL.into_iter().find(|api| api.as_str() == word).ok_or_else(|| ApiError(word.to_owned()))
    }
}

impl fmt::Display for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
