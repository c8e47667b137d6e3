//! The tokens that a call used: as the provider says, or estimated from the bytes that went by.

mod stated;

use patchbay_types::Tokens;

pub(crate) use stated::Stated;

/// Tokens of one call. `cached` and `cache_write` are part of `prompt`. `reasoning` is part of `completion` with
/// OpenAI; some others count it apart, and it shows in `total` only.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Usage {
    pub prompt: Tokens,
    pub completion: Tokens,
    /// Read from the provider's cache.
    pub cached: Tokens,
    /// Written to the provider's cache.
    pub cache_write: Tokens,
    pub reasoning: Tokens,
    pub total: Tokens,
    /// Counted by us, at least in part, and not by the provider.
    pub estimated: bool,
}

/// A rule of thumb for English text and code; other scripts use more tokens for their bytes.
const BYTES_PER_TOKEN: u64 = 4;

impl Usage {
    /// The usage that a JSON answer or the JSON of one event states: `usage`, `response.usage` or `message.usage`.
    ///
    /// With `prompt_tokens` and `completion_tokens`, or `input_tokens` and `output_tokens`; where cached tokens are
    /// counted apart, as Anthropic does, they are added to the prompt. What is no count is taken for zero; none at
    /// all, for no usage.
    #[must_use]
    pub fn in_json(json: &[u8]) -> Option<Usage> {
        Stated::in_json(json).map(|stated| stated.usage())
    }

    /// Four bytes to a token, rounded up: for calls whose provider states nothing, and for those that were cut off.
    #[must_use]
    pub fn estimate(request_bytes: u64, output_bytes: u64) -> Usage {
        let (prompt, completion) = (tokens_in(request_bytes), tokens_in(output_bytes));
        Usage { prompt, completion, total: prompt + completion, estimated: true, ..Usage::default() }
    }

    /// With a prompt of so many bytes, of which nothing was stated.
    #[must_use]
    pub(crate) fn and_prompt_of(self, bytes: u64) -> Usage {
        let prompt = tokens_in(bytes);
        Usage { prompt: self.prompt + prompt, total: self.total + prompt, estimated: true, ..self }
    }

    /// With more output of so many bytes, of which nothing was stated.
    #[must_use]
    pub(crate) fn and_output_of(self, bytes: u64) -> Usage {
        let more = tokens_in(bytes);
        Usage { completion: self.completion + more, total: self.total + more, estimated: true, ..self }
    }
}

fn tokens_in(bytes: u64) -> Tokens {
    Tokens(bytes.div_ceil(BYTES_PER_TOKEN))
}

#[cfg(test)]
mod tests;
