//! How providers fare, as families.

use std::collections::BTreeMap;

use patchbay_pool::EndpointStatus;

use super::family::{Family, Labels, Value};
use crate::operator::{health, serves};

pub(super) fn families(statuses: &[EndpointStatus]) -> impl Iterator<Item = Family> {
    let (load, probes) = (load_families(statuses), probe_families(statuses));
    health_families(statuses).into_iter().chain(load).chain(probes)
}

fn health_families(statuses: &[EndpointStatus]) -> [Family; 4] {
    let mut by_health: BTreeMap<&'static str, usize> = BTreeMap::new();
    statuses.iter().for_each(|status| *by_health.entry(health(status)).or_default() += 1);
    let by_health =
        by_health.into_iter().map(|(word, count)| (vec![("health", word.to_owned())], Value::gauge(count)));
    let states = statuses.iter().map(|status| {
        let mut labels = labels(status);
        labels.push(("health", health(status).to_owned()));
        (labels, Value::Gauge(1.0))
    });
    [
        Family::new(
            "provider_up",
            "Whether a provider is switched on, and healthy or degraded",
            each(statuses, |status| Some(flag(serves(status)))),
        ),
        Family::new("provider_health", "The health of a provider, as a label of 1", states),
        Family::new("providers", "Providers by their health", by_health),
        Family::new(
            "cooldown_active",
            "Cooldowns of a provider and of its models that run",
            each(statuses, |status| {
                Some(count(status.cooling.iter().filter(|cooling| cooling.left_ms > 0).count()))
            }),
        ),
    ]
}

fn load_families(statuses: &[EndpointStatus]) -> [Family; 4] {
    [
        Family::new(
            "requests_in_flight",
            "Requests that a provider is answering",
            each(statuses, |status| Some(status.in_flight.into())),
        ),
        Family::new(
            "provider_requests_left",
            "Requests that a provider may be sent at once",
            each(statuses, |status| Some(status.requests_left.into())),
        ),
        Family::new(
            "provider_tokens_left",
            "Tokens that a provider with a limit of them may still use this minute",
            each(statuses, |status| Some(tokens(status.tpm?.saturating_sub(status.tokens_used.0)))),
        ),
        Family::new(
            "provider_ramp_requests",
            "Requests at one time that a provider which came back may have until it is let in as a whole",
            each(statuses, |status| Some(status.ramp?.into())),
        ),
    ]
}

fn probe_families(statuses: &[EndpointStatus]) -> [Family; 3] {
    [
        Family::new(
            "provider_probe_success_ratio",
            "Share of good health probes in the last five minutes",
            each(statuses, |status| status.probe.success_rate),
        ),
        Family::new(
            "provider_probe_failures_in_a_row",
            "Health probes that failed since the last good one",
            each(statuses, |status| Some(status.probe.failures_in_a_row.into())),
        ),
        Family::new(
            "provider_probe_latency_seconds",
            "Time of the last good health probe",
            each(statuses, |status| Some(status.probe.latency_ms? / 1e3)),
        ),
    ]
}

fn each(
    statuses: &[EndpointStatus],
    value: impl Fn(&EndpointStatus) -> Option<f64>,
) -> impl Iterator<Item = (Labels, Value)> {
    statuses.iter().filter_map(move |status| Some((labels(status), Value::Gauge(value(status)?))))
}

fn labels(status: &EndpointStatus) -> Labels {
    vec![("provider", status.name.to_string()), ("pool", status.pool.clone())]
}

fn flag(on: bool) -> f64 {
    f64::from(u8::from(on))
}

#[allow(clippy::cast_precision_loss, reason = "a few thousand models")]
fn count(count: usize) -> f64 {
    count as f64
}

#[allow(clippy::cast_precision_loss, reason = "a limit of at most a million million")]
fn tokens(tokens: u64) -> f64 {
    tokens as f64
}
