//! From the start of a child to its end: its lines go on as they come, and it is ended when its time is up or the run is
//! cancelled. The host is asked seldom: many lines go at once, and a wait is as long as nothing has to be done.

use std::time::{Duration, Instant};

use patchbay_sdk::process::{Child, Command, Exit, Line};
use patchbay_sdk::{PluginError, job};
use serde_json::{Value, json};

use crate::input::Input;
use crate::tail::Tail;

/// At once, so that a chatty child costs few calls.
const LINES_MAX: u32 = 1_000;
/// How often lines are asked for after the end: what a child has left behind may go on writing.
const REST_MAX: u32 = 64;
/// How soon it is noticed that the run of a child which speaks all the time is cancelled. A wait ends then by itself.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A child that says nothing is alive all the same.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(10);
/// The host forces a child 5 s after it was asked to end.
const END_WITHIN: Duration = Duration::from_secs(15);

/// Why a child was ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stop {
    Cancelled,
    Timeout,
}

/// How it ended, and the last that it said.
#[derive(Default)]
pub(crate) struct Ended {
    stop: Option<Stop>,
    /// None if it did not even end when it was forced.
    exit: Option<Exit>,
    stdout: Tail,
    stderr: Tail,
}

pub(crate) fn run(input: &Input) -> Result<Ended, PluginError> {
    let child = command(input).spawn()?;
    let mut ended = Ended::default();
    let mut watch = Watch::new(input.timeout());
    while ended.exit.is_none() && !watch.is_over() {
        let (looked, wait) = (Instant::now(), watch.wait());
        if !ended.take_lines(&child, wait)? {
            // One that has closed its output may run on: then nobody has waited yet.
            ended.exit = child.wait(wait.saturating_sub(looked.elapsed()))?;
            watch.silence();
        }
        if ended.exit.is_none()
            && let Some(stop) = watch.stop()
        {
            ended.stop = Some(stop);
            child.kill()?;
        }
    }
    ended.take_rest(&child)?;
    Ok(ended)
}

fn command(input: &Input) -> Command {
    let mut command = Command::new(&input.program).args(&input.args);
    for (name, value) in &input.env {
        command = command.env(name, value);
    }
    if let Some(dir) = &input.dir {
        command = command.folder(dir);
    }
    match &input.stdin {
        Some(stdin) => command.input(stdin.as_str()),
        None => command,
    }
}

/// The clocks of one run.
struct Watch {
    started: Instant,
    timeout: Option<Duration>,
    heartbeat: Instant,
    /// When it was last asked whether the run is cancelled.
    asked: Option<Instant>,
    /// A wait brought no line: it may have been cut short because the run is cancelled.
    ask_now: bool,
    stopped: Option<Instant>,
}

impl Watch {
    fn new(timeout: Option<Duration>) -> Self {
        let now = Instant::now();
        Self { started: now, timeout, heartbeat: now, asked: None, ask_now: true, stopped: None }
    }

    /// Until something is to be done even if the child says nothing and nobody cancels the run.
    fn wait(&self) -> Duration {
        match (self.stopped, self.timeout) {
            (Some(stopped), _) => END_WITHIN.saturating_sub(stopped.elapsed()),
            (None, Some(timeout)) => timeout.saturating_sub(self.started.elapsed()).min(HEARTBEAT_EVERY),
            (None, None) => HEARTBEAT_EVERY,
        }
    }

    fn silence(&mut self) {
        self.ask_now = true;
        if self.heartbeat.elapsed() >= HEARTBEAT_EVERY {
            self.heartbeat = Instant::now();
            job::heartbeat();
        }
    }

    /// Why it is to be ended, once.
    fn stop(&mut self) -> Option<Stop> {
        if self.stopped.is_some() {
            return None;
        }
        let stop = if self.cancelled() { Some(Stop::Cancelled) } else { self.timed_out() }?;
        self.stopped = Some(Instant::now());
        Some(stop)
    }

    fn cancelled(&mut self) -> bool {
        let is_due = self.asked.is_none_or(|asked| asked.elapsed() >= LOOK_EVERY);
        if !std::mem::take(&mut self.ask_now) && !is_due {
            return false;
        }
        self.asked = Some(Instant::now());
        job::cancelled()
    }

    fn timed_out(&self) -> Option<Stop> {
        self.timeout.is_some_and(|timeout| self.started.elapsed() >= timeout).then_some(Stop::Timeout)
    }

    /// Whether nothing more is to be hoped for.
    fn is_over(&self) -> bool {
        self.stopped.is_some_and(|stopped| stopped.elapsed() >= END_WITHIN)
    }
}

impl Ended {
    /// Whether there were any.
    fn take_lines(&mut self, child: &Child, wait: Duration) -> Result<bool, PluginError> {
        let lines = child.lines(LINES_MAX, wait)?;
        if !lines.is_empty() {
            job::log_lines(lines.iter().map(|line| (line.stream.as_str(), line.text.as_str())));
        }
        lines.iter().for_each(|line| self.keep(line));
        Ok(!lines.is_empty())
    }

    /// What it said between the last look and its end.
    fn take_rest(&mut self, child: &Child) -> Result<(), PluginError> {
        for _ in 0..REST_MAX {
            if !self.take_lines(child, Duration::ZERO)? {
                break;
            }
        }
        Ok(())
    }

    fn keep(&mut self, line: &Line) {
        let tail = if line.stream == "stderr" { &mut self.stderr } else { &mut self.stdout };
        tail.push(&line.text);
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.stop == Some(Stop::Cancelled)
    }

    /// What failed, as a word; none if it succeeded.
    pub(crate) fn code(&self, success_codes: &[i32]) -> Option<String> {
        if self.stop == Some(Stop::Timeout) {
            return Some("timeout".to_owned());
        }
        match &self.exit {
            Some(exit) if exit.code.is_some_and(|code| success_codes.contains(&code)) => None,
            Some(exit) => Some(exit.to_string()),
            None => Some("lost".to_owned()),
        }
    }

    /// For people.
    pub(crate) fn status(&self) -> String {
        let status = match self.exit.as_ref().map(|exit| (exit.code, exit.signal)) {
            Some((Some(code), _)) => format!("exit code {code}"),
            Some((None, Some(signal))) => format!("signal {signal}"),
            Some((None, None)) | None => "no status".to_owned(),
        };
        match self.stop {
            Some(Stop::Timeout) => format!("{status}, after its time was up"),
            Some(Stop::Cancelled) | None => status,
        }
    }

    pub(crate) fn output(&self) -> Value {
        json!({
            "exit_code": self.exit.as_ref().and_then(|exit| exit.code),
            "stdout_tail": self.stdout.text(),
            "stderr_tail": self.stderr.text(),
        })
    }
}
