//! The three logs: what an owner must hear, what happened, who changed what. The newest comes last.

use std::path::Path;

use clap::{Args, Subcommand};
use patchbay_admin::api::Logged;
use patchbay_types::{Audit, Event, Report};

use super::Failure;
use super::answer;
use super::table::Table;
use crate::client::Request;

/// How much of a log is shown, and how.
#[derive(Args, Clone, Copy, Debug)]
pub struct LogOptions {
    /// The most entries to show
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    limit: u32,
    /// Print what the host answers, as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Subcommand, Debug)]
pub enum Reports {
    /// List the reports that wait to be delivered
    List(LogOptions),
}

#[derive(Subcommand, Debug)]
pub enum Events {
    /// List what happened
    List(LogOptions),
}

#[derive(Subcommand, Debug)]
pub enum Audits {
    /// List who changed what
    List(LogOptions),
}

impl Reports {
    /// # Errors
    /// As [`answer::show`].
    pub async fn run(self, dir: &Path) -> Result<(), Failure> {
        let Self::List(options) = self;
        answer::show(dir, options.ask("reports"), options.json, reports).await
    }
}

impl Events {
    /// # Errors
    /// As [`answer::show`].
    pub async fn run(self, dir: &Path) -> Result<(), Failure> {
        let Self::List(options) = self;
        answer::show(dir, options.ask("events"), options.json, events).await
    }
}

impl Audits {
    /// # Errors
    /// As [`answer::show`].
    pub async fn run(self, dir: &Path) -> Result<(), Failure> {
        let Self::List(options) = self;
        answer::show(dir, options.ask("audit"), options.json, audits).await
    }
}

impl LogOptions {
    fn ask(self, log: &str) -> Request {
        Request::get(format!("/api/{log}?limit={}", self.limit))
    }
}

fn reports(reports: Vec<Logged<Report>>) -> String {
    let rows = reports.into_iter().map(|Logged { entry: report, .. }| {
        let severity = format!("{:?}", report.severity).to_lowercase();
        [report.at.to_string(), severity, report.subject, format!("{}: {}", report.title, report.body)]
    });
    Table::new(["TIME", "SEVERITY", "SUBJECT", "REPORT"]).with(rows).or("no reports: nothing needs a person")
}

fn events(events: Vec<Logged<Event>>) -> String {
    let rows = events
        .into_iter()
        .map(|Logged { entry: event, .. }| [event.at.to_string(), event.kind, event.subject, event.message]);
    Table::new(["TIME", "EVENT", "SUBJECT", "WHAT"])
        .with(rows)
        .or("no events yet: the host has not been changed")
}

fn audits(audits: Vec<Logged<Audit>>) -> String {
    let rows = audits.into_iter().map(|Logged { entry: audit, .. }| {
        [audit.at.to_string(), audit.actor, audit.action, audit.subject, audit.detail]
    });
    Table::new(["TIME", "WHO", "ACTION", "SUBJECT", "DETAIL"])
        .with(rows)
        .or("nobody has changed anything yet")
}

#[cfg(test)]
mod tests {
    use patchbay_types::{Severity, Timestamp};

    use super::*;

    #[test]
    fn a_report_is_one_line() {
        let report = Report {
            at: Timestamp(1_000),
            severity: Severity::Warning,
            subject: "routing/2".to_owned(),
            title: "rolled back".to_owned(),
            body: "why\nand what to do".to_owned(),
        };
        let text = reports(vec![Logged { sequence: 1, entry: report }]);
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(text.contains("1970-01-01T00:00:01Z  warning   routing/2  rolled back: why"), "{text}");
    }
}
