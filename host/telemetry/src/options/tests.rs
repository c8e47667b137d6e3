//! What of an operator's choice is taken, and what is said of the rest.

use super::*;

fn endpoint(text: &str) -> Result<String, TelemetryError> {
    endpoint::traces(text).map(|uri| uri.to_string())
}

fn with_header(name: &str, value: &str) -> TelemetryOptions {
    let headers = vec![(name.to_owned(), Secret::new(value.to_owned()))];
    TelemetryOptions { headers, ..TelemetryOptions::default() }
}

#[test]
fn the_path_for_traces_is_added_once() {
    let same = "http://127.0.0.1:4318/v1/traces";
    for text in ["http://127.0.0.1:4318", "http://127.0.0.1:4318/", same, "http://127.0.0.1:4318/v1/traces/"]
    {
        assert_eq!(endpoint(text).unwrap(), same);
    }
    let below = endpoint("https://traces.example.com/otel").unwrap();
    assert_eq!(below, "https://traces.example.com/otel/v1/traces");
}

#[test]
fn what_is_no_endpoint_is_named_with_what_was_expected() {
    for text in ["", "127.0.0.1:4318", "grpc://127.0.0.1:4317", "http://", "http://h/?key=1", "http://h/#x"] {
        let error = endpoint(text).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{text:?} is no endpoint: ")), "{error}");
    }
    assert!(endpoint(&format!("http://{}", "h".repeat(3000))).is_err());
}

#[test]
fn a_password_in_an_endpoint_is_not_repeated() {
    for text in ["http://me:hunter2@h", "ftp://me:hunter2@h", "http://me:hunter2@h/?a"] {
        let error = endpoint(text).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}

#[test]
fn a_headers_secret_is_in_no_debug_output() {
    let options = with_header("authorization", "Bearer hunter2");
    let headers = options.header_map().unwrap();
    assert_eq!(headers["authorization"], "Bearer hunter2");
    assert!(!format!("{options:?} {headers:?}").contains("hunter2"));
}

#[test]
fn a_header_that_cannot_be_sent_is_refused_without_its_value() {
    for (name, value) in [("a b", "hunter2"), ("x-key", "hunter2\r\nx-more: 1"), ("Host", "hunter2")] {
        let error = with_header(name, value).header_map().unwrap_err().to_string();
        assert!(error.contains(&format!("{name:?}")) && !error.contains("hunter2"), "{error}");
    }
    let many = TelemetryOptions {
        headers: (0..=HEADERS_MAX).map(|n| (format!("x-{n}"), Secret::new(String::new()))).collect(),
        ..TelemetryOptions::default()
    };
    assert!(matches!(many.header_map(), Err(TelemetryError::Headers { found: 17 })));
}

#[test]
fn a_number_out_of_its_range_is_named() {
    let good = TelemetryOptions::default();
    assert!(good.check().is_ok());
    let wrong = [
        TelemetryOptions { sample: 1.5, ..good.clone() },
        TelemetryOptions { sample: f64::NAN, ..good.clone() },
        TelemetryOptions { queue_max: 0, ..good.clone() },
        TelemetryOptions { batch_max: 4096, ..good.clone() },
        TelemetryOptions { timeout: Duration::ZERO, ..good.clone() },
        TelemetryOptions { flush_every: Duration::from_secs(3600), ..good },
    ];
    let names = ["sample", "sample", "queue_max", "batch_max", "timeout", "flush_every"];
    for (options, name) in wrong.iter().zip(names) {
        assert!(options.check().unwrap_err().to_string().starts_with(&format!("{name} is ")));
    }
}
