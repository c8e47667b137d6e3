//! `patchbay plugin diff`: what would change if one component took the place of another. Nothing of either is run.

use std::path::{Path, PathBuf};

use clap::Args;
use patchbay_registry::{Inspection, PULLED_BYTES_MAX};

use super::artefact::LIMITS;
use crate::cli::{AnswerOptions, Failure, output, read_component};

#[derive(Args, Debug)]
#[command(after_help = "Example:\n  patchbay plugin diff my-policy-1.wasm my-policy-2.wasm")]
pub struct Options {
    #[arg(value_name = "OLD.wasm")]
    old: PathBuf,
    #[arg(value_name = "NEW.wasm")]
    new: PathBuf,
    #[command(flatten)]
    answer: AnswerOptions,
}

impl Options {
    /// # Errors
    /// One of them is no component.
    pub fn run(self) -> Result<(), Failure> {
        let diff = patchbay_registry::diff(&inspect(&self.old)?, &inspect(&self.new)?);
        if self.answer.json {
            output::line(&serde_json::to_string(&diff).map_err(Failure::new)?);
            return Ok(());
        }
        match diff.is_empty() {
            true => output::line("no difference: the same bytes"),
            false => output::line(&text(&diff.lines())),
        }
        Ok(())
    }
}

fn inspect(file: &Path) -> Result<Inspection, Failure> {
    let component = read_component(file, PULLED_BYTES_MAX)?;
    Inspection::of(&component, LIMITS).map_err(|error| Failure::new(format!("{}: {error}", file.display())))
}

/// Names of imports and grants are a stranger's.
fn text(lines: &[String]) -> String {
    lines.iter().map(|line| output::printable(line)).collect::<Vec<_>>().join("\n")
}
