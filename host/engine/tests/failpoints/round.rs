//! One place: the child ends there, is started again, and what it left is looked at. It must not know what stands at the
//! place.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use patchbay_failpoint::{HITS_VARIABLE, ORDERS_VARIABLE};
use tempfile::TempDir;

use super::outcome::Outcome;

/// Where a child plays.
pub(crate) const PLAY_VARIABLE: &str = "FAULTS_PLAY";
/// One child may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// Where a first child ends so that a second finds something to take back.
const LEAVES_MUCH: &str = "engine.run.before=abort@5";
const SIGKILL: i32 = 9;
/// A person hears of a plan that asks for one. If its host ends between the plan's end and that, the person hears that
/// no other plan is known.
const ESCALATED: &str = "Task escalated needs a person";
const TOLD_OTHERWISE: &str = "No more fixes are tried: ValueError: wrong setting";

/// What a load leaves when nobody ends its process.
pub(crate) struct Whole {
    outcome: Outcome,
    /// Runs of each task.
    runs: HashMap<String, usize>,
    pub(crate) passed: BTreeSet<String>,
}

/// How a round went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Went {
    /// The place was never passed.
    NotHit,
    Hit,
}

type Child<'a> = &'a (dyn Fn(&Path) -> Command + Sync);

/// Without any order; and once more after a death, so that what starts again is passed, too.
pub(crate) async fn clean(child: Child<'_>) -> Result<Whole, String> {
    let folder = TempDir::new().map_err(|error| error.to_string())?;
    run(child, folder.path(), "").await?;
    let outcome = read(folder.path())?;
    let mut passed = passed(folder.path());
    let begun = begun(folder.path());
    let runs = begun.into_iter().map(|(task, fences)| (task, fences.len())).collect();
    let again = TempDir::new().map_err(|error| error.to_string())?;
    run(child, again.path(), LEAVES_MUCH).await?;
    run(child, again.path(), "").await?;
    passed.extend(self::passed(again.path()));
    Ok(Whole { outcome, runs, passed })
}

/// # Errors
/// What did not hold.
pub(crate) async fn round(child: Child<'_>, point: &str, action: &str, whole: &Whole) -> Result<(), String> {
    for first in ["", LEAVES_MUCH] {
        if play(child, first, &format!("{point}={action}@1"), whole).await? == Went::Hit {
            return Ok(());
        }
    }
    Err("it was never passed".to_owned())
}

async fn play(child: Child<'_>, first: &str, order: &str, whole: &Whole) -> Result<Went, String> {
    let folder = TempDir::new().map_err(|error| error.to_string())?;
    let folder = folder.path();
    let mut kills = 0;
    if !first.is_empty() {
        kills += usize::from(run(child, folder, first).await?);
    }
    let _ = fs::remove_file(folder.join("hits"));
    kills += usize::from(run(child, folder, order).await?);
    let point = order.split('=').next().unwrap_or_default();
    if !passed(folder).contains(point) {
        return Ok(Went::NotHit);
    }
    run(child, folder, "").await?;
    judge(folder, kills, whole)?;
    Ok(Went::Hit)
}

/// Whether it was killed.
async fn run(child: Child<'_>, folder: &Path, orders: &str) -> Result<bool, String> {
    let mut command = tokio::process::Command::from(child(folder));
    command.env(ORDERS_VARIABLE, orders).env(HITS_VARIABLE, folder.join("hits"));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output()).await;
    let output = output.map_err(|_| format!("it goes on after {PATIENCE:?}"))?;
    let output = output.map_err(|error| error.to_string())?;
    match (output.status.success(), output.status.signal()) {
        (true, _) => Ok(false),
        (_, Some(SIGKILL)) if !orders.is_empty() => Ok(true),
        // A store that fails stops, and the load cannot be given.
        (_, None) if orders.contains("=error") => Ok(true),
        _ => Err(format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim())),
    }
}

fn judge(folder: &Path, kills: usize, whole: &Whole) -> Result<(), String> {
    let outcome = read(folder)?;
    for (task, told) in &outcome.tasks {
        let expected = whole.outcome.tasks.get(task).map_or("", |told| told.state.as_str());
        if told.state != expected {
            return Err(format!("{task} is {}, expected {expected}", told.state));
        }
    }
    let mut lost: Vec<_> = whole.outcome.reports.difference(&outcome.reports).collect();
    if outcome.reports.contains(TOLD_OTHERWISE) {
        lost.retain(|report| !report.starts_with(ESCALATED));
    }
    if !lost.is_empty() {
        return Err(format!("reports are lost: {lost:?}"));
    }
    for (task, fences) in in_order(folder)? {
        let most = whole.runs.get(&task).copied().unwrap_or_default() + kills;
        if fences.len() > most {
            let found = fences.len();
            return Err(format!("{task} was run {found} times after {kills} kills, expected {most} at most"));
        }
    }
    side_by_side(folder)
}

/// The fences of each task's runs, which only grow.
pub(crate) fn in_order(folder: &Path) -> Result<HashMap<String, Vec<u64>>, String> {
    let begun = begun(folder);
    for (task, fences) in &begun {
        if !fences.is_sorted_by(|one, other| one < other) {
            return Err(format!("{task} was begun with a fence that was older or the same: {fences:?}"));
        }
    }
    Ok(begun)
}

/// Two runs of one task at one time, in one process.
pub(crate) fn side_by_side(folder: &Path) -> Result<(), String> {
    let effects = fs::read_to_string(folder.join("effects")).unwrap_or_default();
    let mut running: HashMap<(&str, &str), &str> = HashMap::new();
    for line in effects.lines() {
        let mut words = line.split(' ');
        let (Some(word), Some(task), Some(fence), Some(process)) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            // By the kill of its process, with whose attempt it is lost.
            continue;
        };
        match word {
            "begin" => {
                if let Some(other) = running.insert((task, process), fence) {
                    return Err(format!("{task} was run twice at one time, by fences {other} and {fence}"));
                }
            }
            _ => drop(running.remove(&(task, process))),
        }
    }
    Ok(())
}

/// The fences of each task's runs, in their order.
fn begun(folder: &Path) -> HashMap<String, Vec<u64>> {
    let effects = fs::read_to_string(folder.join("effects")).unwrap_or_default();
    let mut begun: HashMap<String, Vec<u64>> = HashMap::new();
    for line in effects.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        if let ["begin", task, fence, _] = words.as_slice() {
            begun.entry((*task).to_owned()).or_default().push(fence.parse().unwrap_or_default());
        }
    }
    begun
}

fn passed(folder: &Path) -> BTreeSet<String> {
    let hits = fs::read_to_string(folder.join("hits")).unwrap_or_default();
    hits.lines().map(str::to_owned).collect()
}

fn read(folder: &Path) -> Result<Outcome, String> {
    let json = fs::read(folder.join("outcome")).map_err(|error| format!("it left no outcome: {error}"))?;
    serde_json::from_slice(&json).map_err(|error| error.to_string())
}
