//! What the operator may set.

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    /// Tokens that an answer is taken to have when the client sets no limit.
    pub(crate) completion_tokens: u64,
    /// Who would charge more than this many times what the cheapest does is left out; none leaves out nobody.
    pub(crate) max_price_ratio: Option<f64>,
    /// Providers that come first among those that charge the same.
    prefer: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { completion_tokens: 500, max_price_ratio: None, prefer: Vec::new() }
    }
}

impl Settings {
    /// The place of a provider among equals, the lower the better.
    pub(crate) fn preference(&self, provider: &str) -> usize {
        self.prefer.iter().position(|name| name == provider).unwrap_or(usize::MAX)
    }
}
