//! `process`: programs that were granted by name, never through a shell. Grant: `process = ["openclaw"]`. Children end
//! with the call that started them, and so do the folders that they were given.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use patchbay_process::{Child, FindError, Limits, SpawnError, base_environment, find};
use patchbay_runtime::ask::{Command, Exit, HostReply, Line, Payload};
use tempfile::TempDir;

use super::{Answer, PluginError, error};

/// Children of one call that run, or whose output was not read to its end.
const CHILDREN_MAX: usize = 8;
/// How long one question waits for a line or an end, however long it asks for: a host call has 150 s in all.
const WAIT_MAX: Duration = Duration::from_secs(30);
/// Lines in one answer, and their bytes; one line more is begun at most.
const LINES_MAX: usize = 1_000;
const REPLY_BYTES: usize = 256 * 1024;
/// Variables that a child is given, besides those that each has.
const VARIABLES_MAX: usize = 256;
/// Tries to remove what children have left: one that is just being ended may still write.
const SWEEPS: usize = 3;

/// What one call has started, by number.
pub(super) struct Children {
    by_number: BTreeMap<u32, State>,
    started: u32,
    /// Holds the working folders of those that named none, once one of them needs it.
    folders: Option<TempDir>,
    /// Where it is made.
    scratch: PathBuf,
}

enum State {
    Held {
        child: Box<Child>,
        killed: bool,
    },
    /// Let go of, to make room for another.
    Ended(patchbay_process::Exit),
}

impl Children {
    pub(super) fn new(scratch: PathBuf) -> Self {
        Self { by_number: BTreeMap::new(), started: 0, folders: None, scratch }
    }

    /// `told` are variables of the host's own, whatever the command says of them.
    pub(super) async fn spawn(
        &mut self,
        command: &Command,
        input: &Payload,
        told: &[(String, String)],
    ) -> Answer {
        self.make_room().await?;
        if command.environment.len() > VARIABLES_MAX {
            return Err(error("invalid", format!("a program is given at most {VARIABLES_MAX} variables")));
        }
        let program = find(&command.program, std::env::var_os("PATH").as_deref()).map_err(not_found)?;
        let number = self.started + 1;
        let folder = match &command.folder {
            Some(folder) => PathBuf::from(folder),
            None => self.own_folder(number).map_err(|cause| {
                error("failed", format!("no folder for the program can be made: {cause}"))
            })?,
        };
        let command = patchbay_process::Command {
            program,
            arguments: command.arguments.iter().map(OsString::from).collect(),
            environment: environment(&command.environment, told)?,
            folder,
            input: input.0.clone(),
        };
        let child = Child::spawn(command, Limits::default()).map_err(not_started)?;
        self.started = number;
        self.by_number.insert(number, State::Held { child: Box::new(child), killed: false });
        Ok(HostReply::Child(number))
    }

    /// `cut` ends the wait for the first one.
    pub(super) async fn lines(
        &mut self,
        number: u32,
        count: u32,
        wait_ms: u64,
        cut: impl Future<Output = ()>,
    ) -> Answer {
        let State::Held { child, .. } = self.find(number)? else { return Ok(HostReply::Lines(Vec::new())) };
        let count = usize::try_from(count).unwrap_or(usize::MAX).min(LINES_MAX);
        let lines = tokio::select! {
            biased;
            lines = child.lines_within(count, REPLY_BYTES, wait(wait_ms)) => lines,
            () = cut => Vec::new(),
        };
        Ok(HostReply::Lines(lines.into_iter().map(told_line).collect()))
    }

    /// `cut` ends the wait.
    pub(super) async fn wait(&mut self, number: u32, wait_ms: u64, cut: impl Future<Output = ()>) -> Answer {
        let exit = match self.find(number)? {
            State::Held { child, .. } => tokio::select! {
                biased;
                exit = child.wait(wait(wait_ms)) => exit,
                () = cut => None,
            },
            State::Ended(exit) => Some(*exit),
        };
        Ok(HostReply::Exit(exit.map(told_exit)))
    }

    pub(super) async fn kill(&mut self, number: u32) -> Answer {
        if let State::Held { child, killed } = self.find(number)? {
            child.kill().await;
            *killed = true;
        }
        Ok(HostReply::Done)
    }

    fn find(&mut self, number: u32) -> Result<&mut State, PluginError> {
        let unknown = || error("invalid", format!("this call has started no child {number}"));
        self.by_number.get_mut(&number).ok_or_else(unknown)
    }

    /// Lets go of those that have ended and have nothing more to say, if there are as many as may be.
    async fn make_room(&mut self) -> Result<(), PluginError> {
        if self.held() < CHILDREN_MAX {
            return Ok(());
        }
        for state in self.by_number.values_mut() {
            let State::Held { child, killed } = state else { continue };
            if (*killed || child.output_ended())
                && let Some(exit) = child.wait(Duration::ZERO).await
            {
                *state = State::Ended(exit);
            }
        }
        if self.held() < CHILDREN_MAX {
            return Ok(());
        }
        let message = format!(
            "a call has at most {CHILDREN_MAX} children: read the output of one to its end, or kill one"
        );
        Err(error("quota", message))
    }

    fn held(&self) -> usize {
        self.by_number.values().filter(|state| matches!(state, State::Held { .. })).count()
    }

    /// An empty one, below the call's own.
    fn own_folder(&mut self, number: u32) -> std::io::Result<PathBuf> {
        let all = match self.folders.take() {
            Some(all) => all,
            None => {
                std::fs::create_dir_all(&self.scratch)?;
                tempfile::Builder::new().prefix("call-").tempdir_in(&self.scratch)?
            }
        };
        let folder = self.folders.insert(all).path().join(number.to_string());
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }
}

/// Forces the children to end, then removes their folders where a thread may wait for a disk.
impl Drop for Children {
    fn drop(&mut self) {
        self.by_number.clear();
        let Some(folders) = self.folders.take() else { return };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(move || sweep(folders.path()))),
            Err(_) => sweep(folders.path()),
        }
    }
}

fn sweep(folders: &Path) {
    for _ in 0..SWEEPS {
        if std::fs::remove_dir_all(folders).is_ok() {
            return;
        }
    }
}

fn wait(wait_ms: u64) -> Duration {
    Duration::from_millis(wait_ms).min(WAIT_MAX)
}

/// What the dynamic loader and the C library take from the environment before a program's own first line runs: with
/// these, leave to run one program would be leave to run any code. The list is that of ld.so(8) for secure execution.
const OF_THE_LOADER: [&str; 11] = [
    "GCONV_PATH",
    "GETCONF_DIR",
    "GLIBC_TUNABLES",
    "HOSTALIASES",
    "LOCALDOMAIN",
    "LOCPATH",
    "NIS_PATH",
    "NLSPATH",
    "RESOLV_HOST_CONF",
    "RES_OPTIONS",
    "TZDIR",
];

fn environment(
    given: &[(String, String)],
    told: &[(String, String)],
) -> Result<Vec<(String, String)>, PluginError> {
    let of_the_loader =
        |name: &str| name.starts_with("LD_") || name.starts_with("MALLOC_") || OF_THE_LOADER.contains(&name);
    if let Some((name, _)) = given.iter().find(|(name, _)| of_the_loader(name)) {
        let name: String = name.chars().take(super::QUOTE_CHARACTERS_MAX).collect();
        return Err(error("invalid", format!("variable {name} is read by the loader: it cannot be set")));
    }
    let mut all = base_environment();
    // The last one of a name is the one that holds.
    all.extend_from_slice(given);
    all.extend_from_slice(told);
    Ok(all)
}

fn told_line(line: patchbay_process::Line) -> Line {
    Line { stream: line.stream.as_str().to_owned(), text: line.text }
}

fn told_exit(exit: patchbay_process::Exit) -> Exit {
    Exit { code: exit.code, signal: exit.signal, attributes: Vec::new() }
}

fn not_found(wrong: FindError) -> PluginError {
    let code = if matches!(wrong, FindError::Name(_)) { "invalid" } else { "not-found" };
    error(code, wrong.to_string())
}

fn not_started(wrong: SpawnError) -> PluginError {
    let code = match wrong {
        SpawnError::Program(_) | SpawnError::Folder(_) | SpawnError::Variable(_) => "invalid",
        SpawnError::Start { .. } | SpawnError::Watch { .. } => "failed",
    };
    error(code, wrong.to_string())
}

#[cfg(test)]
mod tests;
