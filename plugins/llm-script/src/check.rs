//! What must hold after the script, in the host's words. It must not know how a check is made.

use patchbay_sdk::{Check, llm};
use serde::Deserialize;
use serde_json::{Map, Value};

const CHECKS_MAX: usize = 10;
/// Of one check as JSON, in bytes.
const ARGUMENTS_MAX: usize = 16 * 1024;
/// Of a mistake, in characters.
const SHOWN_MAX: usize = 200;
const OPINION: &str = "llm-judge";

/// Read to see that it is one; what is handed on is the model's own JSON. The words are those of the host, with the
/// names that the contract has for three of them.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
#[allow(dead_code, reason = "it is read to see that it can be")]
enum Known {
    #[serde(alias = "exit-zero")]
    Command {
        program: String,
        #[serde(default)]
        arguments: Vec<String>,
        #[serde(default)]
        exit_code: i32,
    },
    #[serde(alias = "http-status")]
    Http {
        url: String,
        status: Option<u16>,
        contains: Option<String>,
    },
    #[serde(alias = "file-exists")]
    File {
        path: String,
        exists: Option<bool>,
        digest: Option<String>,
        schema: Option<Value>,
    },
    JsonPath {
        path: String,
        file: Option<String>,
        equals: Option<Value>,
    },
    Skill {
        skill: String,
        #[serde(default)]
        input: Value,
    },
    LlmJudge {
        question: String,
    },
    Human {
        question: String,
    },
}

/// All of them, and that they are enough: an opinion alone is not.
pub(crate) fn read(written: &[Value]) -> Result<Vec<Check>, String> {
    if !(1..=CHECKS_MAX).contains(&written.len()) {
        return Err(format!("`checks` has {} entries, expected 1 to {CHECKS_MAX}", written.len()));
    }
    let read = |(at, check): (usize, &Value)| one(check).map_err(|error| format!("checks[{at}]: {error}"));
    let checks = written.iter().enumerate().map(read).collect::<Result<Vec<_>, String>>()?;
    match checks.iter().all(|check| check.kind == OPINION) {
        true => Err(format!("`checks` has {OPINION} alone: add one that a program can make")),
        false => Ok(checks),
    }
}

fn one(written: &Value) -> Result<Check, String> {
    let kind = written["kind"].as_str().ok_or("`kind` is missing")?;
    let arguments = arguments(written);
    is_known(kind, arguments.clone())?;
    Ok(Check { kind: kind.to_owned(), arguments: arguments.into() })
}

/// Under `arguments`, or beside `kind`. What is null is as good as left out.
fn arguments(written: &Value) -> Map<String, Value> {
    let nested = written["arguments"].as_object().or(written.as_object());
    let mut fields = nested.cloned().unwrap_or_default();
    fields.retain(|name, value| name != "kind" && !value.is_null());
    fields
}

fn is_known(kind: &str, mut arguments: Map<String, Value>) -> Result<(), String> {
    arguments.insert("kind".to_owned(), kind.into());
    let known = Value::Object(arguments);
    let length = known.to_string().len();
    match Known::deserialize(known) {
        Ok(_) if length > ARGUMENTS_MAX => Err(format!("{length} bytes, expected at most {ARGUMENTS_MAX}")),
        Ok(Known::File { digest: Some(digest), .. }) if !is_digest(&digest) => {
            Err("`digest` is none: expected sha256: and 64 hexadecimal digits".to_owned())
        }
        Ok(_) => Ok(()),
        Err(error) => Err(llm::line(&error.to_string(), SHOWN_MAX)),
    }
}

fn is_digest(text: &str) -> bool {
    let hex = text.strip_prefix("sha256:").unwrap_or_default();
    hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
}
