//! `patchbay task wrap`: a program of this machine under a lease of the host. What it writes goes into the task's log as
//! it comes, its end ends the attempt, and it is ended when the lease is lost. It must not know what the host makes of it.

mod ending;
mod lease;
mod program;
mod signals;

use std::path::Path;

use clap::Args;
use http::Method;
use patchbay_admin::api::{ApplyTasks, EndOutcome, LineStream, SaidLine, TaskClaimed, TaskCommand, TaskView};
use patchbay_process::Exit;
use patchbay_tasks::{Check, Definition, TaskName};
use serde_json::json;

use super::follow::asked_server;
use super::{TASKS, make, path};
use crate::cli::{AnswerOptions, Failure, Status, answer, output};
use crate::client::Request;
use ending::{code, end_of, own, plain, status};
use lease::{HostLease, Lost};
use program::{Program, Running};
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
    /// The program and its arguments
    #[arg(value_name = "COMMAND", last = true, required = true)]
    command: Vec<String>,
    #[command(flatten)]
    answer: AnswerOptions,
}

/// How one attempt ended.
enum Ended {
    Exit(Exit),
    /// A signal asked this process to end, and with it the task.
    Cancelled(Exit),
    Lost(Lost),
}

impl Wrap {
    pub(super) async fn run(self, dir: &Path) -> Result<(), Failure> {
        // Before anything is asked of the host: what cannot start costs no attempt.
        let program = Program::find(&self.command)?;
        let mut signals = Signals::listen()?;
        self.make(dir).await?;
        let mut left = self.retry;
        let mut claimed = self.claim(dir).await?;
        loop {
            let mut lease = HostLease::new(dir, &self.name, &claimed);
            let ended = self.attempt(&program, &mut lease, &mut signals).await?;
            let exit = match ended {
                Ended::Lost(lost) => return Err(own(lost.to_string())),
                Ended::Cancelled(exit) => return self.cancel(dir, &mut lease, exit).await,
                Ended::Exit(exit) => exit,
            };
            let again = exit.code != Some(0) && left > 0;
            let task =
                lease.end(&end_of(&program, exit, again)).await.map_err(|lost| own(lost.to_string()))?;
            if !again {
                return self.tell(&task, &program, exit);
            }
            left -= 1;
            output::note(&format!("{} ended with {}; again ({left} left)", program.name, status(exit)));
            claimed = self.claim_again(dir).await?;
        }
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

    async fn claim(&self, dir: &Path) -> Result<TaskClaimed, Failure> {
        asked_server(dir, lease::claim(&self.name, &self.agent)).await
    }

    /// After a failure it is begun anew, and ready as soon as that is seen to.
    async fn claim_again(&self, dir: &Path) -> Result<TaskClaimed, Failure> {
        let reason = Some("its wrapper tries again".to_owned());
        let command = TaskCommand { reason, ..TaskCommand::default() };
        let request = Request::submit(Method::POST, path(&self.name, "/retry"), &command);
        asked_server::<TaskView>(dir, request).await?;
        lease::until_ready(dir, &self.name).await?;
        self.claim(dir).await
    }

    async fn attempt(
        &self,
        program: &Program,
        lease: &mut HostLease,
        signals: &mut Signals,
    ) -> Result<Ended, Failure> {
        let text = format!("{} runs in {}", self.command.join(" "), program.folder.display());
        lease.say(SaidLine { stream: LineStream::Note, text });
        let started = program.start();
        let mut running = match started {
            Ok(child) => Running::new(child, self.answer.json),
            Err(failure) => {
                // The task goes back either way.
                let _ = lease.end(&plain(EndOutcome::Released)).await;
                return Err(failure);
            }
        };
        let followed = follow(&mut running, lease, signals).await;
        // All that it has started goes with it.
        running.kill().await;
        followed
    }

    /// The task first, so that nobody else begins it when it is given back.
    async fn cancel(&self, dir: &Path, lease: &mut HostLease, exit: Exit) -> Result<(), Failure> {
        let reason = Some("its wrapper was told to end".to_owned());
        let command = TaskCommand { reason, ..TaskCommand::default() };
        let request = Request::submit(Method::POST, path(&self.name, "/cancel"), &command);
        asked_server::<TaskView>(dir, request).await?;
        let task = lease.end(&plain(EndOutcome::Released)).await.map_err(|lost| own(lost.to_string()))?;
        if self.answer.json {
            output::line(&serde_json::to_string(&task).unwrap_or_default());
        }
        Err(Failure::new(format!("{} is cancelled", self.name)).code(code(exit)))
    }

    fn tell(&self, task: &TaskView, program: &Program, exit: Exit) -> Result<(), Failure> {
        let name = &self.name;
        match self.answer.json {
            true => output::line(&serde_json::to_string(task).unwrap_or_default()),
            false => {
                output::note(&format!("{name} is {}: {}", task.state, output::printable(&task.why.text)))
            }
        }
        match exit.code {
            Some(0) => Ok(()),
            _ => Err(Failure::new(format!("{} ended with {}", program.name, status(exit))).code(code(exit))),
        }
    }
}

/// Until it has ended and all that it wrote was said; or the lease is lost.
async fn follow(
    running: &mut Running,
    lease: &mut HostLease,
    signals: &mut Signals,
) -> Result<Ended, Failure> {
    let mut asked = false;
    loop {
        tokio::select! {
            biased;
            signal = signals.next() => {
                running.pass_on(signal, asked).await;
                asked = true;
            }
            lines = running.lines(lease.room()) => lines.into_iter().for_each(|line| lease.say(line)),
        }
        if let Err(lost) = lease.renew().await {
            return Ok(Ended::Lost(lost));
        }
        running.force_if_late().await;
        if let Some(exit) = running.over().await.filter(|_| lease.has_said_all()) {
            return Ok(if asked { Ended::Cancelled(exit) } else { Ended::Exit(exit) });
        }
    }
}
