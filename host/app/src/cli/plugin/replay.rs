//! `patchbay plugin replay`: recorded calls made again in the sandbox, on any machine: no host is asked, nothing that a
//! plugin asks for is done.

mod again;
mod bench;

use std::path::PathBuf;

use clap::Args;
use patchbay_registry::PULLED_BYTES_MAX;
use patchbay_slots::Recorded;

use crate::calls_file::CallsFile;
use crate::cli::{AnswerOptions, Failure, Status, output, read_component};
use again::Again;
use bench::Bench;

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  patchbay plugin replay routing.calls\n  \
                        patchbay plugin replay routing.calls --with fixed.wasm")]
pub struct Options {
    /// Recorded calls, written by `patchbay call export`
    #[arg(value_name = "FILE.calls")]
    file: PathBuf,
    /// Another component than the one that was recorded
    #[arg(long, value_name = "FILE.wasm")]
    with: Option<PathBuf>,
    /// Only this call
    #[arg(long, value_name = "ID")]
    call: Option<String>,
    #[command(flatten)]
    answer: AnswerOptions,
}

impl Options {
    /// # Errors
    /// The file cannot be read, a component is missing or does not start, or a call comes out otherwise.
    pub async fn run(self) -> Result<(), Failure> {
        let CallsFile { components, calls } = CallsFile::read(&self.file).map_err(Failure::new)?;
        let calls = self.chosen(calls)?;
        let with = self.with.as_ref().map(|file| read_component(file, PULLED_BYTES_MAX)).transpose()?;
        let mut bench = Bench::new(components, with)?;
        let mut all = Vec::new();
        for recorded in calls {
            let again = bench.again(recorded).await?;
            if !self.answer.json {
                output::line(&again.words());
            }
            all.push(again);
        }
        if self.answer.json {
            output::line(&serde_json::to_string(&all).map_err(Failure::new)?);
        }
        verdict(&all)
    }

    fn chosen(&self, mut calls: Vec<Recorded>) -> Result<Vec<Recorded>, Failure> {
        let Some(id) = &self.call else { return Ok(calls) };
        calls.retain(|recorded| recorded.call == *id);
        match calls.is_empty() {
            false => Ok(calls),
            true => {
                Err(Failure::new(format!("{} has no call {id}", self.file.display()))
                    .status(Status::NotFound))
            }
        }
    }
}

fn verdict(all: &[Again]) -> Result<(), Failure> {
    match all.iter().filter(|again| !again.is_good()).count() {
        0 => Ok(()),
        bad => Err(Failure::new(format!("{bad} of {} calls came out otherwise", all.len()))),
    }
}
