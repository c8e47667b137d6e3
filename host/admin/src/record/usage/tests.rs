//! Rows as they lie in the store, and those of a version without pools and histograms.

use patchbay_types::Tokens;

use super::*;

const OLD: &str = r#"{"key":{"hour":3600000,"provider":"p","model":"m","agent":"a"},
    "row":{"requests":2,"prompt":5,"latency_ms_sum":40}}"#;

#[test]
fn a_row_of_a_version_without_pools_is_read_and_lies_under_its_key() {
    let record: UsageRecord = serde_json::from_str(OLD).unwrap();
    assert_eq!((&*record.key.pool, record.row.requests, record.row.prompt), ("", 2, Tokens(5)));
    assert_eq!((record.row.reasoning, record.row.latency.quantile(0.5)), (Tokens(0), None));
    assert_eq!(record.key(), Key::new().number(3_600_000).text("p").text("m").text("a"));
}

#[test]
fn pools_of_one_provider_lie_under_keys_of_their_own() {
    let mut record: UsageRecord = serde_json::from_str(OLD).unwrap();
    let unknown = record.key();
    record.key.pool = "primary".into();
    assert_eq!(record.key(), unknown.text("primary"));
}

#[test]
fn a_row_is_read_as_it_was_written_and_its_histograms_are_short() {
    let mut record: UsageRecord = serde_json::from_str(OLD).unwrap();
    record.row.latency = [30, 30, 5].into_iter().collect();
    record.row.first_byte = [u64::MAX].into_iter().collect();
    let json = serde_json::to_string(&record).unwrap();
    assert!(json.contains(r#""latency":[1,0,2],"first_byte":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,1]"#), "{json}");
    assert_eq!(serde_json::from_str::<UsageRecord>(&json).unwrap(), record);
    let damaged = json.replace("[1,0,2]", &format!("{:?}", [1; 16]));
    let error = serde_json::from_str::<UsageRecord>(&damaged).unwrap_err().to_string();
    assert!(error.contains("16 classes of times: expected at most 15"), "{error}");
}

#[test]
fn a_table_is_read_from_the_start_of_an_hour_on() {
    let hour = |hour: u64| {
        let mut record: UsageRecord = serde_json::from_str(OLD).unwrap();
        record.key.hour = Timestamp(hour * 3_600_000);
        record.key()
    };
    let range = since(Timestamp(3 * 3_600_000));
    let holds = |key: Key| range.start() <= key.as_bytes() && key.as_bytes() < range.end();
    assert_eq!([2, 3, 4].map(|at| holds(hour(at))), [false, true, true]);
    assert_eq!(since(Timestamp(0)), Key::new().prefix());
}
