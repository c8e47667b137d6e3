//! One run of Git: no shell, no hooks, no questions, an end that is certain. It must not know what it is run for.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use patchbay_process::{Child, Command, Exit, Limits, base_environment, find};

/// How long one run may take.
const RUN: Duration = Duration::from_secs(60);
/// Lines that are taken at once, and bytes of the output that are kept.
const LINES: usize = 256;
const OUTPUT_BYTES_MAX: usize = 1024 * 1024;
/// How long one look for lines, or for an end, lasts.
const LOOK: Duration = Duration::from_secs(1);
/// What every run is told: nobody else's program is started, and whoever commits is named.
const ALWAYS: [&str; 10] = [
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "commit.gpgSign=false",
    "-c",
    "user.name=Patchbay",
    "-c",
    "user.email=patchbay@localhost",
];

/// What it wrote, if it ended well.
///
/// # Errors
/// A sentence with the end of what it wrote.
///
/// # Cancel safety
/// Dropping it forces the program to end.
pub(super) async fn git(folder: &Path, arguments: &[&str], input: &str) -> Result<String, String> {
    let first = arguments.first().copied().unwrap_or_default();
    let program = find("git", std::env::var_os("PATH").as_deref()).map_err(|error| error.to_string())?;
    let mut environment = base_environment();
    environment.push(("GIT_TERMINAL_PROMPT".to_owned(), "0".to_owned()));
    let command = Command {
        program,
        arguments: ALWAYS.iter().chain(arguments).map(OsString::from).collect(),
        environment,
        folder: folder.to_owned(),
        input: input.to_owned().into_bytes().into(),
    };
    let mut child = Child::spawn(command, Limits::default()).map_err(|error| error.to_string())?;
    let mut output = String::new();
    let ended = tokio::time::timeout(RUN, end(&mut child, &mut output)).await;
    child.kill().await;
    match ended {
        Ok(Exit { code: Some(0), .. }) => Ok(output.trim().to_owned()),
        Ok(_) => Err(format!("git {first} refused: {}", output.trim())),
        Err(_) => Err(format!("git {first} did not end within {} s", RUN.as_secs())),
    }
}

async fn end(child: &mut Child, output: &mut String) -> Exit {
    while !child.output_ended() {
        for line in child.lines(LINES, LOOK).await {
            if output.len() + line.text.len() < OUTPUT_BYTES_MAX {
                output.push_str(&line.text);
                output.push('\n');
            }
        }
    }
    loop {
        if let Some(exit) = child.wait(LOOK).await {
            return exit;
        }
    }
}
