//! The notifier `command`: a report is handed to a program that the operator has named, as arguments, in its
//! environment, and as JSON on its standard input. Which programs may run is the host's.

mod said;
mod settings;

use std::time::{Duration, Instant};

use patchbay_sdk::process::{Child, Exit};
use patchbay_sdk::{Message, Notifier, PluginError, Receipt, RouteDescription, SendError, notifier};

use said::Said;
use settings::Settings;

const KIND: &str = "command";
/// "Temporary failure, the user is invited to retry": what mail programs exit with, too.
const EX_TEMPFAIL: i32 = 75;
/// How long a program may take.
const WITHIN: Duration = Duration::from_secs(60);
/// The host forces a child 5 s after it was asked to end.
const END_WITHIN: Duration = Duration::from_secs(10);
const LINES_MAX: u32 = 64;

struct Command;

impl Notifier for Command {
    fn describe() -> Result<Vec<RouteDescription>, PluginError> {
        Ok(vec![RouteDescription::new(
            KIND,
            "Hands each report to a program, as arguments and as JSON on its input",
        )])
    }

    fn send(message: &Message) -> Result<Receipt, SendError> {
        let settings = Settings::read()?;
        let child = settings.command(message).spawn()?;
        let mut said = Said::default();
        match follow(&child, &mut said)? {
            Some(exit) => judge(&settings, &exit, said),
            None => Err(timeout(&settings, &child)?),
        }
    }
}

notifier!(Command);

/// None if its time is up.
fn follow(child: &Child, said: &mut Said) -> Result<Option<Exit>, PluginError> {
    let started = Instant::now();
    loop {
        let lines = child.lines(LINES_MAX, WITHIN.saturating_sub(started.elapsed()))?;
        lines.iter().for_each(|line| said.take(line));
        let left = WITHIN.saturating_sub(started.elapsed());
        if lines.is_empty() || left.is_zero() {
            return child.wait(left);
        }
    }
}

fn judge(settings: &Settings, exit: &Exit, said: Said) -> Result<Receipt, SendError> {
    let ended = format!("{} ended with {exit}: {:?}", settings.program(), said.last());
    match exit.code {
        Some(0) => Ok(Receipt::new(said.first)),
        Some(EX_TEMPFAIL) => Err(SendError::retryable(exit.to_string(), ended)),
        _ => Err(SendError::permanent(
            exit.to_string(),
            format!("{ended}; to be tried again it exits with {EX_TEMPFAIL}"),
        )),
    }
}

/// It may be slow today; and a program that is left running would go on when the next try has begun.
fn timeout(settings: &Settings, child: &Child) -> Result<SendError, PluginError> {
    child.kill()?;
    child.wait(END_WITHIN)?;
    let message = format!("{} did not end within {} s", settings.program(), WITHIN.as_secs());
    Ok(SendError::retryable("timeout", message))
}

#[cfg(test)]
mod tests;
