//! Checks, one after the other, until one does not hold. Each kind walks the same way: what can be said before anything
//! starts, then the check itself, for no longer than it may. It must not know who asks.

use std::sync::Arc;
use std::time::Duration;

use patchbay_egress::Egress;
use patchbay_tasks::Check;
use patchbay_types::Clock;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::allow::May;
use crate::aside::Aside;
use crate::command::{self, CommandCheck};
use crate::file::FileCheck;
use crate::http::{self, HttpCheck};
use crate::json_path::PathCheck;
use crate::stop::Stop;
use crate::verdict::Finding;
use crate::{
    Allow, AllowError, CheckRefused, CheckResult, Grounds, OtherChecks, Verdict, VerifyLimits, others,
};

/// What a verifier is made of.
pub struct VerifyParts {
    /// Checks share its limits with whoever else has a clone of it.
    pub egress: Egress,
    /// For how long a check took.
    pub clock: Arc<dyn Clock>,
    pub allow: Allow,
    pub others: Arc<dyn OtherChecks>,
    pub limits: VerifyLimits,
}

/// Asked from many tasks at once.
pub struct Verifier {
    egress: Egress,
    clock: Arc<dyn Clock>,
    may: May,
    others: Arc<dyn OtherChecks>,
    limits: VerifyLimits,
    aside: Aside,
}

/// A check that can be run.
enum Ready<'a> {
    Command(CommandCheck<'a>),
    Http(HttpCheck<'a>),
    File(FileCheck),
    JsonPath(PathCheck),
    Skill { name: &'a str, input: &'a Value },
    LlmJudge { question: &'a str },
    Human,
}

impl Verifier {
    /// # Errors
    /// An entry of `allow` is not what it should be.
    pub fn new(parts: VerifyParts) -> Result<Self, AllowError> {
        let VerifyParts { egress, clock, allow, others, limits } = parts;
        Ok(Self { egress, clock, may: May::new(&allow)?, others, limits, aside: Aside::new() })
    }

    /// Whether `check` could be run now. Starts nothing and reads no file's contents.
    ///
    /// # Errors
    /// What keeps it from being run, and what to do about it.
    pub fn preflight(&self, check: &Check) -> Result<(), CheckRefused> {
        self.ready(check, Grounds::default()).map(|_| ())
    }

    /// Runs each of `checks` that needs no person, in order, up to the first that does not hold. One that preflight
    /// refuses does not hold either. `output` is what the attempt has put out.
    ///
    /// # Cancel safety
    /// With `cancel` what runs is ended before this returns, and the last result says so. Dropping this forces what
    /// runs to end.
    pub async fn verify(&self, checks: &[Check], output: &Value, cancel: &CancellationToken) -> Verdict {
        self.verify_in(Grounds::default(), checks, output, cancel).await
    }

    /// The same, on other grounds than those of this machine.
    ///
    /// # Cancel safety
    /// As [`verify`](Self::verify).
    pub async fn verify_in(
        &self,
        grounds: Grounds<'_>,
        checks: &[Check],
        output: &Value,
        cancel: &CancellationToken,
    ) -> Verdict {
        let mut results = Vec::new();
        for (number, check) in (1..).zip(checks).filter(|(_, check)| !check.is_human()) {
            let result = self.result(number, (check, grounds), output, cancel).await;
            let passed = result.passed();
            results.push(result);
            if !passed {
                break;
            }
        }
        Verdict::of(results)
    }

    async fn result(
        &self,
        number: usize,
        (check, grounds): (&Check, Grounds<'_>),
        output: &Value,
        cancel: &CancellationToken,
    ) -> CheckResult {
        let since = self.clock.monotonic();
        let finding = match self.ready(check, grounds) {
            Ok(_) if cancel.is_cancelled() => Stop::Cancelled.finding(),
            Ok(ready) => self.run(ready, self.limits.of(check), output, cancel).await,
            Err(refused) => Finding::not_run(refused.to_string()),
        };
        let took_ms = self.clock.monotonic().since(since).as_millis();
        CheckResult {
            number,
            kind: kind(check).to_owned(),
            ended: finding.ended,
            text: finding.text,
            took_ms: u64::try_from(took_ms).unwrap_or(u64::MAX),
        }
    }

    fn ready<'a>(&self, check: &'a Check, grounds: Grounds<'a>) -> Result<Ready<'a>, CheckRefused> {
        let (programs, grace) = (&self.may.programs, self.limits.grace);
        let moved = grounds.instead.map(|instead| self.may.files.instead(instead));
        let files = moved.as_ref().unwrap_or(&self.may.files);
        Ok(match check {
            Check::Command { program, arguments, exit_code } => {
                let (program, exit_code) = (command::program(programs, program)?, *exit_code);
                Ready::Command(CommandCheck { program, arguments, exit_code, grace, folder: grounds.folder })
            }
            Check::Http { url, status, contains } => {
                http::preflight(&self.egress, &self.may.http, url)?;
                Ready::Http(HttpCheck { url, status: *status, contains: contains.as_deref() })
            }
            Check::File { path, exists, digest, schema } => {
                Ready::File(FileCheck::new(files, path, *exists, *digest, schema.as_ref())?)
            }
            Check::JsonPath { path, file, equals } => {
                Ready::JsonPath(PathCheck::new(files, path, file.as_deref(), equals.as_ref())?)
            }
            Check::Skill { skill, input } => self.asked(check, Ready::Skill { name: skill, input })?,
            Check::LlmJudge { question } => self.asked(check, Ready::LlmJudge { question })?,
            Check::Human { .. } => Ready::Human,
        })
    }

    fn asked<'a>(&self, check: &Check, ready: Ready<'a>) -> Result<Ready<'a>, CheckRefused> {
        match self.others.missing(check) {
            Some(reason) => Err(CheckRefused::Missing { kind: kind(check), reason }),
            None => Ok(ready),
        }
    }

    async fn run(
        &self,
        ready: Ready<'_>,
        within: Duration,
        output: &Value,
        cancel: &CancellationToken,
    ) -> Finding {
        let stop = Stop::after(within, cancel);
        match ready {
            Ready::Command(check) => check.run(stop).await,
            ready => tokio::select! {
                biased;
                stop = stop => stop.finding(),
                finding = self.look(ready, within, output) => finding,
            },
        }
    }

    /// What can be dropped at any time.
    async fn look(&self, ready: Ready<'_>, within: Duration, output: &Value) -> Finding {
        match ready {
            Ready::Http(check) => check.run(&self.egress, &self.may.http, within).await,
            Ready::File(check) => self.aside.run(move |stop| check.run(stop)).await,
            Ready::JsonPath(check) => {
                let output = if check.wants_output() { output.clone() } else { Value::Null };
                self.aside.run(move |_| check.run(&output)).await
            }
            Ready::Skill { name, input } => others::skill(&*self.others, name, input).await,
            Ready::LlmJudge { question } => others::judge(&*self.others, question, output).await,
            // A person is asked elsewhere, and a command is ended in its own way.
            Ready::Human | Ready::Command(_) => Finding::not_run("it is not asked here"),
        }
    }
}

/// As a task names it.
fn kind(check: &Check) -> &'static str {
    match check {
        Check::Command { .. } => "command",
        Check::Http { .. } => "http",
        Check::File { .. } => "file",
        Check::JsonPath { .. } => "json-path",
        Check::Skill { .. } => "skill",
        Check::LlmJudge { .. } => "llm-judge",
        Check::Human { .. } => "human",
    }
}

#[cfg(test)]
mod tests;
