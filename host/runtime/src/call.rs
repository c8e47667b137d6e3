//! How a call can fail: the plugin refused, it trapped, it passed a limit, or its answer makes no sense.

use thiserror::Error;

use crate::limit::ticks;

/// Why a call gave no usable answer.
#[derive(Debug, Error)]
pub enum CallFailure {
    /// The plugin said so itself; its instance is sound.
    #[error("the plugin refused: {message} ({code})")]
    Refused { code: String, message: String },
    /// The guest's code failed. The instance is gone.
    #[error("the plugin trapped: {0}")]
    Trap(String),
    /// It was stopped at its deadline. The instance is gone.
    #[error("the plugin was stopped after {0:?}")]
    Timeout(std::time::Duration),
    /// It answered with something that the contract forbids.
    #[error("the plugin's decision is invalid: {0}")]
    Invalid(String),
}

/// The four ways to fail, for counters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FailureClass {
    Refused,
    Trap,
    Timeout,
    Invalid,
}

impl CallFailure {
    #[must_use]
    pub fn class(&self) -> FailureClass {
        match self {
            Self::Refused { .. } => FailureClass::Refused,
            Self::Trap(_) => FailureClass::Trap,
            Self::Timeout(_) => FailureClass::Timeout,
            Self::Invalid(_) => FailureClass::Invalid,
        }
    }

    /// What wasmtime's error means: `timed_out` is what the guest's own clock says.
    pub(crate) fn of(error: &wasmtime::Error, timed_out: bool, deadline: std::time::Duration) -> Self {
        if timed_out {
            return Self::Timeout(crate::limit::TICK * u32::try_from(ticks(deadline)).unwrap_or(u32::MAX));
        }
        Self::Trap(one_line(error))
    }
}

impl FailureClass {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Trap => "trap",
            Self::Timeout => "timeout",
            Self::Invalid => "invalid",
        }
    }
}

/// The cause and the guest's own functions, innermost first: `wasm trap: unreachable (in rank < export)`.
pub(crate) fn one_line(error: &wasmtime::Error) -> String {
    let frames = error.downcast_ref::<wasmtime::WasmBacktrace>().map(|trace| {
        let names = trace.frames().iter().filter_map(|frame| frame.func_name());
        names.take(6).map(demangled).collect::<Vec<_>>().join(" < ")
    });
    let cause = error.root_cause().to_string();
    match frames.filter(|names| !names.is_empty()) {
        Some(names) => format!("{cause} (in {names})"),
        None => cause,
    }
}

/// Without the hash that Rust's compiler adds to a name.
fn demangled(name: &str) -> String {
    let plain = rustc_demangle(name);
    plain.unwrap_or_else(|| name.to_owned())
}

fn rustc_demangle(name: &str) -> Option<String> {
    let (head, hash) = name.rsplit_once("::h")?;
    (hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| head.to_owned())
}
