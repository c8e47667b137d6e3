//! `command`: a listed program ends with a code. No shell; a process group of its own; an empty folder of its own, or the
//! one that is named; the few variables that every program gets. It must not know what the program looks at.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use patchbay_process::{Child, Command, Exit, Limits, base_environment, find};
use tokio::time::sleep;

use crate::allow::listed;
use crate::refused::CheckRefused;
use crate::stop::Stop;
use crate::text::{Tail, shown};
use crate::verdict::Finding;

/// Lines that are taken at once.
const LINES: usize = 256;
/// How long one look for lines, or for an end, lasts.
const LOOK: Duration = Duration::from_secs(1);
/// Between two looks that found nothing.
const PAUSE: Duration = Duration::from_millis(100);

/// The file of a program that checks may run.
pub(crate) fn program(programs: &[String], program: &str) -> Result<PathBuf, CheckRefused> {
    if !programs.iter().any(|allowed| allowed == program) {
        let listed = listed(programs.iter().map(String::as_str));
        return Err(CheckRefused::Program { program: shown(program), listed });
    }
    Ok(find(program, std::env::var_os("PATH").as_deref())?)
}

/// A check that can be run.
pub(crate) struct CommandCheck<'a> {
    pub(crate) program: PathBuf,
    pub(crate) arguments: &'a [String],
    pub(crate) exit_code: i32,
    pub(crate) grace: Duration,
    /// None: an empty one of its own.
    pub(crate) folder: Option<&'a Path>,
}

impl CommandCheck<'_> {
    /// Whatever happens, its whole group has ended when this returns.
    ///
    /// # Cancel safety
    /// Dropping it forces the group to end.
    pub(crate) async fn run(&self, stop: impl Future<Output = Stop>) -> Finding {
        let cannot = |cause: String| Finding::not_run(format!("the program was not run: {cause}"));
        let folder = match tempfile::Builder::new().prefix("patchbay-check-").tempdir() {
            Ok(folder) => folder,
            Err(cause) => return cannot(format!("no folder for it can be made: {cause}")),
        };
        let limits = Limits { grace: self.grace, ..Limits::default() };
        let command = self.command(self.folder.unwrap_or_else(|| folder.path()));
        let mut child = match Child::spawn(command, limits) {
            Ok(child) => child,
            Err(wrong) => return cannot(wrong.to_string()),
        };
        let mut tail = Tail::default();
        let ended = tokio::select! {
            biased;
            stop = stop => Err(stop),
            exit = end(&mut child, &mut tail) => Ok(exit),
        };
        child.kill().await;
        // Where a thread may wait for a disk: it may hold much by now.
        let _ = tokio::task::spawn_blocking(move || drop(folder)).await;
        match ended {
            Ok(exit) => self.judged(exit, tail),
            Err(stop) => stopped(&stop, tail),
        }
    }

    fn command(&self, folder: &Path) -> Command {
        Command {
            program: self.program.clone(),
            arguments: self.arguments.iter().map(OsString::from).collect(),
            environment: base_environment(),
            folder: folder.to_owned(),
            input: Bytes::new(),
        }
    }

    fn judged(&self, exit: Exit, tail: Tail) -> Finding {
        let (program, expected) = (self.program.to_string_lossy(), self.exit_code);
        let ended = match (exit.code, exit.signal) {
            (Some(code), _) => format!("{:?} ended with code {code}", shown(&program)),
            (None, Some(signal)) => format!("{:?} was ended by signal {signal}", shown(&program)),
            (None, None) => format!("{:?} ended in an unknown way", shown(&program)),
        };
        match exit.code == Some(expected) {
            true => Finding::held(format!("{ended}, as expected")),
            false => Finding::failed(format!("{ended}, expected code {expected}; {}", wrote(tail))),
        }
    }
}

/// Takes its output to the end, so that it never waits for a reader, and then its end.
async fn end(child: &mut Child, tail: &mut Tail) -> Exit {
    while !child.output_ended() {
        child.lines(LINES, LOOK).await.iter().for_each(|line| tail.push(line));
    }
    loop {
        match child.wait(LOOK).await {
            Some(exit) => return exit,
            None => sleep(PAUSE).await,
        }
    }
}

fn stopped(stop: &Stop, tail: Tail) -> Finding {
    let Finding { ended, text } = stop.finding();
    Finding::of(ended, format!("{text}; the program and its group were ended; {}", wrote(tail)))
}

fn wrote(tail: Tail) -> String {
    match tail.into_text() {
        text if text.is_empty() => "it wrote nothing".to_owned(),
        text => format!("it wrote last: {text}"),
    }
}
