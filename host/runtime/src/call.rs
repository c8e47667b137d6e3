//! How a call can fail: the plugin refused, it trapped, it passed a limit, or its answer makes no sense. Whether what a
//! skill ran is to blame for a limit is judged in `plugin/spent`.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::limit::ticks;

/// Why a call gave no usable answer.
#[derive(Debug, Error)]
pub enum CallFailure {
    /// The plugin said so itself; its instance is sound.
    #[error("the plugin refused: {} ({})", .0.message, .0.code)]
    Refused(Refusal),
    /// The guest's code failed. The instance is gone.
    #[error("the plugin trapped: {0}")]
    Trap(String),
    /// It was stopped at its deadline. The instance is gone.
    #[error("the plugin was stopped after {0:?}")]
    Timeout(std::time::Duration),
    /// A run of a skill was stopped when its time was up. The instance is gone; the plugin is not to blame.
    #[error("the run was stopped after {0:?}")]
    Deadline(std::time::Duration),
    /// A run of a skill wanted more memory than its instance may have, in bytes. The same.
    #[error("the run needed more memory than the plugin may have, which is {} MiB", .0 >> 20)]
    Memory(usize),
    /// Calls of a run of a skill lay deeper in each other than its instance's stack holds, in bytes. The same.
    #[error("calls of the run lay deeper in each other than the plugin's stack of {} KiB holds", .0 >> 10)]
    Stack(usize),
    /// It answered with something that the contract forbids.
    #[error("the plugin's decision is invalid: {0}")]
    Invalid(String),
    /// As many of its calls run as may, and none ended in time. It was not asked.
    #[error("the plugin has {0} calls running already, as many as it may")]
    Busy(usize),
}

/// A plugin's own answer that it cannot do what it was asked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Refusal {
    pub code: String,
    pub message: String,
    /// Whether the same may succeed later.
    pub retryable: bool,
    pub retry_after_ms: Option<u64>,
}

/// The ways to fail, for counters and recordings.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureClass {
    Refused,
    Trap,
    Timeout,
    /// Of a run of a skill, at a limit of its instance: its time, its memory, its stack.
    Deadline,
    Memory,
    Stack,
    Invalid,
    Busy,
}

impl CallFailure {
    #[must_use]
    pub fn class(&self) -> FailureClass {
        match self {
            Self::Refused(_) => FailureClass::Refused,
            Self::Trap(_) => FailureClass::Trap,
            Self::Timeout(_) => FailureClass::Timeout,
            Self::Deadline(_) => FailureClass::Deadline,
            Self::Memory(_) => FailureClass::Memory,
            Self::Stack(_) => FailureClass::Stack,
            Self::Invalid(_) => FailureClass::Invalid,
            Self::Busy(_) => FailureClass::Busy,
        }
    }

    /// What wasmtime's error means: `timed_out` is what the guest's own clock says.
    pub(crate) fn of(error: &wasmtime::Error, timed_out: bool, deadline: std::time::Duration) -> Self {
        if timed_out {
            return Self::Timeout(whole_ticks(deadline));
        }
        Self::Trap(one_line(error))
    }
}

/// After how much of its own time a guest is stopped.
pub(crate) fn whole_ticks(deadline: std::time::Duration) -> std::time::Duration {
    crate::limit::TICK * u32::try_from(ticks(deadline)).unwrap_or(u32::MAX)
}

impl FailureClass {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Trap => "trap",
            Self::Timeout => "timeout",
            Self::Deadline => "deadline",
            Self::Memory => "memory",
            Self::Stack => "stack",
            Self::Invalid => "invalid",
            Self::Busy => "busy",
        }
    }
}

/// The cause and the guest's own functions, innermost first: `wasm trap: unreachable (in my_policy::rank)`.
pub(crate) fn one_line(error: &wasmtime::Error) -> String {
    const SHOWN: usize = 6;
    let cause = error.root_cause().to_string();
    let Some(trace) = error.downcast_ref::<wasmtime::WasmBacktrace>() else { return cause };
    let names = trace.frames().iter().filter_map(|frame| frame.func_name()).map(demangled);
    let names: Vec<String> = names.filter(|name| !is_machinery(name)).take(SHOWN).collect();
    match names.is_empty() {
        true => cause,
        false => format!("{cause} (in {})", names.join(" < ")),
    }
}

/// As it stands in the source, without the compiler's hash.
fn demangled(name: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(name))
}

/// What a panic goes through on its way to the trap: it says nothing about the plugin.
fn is_machinery(name: &str) -> bool {
    const OF_THE_LANGUAGE: [&str; 9] =
        ["std::", "core::", "alloc::", "<std::", "<core::", "<alloc::", "__rust", "rust_", "abort"];
    OF_THE_LANGUAGE.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_names_the_plugins_functions_as_its_author_wrote_them() {
        assert_eq!(demangled("_RNvCs1234_9my_policy4rank"), "my_policy::rank");
        assert_eq!(demangled("_ZN9my_policy4rank17h0123456789abcdefE"), "my_policy::rank");
        assert!(is_machinery("core::panicking::panic_fmt") && !is_machinery("my_policy::rank"));
    }
}
