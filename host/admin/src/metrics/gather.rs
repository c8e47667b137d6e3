//! One look at the handles, as families.

use std::collections::BTreeMap;
use std::fmt;

use patchbay_meter::UsageRow;
use patchbay_slots::{GenerationView, Slot, TrialView};
use patchbay_types::{NanoUsd, ProviderName};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;

use super::family::{Family, Labels, Value};
use super::{gateway, provider};
use crate::operator::Desk;

#[derive(Debug)]
pub(super) struct Gathered(Vec<Family>);

type ByModel = BTreeMap<(ProviderName, String), UsageRow>;

/// Providers and models whose times are shown in classes, which are 17 lines each for both kinds.
const HISTOGRAMS_MAX: usize = 1_000;

impl Gathered {
    pub(super) fn of(desk: &Desk, outbox: Option<u64>) -> Self {
        let parts = desk.parts();
        let mut families = vec![
            Family::new(
                "build_info",
                "The version that runs",
                [(vec![("version", parts.version.to_owned())], Value::Gauge(1.0))],
            ),
            Family::one("uptime_seconds", "Time since the start", Value::Gauge(desk.uptime().as_secs_f64())),
            Family::one(
                "usage_dropped",
                "Requests whose usage was not counted, because there were too many keys",
                Value::Count(parts.meter.dropped()),
            ),
            Family::one(
                "task_stale_fences",
                "Words of workers outside who had lost their task",
                Value::Count(parts.engine.stale_fences()),
            ),
            Family::one(
                "task_forgotten",
                "Ready tasks that were found again after they had been forgotten: a mistake in Patchbay, please report it",
                Value::Count(parts.engine.forgotten()),
            ),
        ];
        families.extend(outbox.map(|waiting| {
            let waiting = Value::gauge(usize::try_from(waiting).unwrap_or(usize::MAX));
            Family::one("outbox_waiting", "Reports that wait to be delivered", waiting)
        }));
        families.extend(usage(&by_model(desk)));
        families.extend(provider::families(&parts.pool.status()));
        families.extend(desk.gateway().iter().flat_map(|counts| gateway::families(counts)));
        families.extend(slots(&parts.slots.all()));
        Self(families)
    }
}

impl Collector for Gathered {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|family| family.encode(&mut encoder))
    }
}

fn by_model(desk: &Desk) -> ByModel {
    let mut sums = ByModel::new();
    for (key, row) in desk.parts().meter.totals() {
        sums.entry((key.provider, key.model)).or_default().merge(&row);
    }
    sums
}

fn usage(sums: &ByModel) -> Vec<Family> {
    let labels = |(provider, model): &(ProviderName, String)| -> Labels {
        vec![("provider", provider.to_string()), ("model", model.clone())]
    };
    let each = |value: fn(&UsageRow) -> Value| sums.iter().map(move |(key, row)| (labels(key), value(row)));
    let tokens = |kind: &'static str, value: fn(&UsageRow) -> u64| {
        sums.iter().map(move |(key, row)| {
            let mut labels = labels(key);
            labels.push(("type", kind.to_owned()));
            (labels, Value::Count(value(row)))
        })
    };
    let all_tokens = tokens("prompt", |row| row.prompt.0)
        .chain(tokens("completion", |row| row.completion.0))
        .chain(tokens("cached", |row| row.cached.0))
        .chain(tokens("cache_write", |row| row.cache_write.0))
        .chain(tokens("reasoning", |row| row.reasoning.0));
    let times = |value: fn(&UsageRow) -> Value| each(value).take(HISTOGRAMS_MAX);
    vec![
        Family::new("requests", "Requests that are over", each(|row| Value::Count(row.requests))),
        Family::new("errors", "Requests that failed", each(|row| Value::Count(row.errors))),
        Family::new(
            "tokens",
            "Tokens; those read from and written to a cache are part of prompt",
            all_tokens,
        ),
        Family::new("cost_usd", "Cost in US dollars", each(|row| Value::Amount(usd(row.cost)))),
        Family::new(
            "request_seconds",
            "Time of all requests, from the request to the last byte of the answer",
            each(|row| Value::Amount(seconds(row.latency_ms_sum))),
        ),
        Family::new(
            "latency_seconds",
            "Times from the request to the last byte of the answer",
            times(|row| Value::times(seconds(row.latency_ms_sum), &row.latency)),
        ),
        Family::new(
            "first_byte_seconds",
            "Times from the request to the first byte of the answer",
            times(|row| Value::times(seconds(row.first_byte_ms_sum), &row.first_byte)),
        ),
    ]
}

fn slots(all: &[Slot]) -> Vec<Family> {
    let live: Vec<GenerationView> = all.iter().flat_map(Slot::live).collect();
    let mut families = plugins(&live);
    let filled = all.iter().map(|slot| {
        let labels = vec![("slot", slot.name().to_string())];
        (labels, Value::gauge(usize::from(slot.is_filled())))
    });
    let what = "Whether a plugin is in charge (1) or the slot is empty (0)";
    families.push(Family::new("slot_filled", what, filled));
    let loaded = all.iter().map(|slot| {
        let labels = vec![("slot", slot.name().to_string())];
        (labels, Value::gauge(usize::from(slot.is_loaded())))
    });
    let what = "Whether the slot is loaded (1) or waits for the first task that needs it (0)";
    families.push(Family::new("slot_loaded", what, loaded));
    let trials = all.iter().filter_map(|slot| Some(trial(&slot.trial_report(0)?.trial)));
    let what = "Calls that the candidate on trial was put, by how it answered them";
    families.push(Family::new("trial_calls", what, trials.flatten()));
    families
}

fn trial(trial: &TrialView) -> [(Labels, Value); 5] {
    let TrialView { agree, differ, diverged, failed, missed, .. } = trial;
    let verdicts = [
        ("agree", agree),
        ("differ", differ),
        ("diverged", diverged),
        ("failed", failed),
        ("missed", missed),
    ];
    verdicts.map(|(verdict, count)| {
        let slot = trial.candidate.slot.to_string();
        (vec![("slot", slot), ("verdict", verdict.to_owned())], Value::Count(*count))
    })
}

fn plugins(live: &[GenerationView]) -> Vec<Family> {
    let labels = |generation: &GenerationView| -> Labels {
        vec![("slot", generation.id.slot.to_string()), ("generation", generation.number.to_string())]
    };
    let failures = live.iter().flat_map(|generation| {
        let GenerationView { refused, traps, timeouts, limits, invalid, busy, .. } = generation;
        let counts = [
            ("refused", refused),
            ("trap", traps),
            ("timeout", timeouts),
            ("limit", limits),
            ("invalid", invalid),
            ("busy", busy),
        ];
        counts.map(|(class, count)| {
            let mut labels = labels(generation);
            labels.push(("class", class.to_owned()));
            (labels, Value::Count(*count))
        })
    });
    let quantile = |micros: fn(&GenerationView) -> Option<f64>| {
        live.iter()
            .filter_map(move |generation| Some((labels(generation), Value::Gauge(micros(generation)? / 1e6))))
    };
    let calls = live.iter().map(|generation| (labels(generation), Value::Count(generation.calls)));
    vec![
        Family::new("plugin_calls", "Calls of a generation that lives", calls),
        Family::new("plugin_failures", "Calls that gave no usable answer", failures),
        Family::new(
            "plugin_call_p50_seconds",
            "Median time of a call",
            quantile(|generation| generation.p50_us),
        ),
        Family::new(
            "plugin_call_p99_seconds",
            "Time of a call, 99th percentile",
            quantile(|generation| generation.p99_us),
        ),
    ]
}

#[allow(clippy::cast_precision_loss, reason = "a float's 53 bits hold nine million dollars to the nano")]
fn usd(cost: NanoUsd) -> f64 {
    cost.0 as f64 / NanoUsd::PER_USD as f64
}

#[allow(clippy::cast_precision_loss, reason = "milliseconds of centuries")]
fn seconds(ms: u64) -> f64 {
    ms as f64 / 1e3
}
