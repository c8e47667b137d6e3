//! The independent problems that a diagnosis has found: each gets a plan of its own, the most urgent first. It must not
//! know what a plan is.

use super::case::Case;
use crate::engine::Inner;
use crate::row::ProblemRecord;

/// Independent problems that get plans of their own.
const PARTS_MAX: usize = 10;
/// What the name of one begins with, as the analyzer gives it: `problem.1`.
const NAME: &str = "problem.";

/// What a plan is sought for.
pub(super) struct Part {
    pub(super) text: String,
    /// How many there are.
    pub(super) parts: usize,
}

impl Case {
    /// The one whose turn it is; none: nobody has looked at things as they are now, or each has had its plan.
    pub(super) fn part(&self, engine: &Inner) -> Option<Part> {
        if self.wants_diagnosis(engine) {
            return None;
        }
        let parts = parts(&self.record);
        let text = parts.get(usize::try_from(self.record.parts_tried).ok()?)?;
        Some(Part { text: (*text).to_owned(), parts: parts.len() })
    }

    /// Whether some have had their plan and others have not: that goes on whatever the number of failures, and each plan
    /// counts against the budget.
    pub(super) fn is_amid_parts(&self, engine: &Inner) -> bool {
        self.record.parts_tried > 0 && self.part(engine).is_some()
    }
}

/// `P0` comes first; those of one priority stay in their order.
fn parts(record: &ProblemRecord) -> Vec<&str> {
    let is_part = |name: &str| name.strip_prefix(NAME).is_some_and(|number| number.parse::<u32>().is_ok());
    let found = record.found.iter().filter(|(name, _)| is_part(name));
    let mut parts: Vec<&str> = found.take(PARTS_MAX).map(|(_, text)| text.as_str()).collect();
    parts.sort_by_key(|text| match text.get(..2) {
        Some("P0") => 0,
        Some("P1") => 1,
        Some("P2") => 2,
        _ => 3,
    });
    parts
}
