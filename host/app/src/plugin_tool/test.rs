//! `patchbay plugin test`: the plugin's own tests natively, then every golden case against the built component, in the
//! sandbox and with the limits that a host has.

use std::path::Path;

use serde_json::json;

use super::build::{self, Built};
use super::cases::{self, CaseFile};
use super::lang;
use super::project::Project;
use super::sandbox::Sandbox;
use crate::cli::{Failure, output};

/// Tests the plugin in `path`, one line a case.
///
/// # Errors
/// It is no plugin's project, does not build, or answers a case otherwise than is expected.
pub async fn test(path: &Path) -> Result<(), Failure> {
    let project = Project::open(path)?;
    let cases = read_cases(&project)?;
    lang::native_tests(&project).await?;
    let built = build::component(&project).await?;
    put(&cases, &built).await
}

/// The cases of a project.
///
/// # Errors
/// One of them is no case.
pub fn read_cases(project: &Project) -> Result<Vec<CaseFile>, Failure> {
    cases::read(&project.folder.join("cases"), project.manifest.plugin.world)
}

/// Puts the cases to the component, after its own tests have passed.
///
/// # Errors
/// It does not start, or answers a case otherwise than is expected.
pub async fn put(cases: &[CaseFile], built: &Built) -> Result<(), Failure> {
    let mut sandbox = Sandbox::new(built.component.clone(), built.checked.clone())?;
    if cases.is_empty() {
        sandbox.start(&json!({})).await?;
        output::note("cases/ holds no *.json: tested was only that the component starts");
        return Ok(());
    }
    let mut failed = 0_usize;
    for case in cases {
        failed += usize::from(!passes(case, &mut sandbox).await?);
    }
    match failed {
        0 => Ok(()),
        _ => Err(Failure::new(format!("{failed} of {} cases failed in the sandbox", cases.len()))),
    }
}

async fn passes(case: &CaseFile, sandbox: &mut Sandbox) -> Result<bool, Failure> {
    let tried = case.put(sandbox).await?;
    let said = if tried.outcome.is_ok() { "ok" } else { "FAILED" };
    output::line(&format!("native ok / wasm {said}  {}", case.name()));
    let Err(difference) = tried.outcome else { return Ok(true) };
    output::line(&format!("  {}\n{difference}", case.path.display()));
    tried.log.iter().for_each(|line| output::line(&format!("  log       {line}")));
    Ok(false)
}
