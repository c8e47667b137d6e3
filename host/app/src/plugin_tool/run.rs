//! `patchbay plugin run`: one question to a plugin in the sandbox, and all that came of it. What it asks of its host is
//! answered by the fixture; nothing is done.

mod fixture;
mod shown;

use std::fs;
use std::path::{Path, PathBuf};

use patchbay_runtime::exchange::Input;
use patchbay_slots::check;
use patchbay_types::{Bytes, Grants};
use serde_json::Value;

use super::build;
use super::inspect::scan_limits;
use super::project::Project;
use super::sandbox::Sandbox;
use crate::cli::{Failure, Status, output, read_component};
use fixture::Fixture;

/// Of a component file: as much as any host takes.
const COMPONENT_BYTES_MAX: Bytes = Bytes(256 << 20);

/// What is to be run.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// A plugin's folder, which is built first, or a component file.
    pub path: PathBuf,
    /// A file with the question: `{"message": {…}, "host": […], "config": {…}}`, or a case.
    pub fixture: PathBuf,
    /// The operator's configuration as JSON, in place of the fixture's.
    pub config: Option<String>,
    /// For programs.
    pub json: bool,
}

/// Asks, and says what was answered, what was asked of the host, what was logged, and how long it took.
///
/// # Errors
/// There is no such plugin or question, it does not start, or it gave no answer.
pub async fn run(options: &RunOptions) -> Result<(), Failure> {
    let fixture = Fixture::read(&options.fixture)?;
    let config = match &options.config {
        Some(text) => configuration(text)?,
        None => fixture.config.clone(),
    };
    let mut sandbox = sandbox(&options.path).await?;
    let input = Input::read(sandbox.kind(), fixture.question.clone())
        .map_err(|error| Failure::new(format!("{}: {error}", options.fixture.display())))?;
    if let Err(error) = sandbox.checked().check_config(&config.to_string()) {
        output::note(&format!("a host would not load it with this configuration: {error}"));
    }
    let asked = sandbox.ask(&config, &input, fixture.host).await?;
    output::line(&if options.json { shown::document(&asked).to_string() } else { shown::words(&asked) });
    match asked.result {
        Ok(_) => Ok(()),
        Err(failure) => Err(Failure::new(failure)),
    }
}

fn configuration(text: &str) -> Result<Value, Failure> {
    serde_json::from_str(text)
        .map_err(|error| Failure::new(format!("--config is no JSON: {error}")).status(Status::Usage))
}

async fn sandbox(path: &Path) -> Result<Sandbox, Failure> {
    if !fs::metadata(path).is_ok_and(|metadata| metadata.is_file()) {
        let built = build::component(&Project::open(path)?).await?;
        return Sandbox::new(built.component, built.checked);
    }
    let component = read_component(path, COMPONENT_BYTES_MAX)?;
    let checked = check(&component, scan_limits(), &Grants::default())
        .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
    Sandbox::new(component, checked)
}
