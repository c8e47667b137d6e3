//! Runs golden cases against a policy in this very process. For tests: it panics with what a person must know.

use std::path::{Path, PathBuf};

use super::case::{Case, CaseError};
use super::golden::GoldenCase;
use super::mock::{self, Mock};
use super::world::{self, Asked, Fields};
use crate::{ErrorAnalyzer, FixStrategy, Notifier, RoutingPolicy, SkillAdapter, TaskSource};

/// A case from JSON text, if it starts with `{`, else from the file of this name.
///
/// # Panics
/// If there is no case.
#[must_use]
pub fn case(source: &str) -> Case {
    match read(source) {
        Ok(case) => case,
        Err(error) => fail(&error.to_string()),
    }
}

/// Runs one case, with its configuration.
///
/// # Errors
/// The difference, as text for people.
pub fn run_case<P: RoutingPolicy>(case: &Case) -> Result<(), String> {
    mock::set_config(&case.config);
    case.check(&P::rank(&case.request, &case.candidates))
}

/// Runs every `*.json` of a folder, in the order of their names. A folder is named from the crate's root.
///
/// # Panics
/// With all differences, if there is one, or if the folder holds no case.
pub fn run_cases<P: RoutingPolicy>(folder: impl AsRef<Path>) {
    run_files(folder.as_ref(), run_file::<P>);
}

/// Runs every `*.json` of a folder against an error analyzer, in the order of their names.
///
/// # Panics
/// As [`run_cases`].
pub fn run_analyzer_cases<P: ErrorAnalyzer>(folder: impl AsRef<Path>) {
    run_golden(folder.as_ref(), "analyze", world::analyzer::<P>);
}

/// Runs every `*.json` of a folder against a fix strategy, in the order of their names.
///
/// # Panics
/// As [`run_cases`].
pub fn run_strategy_cases<P: FixStrategy>(folder: impl AsRef<Path>) {
    run_golden(folder.as_ref(), "propose", world::strategy::<P>);
}

/// Runs every `*.json` of a folder against a skill adapter, in the order of their names.
///
/// # Panics
/// As [`run_cases`].
pub fn run_skill_cases<P: SkillAdapter>(folder: impl AsRef<Path>) {
    run_golden(folder.as_ref(), "run", world::skill::<P>);
}

/// Runs every `*.json` of a folder against a notifier, in the order of their names.
///
/// # Panics
/// As [`run_cases`].
pub fn run_notifier_cases<P: Notifier>(folder: impl AsRef<Path>) {
    run_golden(folder.as_ref(), "send", world::notifier::<P>);
}

/// Runs every `*.json` of a folder against a task source, in the order of their names.
///
/// # Panics
/// As [`run_cases`].
pub fn run_source_cases<P: TaskSource>(folder: impl AsRef<Path>) {
    run_golden(folder.as_ref(), "poll", world::source::<P>);
}

fn run_golden(folder: &Path, first: &str, ask: impl Fn(&str, Fields) -> Asked) {
    run_files(folder, |file| {
        let case = GoldenCase::read(file).map_err(|error| format!("{}\n  {error}", file.display()))?;
        put(&case, first, &ask).map_err(|difference| told(file, &case.name, &difference))
    });
}

fn put(case: &GoldenCase, first: &str, ask: impl Fn(&str, Fields) -> Asked) -> Result<(), String> {
    let mock = Mock::of(case.fake_host()).config(case.config.clone());
    let (word, fields) = Fields::of(case.question(), first);
    let answer = ask(&word, fields).map_err(|wrong| format!("  {wrong}"))?;
    mock.check(|host| case.check(&answer, host))
}

fn run_files(folder: &Path, run: impl Fn(&Path) -> Result<(), String>) {
    let files = files(folder);
    let failures: Vec<String> = files.iter().filter_map(|file| run(file).err()).collect();
    if !failures.is_empty() {
        fail(&format!("{} of {} cases failed\n\n{}\n", failures.len(), files.len(), failures.join("\n\n")));
    }
}

fn run_file<P: RoutingPolicy>(file: &Path) -> Result<(), String> {
    let case = Case::read(file).map_err(|error| format!("{}\n  {error}", file.display()))?;
    run_case::<P>(&case).map_err(|difference| told(file, &case.name, &difference))
}

fn told(file: &Path, name: &str, difference: &str) -> String {
    format!("{}: {name}\n{difference}", file.display())
}

fn read(source: &str) -> Result<Case, CaseError> {
    if source.trim_start().starts_with('{') { Case::parse(source) } else { Case::read(Path::new(source)) }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => fail(&format!("cannot read the folder {}: {error}", folder.display())),
    };
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    if files.is_empty() {
        fail(&format!("no *.json in {}: a case that is not there shows nothing", folder.display()));
    }
    files
}

#[allow(clippy::panic, reason = "how a test fails")]
#[track_caller]
fn fail(message: &str) -> ! {
    panic!("{message}")
}

#[cfg(test)]
mod tests;
