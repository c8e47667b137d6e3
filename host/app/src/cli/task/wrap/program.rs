//! The program that is wrapped: found before anything begins, started in a group of its own with this process's
//! environment and folder, its output shown as it comes. It must not know of a host.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bytes::Bytes;
use patchbay_admin::api::{LineStream, SaidLine};
use patchbay_process::{Child, Command, Exit, Limits, Signal, Stream, find};

use crate::cli::{Failure, Status, output};

/// How long lines are waited for at once.
const TICK: Duration = Duration::from_millis(200);
/// Between a signal that was passed on and the end by force.
const GRACE: Duration = Duration::from_secs(10);

pub(super) struct Program {
    /// As it was typed.
    pub(super) name: String,
    pub(super) folder: PathBuf,
    file: PathBuf,
    arguments: Vec<String>,
}

/// The program while it runs.
pub(super) struct Running {
    child: Child,
    /// Standard output is for something else.
    only_stderr: bool,
    /// When it was asked to end.
    asked: Option<Instant>,
}

impl Program {
    /// # Errors
    /// There is no such program (status 4).
    pub(super) fn find(command: &[String]) -> Result<Self, Failure> {
        let unknown = |message: String| {
            Failure::new(message).hint("nothing was asked of the host").status(Status::NotFound)
        };
        let (name, arguments) =
            command.split_first().ok_or_else(|| unknown("no program was named".to_owned()))?;
        let folder =
            std::env::current_dir().map_err(|error| unknown(format!("no folder to run in: {error}")))?;
        // A name with a slash is a path, as a shell takes it.
        let asked = if name.contains('/') { folder.join(name) } else { Path::new(name).to_owned() };
        let path = std::env::var_os("PATH");
        let file =
            find(&asked.to_string_lossy(), path.as_deref()).map_err(|error| unknown(error.to_string()))?;
        Ok(Self { name: name.clone(), folder, file, arguments: arguments.to_vec() })
    }

    /// As it was typed, with its arguments.
    pub(super) fn line(&self) -> String {
        let words: Vec<&str> =
            std::iter::once(&self.name).chain(&self.arguments).map(String::as_str).collect();
        words.join(" ")
    }

    /// It reads nothing from standard input. Variables that are not UTF-8 are left out.
    pub(super) fn start(&self) -> Result<Child, Failure> {
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let command = Command {
            program: self.file.clone(),
            arguments: self.arguments.iter().map(Into::into).collect(),
            environment: environment.collect(),
            folder: self.folder.clone(),
            input: Bytes::new(),
        };
        Child::spawn(command, Limits::default()).map_err(Failure::new)
    }
}

impl Running {
    pub(super) fn new(child: Child, only_stderr: bool) -> Self {
        Self { child, only_stderr, asked: None }
    }

    /// Lines that have come, no more than there is room for; none after a moment.
    ///
    /// # Cancel safety
    /// A line that was not returned is still there.
    pub(super) async fn lines(&mut self, room: usize) -> Vec<SaidLine> {
        if room == 0 {
            tokio::time::sleep(TICK).await;
            return Vec::new();
        }
        if self.child.output_ended() {
            let _ = self.child.wait(TICK).await;
            return Vec::new();
        }
        let lines = self.child.lines(room, TICK).await;
        lines.into_iter().map(|line| self.shown(line.stream, line.text)).collect()
    }

    fn shown(&self, stream: Stream, text: String) -> SaidLine {
        match stream {
            Stream::Stdout if !self.only_stderr => output::line(&text),
            _ => output::note(&text),
        }
        let stream = if stream == Stream::Stdout { LineStream::Stdout } else { LineStream::Stderr };
        SaidLine { stream, text }
    }

    /// How it ended, once that is so and all that it wrote was taken.
    pub(super) async fn over(&mut self) -> Option<Exit> {
        match self.child.output_ended() {
            true => self.child.wait(Duration::ZERO).await,
            false => None,
        }
    }

    /// The second one forces it.
    pub(super) async fn pass_on(&mut self, signal: Signal, again: bool) {
        self.asked.get_or_insert_with(Instant::now);
        match again {
            true => self.child.kill().await,
            false => {
                self.child.identity().signal_group(signal);
            }
        }
    }

    pub(super) async fn force_if_late(&mut self) {
        if self.asked.is_some_and(|asked| asked.elapsed() >= GRACE) {
            self.child.kill().await;
        }
    }

    pub(super) async fn kill(&mut self) {
        self.child.kill().await;
    }
}
