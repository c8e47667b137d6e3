//! Providers as people read them.

use patchbay_admin::api::{ModelView, ProviderView, TestView};

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
    let mut lines = vec![
        ("name", provider.name.to_string()),
        ("id", provider.id.to_string()),
        ("url", provider.url),
        ("key", provider.credential.unwrap_or_else(|| "none".to_owned())),
        ("pool", provider.pool),
        ("health", provider.health),
        ("rpm", format!("{}, {} used in the last 60 s", provider.rpm, provider.requests_used)),
        ("in flight", provider.in_flight.to_string()),
        ("first byte", provider.first_byte_ms.map(|ms| format!("{ms:.0} ms")).unwrap_or_default()),
        ("created", provider.created.to_string()),
        ("updated", provider.updated.to_string()),
    ];
    lines.extend(provider.reason.map(|reason| ("reason", reason)));
    lines.extend(provider.ejected_ms.map(|ms| ("ejected", format!("for {} more", seconds(ms)))));
    lines.extend(provider.cooling.into_iter().map(|rest| {
        let what = rest.model.map(|model| format!("{model} ")).unwrap_or_default();
        ("cooling", format!("{what}for {} more: {}", seconds(rest.left_ms), rest.reason))
    }));
    let rows = provider.models.into_iter().map(|(name, model)| model_row(name, model));
    let models = Table::new(["MODEL", "NATIVE", ">IN", ">OUT", ">CACHED"]).with(rows);
    format!("{}\n\n{}", pairs(lines), models.or("no models: patchbay provider set NAME --model MODEL"))
}

/// Prices are in USD per million tokens.
fn model_row(name: String, model: ModelView) -> [String; 5] {
    let price = Option::unwrap_or_default;
    [name, model.native_id, price(model.input_price), price(model.output_price), price(model.cached_price)]
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
