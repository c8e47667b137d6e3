//! Which time is asked for, and what is wrong with a question.

use super::*;

/// 2023-11-14T22:13:20Z.
const NOW: Timestamp = Timestamp(1_700_000_000_000);

fn of(query: serde_json::Value) -> Result<Asked, OperatorError> {
    Asked::of(&serde_json::from_value(query).unwrap(), NOW)
}

#[test]
fn a_time_is_time_and_the_running_hour_and_day_are_the_first() {
    let check = |query: serde_json::Value, from: &str, to: &str| {
        let asked = of(query.clone()).unwrap();
        assert_eq!(
            (asked.from.to_string(), asked.to.to_string()),
            (from.to_owned(), to.to_owned()),
            "{query}"
        );
    };
    let end = Timestamp(u64::MAX).to_string();
    check(serde_json::json!({}), "1970-01-01T00:00:00Z", &end);
    check(serde_json::json!({"hours": 1}), "2023-11-14T22:00:00Z", &end);
    check(serde_json::json!({"hours": 24}), "2023-11-13T23:00:00Z", &end);
    check(serde_json::json!({"hours": u64::MAX}), "1970-01-01T00:00:00Z", &end);
    check(serde_json::json!({"days": 1}), "2023-11-14T00:00:00Z", &end);
    check(serde_json::json!({"days": 7}), "2023-11-08T00:00:00Z", &end);
    let day = serde_json::json!({"since": "2023-11-01", "until": "2023-11-01"});
    check(day, "2023-11-01T00:00:00Z", "2023-11-02T00:00:00Z");
    let moments = serde_json::json!({"since": "2023-11-01T10:30:00Z", "until": "2023-11-01T13:00:00+01:00"});
    check(moments, "2023-11-01T10:30:00Z", "2023-11-01T12:00:00Z");
}

#[test]
fn a_wrong_question_is_refused_with_the_name_of_what_is_wrong() {
    let check = |query: serde_json::Value, field: &str, words: &str| {
        let Err(error) = of(query.clone()) else { panic!("{query} was taken") };
        assert_eq!((error.code(), error.wrong_field()), ("bad-value", Some(field)), "{query}");
        assert!(error.to_string().contains(words), "{error}");
    };
    check(
        serde_json::json!({"by": "week"}),
        "by",
        "\"week\" is not known: expected one or more of hour, day,",
    );
    check(serde_json::json!({"by": ""}), "by", "\"\" is not known");
    check(serde_json::json!({"by": "hour,agent,day"}), "by", "found two");
    check(serde_json::json!({"hours": 0}), "hours", "0 is out of range: expected 1 or more");
    check(serde_json::json!({"days": 0}), "days", "0 is out of range");
    check(serde_json::json!({"hours": 1, "days": 1}), "hours", "one of hours, days and since");
    check(serde_json::json!({"days": 1, "since": "2023-11-01"}), "hours", "one of hours, days and since");
    check(serde_json::json!({"since": "yesterday"}), "since", "\"yesterday\" is not a time: expected");
    check(serde_json::json!({"until": "2023-02-30"}), "until", "\"2023-02-30\" is not a time");
    let turned = serde_json::json!({"since": "2023-11-02", "until": "2023-11-01"});
    check(turned, "until", "2023-11-02T00:00:00Z is not after 2023-11-02T00:00:00Z");
}

#[test]
fn a_word_may_come_twice() {
    let by = of(serde_json::json!({"by": "pool,pool,hour"})).unwrap().by;
    assert!(by.pool && by.time.is_some() && !by.provider);
}
