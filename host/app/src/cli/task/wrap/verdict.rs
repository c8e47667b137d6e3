//! What the checks say of a program that ended well, and the status that this process ends with for it. It must not know
//! what ran.

use std::path::Path;
use std::time::{Duration, Instant};

use patchbay_admin::api::TaskView;
use patchbay_tasks::{NoteKind, State, StateName, TaskName};

use super::super::path;
use super::signals::Signals;
use crate::cli::task::follow::asked_server;
use crate::cli::{Failure, output};
use crate::client::Request;

/// How long checks are waited for.
const WAIT_MAX: Duration = Duration::from_secs(600);
/// Between two looks, and for one of them.
const LOOK: Duration = Duration::from_millis(300);
const ANSWER: Duration = Duration::from_secs(5);

/// The task once its checks were run, or as it was seen last: a signal ends the wait.
pub(super) async fn awaited(dir: &Path, name: &TaskName, task: TaskView, signals: &mut Signals) -> TaskView {
    let (begun, mut task) = (Instant::now(), task);
    while is_being_checked(&task) && begun.elapsed() < WAIT_MAX {
        let looking = async {
            tokio::time::sleep(LOOK).await;
            asked_server::<TaskView>(dir, Request::get(path(name, "")).within(ANSWER)).await
        };
        match signals.unless_asked(looking).await {
            Ok(Ok(seen)) => task = seen,
            // A host that is back checks anew.
            Ok(Err(_)) => {}
            Err(_) => return task,
        }
    }
    task
}

/// A person's check is not waited for.
fn is_being_checked(task: &TaskView) -> bool {
    matches!(task.stands.behind_a_pause(), State::Verifying { checked: false, .. })
}

/// # Errors
/// It is not done: status 1.
pub(super) fn accepted(task: &TaskView) -> Result<(), Failure> {
    let name = &task.definition.name;
    let message = match task.stands.name() {
        StateName::Succeeded => return Ok(()),
        StateName::Verifying => format!("{name} is not accepted yet: {}", output::printable(&task.why.text)),
        _ => not_accepted(task),
    };
    Err(Failure::new(message).hint(format!("look at it with `patchbay task show {name}`")))
}

fn not_accepted(task: &TaskView) -> String {
    let name = &task.definition.name;
    let note =
        task.notes.last().filter(|note| note.kind == NoteKind::Failure && note.attempt == task.attempts);
    match note {
        Some(note) => format!("the checks of {name} failed: {}", output::printable(&note.text)),
        None => format!("the program ended well, but {name} is {}", task.state),
    }
}
