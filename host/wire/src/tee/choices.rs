//! Which choices of a chat are still being written.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::skim::Skim;

/// A bit for each index up to 127; a stream with more choices is never taken for finished.
#[derive(Default)]
pub(super) struct Choices {
    seen: u128,
    finished: u128,
    has_more: bool,
}

#[derive(Deserialize)]
struct Chunk {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    index: u32,
    finish_reason: Option<IgnoredAny>,
}

impl Choices {
    pub(super) fn see(&mut self, skim: &Skim, json: &[u8]) {
        self.seen |= skim.choices;
        self.has_more |= skim.has_more_choices;
        if skim.has_finish_reason {
            self.finished |= finished(json).unwrap_or_default();
        }
    }

    /// There was one at least, and each has its `finish_reason`.
    pub(super) fn are_finished(&self) -> bool {
        self.seen != 0 && self.seen & !self.finished == 0 && !self.has_more
    }
}

fn finished(json: &[u8]) -> Option<u128> {
    let chunk: Chunk = serde_json::from_slice(json).ok()?;
    let finished = chunk.choices.iter().filter(|choice| choice.finish_reason.is_some());
    Some(finished.filter_map(|choice| 1_u128.checked_shl(choice.index)).fold(0, |bits, bit| bits | bit))
}
