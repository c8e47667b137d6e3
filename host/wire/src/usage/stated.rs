//! What of a usage was stated so far: an answer states all at once, a stream may state it in parts.

mod told;

use patchbay_types::Tokens;

use super::Usage;
use told::{Counts, at};

/// The counts as they were stated.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Stated {
    pub(crate) prompt: Option<Tokens>,
    pub(crate) completion: Option<Tokens>,
    cached: Option<Tokens>,
    cache_write: Option<Tokens>,
    reasoning: Option<Tokens>,
    total: Option<Tokens>,
    /// Tokens of the cache are no part of `prompt`: Anthropic's way.
    is_cache_apart: bool,
}

/// How many candidates in the end of a cut body are tried: a bound on what hostile bytes can cost.
const TRIES_MAX: usize = 8;

const USAGE_KEY: &[u8] = b"\"usage\"";

impl Stated {
    /// As [`Stated::in_answer`]; none of what is no JSON.
    pub(crate) fn in_json(json: &[u8]) -> Option<Self> {
        Self::in_answer(json).ok().flatten()
    }

    /// `usage` at the top, of `response` or of `message`. A message that starts has no output worth stating: what is
    /// given there is a beginning.
    ///
    /// # Errors
    /// It is no JSON, or something that is looked at is not to be read.
    pub(crate) fn in_answer(json: &[u8]) -> serde_json::Result<Option<Self>> {
        let usages = told::usages(json)?;
        let begun = usages.of_message.map(|stated| Self { completion: None, total: None, ..stated });
        Ok(usages.top.or(usages.of_response).or(begun))
    }

    /// The last usage in the end of a JSON text whose beginning is gone.
    pub(crate) fn in_tail(json: &[u8]) -> Option<Self> {
        let mut rest = json;
        for _ in 0..TRIES_MAX {
            let at = rest.windows(USAGE_KEY.len()).rposition(|bytes| bytes == USAGE_KEY)?;
            let value = json[at + USAGE_KEY.len()..].trim_ascii_start().strip_prefix(b":");
            if let Ok(Some(stated)) = told::usage(value.unwrap_or_default()) {
                return Some(stated);
            }
            rest = &json[..at];
        }
        None
    }

    /// With what was stated later: it counts from the beginning of the call, and wins.
    pub(crate) fn and_then(self, later: Self) -> Self {
        Self {
            prompt: later.prompt.or(self.prompt),
            completion: later.completion.or(self.completion),
            cached: later.cached.or(self.cached),
            cache_write: later.cache_write.or(self.cache_write),
            reasoning: later.reasoning.or(self.reasoning),
            total: later.total,
            is_cache_apart: later.is_cache_apart || self.is_cache_apart,
        }
    }

    /// Whether it says nothing from which the prompt follows.
    pub(crate) fn lacks_prompt(&self) -> bool {
        self.prompt.is_none() && self.total.is_none()
    }

    /// What is missing is zero, but for a prompt that follows from the total.
    pub(crate) fn usage(&self) -> Usage {
        let completion = self.completion.unwrap_or_default();
        let rest = self.total.map(|total| Tokens(total.0.saturating_sub(completion.0)));
        let (cached, cache_write) = (self.cached.unwrap_or_default(), self.cache_write.unwrap_or_default());
        let prompt = match self.prompt {
            Some(prompt) if self.is_cache_apart => prompt + cached + cache_write,
            prompt => prompt.or(rest).unwrap_or_default(),
        };
        let total = self.total.unwrap_or(prompt + completion);
        let reasoning = self.reasoning.unwrap_or_default();
        Usage { prompt, completion, cached, cache_write, reasoning, total, estimated: false }
    }

    fn of(usage: &Counts) -> Option<Self> {
        let (of_prompt, of_input) =
            (usage.told(at!("prompt_tokens_details")), usage.told(at!("input_tokens_details")));
        let (of_completion, of_output) =
            (usage.told(at!("completion_tokens_details")), usage.told(at!("output_tokens_details")));
        let cache_write = usage.either(&[at!("cache_creation_input_tokens")]);
        let apart = usage.either(&[at!("cache_read_input_tokens")]);
        let cached = of_prompt.cached.or(of_input.cached);
        let is_inside = usage.told(at!("prompt_tokens")).is_there || of_input.is_there;
        let stated = Self {
            prompt: usage.either(&[at!("prompt_tokens"), at!("input_tokens")]),
            completion: usage.either(&[at!("completion_tokens"), at!("output_tokens")]),
            cached: cached.or_else(|| usage.either(&[at!("prompt_cache_hit_tokens")])).or(apart),
            cache_write,
            reasoning: of_completion.reasoning.or(of_output.reasoning),
            total: usage.either(&[at!("total_tokens")]),
            is_cache_apart: !is_inside && apart.or(cache_write).is_some(),
        };
        stated.prompt.or(stated.completion).or(stated.total).map(|_| stated)
    }
}
