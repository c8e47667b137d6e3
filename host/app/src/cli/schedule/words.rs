//! Schedules as people read them.

use patchbay_admin::api::{ScheduleBackfill, SchedulePause, ScheduleRemoved, ScheduleView, SchedulesListed};
use patchbay_tasks::TaskName;
use patchbay_types::Timestamp;

use crate::cli::pairs;
use crate::cli::table::Table;

pub(super) fn filling(view: &ScheduleView) -> String {
    match &view.backfill {
        Some(backfill) => format!("schedule {} runs what was due: {}", view.name, far(backfill)),
        None => format!("schedule {} runs what was due: all of it has begun", view.name),
    }
}

pub(super) fn cancelled(view: &ScheduleView) -> String {
    format!("the backfill of schedule {} is cancelled{}", view.name, running(view))
}

/// `2026-11-01T00:00:00Z to 2026-11-07T23:59:59Z, 3 begun, 4 left: the schedule is paused`.
fn far(backfill: &ScheduleBackfill) -> String {
    let ScheduleBackfill { from, to, done, left, waits } = backfill;
    let waits = waits.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    format!("{from} to {to}, {done} begun, {left} left{waits}")
}

pub(super) fn deleted(gone: &ScheduleRemoved) -> String {
    let ScheduleRemoved { removed, runs_gone, runs_left } = gone;
    let names: Vec<&str> = runs_left.iter().take(NAMED_MAX).map(TaskName::as_str).collect();
    let more = if runs_left.len() > NAMED_MAX { " and others" } else { "" };
    let left = match names.is_empty() {
        true => String::new(),
        false => format!("; these runs stay as tasks: {}{more}", names.join(", ")),
    };
    format!("deleted schedule {removed}, and {runs_gone} of its runs{left}")
}

/// Runs that are named in a sentence.
const NAMED_MAX: usize = 10;

fn running(view: &ScheduleView) -> String {
    view.running.first().map(|run| format!(", {run} goes on")).unwrap_or_default()
}

pub(super) fn sentence(view: &ScheduleView) -> String {
    let running = running(view);
    match (&view.paused, view.next) {
        (Some(_), _) => format!("schedule {} is paused{running}", view.name),
        (None, Some(next)) => format!("schedule {} comes next at {next}{running}", view.name),
        (None, None) => format!("schedule {} comes no more{running}", view.name),
    }
}

pub(super) fn list(listed: SchedulesListed) -> String {
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

pub(super) fn shown(view: &ScheduleView) -> String {
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
        ("backfill", view.backfill.as_ref().map(far).unwrap_or_default()),
    ])
}

fn paused(pause: &SchedulePause) -> String {
    match pause.failures {
        Some(failures) => format!("since {}, after {failures} failures in a row", pause.since),
        None => format!("since {}", pause.since),
    }
}

pub(super) fn next(times: Vec<Timestamp>) -> String {
    if times.is_empty() {
        return "it comes no more".to_owned();
    }
    times.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
