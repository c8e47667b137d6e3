//! `patchbay status`: how the host is, on one screen.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use patchbay_admin::api::{CooldownView, Health, Logged, TaskAsked, Totals};
use patchbay_types::{Event, Report};
use serde::Deserialize;
use serde_json::Value;

use super::slot::TrialRow;
use super::table::pairs;
use super::{AnswerOptions, Failure, answer};
use crate::client::Request;

/// What is shown of the API's status.
#[derive(Deserialize)]
struct StatusView {
    version: String,
    uptime_ms: u64,
    address: Value,
    health: Health,
    config_problem: Option<String>,
    slots: Vec<SlotView>,
    sandbox: String,
    providers: BTreeMap<String, usize>,
    cooldowns: Vec<CooldownView>,
    since_start: Totals,
    in_all: Totals,
    /// A host of another version does not tell.
    #[serde(default)]
    asked: Vec<TaskAsked>,
    reports_waiting: u64,
    /// The newest last.
    reports: Vec<Logged<Report>>,
    /// The newest last.
    events: Vec<Logged<Event>>,
}

#[derive(Deserialize)]
struct SlotView {
    slot: String,
    active: Option<ActiveView>,
    #[serde(default = "loaded")]
    loaded: bool,
    trial: Option<TrialRow>,
}

#[derive(Deserialize)]
struct ActiveView {
    id: String,
    name: String,
    version: String,
}

/// # Errors
/// As [`answer::ask`].
pub async fn run(dir: &Path, options: AnswerOptions) -> Result<(), Failure> {
    answer::show(dir, Request::get("/api/status"), options.json, words).await
}

fn words(status: StatusView) -> String {
    let mut lines = vec![
        ("health", health(&status.health)),
        ("version", status.version),
        ("uptime", uptime(status.uptime_ms)),
    ];
    lines.extend(status.config_problem.map(|problem| ("config", problem)));
    lines.extend(addresses(&status.address));
    lines.extend(status.slots.iter().map(|slot| ("slot", in_charge(slot))));
    lines.extend(status.slots.iter().filter_map(|slot| Some(("trial", slot.trial.as_ref()?.words()))));
    lines.extend(
        status.asked.iter().map(|asked| ("asks you", format!("task {}: {}", asked.task, asked.text))),
    );
    lines.extend([
        ("sandbox", status.sandbox),
        ("providers", providers(&status.providers)),
        ("cooldowns", status.cooldowns.len().to_string()),
        ("since start", totals(&status.since_start)),
        ("in all", totals(&status.in_all)),
        ("reports", format!("{} waiting", status.reports_waiting)),
    ]);
    lines.extend(
        status.reports.iter().map(|Logged { entry, .. }| ("", format!("{} {}", entry.at, entry.title))),
    );
    lines.extend(status.events.last().map(|Logged { entry, .. }| {
        ("last event", format!("{} {} {}: {}", entry.at, entry.kind, entry.subject, entry.message))
    }));
    pairs(lines)
}

fn in_charge(slot: &SlotView) -> String {
    let SlotView { slot, active, loaded, .. } = slot;
    match active {
        None if !loaded => format!("{slot}: not loaded yet"),
        Some(ActiveView { id, name, version }) => format!("{slot}: {id} {name}@{version}"),
        None if slot == "routing" => format!("{slot}: the native policy"),
        None => format!("{slot}: nobody"),
    }
}

/// A host of another version loads them all.
fn loaded() -> bool {
    true
}

fn health(health: &Health) -> String {
    match health.reasons.is_empty() {
        true => health.status.clone(),
        false => format!("{}: {}", health.status, health.reasons.join("; ")),
    }
}

/// Where the host listens, in its own words; it listens nowhere while no server runs.
fn addresses(address: &Value) -> Vec<(&'static str, String)> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match address {
        Value::Null => vec![("address", "no server is running".to_owned())],
        Value::Object(named) => {
            named.iter().map(|(name, value)| ("address", format!("{name} {}", text(value)))).collect()
        }
        other => vec![("address", text(other))],
    }
}

fn providers(by_health: &BTreeMap<String, usize>) -> String {
    let counts = by_health.iter().filter(|(_, count)| **count > 0);
    let counts: Vec<String> = counts.map(|(health, count)| format!("{count} {health}")).collect();
    match counts.is_empty() {
        true => "none yet: patchbay provider add NAME --url URL --key-env VAR --model MODEL".to_owned(),
        false => counts.join(", "),
    }
}

fn totals(totals: &Totals) -> String {
    let Totals { requests, errors, total_tokens, cost_nano_usd, .. } = totals;
    format!("{requests} requests, {errors} errors, {} tokens, {cost_nano_usd}", total_tokens.0)
}

fn uptime(ms: u64) -> String {
    let seconds = Duration::from_millis(ms).as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {} s", seconds % 60),
        (0, _, _) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_uptime_is_said_in_its_two_largest_units() {
        let check = |ms: u64, expect: &str| assert_eq!(uptime(ms), expect);
        check(999, "0 s");
        check(61_000, "1 min 1 s");
        check(3_660_000, "1 h 1 min");
        check(90_000_000, "1 d 1 h");
    }

    #[test]
    fn a_host_without_providers_says_what_to_do() {
        assert!(providers(&BTreeMap::from([("healthy".to_owned(), 0)])).contains("provider add"));
        assert_eq!(
            providers(&BTreeMap::from([("dead".to_owned(), 1), ("healthy".to_owned(), 2)])),
            "1 dead, 2 healthy"
        );
    }
}
