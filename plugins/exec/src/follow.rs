//! From the start of a child to its end: its lines go on as they come, and it is ended when its time is up or the run is
//! cancelled.

use std::time::{Duration, Instant};

use patchbay_sdk::process::{Child, Command, Exit, Line};
use patchbay_sdk::{PluginError, job};
use serde_json::{Value, json};

use crate::input::Input;
use crate::tail::Tail;

/// At once, so that a chatty child costs few calls.
const LINES_MAX: u32 = 256;
/// How often lines are asked for after the end: what a child has left behind may go on writing.
const REST_MAX: u32 = 64;
/// How soon a cancelled run or a timeout is noticed.
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
        let looked = Instant::now();
        if !ended.take_lines(&child, LOOK_EVERY)? {
            // One that has closed its output may run on: then nobody has waited yet.
            ended.exit = child.wait(LOOK_EVERY.saturating_sub(looked.elapsed()))?;
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
    stopped: Option<Instant>,
}

impl Watch {
    fn new(timeout: Option<Duration>) -> Self {
        let now = Instant::now();
        Self { started: now, timeout, heartbeat: now, stopped: None }
    }

    fn silence(&mut self) {
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
        let stop = if job::cancelled() { Some(Stop::Cancelled) } else { self.timed_out() }?;
        self.stopped = Some(Instant::now());
        Some(stop)
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
        lines.iter().for_each(|line| self.take(line));
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

    fn take(&mut self, line: &Line) {
        job::log_line(&line.stream, &line.text);
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
