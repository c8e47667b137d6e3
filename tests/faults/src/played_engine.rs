//! This program again, as a process in which an engine works for played skills: the one of the engine's own tests. It
//! must not know when it is killed.

#[path = "../../../host/engine/tests/failpoints/child.rs"]
pub(crate) mod child;
#[path = "../../../host/engine/tests/failpoints/load.rs"]
mod load;
#[path = "../../../host/engine/tests/failpoints/operator.rs"]
pub(crate) mod operator;
#[path = "../../../host/engine/tests/failpoints/outcome.rs"]
mod outcome;
#[path = "../../../host/engine/tests/failpoints/outsider.rs"]
mod outsider;
#[path = "../../../host/engine/tests/failpoints/played.rs"]
mod played;
#[path = "../../../host/engine/tests/failpoints/round.rs"]
pub(crate) mod round;

use std::path::Path;
use std::process::{Command, ExitCode};

use round::PLAY_VARIABLE;

use crate::kills::{FLOOD_VARIABLE, flood};
use crate::say::say;

/// A process that plays in this folder. Nothing of its parent's environment tells it more.
pub(crate) fn command(folder: &Path) -> Command {
    let program = std::env::current_exe().unwrap_or_else(|_| "/proc/self/exe".into());
    let mut command = Command::new(program);
    command.env(PLAY_VARIABLE, folder).env_remove(FLOOD_VARIABLE);
    command
}

/// How this process ended, if it was one that plays.
pub(crate) fn child() -> Option<ExitCode> {
    let folder = std::env::var_os(PLAY_VARIABLE)?;
    let folder = Path::new(&folder);
    let played = match std::env::var(FLOOD_VARIABLE) {
        Ok(life) => flood::main(folder, &life),
        Err(_) => child::main(folder),
    };
    Some(match played {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&error);
            ExitCode::FAILURE
        }
    })
}
