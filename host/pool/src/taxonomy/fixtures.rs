//! The plugin `upstream-errors` is this table as a component: the same file holds both to the same verdicts.

use http::{HeaderName, HeaderValue};
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
    /// Of a pause: one model's, or the whole provider's.
    scope: Option<String>,
}

impl Fixture {
    fn verdict(&self) -> Verdict {
        let Some(status) = self.status else { return Verdict::Unreachable };
        let status = StatusCode::from_u16(status).unwrap();
        judge(status, &self.header_map(), self.body.as_bytes(), Timestamp(self.now_ms))
    }

    fn header_map(&self) -> HeaderMap {
        let header = |(name, value): &(String, String)| -> (HeaderName, HeaderValue) {
            (name.parse().unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap())
        };
        self.headers.iter().map(header).collect()
    }
}

impl Expect {
    fn of(verdict: Verdict) -> Self {
        let (at_least, model_only) = match verdict {
            Verdict::RateLimited { at_least, model_only } | Verdict::Overloaded { at_least, model_only } => {
                (at_least, Some(model_only))
            }
            _ => (None, None),
        };
        Self {
            class: verdict.as_str().to_owned(),
            retry_after_ms: at_least.map(|span| u64::try_from(span.as_millis()).unwrap()),
            scope: model_only.map(|only| if only { "model" } else { "provider" }.to_owned()),
        }
    }
}

#[test]
fn every_fixture_of_the_plugin_has_its_verdict_here_too() {
    let text = include_str!("../../../../plugins/upstream-errors/fixtures.json");
    let fixtures: Vec<Fixture> = serde_json::from_str(text).unwrap();
    assert!(fixtures.len() > 300);
    let found = fixtures.iter().map(|fixture| (fixture, Expect::of(fixture.verdict())));
    let wrong: Vec<String> = found
        .filter(|(fixture, found)| *found != fixture.expect)
        .map(|(fixture, found)| format!("{}: {found:?}, not {:?}", fixture.name, fixture.expect))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
