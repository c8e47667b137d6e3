//! The newest lines of a log, and the last of its errors. It must not know threads, files, nor whether the run goes on.

mod stored;

use std::collections::VecDeque;
use std::sync::Arc;

pub use stored::{RollingError, VALUE_BYTES_MAX};

use crate::line::{Kind, Line};

/// Characters of all lines, with one for each line break: when there are more, the oldest lines go.
const CHARACTERS_MAX: usize = 100_000;
/// Until no more than these are there.
const CHARACTERS_STAY: usize = 80_000;
/// Lines, however short: when there are more, the oldest go.
const LINES_MAX: usize = 10_000;
/// Until no more than these are there.
const LINES_STAY: usize = 8_000;
/// Characters of errors that stay, at least, if so many were said. Of the oldest of them only the end may be there.
const ERROR_CHARACTERS_MIN: usize = 3_000;

/// What is still there of a log.
#[derive(Clone, Default, Debug)]
pub struct Rolling {
    /// The newest, without a gap but for what a spool lost.
    lines: VecDeque<Arc<Line>>,
    /// What they cost.
    cost: usize,
    /// Characters of the errors among them.
    error_characters: usize,
    /// Errors from before them: no more than it takes to keep [`ERROR_CHARACTERS_MIN`].
    errors: VecDeque<Arc<Line>>,
    /// Their characters.
    old_error_characters: usize,
    /// Lines that there ever were.
    said: u64,
}

/// Some lines in their order.
#[derive(Clone, Default, Debug)]
pub struct Page {
    pub lines: Vec<Arc<Line>>,
    /// Lines from where the page begins that are gone.
    pub missed: u64,
}

impl Rolling {
    /// How many lines there ever were: the number of the newest.
    #[must_use]
    pub fn said(&self) -> u64 {
        self.said
    }

    /// The last `lines` lines; what it missed is counted from the first line of all.
    #[must_use]
    pub fn tail(&self, lines: usize) -> Page {
        let there = self.lines.len() + self.errors.len();
        let lines = self.all().skip(there.saturating_sub(lines)).cloned().collect();
        Page { lines, missed: self.said - there as u64 }
    }

    /// Lines after the one with this number, the oldest `limit` of them; what it missed is counted from that number.
    #[must_use]
    pub fn since(&self, number: u64, limit: usize) -> Page {
        let after = |lines: &VecDeque<Arc<Line>>| lines.partition_point(|line| line.number <= number);
        let errors = self.errors.range(after(&self.errors)..);
        let lines: Vec<Arc<Line>> =
            errors.chain(self.lines.range(after(&self.lines)..)).take(limit).cloned().collect();
        let to = lines.last().map_or(number, |line| line.number);
        Page { missed: (to - number).saturating_sub(lines.len() as u64), lines }
    }

    /// The texts of all lines that are there; a note stands where lines are gone.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(self.cost + self.old_error_characters);
        let mut last = 0;
        for line in self.all() {
            let gone = line.number - last - 1;
            if gone > 0 {
                text.push_str(&format!("[{gone} lines are gone]\n"));
            }
            last = line.number;
            text.extend([line.text.as_str(), "\n"]);
        }
        text
    }

    /// Takes one more line. Numbers grow: those that were left out are counted as gone, an older one is not taken.
    pub(crate) fn push(&mut self, line: Arc<Line>) {
        if line.number <= self.said {
            return;
        }
        self.said = line.number;
        self.cost += line.cost();
        if line.kind == Kind::Error {
            self.error_characters += line.characters();
        }
        self.lines.push_back(line);
        self.forget_errors();
        if self.is_over(CHARACTERS_MAX, LINES_MAX) {
            self.roll();
        }
    }

    fn all(&self) -> impl Iterator<Item = &Arc<Line>> {
        self.errors.iter().chain(&self.lines)
    }

    fn is_over(&self, characters: usize, lines: usize) -> bool {
        let there = self.cost + self.old_error_characters + self.errors.len();
        there > characters || self.lines.len() + self.errors.len() > lines
    }

    fn roll(&mut self) {
        while self.lines.len() > 1 && self.is_over(CHARACTERS_STAY, LINES_STAY) {
            let Some(line) = self.lines.pop_front() else { return };
            self.cost -= line.cost();
            if line.kind == Kind::Error {
                self.keep_error(line);
            }
        }
    }

    fn keep_error(&mut self, line: Arc<Line>) {
        let characters = line.characters();
        self.error_characters -= characters;
        if characters > 0 {
            self.old_error_characters += characters;
            self.errors.push_back(line);
            self.forget_errors();
        }
    }

    /// Lets go of old errors that it does not take; of the last that it takes, the end stays.
    fn forget_errors(&mut self) {
        let kept = ERROR_CHARACTERS_MIN.saturating_sub(self.error_characters);
        while let Some(over) = self.old_error_characters.checked_sub(kept).filter(|over| *over > 0) {
            let Some(oldest) = self.errors.front_mut() else { return };
            let characters = oldest.characters();
            if characters <= over {
                self.errors.pop_front();
            } else {
                *oldest =
                    Arc::new(Line { text: oldest.text.chars().skip(over).collect(), ..(**oldest).clone() });
            }
            self.old_error_characters -= characters.min(over);
        }
    }
}

#[cfg(test)]
mod tests;
