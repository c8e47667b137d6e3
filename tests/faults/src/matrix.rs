//! Faults of providers x {stream, JSON} x {one provider, three pools}, each played once against the host.

mod cell;
mod check;
mod fault;
mod play;
mod table;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde::Serialize;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::host::Host;
use crate::report::Report;
use crate::say::say;
use crate::upstream::Upstream;
use crate::words;
use cell::Cell;
use check::Outcome;
use play::{CONFIG, Cast, Stage};

/// The most memory that the host may have had at any time, in bytes: a bomb is not unpacked whole.
const RESIDENT_BYTES_MAX: u64 = 512 << 20;

/// Cells at one time, if nothing else is asked for.
const AT_ONCE: u64 = 12;

#[derive(Args, Clone)]
pub(crate) struct Order {
    /// Plays only cells whose title has this in it: a fault, "stream", "JSON", "1 provider", "3 pools".
    #[arg(long, value_name = "PATTERN")]
    only: Option<String>,
    /// Prints JSON instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
    /// Writes the table to this file.
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Cells at one time.
    #[arg(long, default_value_t = AT_ONCE, value_parser = clap::value_parser!(u64).range(1..=64))]
    concurrency: u64,
}

impl Default for Order {
    fn default() -> Self {
        Self { only: None, json: false, markdown: None, concurrency: AT_ONCE }
    }
}

/// What a cell came to.
#[derive(Serialize)]
pub(crate) struct Played {
    fault: &'static str,
    mode: &'static str,
    providers: usize,
    /// What the client saw.
    outcome: String,
    status: u16,
    /// As the answer says.
    attempts: String,
    /// Of the provider at fault, and of the others.
    calls: Vec<usize>,
    /// What the provider at fault was afterwards.
    provider: String,
    milliseconds: u128,
    /// The usage was told too high or too low for a moment.
    usage_wavered: bool,
    wrong: Vec<String>,
    #[serde(skip)]
    title: String,
}

pub(crate) async fn run(binary: &Path, order: &Order) -> anyhow::Result<Report> {
    let stage = Arc::new(Stage::set(binary).await?);
    let cells = cells(order.only.as_deref());
    anyhow::ensure!(
        !cells.is_empty(),
        "no cell has {:?} in its title",
        order.only.as_deref().unwrap_or_default()
    );
    say(&format!("matrix: {} cells", cells.len()));
    let mut played = play_all(&stage, cells, usize::try_from(order.concurrency)?).await;
    let mut report = Report::new("matrix");
    played.sort_by_key(|(number, _)| *number);
    let played: Vec<Played> = played.into_iter().map(|(_, played)| played).collect();
    let table = table::markdown(&played);
    if let Some(file) = &order.markdown {
        std::fs::write(file, &table)?;
    }
    report.line(table);
    for cell in &played {
        cell.wrong.iter().for_each(|wrong| report.failures.push(format!("{}: {wrong}", cell.title)));
    }
    stage.leave(&mut report);
    let failed = played.iter().filter(|cell| !cell.wrong.is_empty()).count();
    let wavered = played.iter().filter(|cell| cell.usage_wavered).count();
    report.line(format!("the usage was told otherwise for a moment in {wavered} cells"));
    report.line(format!("{} of {} cells hold", played.len() - failed, played.len()));
    if order.json {
        let cells = serde_json::json!({"cells": played, "failures": report.failures});
        report.json = Some(serde_json::to_string_pretty(&cells)?);
    }
    Ok(report)
}

fn cells(only: Option<&str>) -> Vec<Cell> {
    let mut cells = Vec::new();
    for fault in fault::all() {
        for (stream, providers) in [(true, 1), (true, 3), (false, 1), (false, 3)] {
            cells.push(Cell { fault, number: cells.len(), stream, providers });
        }
    }
    cells.retain(|cell| only.is_none_or(|only| cell.title().contains(only)));
    cells
}

async fn play_all(stage: &Arc<Stage>, cells: Vec<Cell>, at_once: usize) -> Vec<(usize, Played)> {
    let places = Arc::new(Semaphore::new(at_once));
    let mut playing = JoinSet::new();
    for cell in cells {
        let (stage, places) = (stage.clone(), places.clone());
        playing.spawn(async move {
            let _place = places.acquire().await;
            (cell.number, play_one(&stage, cell).await)
        });
    }
    playing.join_all().await
}

async fn play_one(stage: &Stage, cell: Cell) -> Played {
    play_through(stage, cell).await.unwrap_or_else(|error| {
        let mut played = Played::of(cell);
        played.wrong.push(format!("it could not be played: {error:#}"));
        played
    })
}

async fn play_through(stage: &Stage, cell: Cell) -> anyhow::Result<Played> {
    let elsewhere = format!("{}/{}", stage.elsewhere.url(), cell.model());
    let act = cell.act(&elsewhere);
    let mut cast = Cast::enter(cell, &act).await?;
    cast.register(&cell, &act, &stage.host).await?;
    let seen = cast.play(&cell, &stage.client).await;
    let (outcome, wrong) = check::check(&cell, &act, &seen);
    let after = cast.aftermath(&cell, &act, stage).await?;
    let mut played = Played { wrong, ..Played::of(cell) };
    played.wrong.extend(check::aftermath(&cell, &act, outcome.unwrap_or(Outcome::Whole), &after));
    played.outcome =
        outcome.map_or_else(|| "wrong".to_owned(), |outcome| format!("{outcome:?}").to_lowercase());
    played.status = seen.answer.status();
    played.attempts = seen.answer.header("x-patchbay-attempts").to_owned();
    played.usage_wavered = after.usage_before.is_some();
    played.calls = seen.calls.iter().map(Vec::len).collect();
    played.provider = after.fares.first().map_or_else(String::new, |fares| fares.health.clone());
    played.milliseconds = seen.answer.took.as_millis();
    Ok(played)
}

impl Played {
    fn of(cell: Cell) -> Self {
        Self {
            fault: cell.fault.name,
            mode: cell.mode(),
            providers: cell.providers,
            outcome: "wrong".to_owned(),
            status: 0,
            attempts: String::new(),
            calls: Vec::new(),
            provider: String::new(),
            milliseconds: 0,
            usage_wavered: false,
            wrong: Vec::new(),
            title: cell.title(),
        }
    }
}

impl Stage {
    async fn set(binary: &Path) -> anyhow::Result<Self> {
        let host = Host::start(binary, CONFIG).await?;
        let client = host.client("matrix").await?;
        let elsewhere = Upstream::start(|_| words::good("elsewhere", false)).await?;
        Ok(Self { host, client, elsewhere })
    }

    /// What only the whole matrix can tell.
    fn leave(&self, report: &mut Report) {
        let followed = self.elsewhere.seen().count();
        report.expect(followed == 0, || format!("expected no redirect to be followed, {followed} were"));
        let peak = self.host.facts().resident_peak;
        report.line(format!("most memory of the host: {} MiB", peak >> 20));
        report.expect(peak < RESIDENT_BYTES_MAX, || {
            format!("expected at most {} MiB of memory, found {}", RESIDENT_BYTES_MAX >> 20, peak >> 20)
        });
        let panicked = self.host.log_has("panicked");
        report.expect(!panicked, || format!("expected no panic in the log: {}", self.host.log_tail()));
    }
}
