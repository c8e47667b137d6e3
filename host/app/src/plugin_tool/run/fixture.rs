//! A question in a file, with what the host answers and the operator's configuration beside it. A golden case is one,
//! too: what it expects is left aside.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use patchbay_sdk::testing::{FakeHost, HostAnswer, fake_host, question_of};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::cli::{Failure, Status};

const BYTES_MAX: u64 = 16 << 20;

pub struct Fixture {
    /// For [`patchbay_runtime::exchange::Input::read`].
    pub question: Value,
    pub config: Value,
    pub host: FakeHost,
}

impl Fixture {
    /// # Errors
    /// There is no such file, or it holds no JSON object with a question.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let mut text = String::new();
        let file = File::open(path).map_err(|error| {
            Failure::new(format!("cannot read {}: {error}", path.display()))
                .status(Status::NotFound)
                .hint("give a file with a question, such as cases/first.json")
        })?;
        file.take(BYTES_MAX)
            .read_to_string(&mut text)
            .map_err(|error| Failure::new(format!("cannot read {}: {error}", path.display())))?;
        Self::parse(&text).map_err(|wrong| Failure::new(format!("{}: {wrong}", path.display())))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut fields: Map<String, Value> =
            serde_json::from_str(text).map_err(|error| format!("expected a JSON object: {error}"))?;
        let host: Vec<HostAnswer> = take(&mut fields, "host")?.unwrap_or_default();
        let config = fields.remove("config").unwrap_or_else(|| json!({}));
        for of_a_case in ["name", "expect"] {
            fields.remove(of_a_case);
        }
        if let Some(input) = take::<Map<String, Value>>(&mut fields, "input")? {
            fields.extend(input);
        }
        Ok(Self { question: question_of(fields), config, host: fake_host(&host) })
    }
}

fn take<T: DeserializeOwned>(fields: &mut Map<String, Value>, name: &str) -> Result<Option<T>, String> {
    let value = fields.remove(name).map(serde_json::from_value).transpose();
    value.map_err(|error| format!("`{name}` does not fit: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_stands_by_itself_or_in_a_case() {
        let bare = r#"{ "ask": "run", "invocation": { "input": { "n": 1 } }, "config": { "a": 1 } }"#;
        let case = r#"{ "name": "n", "ask": "run", "input": { "invocation": { "input": { "n": 1 } } },
            "config": { "a": 1 }, "expect": {} }"#;
        for text in [bare, case] {
            let fixture = Fixture::parse(text).unwrap();
            assert_eq!(fixture.question, json!({ "ask": "run", "invocation": { "input": "{\"n\":1}" } }));
            assert_eq!(fixture.config, json!({ "a": 1 }));
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let check = |text: &str, expect: &str| {
            let wrong = Fixture::parse(text).err().unwrap();
            assert!(wrong.contains(expect), "{wrong}");
        };
        check("[]", "expected a JSON object");
        check(r#"{ "host": [{ "call": "kv.get" }] }"#, "`host` does not fit: missing field `answer`");
    }
}
