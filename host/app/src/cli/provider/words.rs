//! Providers as people read them.

use std::time::Duration;

use patchbay_admin::api::{ModelView, ProbeView, ProviderView, TestView};
use patchbay_pool::Timeouts;

use crate::cli::cooldown::seconds;
use crate::cli::table::{Table, pairs};

pub fn list(providers: Vec<ProviderView>) -> String {
    let rows = providers.into_iter().map(|provider| {
        let models = provider.models.keys().cloned().collect::<Vec<_>>().join(", ");
        let (name, rpm) = (provider.name.to_string(), provider.rpm.to_string());
        [name, provider.pool, provider.health, rpm, provider.url, models]
    });
    Table::new(["NAME", "POOL", "HEALTH", ">RPM", "URL", "MODELS"])
        .with(rows)
        .or("no providers yet: patchbay provider add NAME --url URL --key-env VAR --model MODEL")
}

pub fn one(provider: ProviderView) -> String {
    let mut lines = entered(&provider);
    lines.extend(fares(&provider));
    let rows = provider.models.into_iter().map(|(name, model)| model_row(name, model));
    let heading = [
        "MODEL",
        "NATIVE",
        ">IN",
        ">OUT",
        ">CACHED",
        ">CACHE WRITE",
        ">CONTEXT",
        ">OUTPUT",
        "READS",
        "REASONING",
    ];
    let models = Table::new(heading).with(rows);
    format!("{}\n\n{}", pairs(lines), models.or("no models: patchbay provider set NAME --model MODEL"))
}

fn entered(provider: &ProviderView) -> Vec<(&'static str, String)> {
    let mut lines = vec![
        ("name", provider.name.to_string()),
        ("id", provider.id.to_string()),
        ("url", provider.url.clone()),
        ("api", provider.api.to_string()),
        ("key", provider.credential.clone().unwrap_or_else(|| "none".to_owned())),
        ("pool", provider.pool.clone()),
    ];
    lines.extend(provider.label.clone().map(|label| ("label", label)));
    lines.extend(
        timeouts(provider.timeouts).into_iter().filter_map(|(name, span)| Some((name, shown(span?)))),
    );
    lines.push(("health path", provider.health_path.clone().unwrap_or_else(|| "off: no probes".to_owned())));
    lines.extend(provider.keep_native_model.then(|| ("native model", "kept in answers".to_owned())));
    lines.extend(provider.no_usage_option.then(|| ("usage option", "not known to it".to_owned())));
    lines.extend(provider.metadata.iter().map(|(name, value)| ("meta", format!("{name}={value}"))));
    lines.extend([("created", provider.created.to_string()), ("updated", provider.updated.to_string())]);
    lines
}

fn timeouts(set: Timeouts) -> [(&'static str, Option<Duration>); 4] {
    [("connect", set.connect), ("first byte", set.first_byte), ("silence", set.silence), ("total", set.total)]
}

fn shown(span: Duration) -> String {
    format!("at most {span:?}")
}

fn fares(provider: &ProviderView) -> Vec<(&'static str, String)> {
    let most = provider.max_in_flight.map(|most| format!(" of {most}")).unwrap_or_default();
    let mut lines = vec![
        ("health", provider.health.clone()),
        ("rpm", format!("{}, {} used in the last 60 s", provider.rpm, provider.requests_used)),
        ("in flight", format!("{}{most}", provider.in_flight)),
        ("answers in", provider.first_byte_ms.map(|ms| format!("{ms:.0} ms")).unwrap_or_default()),
        ("probes", probes(&provider.probe)),
    ];
    let tokens = |tpm| format!("{tpm}, {} used in the last 60 s", provider.tokens_used.0);
    lines.extend(provider.tpm.map(|tpm| ("tpm", tokens(tpm))));
    lines.extend(provider.ramp.map(|most| ("ramp", format!("it is back: {most} at one time for now"))));
    lines.extend(provider.reason.clone().map(|reason| ("reason", reason)));
    lines.extend(provider.ejected_ms.map(|ms| ("ejected", format!("for {} more", seconds(ms)))));
    lines.extend(provider.cooling.iter().map(|rest| {
        let what = rest.model.as_ref().map(|model| format!("{model} ")).unwrap_or_default();
        ("cooling", format!("{what}for {} more: {}", seconds(rest.left_ms), rest.reason))
    }));
    lines
}

fn probes(probe: &ProbeView) -> String {
    let Some(share) = probe.success_rate else { return "none in the last five minutes".to_owned() };
    let latency = probe.latency_ms.map(|ms| format!(", the last good one in {ms:.0} ms")).unwrap_or_default();
    let failures = match probe.failures_in_a_row {
        0 => String::new(),
        failures => format!(", {failures} failed in a row"),
    };
    format!("{}: {:.0} % good in five minutes{latency}{failures}", probe.state, share * 100.0)
}

/// Prices are in USD per million tokens.
fn model_row(name: String, model: ModelView) -> [String; 10] {
    let price = Option::unwrap_or_default;
    let reasoning = match (model.reasoning, model.reasoning_effort) {
        (true, Some(effort)) => effort,
        (true, None) => "yes".to_owned(),
        (false, _) => String::new(),
    };
    [
        name,
        model.native_id,
        price(model.input_price),
        price(model.output_price),
        price(model.cached_price),
        price(model.cache_write_price),
        model.context_window.to_string(),
        model.max_tokens.to_string(),
        model.input_modalities.join(","),
        reasoning,
    ]
}

/// Without the sentence that sums it up: of a failure it is the error.
pub fn test(view: &TestView) -> String {
    let mut lines = vec![("url", view.url.clone())];
    lines.extend(view.status.map(|status| ("status", status.to_string())));
    lines.extend(view.models.map(|models| ("models", models.to_string())));
    lines.extend(view.latency_ms.map(|ms| ("latency", format!("{ms:.0} ms"))));
    lines.extend(view.missing.iter().map(|model| ("not listed", model.clone())));
    lines.extend(view.ok.then(|| ("result", view.message.clone())));
    pairs(lines)
}
