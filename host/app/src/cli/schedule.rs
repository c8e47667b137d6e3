//! `patchbay schedule`: tasks that come again and again. They are made with `patchbay task apply`.

mod words;

use std::path::Path;

use clap::{Args, Subcommand};
use http::Method;
use patchbay_admin::api::{ScheduleCommand, ScheduleView, SchedulesListed};
use patchbay_types::{Timestamp, Written};
use url::form_urlencoded::Serializer;

use super::{AnswerOptions, Failure, answer, output};
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
    /// Run what was due from one time to another, whether it ran or not; or cancel what is left of that
    #[command(
        override_usage = "patchbay schedule backfill <NAME> <--from <TIME> --to <TIME>|--cancel> [--reason <TEXT>] \
                          [--json]",
        after_help = "Examples:\n  patchbay schedule backfill nightly --from 2026-11-01 --to 2026-11-07\n  \
                      patchbay schedule backfill nightly --cancel"
    )]
    Backfill(Backfill),
    /// Let nothing start until it is resumed; runs that go on are left alone
    Pause(Reasoned),
    /// Go on after a pause
    Resume(Reasoned),
    /// Delete a schedule, with its runs that have been over for a minute
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
    #[arg(long, value_name = "TIME", required_unless_present = "cancel")]
    from: Option<Written>,
    /// The last time, with it; of a day its end
    #[arg(long, value_name = "TIME", required_unless_present = "cancel")]
    to: Option<Written>,
    /// Start nothing more of the backfill under way; its runs that go on are left alone
    #[arg(long, conflicts_with_all = ["from", "to"])]
    cancel: bool,
}

impl Command {
    /// # Errors
    /// As [`answer::ask`].
    pub async fn run(self, dir: &Path) -> Result<(), Failure> {
        match self {
            Self::List(options) => options.run(dir).await,
            Self::Show(one) => {
                let request = Request::get(one.path(""));
                answer::show(dir, request, one.answer.json, |view: ScheduleView| words::shown(&view)).await
            }
            Self::Next { one, count } => {
                let request = Request::get(one.path(&format!("/next?count={count}")));
                answer::show(dir, request, one.answer.json, words::next).await
            }
            Self::Now(word) => word.run(dir, "now", None, words::sentence).await,
            Self::Backfill(options) => options.run(dir).await,
            Self::Pause(word) => word.run(dir, "pause", None, words::sentence).await,
            Self::Resume(word) => word.run(dir, "resume", None, words::sentence).await,
            Self::Delete(one) => {
                let request = Request::change(Method::DELETE, one.path(""));
                let answer = answer::ask(dir, request).await?;
                match one.answer.json {
                    true => output::line(&answer.text()),
                    false => output::note(&words::deleted(&answer.read()?)),
                }
                Ok(())
            }
        }
    }
}

impl List {
    /// As JSON an array: the page after it begins after the `id` of its last one.
    async fn run(self, dir: &Path) -> Result<(), Failure> {
        let listed: SchedulesListed = answer::ask(dir, self.request()).await?.read()?;
        match self.answer.json {
            true => output::line(&serde_json::to_string(&listed.schedules).unwrap_or_default()),
            false => output::line(&words::list(listed)),
        }
        Ok(())
    }

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
    async fn run(
        self,
        dir: &Path,
        verb: &str,
        span: Option<(Timestamp, Timestamp)>,
        sentence: impl FnOnce(&ScheduleView) -> String,
    ) -> Result<(), Failure> {
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

impl Backfill {
    async fn run(self, dir: &Path) -> Result<(), Failure> {
        let span = self.from.zip(self.to).map(|(from, to)| (from.start, last(to)));
        match span {
            Some(_) => self.word.run(dir, "backfill", span, words::filling).await,
            None => self.word.run(dir, "cancel-backfill", None, words::cancelled).await,
        }
    }
}

/// A day is over just before the next begins.
fn last(to: Written) -> Timestamp {
    if to.end > to.start { Timestamp(to.end.0 - 1) } else { to.end }
}
