//! What the operator may set, and the key that follows from it.

use patchbay_sdk::Request;
use serde::Deserialize;

use crate::weight;

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    by: By,
    /// A candidate that serves this many requests yields; none: however many.
    pub(crate) max_in_flight: Option<u32>,
    /// A candidate that serves more than this many times the mean of its pool yields.
    pub(crate) max_over_mean: f64,
}

/// What stays together.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum By {
    /// Requests whose body starts alike.
    Prefix,
    /// Requests of one agent.
    Agent,
}

impl Default for Settings {
    fn default() -> Self {
        Self { by: By::Prefix, max_in_flight: None, max_over_mean: 1.5 }
    }
}

impl Settings {
    /// Requests of the same key belong to the same candidate.
    pub(crate) fn key(&self, request: &Request) -> u64 {
        match self.by {
            By::Prefix => request.prefix_hash,
            By::Agent => weight::hash(&request.agent),
        }
    }
}
