//! `patchbay task wrap`: a program of this machine under a lease of the host. What it writes goes into the task's log as
//! it comes, its end ends the attempt, and it is ended when the lease is lost. It must not know what the host makes of it.

mod attempt;
mod ending;
mod lease;
mod lines;
mod program;
mod signals;
mod verdict;

use std::path::Path;

use clap::Args;
use http::Method;
use patchbay_admin::api::{ApplyTasks, EndOutcome, TaskCommand, TaskView};
use patchbay_process::{Exit, Guard, Signal};
use patchbay_tasks::{Check, Definition, TaskName};
use serde_json::json;

use super::follow::asked_server;
use super::{TASKS, make, path};
use crate::cli::{AnswerOptions, Failure, GUARD_COMMAND, Status, answer, output};
use crate::client::Request;
use crate::host::own_program;
use attempt::{Ended, attempt};
use ending::{by_signal, code, end_of, own, plain, status};
use lease::HostLease;
use program::Program;
use signals::Signals;

pub(super) const EXAMPLES: &str = "\
Examples:
  patchbay task wrap nightly-build -- make all
  patchbay task wrap login --retry 3 --check '{\"kind\": \"file\", \"path\": \"out/login.json\"}' -- ./login.sh";

#[derive(Args, Debug)]
pub struct Wrap {
    /// The task; made if there is none, else it has to be ready
    #[arg(value_name = "NAME")]
    name: TaskName,
    /// How often it is tried again after a failure
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=100))]
    retry: u32,
    /// What must hold before it counts as done, of a task that is made; may be given several times
    #[arg(long = "check", value_name = "JSON", value_parser = make::check)]
    checks: Vec<Check>,
    /// Who claims it; of a task that is assigned, whom it is assigned to
    #[arg(long, value_name = "AGENT", default_value = Definition::WRAP)]
    agent: String,
    /// End with the program, without waiting for what the checks say
    #[arg(long)]
    no_wait: bool,
    /// The program and its arguments; the host keeps them, so no secret must stand there
    #[arg(value_name = "COMMAND", last = true, required = true)]
    command: Vec<String>,
    #[command(flatten)]
    answer: AnswerOptions,
}

impl Wrap {
    pub(super) async fn run(self, dir: &Path) -> Result<(), Failure> {
        // Before anything is asked of the host: what cannot start costs no attempt.
        let program = Program::find(&self.command)?;
        let mut signals = Signals::listen()?;
        let guard = guard()?;
        let ended = self.attempts(dir, &program, &mut signals).await;
        // All that was started is gone by now.
        guard.dismiss();
        ended
    }

    async fn attempts(&self, dir: &Path, program: &Program, signals: &mut Signals) -> Result<(), Failure> {
        let mut left = self.retry;
        let begun = signals.unless_asked(self.begin(dir)).await;
        let mut lease = begun.unwrap_or_else(|signal| Err(self.not_begun(signal)))?;
        loop {
            let exit = match attempt(program, &mut lease, signals, self.answer.json).await? {
                Ended::Lost(lost) => return Err(own(lost.to_string())),
                Ended::Cancelled(exit) => {
                    let cancelled = signals.outlasted(self.cancel(dir, &mut lease, exit)).await;
                    return cancelled
                        .unwrap_or_else(|signal| Err(by_signal(signal, "it was not waited for")));
                }
                Ended::Exit(exit) => exit,
            };
            let again = exit.code != Some(0) && left > 0;
            let task = self.end(&mut lease, program, (exit, again), signals).await?;
            if !again {
                return self.tell(dir, task, (program, exit), signals).await;
            }
            left -= 1;
            output::note(&format!("{} ended with {}; again ({left} left)", program.name, status(exit)));
            let claimed = signals.unless_asked(self.claim_again(dir)).await;
            lease = match claimed {
                Ok(claimed) => claimed?,
                Err(signal) => return Err(self.cancel_waiting(dir, signal).await?),
            };
        }
    }

    async fn begin(&self, dir: &Path) -> Result<HostLease, Failure> {
        self.make(dir).await?;
        HostLease::claim(dir, &self.name, &self.agent).await
    }

    fn not_begun(&self, signal: Signal) -> Failure {
        by_signal(
            signal,
            &format!("{} was not begun; if it was claimed already its lease runs out", self.name),
        )
    }

    /// A task that is there keeps what it is.
    async fn make(&self, dir: &Path) -> Result<(), Failure> {
        let known = asked_server::<TaskView>(dir, Request::get(path(&self.name, ""))).await;
        match known {
            Ok(_) if self.checks.is_empty() => return Ok(()),
            Ok(_) => {
                let message = format!("there is a task {} already, and it keeps its own checks", self.name);
                return Err(Failure::new(message).hint("leave --check out").status(Status::Usage));
            }
            Err(failure) if failure.is_not_found() => {}
            Err(failure) => return Err(failure),
        }
        let definition = Definition {
            skill: Some(Definition::WRAP.to_owned()),
            input: json!({ "command": self.command }),
            checks: self.checks.clone(),
            ..Definition::named(self.name.clone())
        };
        let tasks = ApplyTasks { tasks: vec![definition], draft: false };
        answer::ask(dir, Request::submit(Method::POST, format!("{TASKS}/apply"), &tasks)).await?;
        Ok(())
    }

    /// After a failure it is begun anew, and ready as soon as that is seen to.
    async fn claim_again(&self, dir: &Path) -> Result<HostLease, Failure> {
        self.command(dir, "/retry", "its wrapper tries again").await?;
        lease::until_ready(dir, &self.name).await?;
        HostLease::claim(dir, &self.name, &self.agent).await
    }

    async fn command(&self, dir: &Path, verb: &str, reason: &str) -> Result<TaskView, Failure> {
        let command = TaskCommand { reason: Some(reason.to_owned()), ..TaskCommand::default() };
        asked_server(dir, Request::submit(Method::POST, path(&self.name, verb), &command)).await
    }

    /// What came of it is said also if this process is asked to end meanwhile; asked twice, it ends.
    async fn end(
        &self,
        lease: &mut HostLease,
        program: &Program,
        (exit, again): (Exit, bool),
        signals: &mut Signals,
    ) -> Result<TaskView, Failure> {
        let end = end_of(program, exit, again);
        match signals.outlasted(lease.end(&end)).await {
            Ok(told) => told.map_err(|lost| own(lost.to_string())),
            Err(signal) => Err(by_signal(signal, "the host may not have heard what came of it")),
        }
    }

    /// The task first, so that nobody else begins it when it is given back.
    async fn cancel(&self, dir: &Path, lease: &mut HostLease, exit: Exit) -> Result<(), Failure> {
        self.command(dir, "/cancel", "its wrapper was told to end").await?;
        let task = lease.end(&plain(EndOutcome::Released)).await.map_err(|lost| own(lost.to_string()))?;
        if self.answer.json {
            output::line(&serde_json::to_string(&task).unwrap_or_default());
        }
        Err(Failure::new(format!("{} is cancelled", self.name)).code(code(exit)))
    }

    /// One that nobody works on just now.
    async fn cancel_waiting(&self, dir: &Path, signal: Signal) -> Result<Failure, Failure> {
        self.command(dir, "/cancel", "its wrapper was told to end").await?;
        Ok(by_signal(signal, &format!("{} is cancelled", self.name)))
    }

    async fn tell(
        &self,
        dir: &Path,
        task: TaskView,
        (program, exit): (&Program, Exit),
        signals: &mut Signals,
    ) -> Result<(), Failure> {
        let name = &self.name;
        let is_judged = exit.code == Some(0) && !self.no_wait;
        let task = match is_judged {
            true => verdict::awaited(dir, name, task, signals).await,
            false => task,
        };
        match self.answer.json {
            true => output::line(&serde_json::to_string(&task).unwrap_or_default()),
            false => {
                output::note(&format!("{name} is {}: {}", task.state, output::printable(&task.why.text)))
            }
        }
        match exit.code {
            Some(0) if is_judged => verdict::accepted(&task),
            Some(0) => Ok(()),
            _ => Err(Failure::new(format!("{} ended with {}", program.name, status(exit))).code(code(exit))),
        }
    }
}

/// Ends what was started, should this process be killed.
fn guard() -> Result<Guard, Failure> {
    let started = own_program().map(|program| Guard::start(&program, &[GUARD_COMMAND]));
    let failed = |error: String| Failure::new(format!("the guard of the program cannot be started: {error}"));
    started.map_err(|error| failed(error.to_string()))?.map_err(|error| failed(error.to_string()))
}
