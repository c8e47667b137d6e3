//! Whether a worker is stuck: four clocks that begin with its lease, and loops in what it does. It must not know how a
//! worker is stopped; whoever asks acts on the answer, for detection without an action does not exist.

mod loops;

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use patchbay_types::Monotonic;

/// Steps that are remembered of one attempt.
pub(crate) const STEPS_MAX: usize = 32;

/// How long a worker may go on without each of these.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Clocks {
    /// From the lease to its first output.
    pub first_output: Duration,
    /// Between two outputs.
    pub silence: Duration,
    /// Since it last did or said something that it had not done or said shortly before.
    pub progress: Duration,
    /// From the lease to its end.
    pub total: Duration,
}

/// Something that a worker did. Numbers are hashes of what is meant: equal ones are the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Seen {
    /// A line.
    Line {
        text: u64,
    },
    /// A call of a tool, with its result.
    Call {
        call: u64,
        result: u64,
    },
    Error {
        error: u64,
    },
    /// The supervisor's own line: neither output nor progress.
    Following,
}

/// Why a worker counts as stuck.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stuck {
    NoOutput(Duration),
    Silent(Duration),
    NoProgress(Duration),
    TooLong(Duration),
    SameCall,
    SameError,
    /// Two calls, one after the other, again and again.
    Alternating,
}

/// What is remembered of one attempt.
#[derive(Clone, Debug)]
pub struct Watch {
    begun: Monotonic,
    /// None: nothing was heard yet.
    output: Option<Monotonic>,
    progress: Monotonic,
    /// At most [`STEPS_MAX`].
    steps: VecDeque<Seen>,
}

impl Default for Clocks {
    fn default() -> Self {
        let minutes = |n: u64| Duration::from_secs(n * 60);
        Self {
            first_output: minutes(10),
            silence: minutes(10),
            progress: minutes(60),
            total: minutes(24 * 60),
        }
    }
}

impl Watch {
    /// The lease was granted.
    #[must_use]
    pub fn begin(now: Monotonic) -> Self {
        Self { begun: now, output: None, progress: now, steps: VecDeque::new() }
    }

    /// It did something.
    pub fn see(&mut self, seen: Seen, now: Monotonic) {
        if seen == Seen::Following {
            return;
        }
        self.output = Some(now);
        if !self.steps.contains(&seen) {
            self.progress = now;
        }
        if self.steps.len() == STEPS_MAX {
            self.steps.pop_front();
        }
        self.steps.push_back(seen);
    }

    /// Loops first: they say more than a clock.
    #[must_use]
    pub fn stuck(&self, now: Monotonic, clocks: &Clocks) -> Option<Stuck> {
        loops::find(&self.steps)
            .or_else(|| self.ends(clocks).into_iter().find(|(end, _)| now >= *end).map(|(_, stuck)| stuck))
    }

    /// When the next clock runs out, if nothing is heard until then.
    #[must_use]
    pub fn look_again(&self, clocks: &Clocks) -> Monotonic {
        let [(total, _), (output, _), (progress, _)] = self.ends(clocks);
        total.min(output).min(progress)
    }

    fn ends(&self, clocks: &Clocks) -> [(Monotonic, Stuck); 3] {
        let output = match self.output {
            None => (self.begun + clocks.first_output, Stuck::NoOutput(clocks.first_output)),
            Some(last) => (last + clocks.silence, Stuck::Silent(clocks.silence)),
        };
        let progress = (self.progress + clocks.progress, Stuck::NoProgress(clocks.progress));
        [(self.begun + clocks.total, Stuck::TooLong(clocks.total)), output, progress]
    }
}

impl fmt::Display for Stuck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoOutput(limit) => write!(f, "it said nothing for {} s since it began", limit.as_secs()),
            Self::Silent(limit) => write!(f, "it said nothing more for {} s", limit.as_secs()),
            Self::NoProgress(limit) => write!(f, "it only repeated itself for {} s", limit.as_secs()),
            Self::TooLong(limit) => write!(f, "it was not done after {} s", limit.as_secs()),
            Self::SameCall => f.write_str("it made the same call with the same result 4 times"),
            Self::SameError => f.write_str("it ran into the same error 3 times"),
            Self::Alternating => f.write_str("it made the same two calls in turn over 6 calls"),
        }
    }
}

#[cfg(test)]
mod tests;
