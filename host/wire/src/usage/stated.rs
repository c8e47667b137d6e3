//! What of a usage was stated so far: an answer states all at once, a stream may state it in parts.

use patchbay_types::Tokens;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::Usage;

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

#[derive(Deserialize)]
struct Outer<'a> {
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
    #[serde(borrow)]
    response: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
}

impl Stated {
    /// `usage` at the top, of `response` or of `message`. A message that starts has no output worth stating: what is
    /// given there is a beginning.
    pub(crate) fn in_json(json: &[u8]) -> Option<Self> {
        let outer = Outer::read(json)?;
        let inside =
            |raw: Option<&RawValue>| Outer::read(raw?.get().as_bytes())?.usage.and_then(Self::in_raw);
        let top = outer.usage.and_then(Self::in_raw).or_else(|| inside(outer.response));
        top.or_else(|| Some(Self { completion: None, total: None, ..inside(outer.message)? }))
    }

    /// The last usage in the end of a JSON text whose beginning is gone.
    pub(crate) fn in_tail(json: &[u8]) -> Option<Self> {
        let mut rest = json;
        for _ in 0..TRIES_MAX {
            let at = rest.windows(USAGE_KEY.len()).rposition(|bytes| bytes == USAGE_KEY)?;
            let value = json[at + USAGE_KEY.len()..].trim_ascii_start().strip_prefix(b":");
            let mut values = serde_json::Deserializer::from_slice(value.unwrap_or_default()).into_iter();
            if let Some(stated) = values.next().and_then(Result::ok).and_then(|value| Self::in_value(&value))
            {
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

    fn in_raw(raw: &RawValue) -> Option<Self> {
        Self::in_value(&serde_json::from_str(raw.get()).ok()?)
    }

    fn in_value(usage: &Value) -> Option<Self> {
        let either = |names: &[&str]| names.iter().find_map(|name| count(usage.get(name)?));
        let detail = |parts: [&str; 2], name: &str| {
            parts.into_iter().find_map(|part| count(usage.get(part)?.get(name)?))
        };
        let cached = detail(["prompt_tokens_details", "input_tokens_details"], "cached_tokens");
        let cache_write = either(&["cache_creation_input_tokens"]);
        let apart = either(&["cache_read_input_tokens"]);
        let is_inside =
            ["prompt_tokens", "input_tokens_details"].iter().any(|name| usage.get(name).is_some());
        let stated = Self {
            prompt: either(&["prompt_tokens", "input_tokens"]),
            completion: either(&["completion_tokens", "output_tokens"]),
            cached: cached.or_else(|| either(&["prompt_cache_hit_tokens"])).or(apart),
            cache_write,
            reasoning: detail(["completion_tokens_details", "output_tokens_details"], "reasoning_tokens"),
            total: either(&["total_tokens"]),
            is_cache_apart: !is_inside && apart.or(cache_write).is_some(),
        };
        stated.prompt.or(stated.completion).or(stated.total).map(|_| stated)
    }
}

impl<'a> Outer<'a> {
    /// Only of an object: serde would take an array for one too.
    fn read(json: &'a [u8]) -> Option<Self> {
        json.trim_ascii_start().starts_with(b"{").then(|| serde_json::from_slice(json).ok())?
    }
}

/// A count, also one that some gateways write as `12.0`.
fn count(value: &Value) -> Option<Tokens> {
    let whole = || format!("{:.0}", value.as_f64()?).parse().ok();
    value.as_u64().or_else(whole).map(Tokens)
}
