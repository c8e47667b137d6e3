//! Running cases natively: configuration, failures, messages.

use std::fs;
use std::panic::catch_unwind;

use serde::Deserialize;

use super::*;
use crate::{Candidate, Decision, PluginError, Request};

/// Reverses the candidates, if the operator says so.
struct Reversed;

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    reversed: bool,
}

impl RoutingPolicy for Reversed {
    fn rank(_request: &Request, candidates: &[Candidate]) -> Result<Decision, PluginError> {
        let settings: Settings = crate::config()?;
        let order = 0..candidates.len();
        Ok(if settings.reversed {
            Decision::new(order.rev(), "reversed")
        } else {
            Decision::new(order, "as given")
        })
    }
}

fn text(config: &str, expect: &str) -> String {
    let candidates = r#"[{ "provider": "a" }, { "provider": "b" }]"#;
    format!(r#"{{ "name": "a case", "config": {config}, "candidates": {candidates}, "expect": {expect} }}"#)
}

/// A folder that is gone when the test is over.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!("patchbay-sdk-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        for (file, text) in files {
            fs::write(folder.join(file), text).unwrap();
        }
        Self(folder)
    }

    /// What running its cases panics with.
    fn failure(&self) -> String {
        let panic = catch_unwind(|| run_cases::<Reversed>(&self.0)).unwrap_err();
        panic.downcast_ref::<String>().unwrap().clone()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn each_case_has_its_own_configuration() {
    let reversed = case(&text(r#"{ "reversed": true }"#, r#"{ "order": ["b", "a"] }"#));
    let as_given = case(&text("{}", r#"{ "order": ["a", "b"] }"#));
    assert_eq!(run_case::<Reversed>(&reversed), Ok(()));
    assert_eq!(run_case::<Reversed>(&as_given), Ok(()));
}

#[test]
fn a_configuration_that_does_not_fit_is_an_error_with_its_place() {
    let case = case(&text(r#"{ "revresed": true }"#, r#"{ "error": "bad-config" }"#));
    assert_eq!(run_case::<Reversed>(&case), Ok(()));
    let error = Reversed::rank(&case.request, &case.candidates).unwrap_err();
    assert!(error.message.contains("revresed") && error.message.contains("column"), "{error}");
}

#[test]
fn a_case_is_read_from_a_file_too() {
    let folder = Folder::new("file", &[("one.json", &text("{}", r#"{ "order": [0, 1] }"#))]);
    assert_eq!(case(folder.0.join("one.json").to_str().unwrap()).name, "a case");
}

#[test]
fn all_failures_of_a_folder_are_told_at_once() {
    let wrong = text("{}", r#"{ "order": ["b", "a"] }"#);
    let right = text("{}", r#"{ "order": ["a", "b"] }"#);
    let files = [("1.json", &*wrong), ("2.json", &*right), ("3.json", "{}"), ("notes.txt", "no case")];
    let failure = Folder::new("several", &files).failure();
    assert!(failure.starts_with("2 of 3 cases failed"), "{failure}");
    assert!(
        failure
            .contains("1.json: a case\n  expected  [b[1], a[0]]\n  found     [a[0], b[1]] because: as given")
    );
    assert!(failure.contains("3.json\n  not a case: missing field `name`"), "{failure}");
}

#[test]
fn a_folder_without_cases_fails() {
    assert!(Folder::new("empty", &[]).failure().starts_with("no *.json in "));
}
