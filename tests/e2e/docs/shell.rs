//! A shell that is typed into, as a reader of the tutorial does: one that lives from command to command, and others
//! beside it that are left running. What runs is ended when it is dropped.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::{Instant, sleep, timeout};

/// A first build of a plugin takes minutes on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(600);
const POLL: Duration = Duration::from_millis(100);
const END: &str = "--- that was it, with";

/// What the cargo that runs these tests was told about its own build.
const OUTER_ONLY: [&str; 5] = [
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "CARGO_BUILD_TARGET",
];

pub(super) struct Shell {
    _child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    beside: Vec<Terminal>,
    /// Where the terminals beside it write to.
    scratch: PathBuf,
}

/// Another terminal, in which something runs.
struct Terminal {
    name: String,
    pid: i32,
    log: PathBuf,
}

/// What was said, and how it ended.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) status: i32,
    pub(super) text: String,
}

pub(super) fn without_outer_cargo(command: &mut Command) {
    for variable in OUTER_ONLY {
        command.env_remove(variable);
    }
}

/// Whether cargo could not find what it needs in its cache.
pub(super) fn is_offline(said: &str) -> bool {
    ["no matching package", "failed to download", "you may be in offline mode", "without the offline flag"]
        .iter()
        .any(|words| said.contains(words))
}

impl Shell {
    /// A bash of its own, in `home`, with these variables.
    pub(super) fn start(home: &Path, scratch: &Path, variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new("bash");
        command.args(["--norc", "--noprofile"]).current_dir(home).env("HOME", home).kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        without_outer_cargo(&mut command);
        let mut child = command.envs(variables.iter().copied()).spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let output = BufReader::new(output).lines();
        Self { _child: child, input, output, beside: Vec::new(), scratch: scratch.to_owned() }
    }

    /// Types a command and waits for its end.
    pub(super) async fn run(&mut self, command: &str) -> Said {
        let typed = format!("{{\n{command}\n}} </dev/null 2>&1\nended=$?; echo; echo \"{END} $ended\"\n");
        self.input.write_all(typed.as_bytes()).await.unwrap();
        let mut lines = Vec::new();
        loop {
            let line = timeout(PATIENCE, self.output.next_line()).await;
            let line = line.unwrap_or_else(|_| panic!("{command} does not end: {lines:?}")).unwrap();
            let line = line.unwrap_or_else(|| panic!("the shell is gone after {command}: {lines:?}"));
            match line.strip_prefix(END) {
                Some(status) => {
                    return Said { status: status.trim().parse().unwrap(), text: lines.join("\n") };
                }
                None => lines.push(line),
            }
        }
    }

    /// Opens another terminal, types these commands there, and leaves the last one running.
    pub(super) async fn leave(&mut self, name: &str, commands: &[String]) {
        let log = self.scratch.join(format!("{name}.log"));
        let (last, before) = commands.split_last().unwrap();
        let before: String = before.iter().map(|command| format!("{command}; ")).collect();
        let typed = format!("( {before}exec {last} ) </dev/null >{} 2>&1 &\necho $!", log.display());
        let said = self.run(&typed).await;
        let pid = said.text.trim().parse().unwrap_or_else(|_| panic!("{said:?}"));
        self.beside.push(Terminal { name: name.to_owned(), pid, log });
    }

    /// What another terminal has said, once `enough` is content with it.
    pub(super) async fn said_in(&self, name: &str, enough: impl Fn(&str) -> bool) -> String {
        let terminal = self.beside.iter().find(|terminal| terminal.name == name).unwrap();
        let end = Instant::now() + PATIENCE;
        loop {
            let text = std::fs::read_to_string(&terminal.log).unwrap_or_default();
            if enough(&text) {
                return text;
            }
            assert!(Instant::now() < end, "the terminal {name} says: {text}");
            sleep(POLL).await;
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nobody to end.
        let _ = Pid::from_raw(self.pid).map(|pid| kill_process(pid, Signal::KILL));
    }
}
