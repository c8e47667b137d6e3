//! What is no cron expression.

use super::*;

#[test]
fn a_wrong_field_is_refused_with_its_name() {
    for (expression, field, found) in [
        ("60 0 * * *", "minute", "60"),
        ("0 24 * * *", "hour", "24"),
        ("0 0 32 * *", "day of month", "32"),
        ("0 0 0 * *", "day of month", "0"),
        ("0 0 * 13 *", "month", "13"),
        ("0 0 * * 8", "day of week", "8"),
        ("0 0 10-5 * *", "day of month", "10-5"),
        ("0 0 /30 * *", "day of month", "/30"),
        ("0/10 * * * *", "minute", "0/10"),
        ("*/0 * * * *", "minute", "*/0"),
        ("? 12 * * *", "minute", "?"),
        ("0 12 +1 * MON", "day of month", "+1"),
        ("0 12 * * MON,+TUE", "day of week", "MON,+TUE"),
        ("0 12 * * ++MON", "day of week", "++MON"),
        ("0 12 1-15W * *", "day of month", "1-15W"),
        ("0 12 1,15W * *", "day of month", "1,15W"),
        ("0 0 MON * *", "day of month", "MON"),
        ("0 0 * MON *", "month", "MON"),
        ("0 0 * * JAN", "day of week", "JAN"),
        ("0 0 * * L", "day of week", "L"),
        ("0 0 * * 5#6", "day of week", "5#6"),
        ("0 0 1L * *", "day of month", "1L"),
        ("1,,2 * * * *", "minute", "1,,2"),
        ("-5 * * * *", "minute", "-5"),
        ("+5 * * * *", "minute", "+5"),
        ("0 0 0 1 1 * 1969", "year", "1969"),
        ("é * * * *", "minute", "é"),
    ] {
        let Err(CronError::Syntax(error)) = Cron::new(expression, "UTC") else {
            panic!("{expression} is taken")
        };
        let begin = format!("cron '{expression}': {field} '{found}' is wrong: expected *, ");
        assert!(error.to_string().starts_with(&begin), "{error}");
    }
}

#[test]
fn what_is_no_expression_at_all_is_refused() {
    for (expression, says) in [
        ("", "cron '' has 0 fields"),
        ("* * * *", "has 4 fields"),
        ("* * * * * * * *", "has 8 fields"),
        ("@reboot", "no nickname that has a time"),
        ("@daily 0 0 * * *", "no nickname"),
        ("0 0 * * @daily", "day of week '@daily' is wrong"),
    ] {
        let error = Cron::new(expression, "UTC").unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
    let long = format!("{} * * * *", "1,".repeat(200));
    assert!(Cron::new(&long, "UTC").unwrap_err().to_string().contains("is too long"));
}

#[test]
fn a_day_that_never_comes_is_refused() {
    for expression in [
        "0 0 30 2 *",
        "0 0 31 4,6,9,11 *",
        "0 0 0 29 2 * 2025",
        "0 0 30 2 +MON",
        "0 0 0 29 2 * 2100",
        "0 0 31W 2 *",
    ] {
        let error = Cron::new(expression, "UTC").unwrap_err();
        assert_eq!(error, CronError::Never { text: expression.to_owned() });
    }
}

#[test]
fn a_zone_that_does_not_exist_is_refused() {
    for zone in ["Europe/Atlantis", "", "CEST+1", "../etc/passwd"] {
        let error = Cron::new("* * * * *", zone).unwrap_err().to_string();
        assert!(error.starts_with(&format!("time zone '{zone}' is not known")), "{error}");
    }
}

#[test]
fn an_expression_is_written_as_it_was_read() {
    let cron = cron("0 9 * * mon-fri", "europe/berlin");
    let json = serde_json::to_string(&cron).unwrap();
    assert_eq!(json, r#"{"expression":"0 9 * * mon-fri","zone":"Europe/Berlin"}"#);
    assert_eq!(serde_json::from_str::<Cron>(&json).unwrap(), cron);
    assert!(serde_json::from_str::<Cron>(r#"{"expression":"0 9 30 2 *"}"#).is_err());
}

#[test]
fn an_expression_is_said_in_words() {
    let said = "At 09:00, on Monday, Tuesday, Wednesday, Thursday, and Friday, Europe/Berlin";
    assert_eq!(cron("0 9 * * MON-FRI", "Europe/Berlin").in_words(), said);
    assert_eq!(cron("*/15 * * * *", "UTC").in_words(), "At every 15 minutes, UTC");
}
