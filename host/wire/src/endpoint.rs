//! The paths whose requests and answers are understood here, and in which dialect they speak.

/// How errors, events and usage are shaped.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Dialect {
    /// OpenAI's, but for the Responses API: chunks with `choices`.
    OpenAi,
    /// OpenAI's Responses API: events with a `type`.
    Responses,
    /// Anthropic's Messages API.
    Anthropic,
}

/// An operation of OpenAI's or Anthropic's API.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Endpoint {
    ChatCompletions,
    Completions,
    Embeddings,
    Responses,
    Messages,
    CountTokens,
}

impl Endpoint {
    const ALL: [Endpoint; 6] = [
        Endpoint::ChatCompletions,
        Endpoint::Completions,
        Endpoint::Embeddings,
        Endpoint::Responses,
        Endpoint::Messages,
        Endpoint::CountTokens,
    ];

    /// The endpoint of a request path without its query: `/v1/chat/completions`. The match is exact.
    #[must_use]
    pub fn from_path(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|endpoint| endpoint.path() == path)
    }

    /// The path below a provider's base URL, and the word in metrics: `chat/completions`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ChatCompletions => "chat/completions",
            Self::Completions => "completions",
            Self::Embeddings => "embeddings",
            Self::Responses => "responses",
            Self::Messages => "messages",
            Self::CountTokens => "messages/count_tokens",
        }
    }

    /// The path that clients ask for: `/v1/chat/completions`.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::ChatCompletions => "/v1/chat/completions",
            Self::Completions => "/v1/completions",
            Self::Embeddings => "/v1/embeddings",
            Self::Responses => "/v1/responses",
            Self::Messages => "/v1/messages",
            Self::CountTokens => "/v1/messages/count_tokens",
        }
    }

    #[must_use]
    pub const fn dialect(self) -> Dialect {
        match self {
            Self::ChatCompletions | Self::Completions | Self::Embeddings => Dialect::OpenAi,
            Self::Responses => Dialect::Responses,
            Self::Messages | Self::CountTokens => Dialect::Anthropic,
        }
    }

    /// Whether a stream of it states its usage only if it is asked to (`stream_options.include_usage`).
    #[must_use]
    pub const fn asks_for_usage(self) -> bool {
        matches!(self, Self::ChatCompletions | Self::Completions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_and_its_endpoint_belong_together() {
        for endpoint in Endpoint::ALL {
            assert_eq!(Endpoint::from_path(endpoint.path()), Some(endpoint));
            assert_eq!(endpoint.path(), format!("/v1/{}", endpoint.name()));
        }
        for other in ["/v1/models", "/v1/chat/completions/", "/v1/v1/responses", "/v1/messages/batches", ""] {
            assert_eq!(Endpoint::from_path(other), None, "{other}");
        }
    }

    #[test]
    fn only_openais_older_streams_are_asked_for_their_usage() {
        let asked: Vec<_> = Endpoint::ALL.into_iter().filter(|endpoint| endpoint.asks_for_usage()).collect();
        assert_eq!(asked, [Endpoint::ChatCompletions, Endpoint::Completions]);
        assert!(asked.into_iter().all(|endpoint| endpoint.dialect() == Dialect::OpenAi));
    }
}
