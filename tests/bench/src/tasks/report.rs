//! What was found, as a table or as JSON, against the goals. It must not know how it was measured.

use serde::Serialize;

use super::backlog::Worked;
use super::rest::AtRest;
use super::restart::Restarted;
use super::start::Starts;
use crate::machine::Machine;
use crate::statistics::median;

/// One client must reach so much of the floor.
const ALONE_MIN: f64 = 0.8;
/// Many clients must reach so many times the floor, or so many a second.
const MANY_MIN: f64 = 50.0;
const MANY_ENOUGH: f64 = 50_000.0;
/// Claims and completions a second, where the floor is slow, and from [`FAST_FLOOR`] on.
const BACKLOG_MIN: f64 = 25_000.0;
const BACKLOG_FAST_MIN: f64 = 60_000.0;
const FAST_FLOOR: f64 = 3_000.0;
/// From coming to start, in commits of the floor, and in milliseconds.
const START_COMMITS: f64 = 2.5;
const START_MILLIS: f64 = 1.0;
const RESTART_MILLIS: f64 = 2_000.0;
/// Of one core.
const REST_PERCENT: f64 = 1.0;
const MIB: u64 = 1 << 20;

/// Each list has one figure a round.
#[derive(Default, Serialize)]
pub(super) struct Report {
    pub(super) syncs: Vec<f64>,
    pub(super) floor: Vec<f64>,
    pub(super) alone: Vec<f64>,
    pub(super) many: Vec<f64>,
    pub(super) start: Vec<Starts>,
    pub(super) backlog: Vec<Worked>,
    pub(super) restart: Option<Restarted>,
    pub(super) rest: Option<AtRest>,
}

struct Row {
    what: String,
    found: String,
    to_floor: String,
    goal: String,
    met: bool,
}

impl Report {
    #[allow(clippy::print_stdout)] // this is what the role is for
    pub(super) fn print(&self, json: bool) -> anyhow::Result<()> {
        let machine = Machine::this();
        if json {
            let all = serde_json::json!({"machine": machine, "tasks": self});
            println!("{}", serde_json::to_string_pretty(&all)?);
            return Ok(());
        }
        println!(
            "{} cores of {}, load average {}, {}",
            machine.cores, machine.processor, machine.busy, machine.date
        );
        println!("\n| | found | x floor | goal | |\n|---|---:|---:|---:|---|");
        for row in self.rows() {
            let Row { what, found, to_floor, goal, met } = row;
            let met = if goal.is_empty() {
                ""
            } else if met {
                "met"
            } else {
                "**missed**"
            };
            println!("| {what} | {found} | {to_floor} | {goal} | {met} |");
        }
        Ok(())
    }

    fn floor(&self) -> f64 {
        median(self.floor.iter().copied())
    }

    fn rows(&self) -> Vec<Row> {
        let floor = self.floor();
        let mut rows = vec![
            plain("fdatasync of 512 bytes, a second", format!("{:.0}", median(self.syncs.iter().copied()))),
            plain("bare redb commit of one 512-byte row, a second (the floor)", format!("{floor:.0}")),
        ];
        if !self.alone.is_empty() {
            let many = (MANY_MIN * floor).min(MANY_ENOUGH);
            rows.push(rate(
                "one client applies, acknowledged a second",
                &self.alone,
                floor,
                ALONE_MIN * floor,
            ));
            rows.push(rate("256 clients apply, acknowledged a second", &self.many, floor, many));
        }
        if !self.backlog.is_empty() {
            rows.extend(self.backlog_rows(floor));
        }
        if !self.start.is_empty() {
            rows.extend(self.start_rows(floor));
        }
        rows.extend(self.restart.iter().flat_map(restart_rows));
        rows.extend(self.rest.iter().flat_map(rest_rows));
        rows
    }

    fn backlog_rows(&self, floor: f64) -> Vec<Row> {
        let goal = if floor >= FAST_FLOOR { BACKLOG_FAST_MIN } else { BACKLOG_MIN };
        let of = |of: fn(&Worked) -> f64| self.backlog.iter().map(of).collect::<Vec<_>>();
        let tasks = self.backlog.first().map_or(0, |worked| worked.tasks);
        let worked = format!("claim and completion of {tasks} tasks, tasks a second");
        let micros = format!("{:.1}", median(of(|worked| worked.micros)));
        let filled = format!("{:.0}", median(of(|worked| worked.filled_a_second)));
        vec![
            rate(&worked, &of(|worked| worked.a_second), floor, goal),
            plain("processor time for each, all threads, us", micros),
            plain("taken in before, 1,000 at once, a second", filled),
        ]
    }

    fn start_rows(&self, floor: f64) -> Vec<Row> {
        let of = |of: fn(&Starts) -> f64| median(self.start.iter().map(of));
        let (p50, p95) = (of(|starts| starts.p50_millis), of(|starts| starts.p95_millis));
        let row = |what: &str, millis: f64, goal: String, met| Row {
            what: what.to_owned(),
            found: format!("{millis:.3} ms"),
            to_floor: format!("{:.2}", millis / 1e3 * floor),
            goal,
            met,
        };
        let met = p50 < START_MILLIS && p50 / 1e3 * floor < START_COMMITS;
        let goal = format!("< {START_MILLIS} ms, < {START_COMMITS} commits");
        vec![
            row("from coming to start at rest, p50", p50, goal, met),
            row("the same, p95", p95, String::new(), true),
        ]
    }
}

fn plain(what: &str, found: String) -> Row {
    Row { what: what.to_owned(), found, to_floor: String::new(), goal: String::new(), met: true }
}

fn rate(what: &str, rounds: &[f64], floor: f64, goal: f64) -> Row {
    let found = median(rounds.iter().copied());
    Row {
        what: what.to_owned(),
        found: format!("{found:.0}"),
        to_floor: format!("{:.2}", found / floor),
        goal: format!(">= {goal:.0}"),
        met: found >= goal,
    }
}

fn restart_rows(restart: &Restarted) -> Vec<Row> {
    let mib = |bytes: u64| format!("{} MiB", bytes.div_ceil(MIB));
    vec![
        Row {
            what: format!("killed among {} tasks, until the first runs again", restart.tasks),
            found: format!("{:.0} ms", restart.ready_millis),
            to_floor: String::new(),
            goal: format!("< {RESTART_MILLIS:.0} ms"),
            met: restart.ready_millis < RESTART_MILLIS,
        },
        plain("the store's file", mib(restart.file_bytes)),
        plain("RSS of the host that took them in", mib(restart.filled_bytes)),
        plain("RSS of the next: before it opens the store", mib(restart.empty_bytes)),
        plain("when the first runs again", mib(restart.ready_bytes)),
        plain("two seconds later", mib(restart.settled_bytes)),
    ]
}

fn rest_rows(rest: &AtRest) -> Vec<Row> {
    vec![
        Row {
            what: format!("{} tasks that wait, of one core over 10 s", rest.tasks),
            found: format!("{:.2} %", rest.processor_percent),
            to_floor: String::new(),
            goal: format!("< {REST_PERCENT} %"),
            met: rest.processor_percent < REST_PERCENT,
        },
        plain("RSS then", format!("{} MiB", rest.resident_bytes.div_ceil(MIB))),
    ]
}
