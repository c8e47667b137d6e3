//! What is sent, and what is shown of the answer.

use patchbay_admin::api::UsageLine;
use serde_json::{Value, json};

use super::*;

/// A line with these fields instead of the usual ones.
fn line(fields: Value) -> UsageLine {
    let mut line = json!({
        "hour": null, "day": null, "month": null, "pool": null, "provider": "p", "model": "m", "agent": "a",
        "providers": null, "requests": 2, "errors": 0, "cancelled": 0, "estimated": 0, "prompt_tokens": 10,
        "completion_tokens": 5, "cached_tokens": 4, "cache_write_tokens": 3, "reasoning_tokens": 2, "total_tokens": 15,
        "cost_nano_usd": 500_000_000, "cost_usd": "0.5", "latency_ms": 20.25, "latency_p50_ms": 18.0,
        "latency_p95_ms": 25.0, "first_byte_ms": null, "first_byte_p50_ms": null, "first_byte_p95_ms": null,
    });
    for (name, value) in fields.as_object().unwrap() {
        line[name] = value.clone();
    }
    serde_json::from_value(line).unwrap()
}

#[test]
fn only_what_was_given_is_sent_and_it_is_encoded() {
    let model = Some("vendor/a b&c".to_owned());
    let given = Options { hours: Some(24), model, by: vec![By::Hour, By::Pool], ..Options::default() };
    assert_eq!(given.path(), "/api/usage?hours=24&model=vendor%2Fa+b%26c&by=hour%2Cpool");
    let since = Some("2026-11-21T08:00:00+01:00".to_owned());
    let given = Options { since, ..Options::default() };
    assert_eq!(given.path(), "/api/usage?since=2026-11-21T08%3A00%3A00%2B01%3A00");
    assert_eq!(Options::default().path(), "/api/usage?");
}

#[test]
fn the_rows_are_summed_below() {
    let text = words::lines(vec![line(json!({})), line(json!({"cost_nano_usd": 1_000_000_000_u64}))], false);
    assert!(text.starts_with("PROVIDER  MODEL  AGENT  REQUESTS  ERRORS  PROMPT  CACHED"), "{text}");
    assert!(text.ends_with("\n\n4 requests, 1.50 USD"), "{text}");
    assert!(words::lines(Vec::new(), false).starts_with("no usage here"));
}

#[test]
fn what_lines_are_not_of_has_no_column_and_times_are_as_long_as_they_need_be() {
    let nobody = json!({"provider": null, "model": null, "agent": null});
    let by = |field: &str, value: Value| {
        let mut fields = nobody.clone();
        fields[field] = value;
        words::lines(vec![line(fields)], false)
    };
    let first = |text: String| -> Vec<String> {
        text.lines().take(2).map(|line| line.split_whitespace().next().unwrap().to_owned()).collect()
    };
    assert_eq!(first(by("hour", json!(1_700_000_000_000_u64))), ["TIME", "2023-11-14T22:13:20Z"]);
    assert_eq!(first(by("day", json!(1_700_000_000_000_u64))), ["TIME", "2023-11-14"]);
    assert_eq!(first(by("month", json!(1_700_000_000_000_u64))), ["TIME", "2023-11"]);
    assert_eq!(first(by("pool", json!(""))), ["POOL", "-"]);
    assert!(by("providers", json!(3)).starts_with("PROVIDERS  REQUESTS"));
}

#[test]
fn a_wide_table_has_the_times_too() {
    let text = words::lines(vec![line(json!({}))], true);
    assert!(text.contains("MS  P50  P95  FIRST MS  P50  P95\n"), "{text}");
    assert!(text.contains("20   18   25         -    -    -\n"), "{text}");
}

#[test]
fn separated_values_are_quoted_where_they_must_be() {
    let text = csv::lines(vec![line(json!({"model": "a,\"b\"", "pool": "primary"}))]);
    let (heading, row) = text.split_once('\n').unwrap();
    assert!(heading.starts_with("time,pool,provider,model,agent,providers,requests,"), "{heading}");
    assert_eq!(row, r#",primary,p,"a,""b""",a,,2,0,0,0,10,4,3,5,2,15,0.5,20.2,18.0,25.0,,,"#);
    assert_eq!(heading.split(',').count(), 23);
}
