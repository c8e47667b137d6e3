//! `tasks`: the task that a failure or a problem is about. No grant: which task that is, the host says, and a plugin
//! hears of no other.

use std::future::Future;
use std::pin::Pin;

use patchbay_runtime::ask::{Attempt, Finding, HostReply, PastFix, Runbook, Task};

use super::image::Image;
use super::{Answer, PluginError};

/// Attempts in one answer, the newest ones.
const ATTEMPTS_MAX: usize = 100;
/// Lines of a log in one answer.
const LINES_MAX: u32 = 1_000;
/// Findings, past fixes and runbooks in one answer, each.
const FOUND_MAX: usize = 100;

pub type Telling<'a, T> = Pin<Box<dyn Future<Output = Result<T, PluginError>> + Send + 'a>>;

/// What is known of a task. What is not said otherwise is empty.
pub trait Subject: Send + Sync + 'static {
    fn task(&self) -> Telling<'_, Option<Task>> {
        Box::pin(async { Ok(None) })
    }

    /// The newest `limit`, the newest last.
    fn attempts(&self, limit: usize) -> Telling<'_, Vec<Attempt>> {
        let _ = limit;
        Box::pin(async { Ok(Vec::new()) })
    }

    /// The last `lines` of its log.
    fn log_tail(&self, lines: usize) -> Telling<'_, Vec<String>> {
        let _ = lines;
        Box::pin(async { Ok(Vec::new()) })
    }

    fn findings(&self) -> Telling<'_, Vec<Finding>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// What was tried for this problem, the newest last.
    fn history(&self) -> Telling<'_, Vec<PastFix>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn runbooks(&self) -> Telling<'_, Vec<Runbook>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// What shows the failure, within the bounds of [`Image`]s: for models, no plugin gets to see them.
    fn images(&self) -> Telling<'_, Vec<Image>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

/// No task at all.
#[derive(Debug)]
pub struct NoSubject;

impl Subject for NoSubject {}

pub(super) async fn current(subject: &dyn Subject) -> Answer {
    subject.task().await.map(HostReply::Task)
}

pub(super) async fn attempts(subject: &dyn Subject) -> Answer {
    let attempts = subject.attempts(ATTEMPTS_MAX).await?;
    Ok(HostReply::Attempts(newest(attempts, ATTEMPTS_MAX)))
}

pub(super) async fn log_tail(subject: &dyn Subject, lines: u32) -> Answer {
    let lines = usize::try_from(lines.min(LINES_MAX)).unwrap_or_default();
    let tail = subject.log_tail(lines).await?;
    Ok(HostReply::LogTail(newest(tail, lines)))
}

pub(super) async fn findings(subject: &dyn Subject) -> Answer {
    let findings = subject.findings().await?;
    Ok(HostReply::Findings(newest(findings, FOUND_MAX)))
}

pub(super) async fn history(subject: &dyn Subject) -> Answer {
    let history = subject.history().await?;
    Ok(HostReply::History(newest(history, FOUND_MAX)))
}

/// The first ones: they match best.
pub(super) async fn runbooks(subject: &dyn Subject) -> Answer {
    let mut runbooks = subject.runbooks().await?;
    runbooks.truncate(FOUND_MAX);
    Ok(HostReply::Runbooks(runbooks))
}

/// The last so many.
fn newest<T>(mut all: Vec<T>, count: usize) -> Vec<T> {
    let old = all.len().saturating_sub(count);
    all.drain(..old);
    all
}
