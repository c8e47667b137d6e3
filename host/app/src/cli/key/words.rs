//! Keys as people read them.

use patchbay_admin::api::{KeyUse, KeyView, LimitsView};

use crate::cli::table::{Table, pairs};

pub fn list(keys: Vec<KeyView>) -> String {
    let rows = keys.into_iter().map(|key| {
        let (limits, used) = (limits(&key), used(&key));
        [key.agent.to_string(), key.key, limits, used, key.created.to_string(), key.id]
    });
    Table::new(["AGENT", "KEY", "LIMITS", "USED", "CREATED", "ID"])
        .with(rows)
        .or("no keys yet: patchbay key create AGENT")
}

pub fn one(key: KeyView) -> String {
    let LimitsView { rpm, tpm, concurrency, usd_per_day, usd_per_month } = key.limits;
    let KeyUse { requests, tokens, in_flight, usd_today, usd_this_month, usd_reserved } = key.used;
    let models = if key.models.is_empty() { "all".to_owned() } else { key.models.join(", ") };
    let mut lines = vec![
        ("id", key.id),
        ("agent", key.agent.to_string()),
        ("key", key.key),
        ("created", key.created.to_string()),
        ("models", models),
        ("requests a minute", of(requests, rpm)),
        ("tokens a minute", of(tokens.0, tpm)),
        ("at one time", of(in_flight, concurrency)),
        ("USD a day", of(usd_today, usd_per_day)),
        ("USD a month", of(usd_this_month, usd_per_month)),
        ("USD set aside", usd_reserved),
    ];
    lines.extend(key.warnings.into_iter().map(|warning| ("warning", warning)));
    pairs(lines)
}

/// `gpt-5, 40 requests and 10000 tokens a minute, 2 at one time, 5 USD a day`; `none` if there are none.
pub fn limits(key: &KeyView) -> String {
    let LimitsView { rpm, tpm, concurrency, usd_per_day, usd_per_month } = &key.limits;
    let parts = [
        (!key.models.is_empty()).then(|| key.models.join(" ")),
        rpm.map(|rpm| format!("{rpm} requests/min")),
        tpm.map(|tpm| format!("{tpm} tokens/min")),
        concurrency.map(|most| format!("{most} at one time")),
        usd_per_day.as_ref().map(|usd| format!("{usd} USD/day")),
        usd_per_month.as_ref().map(|usd| format!("{usd} USD/month")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
}

/// Only of what is limited.
fn used(key: &KeyView) -> String {
    let (limits, used) = (&key.limits, &key.used);
    let parts = [
        limits.rpm.map(|_| format!("{} requests", used.requests)),
        limits.tpm.map(|_| format!("{} tokens", used.tokens.0)),
        limits.concurrency.map(|_| format!("{} running", used.in_flight)),
        limits.usd_per_day.as_ref().map(|_| format!("{} USD today", used.usd_today)),
        limits.usd_per_month.as_ref().map(|_| format!("{} USD this month", used.usd_this_month)),
        (used.usd_reserved != "0").then(|| format!("{} USD set aside", used.usd_reserved)),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn of(used: impl std::fmt::Display, limit: Option<impl std::fmt::Display>) -> String {
    match limit {
        Some(limit) => format!("{used} of {limit}"),
        None => "no limit".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> KeyView {
        let json = serde_json::json!({
            "id": "key_1", "agent": "a", "key": "pbk_…", "created": 0, "models": ["m", "n*"], "warnings": [],
            "limits": {"rpm": 40, "usd_per_day": "2.5"},
            "used": {"requests": 3, "tokens": 0, "in_flight": 0, "usd_today": "0.5", "usd_this_month": "0.5",
                     "usd_reserved": "0"},
        });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn limits_and_what_is_used_of_them_stand_beside_each_other() {
        assert_eq!(limits(&key()), "m n*, 40 requests/min, 2.5 USD/day");
        assert_eq!(used(&key()), "3 requests, 0.5 USD today");
        let shown = one(key());
        assert!(
            shown.contains("3 of 40") && shown.contains("0.5 of 2.5") && shown.contains("no limit"),
            "{shown}"
        );
        let free = KeyView { models: Vec::new(), limits: LimitsView::default(), ..key() };
        assert_eq!((limits(&free), used(&free)), ("none".to_owned(), String::new()));
    }
}
