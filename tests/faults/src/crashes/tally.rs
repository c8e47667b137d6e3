//! What was seen in all rounds together, and the table that tells it. It must not know how it was found.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::judge::Case;
use crate::report::Report;
use crate::statistics::percentile;

/// From a start to ready, as is wished of a release (R1): told and not judged.
const READY_MS: f64 = 1_000.0;
/// Failures that are told.
const TOLD_MAX: usize = 50;
/// Every state in which a task can end.
const ENDS: [&str; 4] = ["succeeded", "cancelled", "voided", "dead"];

#[derive(Default)]
pub(super) struct Tally {
    pub(super) kills: u64,
    pub(super) early: u64,
    pub(super) ready: Vec<Duration>,
    pub(super) tasks: usize,
    pub(super) lost: usize,
    /// Acknowledged changes of the configuration that were looked for.
    pub(super) settings: usize,
    pub(super) reports: usize,
    /// Chats that have to be in the ledger.
    pub(super) chats: u64,
    /// Chats in the ledger, and those that the provider saw.
    pub(super) ledger: (u64, u64),
    pub(super) unheard: u64,
    /// Programs that went on without their host.
    pub(super) left: usize,
    /// Until all tasks had come to their ends, and until all of it was judged.
    pub(super) resting: Duration,
    pub(super) judging: Duration,
    pub(super) failures: Vec<String>,
    words: usize,
    wrong: usize,
    claims: usize,
    attempts_lost: usize,
    runs: usize,
    again: usize,
    ends: BTreeMap<String, usize>,
    /// All states that a task was in.
    states: BTreeSet<String>,
}

impl Tally {
    pub(super) fn count(&mut self, case: &Case<'_>, holds: bool) {
        let ended = case.runs.iter().filter(|run| run.ended).count();
        let kept = case.story.attempts.iter().filter(|attempt| attempt.outcome != "lost").count();
        self.wrong += usize::from(!holds);
        self.words += case.said.len();
        self.claims += case.story.claims();
        self.attempts_lost += case.story.lost();
        self.runs += case.runs.len();
        self.again += ended.saturating_sub(kept);
        *self.ends.entry(case.story.state.clone()).or_default() += 1;
        self.states.extend(case.story.events.iter().map(|event| event.to.clone()));
    }

    pub(super) fn tell(mut self, report: &mut Report) {
        let rows = self.rows();
        report.line("| what | found |");
        report.line("|---|---|");
        rows.iter().for_each(|(what, found)| report.line(format!("| {what} | {found} |")));
        for end in ENDS.iter().filter(|end| !self.ends.contains_key(**end)) {
            self.failures.push(format!("no task ended as {end}: expected each end to be reached"));
        }
        let more = self.failures.len().saturating_sub(TOLD_MAX);
        self.failures.truncate(TOLD_MAX);
        report.failures.append(&mut self.failures);
        report.expect(more == 0, || format!("and {more} more"));
    }

    fn rows(&self) -> Vec<(&'static str, String)> {
        let ms: Vec<f64> = self.ready.iter().map(|ready| ready.as_secs_f64() * 1_000.0).collect();
        let (half, most) = (percentile(&ms, 50), percentile(&ms, 100));
        let slow = ms.iter().filter(|ms| **ms > READY_MS).count();
        let ends = self.ends.iter().map(|(end, count)| format!("{end} {count}"));
        vec![
            ("kills", format!("{}, {} of them before it was ready", self.kills, self.early)),
            ("start to ready", format!("median {half:.0} ms, worst {most:.0} ms, {slow} above 1 s")),
            ("spent", format!("{} s resting, {} s judging", self.resting.as_secs(), self.judging.as_secs())),
            ("tasks acknowledged", self.tasks.to_string()),
            ("of them lost", self.lost.to_string()),
            ("of them not as they have to be", self.wrong.to_string()),
            ("their ends", ends.collect::<Vec<_>>().join(", ")),
            ("states that they were in", self.states.len().to_string()),
            ("leases", format!("{}, {} lost with a host", self.claims, self.attempts_lost)),
            (
                "runs of programs",
                format!("{}, {} done again after a lease that was lost or taken away", self.runs, self.again),
            ),
            ("programs that went on without their host", self.left.to_string()),
            ("operators' words acknowledged", self.words.to_string()),
            ("changes of the configuration acknowledged", self.settings.to_string()),
            ("reports for a person", self.reports.to_string()),
            ("chats in the ledger", self.ledger()),
            ("requests of which nothing was heard", self.unheard.to_string()),
        ]
    }

    fn ledger(&self) -> String {
        let (counted, seen) = self.ledger;
        format!("{counted}: at least {} had to be, the provider saw {seen}", self.chats)
    }
}
