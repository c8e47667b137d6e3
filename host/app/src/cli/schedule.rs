//! `patchbay schedule`: tasks that come again and again. They are made with `patchbay task apply`.

use std::path::Path;

use clap::{Args, Subcommand};
use http::Method;
use patchbay_admin::api::{ScheduleCommand, SchedulePause, ScheduleView, SchedulesListed};
use patchbay_types::{Timestamp, Written};
use url::form_urlencoded::Serializer;

use super::table::Table;
use super::{AnswerOptions, Failure, answer, output, pairs};
use crate::client::{Request, segment};

const SCHEDULES: &str = "/api/schedules";

#[derive(Subcommand, Debug)]
pub enum Command {
    /// List schedules, the oldest first
    #[command(after_help = "Example:\n  patchbay schedule list --limit 100")]
    List(List),
    /// Show a schedule: when it comes, what it has done, what runs
    Show(One),
    /// Tell when the next runs start
    #[command(after_help = "Example:\n  patchbay schedule next nightly --count 5")]
    Next {
        #[command(flatten)]
        one: One,
        /// How many
        #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1_000))]
        count: u32,
    },
    /// Run it once more, as soon as its overlap policy lets it; also in a pause
    Now(Reasoned),
    /// Run what was due from one time to another, whether it ran or not
    #[command(
        after_help = "Example:\n  patchbay schedule backfill nightly --from 2026-11-01 --to 2026-11-07"
    )]
    Backfill(Backfill),
    /// Let nothing start until it is resumed; runs that go on are left alone
    Pause(Reasoned),
    /// Go on after a pause
    Resume(Reasoned),
    /// Delete a schedule with its old runs
    Delete(One),
}

#[derive(Args, Debug)]
pub struct List {
    /// Those after this number: the page before ends with it
    #[arg(long, value_name = "N")]
    after: Option<u64>,
    /// At most so many
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: Option<u32>,
    #[command(flatten)]
    answer: AnswerOptions,
}

/// A schedule by its name.
#[derive(Args, Debug)]
pub struct One {
    /// The name of a schedule from `schedule list`
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    answer: AnswerOptions,
}

#[derive(Args, Debug)]
pub struct Reasoned {
    #[command(flatten)]
    one: One,
    /// Why, for the audit
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

#[derive(Args, Debug)]
pub struct Backfill {
    #[command(flatten)]
    word: Reasoned,
    /// The first time: RFC 3339, or a day, UTC
    #[arg(long, value_name = "TIME")]
    from: Written,
    /// The last time, with it; of a day its end
    #[arg(long, value_name = "TIME")]
    to: Written,
}

impl Command {
    /// # Errors
    /// As [`answer::ask`].
    pub async fn run(self, dir: &Path) -> Result<(), Failure> {
        match self {
            Self::List(options) => answer::show(dir, options.request(), options.answer.json, list).await,
            Self::Show(one) => {
                let request = Request::get(one.path(""));
                answer::show(dir, request, one.answer.json, |view: ScheduleView| shown(&view)).await
            }
            Self::Next { one, count } => {
                let request = Request::get(one.path(&format!("/next?count={count}")));
                answer::show(dir, request, one.answer.json, next).await
            }
            Self::Now(word) => word.run(dir, "now", None).await,
            Self::Backfill(Backfill { word, from, to }) => {
                word.run(dir, "backfill", Some((from.start, last(to)))).await
            }
            Self::Pause(word) => word.run(dir, "pause", None).await,
            Self::Resume(word) => word.run(dir, "resume", None).await,
            Self::Delete(one) => {
                let request = Request::change(Method::DELETE, one.path(""));
                let answer = answer::ask(dir, request).await?;
                match one.answer.json {
                    true => output::line(&answer.text()),
                    false => output::note(&format!("deleted schedule {}", one.name)),
                }
                Ok(())
            }
        }
    }
}

impl List {
    fn request(&self) -> Request {
        let given = [("after", self.after), ("limit", self.limit.map(u64::from))];
        let given = given.into_iter().filter_map(|(name, value)| Some((name, value?.to_string())));
        Request::get(format!("{SCHEDULES}?{}", Serializer::new(String::new()).extend_pairs(given).finish()))
    }
}

impl One {
    fn path(&self, below: &str) -> String {
        format!("{SCHEDULES}/{}{below}", segment(&self.name))
    }
}

impl Reasoned {
    async fn run(self, dir: &Path, verb: &str, span: Option<(Timestamp, Timestamp)>) -> Result<(), Failure> {
        let Self { one, reason } = self;
        let (from, to) = span.unzip();
        let path = one.path(&format!("/{verb}"));
        let request = Request::submit(Method::POST, path, &ScheduleCommand { from, to, reason });
        let answer = answer::ask(dir, request).await?;
        match one.answer.json {
            true => output::line(&answer.text()),
            false => output::note(&sentence(&answer.read()?)),
        }
        Ok(())
    }
}

/// A day is over just before the next begins.
fn last(to: Written) -> Timestamp {
    if to.end > to.start { Timestamp(to.end.0 - 1) } else { to.end }
}

fn sentence(view: &ScheduleView) -> String {
    let running = view.running.first().map(|run| format!(", {run} goes on")).unwrap_or_default();
    match (&view.paused, view.next) {
        (Some(_), _) => format!("schedule {} is paused{running}", view.name),
        (None, Some(next)) => format!("schedule {} comes next at {next}{running}", view.name),
        (None, None) => format!("schedule {} comes no more{running}", view.name),
    }
}

fn list(listed: SchedulesListed) -> String {
    let more = listed.next.map(|next| format!("\nmore: patchbay schedule list --after {}", next.0));
    let rows = listed.schedules.into_iter().map(|view| {
        [
            view.name.to_string(),
            state(&view).to_owned(),
            view.next.map(|at| at.to_string()).unwrap_or_default(),
            view.last.map(|at| at.to_string()).unwrap_or_default(),
            view.counters.fired.to_string(),
            view.counters.skipped.to_string(),
            view.counters.missed.to_string(),
            view.counters.dropped.to_string(),
            view.trigger,
        ]
    });
    let heading = ["NAME", "STATE", "NEXT", "LAST", ">FIRED", ">SKIPPED", ">MISSED", ">DROPPED", "WHEN"];
    let table = Table::new(heading).with(rows).or("no schedules: make one with `patchbay task apply`");
    format!("{table}{}", more.unwrap_or_default())
}

fn state(view: &ScheduleView) -> &'static str {
    match (&view.paused, view.running.is_empty(), view.held_until) {
        (Some(_), ..) => "paused",
        (None, _, Some(_)) => "held",
        (None, false, None) => "running",
        (None, true, None) => "waiting",
    }
}

fn shown(view: &ScheduleView) -> String {
    let counters = &view.counters;
    let running: Vec<String> = view.running.iter().map(ToString::to_string).collect();
    pairs([
        ("schedule", view.name.to_string()),
        ("title", view.title.clone()),
        ("state", state(view).to_owned()),
        ("paused", view.paused.as_ref().map(paused).unwrap_or_default()),
        ("held until", view.held_until.map(|at| at.to_string()).unwrap_or_default()),
        ("when", format!("{} ({})", view.trigger, view.when)),
        ("zone", view.zone.clone()),
        ("overlap", view.overlap.clone()),
        ("next", view.next.map(|at| at.to_string()).unwrap_or_default()),
        ("last", view.last.map(|at| at.to_string()).unwrap_or_default()),
        ("fired", counters.fired.to_string()),
        ("skipped", counters.skipped.to_string()),
        ("missed", counters.missed.to_string()),
        ("dropped", counters.dropped.to_string()),
        ("by hand", counters.by_hand.to_string()),
        ("failures", format!("{} in a row", view.failures_in_a_row)),
        ("running", running.join(", ")),
        ("waiting", view.waiting.len().to_string()),
    ])
}

fn paused(pause: &SchedulePause) -> String {
    match pause.failures {
        Some(failures) => format!("since {}, after {failures} failures in a row", pause.since),
        None => format!("since {}", pause.since),
    }
}

fn next(times: Vec<Timestamp>) -> String {
    if times.is_empty() {
        return "it comes no more".to_owned();
    }
    times.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
