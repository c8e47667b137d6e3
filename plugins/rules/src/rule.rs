//! One rule: read, checked, and held against a failure.

use std::collections::BTreeMap;
use std::time::Duration;

use patchbay_sdk::text::{cut, fits};
use patchbay_sdk::{Diagnosis, Failure};
use regex_lite::{Captures, Regex, RegexBuilder};
use serde::Deserialize;
use serde_json::Value;

use crate::template::Template;

const KINDS: [&str; 4] = ["upstream", "task", "stuck", "agent"];
const SCOPES: [&str; 2] = ["model", "provider"];
/// In characters.
const PATTERN_MAX: usize = 500;
/// What a pattern may become, in bytes: `(a{500}){500}` is short, too.
const COMPILED_MAX: usize = 256 * 1024;
const RETRY_AFTER_S_MAX: u64 = 365 * 24 * 60 * 60;
const SHOWN_MAX: usize = 100;

/// As the operator writes it; `plugin.toml` says what each field means.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    #[serde(default)]
    kind: Vec<String>,
    code: Option<String>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
    pattern: String,
    class: String,
    cause: Option<String>,
    confidence: Option<f64>,
    retry_after_s: Option<u64>,
    scope: Option<String>,
    priority: Option<String>,
    fix: Option<String>,
}

/// One whose pattern and places are sound.
pub(crate) struct Rule {
    written: Written,
    pattern: Regex,
    cause: Option<Template>,
    fix: Option<Template>,
}

impl Rule {
    /// What is wrong names its place: `.pattern: …`.
    pub(crate) fn read(value: &Value) -> Result<Self, String> {
        let written = Written::deserialize(value).map_err(|error| format!(": {error}"))?;
        check(&written)?;
        let pattern = anchored(&written.pattern).map_err(|error| format!(".pattern: {error}"))?;
        let cause = template("cause", written.cause.as_deref(), &pattern)?;
        let fix = template("fix", written.fix.as_deref(), &pattern)?;
        Ok(Self { written, pattern, cause, fix })
    }

    /// `message` is what is looked at of the failure's own.
    pub(crate) fn diagnose(&self, failure: &Failure, message: &str) -> Option<Diagnosis> {
        if !self.is_about(failure) {
            return None;
        }
        let caught = self.pattern.captures(message)?;
        Some(self.diagnosis(&caught))
    }

    fn is_about(&self, failure: &Failure) -> bool {
        let Written { kind, code, attributes, .. } = &self.written;
        let has = |(name, wanted): (&String, &String)| {
            failure.attributes.get(name).is_some_and(|found| fits(wanted, found))
        };
        (kind.is_empty() || kind.contains(&failure.kind))
            && code.as_ref().is_none_or(|code| fits(code, &failure.code))
            && attributes.iter().all(has)
    }

    fn diagnosis(&self, caught: &Captures<'_>) -> Diagnosis {
        let Written { name, class, confidence, retry_after_s, scope, priority, .. } = &self.written;
        let cause = self.cause.as_ref().map_or_else(|| name.clone(), |cause| cause.fill(caught));
        let mut diagnosis = Diagnosis::new(class, cause).confidence(confidence.unwrap_or(1.0));
        if let Some(seconds) = retry_after_s {
            diagnosis = diagnosis.retry_after(Duration::from_secs(*seconds));
        }
        let fix = self.fix.as_ref().map(|fix| fix.fill(caught));
        let more = [
            ("rule", Some(name)),
            ("scope", scope.as_ref()),
            ("priority", priority.as_ref()),
            ("fix", fix.as_ref()),
        ];
        for (name, value) in more {
            if let Some(value) = value {
                diagnosis = diagnosis.attribute(name, value);
            }
        }
        diagnosis
    }
}

fn check(written: &Written) -> Result<(), String> {
    let Written { name, kind, class, confidence, retry_after_s, scope, .. } = written;
    not_empty("name", name)?;
    not_empty("class", class)?;
    for (at, kind) in kind.iter().enumerate() {
        one_of(&format!("kind[{at}]"), kind, &KINDS)?;
    }
    scope.as_ref().map_or(Ok(()), |scope| one_of("scope", scope, &SCOPES))?;
    match confidence {
        Some(sure) if !(0.0..=1.0).contains(sure) => return Err(".confidence: expected 0 to 1".to_owned()),
        _ => (),
    }
    match retry_after_s {
        Some(seconds) if *seconds > RETRY_AFTER_S_MAX => {
            Err(format!(".retry_after_s: {seconds} seconds, expected at most {RETRY_AFTER_S_MAX}"))
        }
        _ => Ok(()),
    }
}

fn not_empty(place: &str, text: &str) -> Result<(), String> {
    if text.is_empty() { Err(format!(".{place}: is empty")) } else { Ok(()) }
}

fn one_of(place: &str, word: &str, words: &[&str]) -> Result<(), String> {
    match words.contains(&word) {
        true => Ok(()),
        false => Err(format!(".{place}: {:?}, expected one of {}", cut(word, SHOWN_MAX), words.join(", "))),
    }
}

/// Fits whole messages only. Compiled alone first: `a)(b` makes sense between brackets, and is no pattern.
fn anchored(pattern: &str) -> Result<Regex, String> {
    let length = pattern.chars().count();
    if length > PATTERN_MAX {
        return Err(format!("{length} characters, expected at most {PATTERN_MAX}"));
    }
    compiled(pattern)?;
    compiled(&format!(r"\A(?:{pattern})\z"))
}

fn compiled(pattern: &str) -> Result<Regex, String> {
    let mut builder = RegexBuilder::new(pattern);
    let builder = builder.dot_matches_new_line(true).size_limit(COMPILED_MAX);
    builder.build().map_err(|error| format!("{error}: {:?}", cut(pattern, SHOWN_MAX)))
}

fn template(place: &str, text: Option<&str>, pattern: &Regex) -> Result<Option<Template>, String> {
    let template = text.map(|text| Template::parse(text, pattern)).transpose();
    template.map_err(|error| format!(".{place}: {error}"))
}
