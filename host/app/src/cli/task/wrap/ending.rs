//! How a wrapped program ended, as the host hears it and as this process ends. It must not know how that was found out.

use patchbay_admin::api::{EndOutcome, EndTask};
use patchbay_process::{Exit, Signal};
use serde_json::{Value, json};

use super::program::Program;
use crate::cli::Failure;

/// How `wrap` itself fails, told apart from any program: as `timeout` and others do it.
const OWN_FAILURE: u8 = 125;
/// What a shell adds to the number of the signal that ended a program.
const BY_SIGNAL: i32 = 128;

pub(super) fn end_of(program: &Program, exit: Exit, again: bool) -> EndTask {
    let message = format!("{} ended with {}", program.name, status(exit));
    let output = json!({ "exit_code": exit.code });
    match exit.code {
        Some(0) => EndTask { message, output, ..plain(EndOutcome::Succeeded) },
        _ => EndTask { class: Some(class(exit)), message, output, again, ..plain(EndOutcome::Failed) },
    }
}

/// The lease knows the fence.
pub(super) fn plain(outcome: EndOutcome) -> EndTask {
    let (class, message, step) = (None, String::new(), None);
    EndTask { fence: 0, outcome, class, message, step, output: Value::Null, again: false }
}

/// As the skill that runs programs says it.
fn class(exit: Exit) -> String {
    match (exit.code, exit.signal) {
        (Some(code), _) => format!("exit:{code}"),
        (None, Some(signal)) => format!("signal:{signal}"),
        (None, None) => "lost".to_owned(),
    }
}

pub(super) fn status(exit: Exit) -> String {
    match (exit.code, exit.signal) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "no status".to_owned(),
    }
}

pub(super) fn code(exit: Exit) -> u8 {
    let code = exit.code.or(exit.signal.map(|signal| BY_SIGNAL + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(OWN_FAILURE)
}

/// A signal ended this process while no program ran.
pub(super) fn by_signal(signal: Signal, message: &str) -> Failure {
    let number = BY_SIGNAL + signal.number();
    Failure::new(message).code(u8::try_from(number).unwrap_or(OWN_FAILURE))
}

pub(super) fn own(message: String) -> Failure {
    Failure::new(message).code(OWN_FAILURE)
}
