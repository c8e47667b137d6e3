//! The fixtures, which the host's own table is held to as well, and what only a plugin can meet.

use serde::Deserialize;

use super::*;

/// An answer and its verdict.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixture {
    name: String,
    /// None is that there was no answer.
    status: Option<u16>,
    headers: Vec<(String, String)>,
    body: String,
    now_ms: u64,
    expect: Expect,
}

#[derive(PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    class: String,
    retry_after_ms: Option<u64>,
    scope: Option<String>,
}

impl Fixture {
    fn failure(&self) -> Failure {
        let header = |(name, value): &(String, String)| (format!("header:{name}"), value.clone());
        let mut attributes: Vec<(String, String)> = self.headers.iter().map(header).collect();
        attributes.push(("now-ms".to_owned(), self.now_ms.to_string()));
        let code = self.status.map_or_else(|| CONNECT.to_owned(), |status| status.to_string());
        failure(&code, &self.body, attributes)
    }
}

fn failure(code: &str, message: &str, attributes: Vec<(String, String)>) -> Failure {
    Failure {
        kind: KIND.into(),
        code: code.into(),
        message: message.into(),
        attributes: attributes.into(),
        ..Failure::default()
    }
}

fn analyze(failure: &Failure) -> Option<Expect> {
    let diagnosis = UpstreamErrors::analyze(failure).unwrap()?;
    Some(Expect {
        class: diagnosis.class,
        retry_after_ms: diagnosis.retry_after_ms,
        scope: diagnosis.attributes.get("scope").map(str::to_owned),
    })
}

#[test]
fn every_fixture_has_its_verdict() {
    let fixtures: Vec<Fixture> = serde_json::from_str(include_str!("../fixtures.json")).unwrap();
    assert!(fixtures.len() > 300);
    let found = fixtures.iter().map(|fixture| (fixture, analyze(&fixture.failure())));
    let wrong: Vec<String> = found
        .filter(|(fixture, found)| found.as_ref() != Some(&fixture.expect))
        .map(|(fixture, found)| format!("{}: {found:?}, not {:?}", fixture.name, fixture.expect))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn what_is_no_status_is_left_to_others() {
    for code in ["", "timeout", "exit:1", "99", "1000", "-1", "４２９", "429 "] {
        assert_eq!(analyze(&failure(code, "", Vec::new())), None, "{code:?}");
    }
    let task = Failure { kind: "task".into(), ..failure("429", "", Vec::new()) };
    assert_eq!(analyze(&task), None);
}

#[test]
fn without_a_clock_no_date_is_read_and_all_else_is() {
    let asked = |name: &str, value: &str| {
        let attributes = vec![(format!("header:{name}"), value.to_owned())];
        analyze(&failure("429", "", attributes)).unwrap().retry_after_ms
    };
    assert_eq!(asked("retry-after", "Tue, 14 Nov 2023 22:14:20 GMT"), None);
    assert_eq!(asked("x-ratelimit-reset", "1700000005"), None);
    assert_eq!(asked("x-ratelimit-reset", "1700000005.5"), None);
    assert_eq!(asked("x-ratelimit-reset", "2023-11-14T22:14:20Z"), None);
    assert_eq!(asked("retry-after", "7"), Some(7_000));
}

#[test]
fn the_cause_names_the_code() {
    let diagnosis = UpstreamErrors::analyze(&failure("429", "", Vec::new())).unwrap().unwrap();
    assert_eq!(diagnosis.cause, "429: the provider wants to be asked less often");
}

#[test]
fn the_golden_cases_hold() {
    patchbay_sdk::testing::run_analyzer_cases::<UpstreamErrors>("cases");
}
