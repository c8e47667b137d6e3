//! `patchbay task log` and `patchbay task wait`: a task while it goes on, asked again and again.

use std::collections::VecDeque;
use std::path::Path;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use patchbay_admin::api::{LogView, TaskView};
use patchbay_tasks::TaskName;
use serde::de::DeserializeOwned;

use super::{One, path, words};
use crate::cli::provider::SpanArgument;
use crate::cli::{AnswerOptions, Failure, answer, output};
use crate::client::{Request, ask_server};

/// Between two questions.
const POLL: Duration = Duration::from_millis(300);
/// Lines that are asked for at once.
const LINES: usize = 10_000;

#[derive(Args, Debug)]
pub struct Log {
    #[command(flatten)]
    one: One,
    /// Go on until the task has ended or needs a person
    ///
    /// On standard error it is told what the task waits for while it does not run. With --json each line is an object of
    /// its own.
    #[arg(short, long, conflicts_with = "attempt")]
    follow: bool,
    /// The log of this attempt [default: the one that runs, or else the latest]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    attempt: Option<u32>,
    /// The most lines to show, from the end
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    lines: u32,
}

#[derive(Args, Debug)]
pub struct Wait {
    /// The tasks
    #[arg(value_name = "NAME", required = true)]
    names: Vec<TaskName>,
    /// How long at most, such as 30s, 10m, 2h [default: for ever]
    #[arg(long, value_name = "TIME")]
    timeout: Option<SpanArgument>,
    /// What is waited for: success, given up as soon as a person is needed; or any end
    #[arg(long = "for", value_name = "WHAT", value_enum, default_value_t = Until::Succeeded)]
    until: Until,
    #[command(flatten)]
    answer: AnswerOptions,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Until {
    Succeeded,
    End,
}

impl Log {
    pub(super) async fn run(self, dir: &Path) -> Result<(), Failure> {
        let attempt = self.attempt.map(|attempt| format!("&attempt={attempt}")).unwrap_or_default();
        let request = self.one.get(&format!("/log?tail={}{attempt}", self.lines));
        let answer = answer::ask(dir, request).await?;
        let json = self.one.answer.json;
        if json && !self.follow {
            output::line(&answer.text());
            return Ok(());
        }
        let log: LogView = answer.read()?;
        tell(&log, json);
        match self.follow {
            true => Following::after(&log, json).go_on(dir, &self.one.name, log).await,
            false => Ok(()),
        }
    }
}

/// How far a log was shown.
struct Following {
    attempt: u32,
    line: u64,
    /// What it was last said to wait for.
    waits: Option<String>,
    json: bool,
}

impl Following {
    fn after(log: &LogView, json: bool) -> Self {
        let line = log.lines.last().map_or(0, |line| line.number);
        Self { attempt: log.attempt, line, waits: None, json }
    }

    async fn go_on(mut self, dir: &Path, name: &TaskName, log: LogView) -> Result<(), Failure> {
        let mut last = LogView { lines: Vec::new(), ..log };
        while !(last.over && last.lines.is_empty()) {
            self.say_what_it_waits_for(name, &last);
            tokio::time::sleep(POLL).await;
            let log = self.part(dir, name, "").await?;
            if log.attempt != self.attempt {
                self.next_attempt(dir, name, log.attempt).await?;
                continue;
            }
            self.show(&log);
            last = log;
        }
        output::note(&end(name, &last));
        Ok(())
    }

    /// Silence is told apart from a run that says nothing.
    fn say_what_it_waits_for(&mut self, name: &TaskName, log: &LogView) {
        if log.waits.is_some() && !log.over && log.waits != self.waits {
            let why = log.waits.as_deref().unwrap_or_default();
            output::note(&output::printable(&format!("{name} is {}: {why}", log.state)));
        }
        self.waits.clone_from(&log.waits);
    }

    /// What is left of the attempt before, then the new one from its beginning.
    async fn next_attempt(&mut self, dir: &Path, name: &TaskName, attempt: u32) -> Result<(), Failure> {
        if self.attempt > 0 {
            let rest = self.part(dir, name, &format!("&attempt={}", self.attempt)).await?;
            tell(&rest, self.json);
        }
        output::note(&format!("attempt {attempt}"));
        (self.attempt, self.line) = (attempt, 0);
        Ok(())
    }

    async fn part(&self, dir: &Path, name: &TaskName, which: &str) -> Result<LogView, Failure> {
        let below = format!("/log?after={}&limit={LINES}{which}", self.line);
        asked_server(dir, Request::get(path(name, &below))).await
    }

    fn show(&mut self, log: &LogView) {
        tell(log, self.json);
        self.line = log.lines.last().map_or(self.line, |line| line.number);
    }
}

fn end(name: &TaskName, log: &LogView) -> String {
    let why = log.waits.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    output::printable(&format!("{name} is {}{why}", log.state))
}

fn tell(log: &LogView, json: bool) {
    for line in &log.lines {
        match json {
            true => output::line(&serde_json::to_string(line).unwrap_or_default()),
            false => output::line(&words::line(line)),
        }
    }
}

impl Wait {
    pub(super) async fn run(self, dir: &Path) -> Result<(), Failure> {
        let begun = Instant::now();
        let mut waiting: VecDeque<TaskName> = self.names.iter().cloned().collect();
        let mut ended: Vec<TaskView> = Vec::new();
        let mut first = true;
        while let Some(name) = waiting.front() {
            let request = Request::get(path(name, ""));
            // Without a server the first answer tells whether there is anything to wait for.
            let task: TaskView = if first {
                answer::ask(dir, request).await?.read()?
            } else {
                asked_server(dir, request).await?
            };
            first = false;
            if self.is_over(&task) {
                waiting.pop_front();
                ended.push(task);
                continue;
            }
            self.check_time(begun, &task)?;
            tokio::time::sleep(POLL).await;
        }
        self.tell(&ended)
    }

    fn is_over(&self, task: &TaskView) -> bool {
        let end = task.stands.is_end();
        end || (self.until == Until::Succeeded && task.state == "needs-human")
    }

    fn check_time(&self, begun: Instant, task: &TaskView) -> Result<(), Failure> {
        let timeout = self.timeout.as_ref().and_then(|span| span.0);
        match timeout.filter(|timeout| begun.elapsed() >= *timeout) {
            None => Ok(()),
            Some(timeout) => {
                let name = &task.definition.name;
                let message = format!("{name} is {} after {} s", task.state, timeout.as_secs());
                Err(Failure::new(message).hint(format!("`patchbay task why {name}`: {}", task.why.text)))
            }
        }
    }

    fn tell(&self, ended: &[TaskView]) -> Result<(), Failure> {
        match self.answer.json {
            true => output::line(&serde_json::to_string(ended).unwrap_or_default()),
            false => ended.iter().for_each(|task| {
                output::note(&format!("{} is {}", task.definition.name, task.state));
            }),
        }
        let failed: Vec<&TaskView> = ended.iter().filter(|task| task.state != "succeeded").collect();
        match failed.first() {
            None => Ok(()),
            Some(task) => {
                let name = &task.definition.name;
                let message = format!("{} of {} did not succeed", failed.len(), ended.len());
                Err(Failure::new(message).hint(format!("look at it with `patchbay task show {name}`")))
            }
        }
    }
}

/// Nothing goes on where no server runs.
pub(super) async fn asked_server<T: DeserializeOwned>(dir: &Path, request: Request) -> Result<T, Failure> {
    match ask_server(dir, request).await? {
        Some(answer) => Ok(answer.read()?),
        None => {
            Err(Failure::new(format!("no server is running on {}: nothing goes on there", dir.display()))
                .hint("start it with `patchbay serve`"))
        }
    }
}
