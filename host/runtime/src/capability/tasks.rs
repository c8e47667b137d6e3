//! `tasks`: the task that a failure or a problem is about.

use super::{Answered, reply};
use crate::ask::{HostCall, HostReply};
use crate::contract::host::patchbay::plugin::tasks;
use crate::guest::Guest;

impl tasks::Host for Guest {
    async fn current(&mut self) -> Answered<Option<tasks::Task>> {
        let answer = self.ask(HostCall::TasksCurrent {}).await;
        reply!(answer, HostReply::Task(task) => task)
    }

    async fn attempts(&mut self) -> Answered<Vec<tasks::Attempt>> {
        let answer = self.ask(HostCall::TasksAttempts {}).await;
        reply!(answer, HostReply::Attempts(attempts) => attempts)
    }

    async fn log_tail(&mut self, lines: u32) -> Answered<Vec<String>> {
        let answer = self.ask(HostCall::TasksLogTail { lines }).await;
        reply!(answer, HostReply::LogTail(lines) => lines)
    }

    async fn findings(&mut self) -> Answered<Vec<tasks::Finding>> {
        let answer = self.ask(HostCall::TasksFindings {}).await;
        reply!(answer, HostReply::Findings(findings) => findings)
    }

    async fn history(&mut self) -> Answered<Vec<tasks::PastFix>> {
        let answer = self.ask(HostCall::TasksHistory {}).await;
        reply!(answer, HostReply::History(history) => history)
    }

    async fn runbooks(&mut self) -> Answered<Vec<tasks::Runbook>> {
        let answer = self.ask(HostCall::TasksRunbooks {}).await;
        reply!(answer, HostReply::Runbooks(runbooks) => runbooks)
    }
}
