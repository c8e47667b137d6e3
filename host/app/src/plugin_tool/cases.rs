//! The golden cases of a plugin, put to the built component: the SDK reads and compares them, the sandbox answers.

use std::fs;
use std::path::{Path, PathBuf};

use patchbay_registry::World;
use patchbay_runtime::CallFailure;
use patchbay_runtime::exchange::{Input, Output};
use patchbay_sdk::testing::{self, CaseError, FakeHost, GoldenCase};
use patchbay_sdk::{Decision, PluginError};
use serde_json::{Value, json};

use super::sandbox::{Asked, Sandbox};
use crate::cli::Failure;

const CASES_MAX: usize = 10_000;

/// A case and where it stands.
pub struct CaseFile {
    pub path: PathBuf,
    case: Case,
}

/// A routing policy's case is about an order; any other, about whatever is asked.
enum Case {
    Routing(testing::Case),
    Other(GoldenCase),
}

/// What a case came to.
pub struct Tried {
    /// What was expected and what was found, in lines for people.
    pub outcome: Result<(), String>,
    /// What the plugin wrote.
    pub log: Vec<String>,
}

/// Every `*.json` of a folder, in the order of names; none if there is no such folder.
///
/// # Errors
/// One of them is no case.
pub fn read(folder: &Path, world: World) -> Result<Vec<CaseFile>, Failure> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    if paths.len() > CASES_MAX {
        return Err(Failure::new(format!("{} holds more than {CASES_MAX} cases", folder.display())));
    }
    paths.into_iter().map(|path| CaseFile::read(path, world)).collect()
}

impl CaseFile {
    fn read(path: PathBuf, world: World) -> Result<Self, Failure> {
        match Case::read(&path, world) {
            Ok(case) => Ok(Self { path, case }),
            Err(error) => Err(Failure::new(format!("{}: {error}", path.display()))),
        }
    }

    pub fn name(&self) -> &str {
        match &self.case {
            Case::Routing(case) => &case.name,
            Case::Other(case) => &case.name,
        }
    }

    /// Puts it to a component.
    ///
    /// # Errors
    /// The component does not start with the case's configuration.
    pub async fn put(&self, sandbox: &mut Sandbox) -> Result<Tried, Failure> {
        let input = match Input::read(sandbox.kind(), self.case.question()) {
            Ok(input) => input,
            Err(error) => return Ok(Tried { outcome: Err(format!("  {error}")), log: Vec::new() }),
        };
        let asked = sandbox.ask(self.case.config(), &input, self.case.fake_host()).await?;
        let outcome = self.case.check(&asked);
        Ok(Tried { outcome, log: asked.log.into() })
    }
}

impl Case {
    fn read(path: &Path, world: World) -> Result<Self, CaseError> {
        match world {
            World::RoutingPolicy => testing::Case::read(path).map(Self::Routing),
            _ => GoldenCase::read(path).map(Self::Other),
        }
    }

    fn config(&self) -> &Value {
        match self {
            Self::Routing(case) => &case.config,
            Self::Other(case) => &case.config,
        }
    }

    fn question(&self) -> Value {
        match self {
            Self::Routing(case) => json!({ "request": case.request, "candidates": case.candidates }),
            Self::Other(case) => case.question(),
        }
    }

    fn fake_host(&self) -> FakeHost {
        match self {
            Self::Routing(_) => FakeHost::new(),
            Self::Other(case) => case.fake_host(),
        }
    }

    fn check(&self, asked: &Asked) -> Result<(), String> {
        let refusal = match &asked.result {
            Ok(output) => return self.check_output(output, &asked.host),
            Err(CallFailure::Refused(refusal)) => refusal,
            Err(failure) => return Err(format!("  expected  {}\n  found     {failure}", self.expected())),
        };
        match self {
            Self::Routing(case) => case.check(&Err(PluginError::new(&*refusal.code, &*refusal.message))),
            Self::Other(case) => case.check(&Err(json!(refusal)), &asked.host),
        }
    }

    fn check_output(&self, output: &Output, host: &FakeHost) -> Result<(), String> {
        match (self, output) {
            (Self::Routing(case), Output::Decision(decision)) => {
                let order = decision.order.iter().map(|&index| index as usize);
                case.check(&Ok(Decision::new(order, &*decision.reason)))
            }
            (Self::Routing(_), other) => Err(format!("  expected  a decision\n  found     {}", json!(other))),
            (Self::Other(case), output) => case.check(&Ok(json!(output)), host),
        }
    }

    fn expected(&self) -> String {
        match self {
            Self::Routing(case) => serde_json::to_string(&case.expect).unwrap_or_default(),
            Self::Other(case) => case.expect.to_string(),
        }
    }
}

#[cfg(test)]
mod tests;
