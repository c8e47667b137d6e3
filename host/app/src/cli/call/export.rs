//! `patchbay call export`: recorded calls, and the components that made them, into a file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::Args;
use patchbay_runtime::ask::Payload;
use patchbay_slots::Recorded;
use patchbay_types::{Digest, SlotName};
use serde_json::json;

use super::{listing, one};
use crate::calls_file::CallsFile;
use crate::cli::{AnswerOptions, Failure, Status, answer, output};
use crate::client::Request;

const LIMIT: u32 = 100;

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  patchbay call export --slot routing --failed -o routing.calls\n  \
                        patchbay plugin replay routing.calls --with fixed.wasm      on any machine")]
pub struct Options {
    /// The calls' ids [default: the newest]
    #[arg(value_name = "CALL", conflicts_with_all = ["failed", "limit"])]
    calls: Vec<String>,
    #[arg(long, value_name = "SLOT")]
    slot: SlotName,
    /// Only those that failed
    #[arg(long)]
    failed: bool,
    /// The most calls to write [default: 100]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=2_000))]
    limit: Option<u32>,
    /// The file to write
    #[arg(short, long, value_name = "FILE.calls")]
    output: PathBuf,
    /// Leave the components out; `plugin replay` then needs --with
    #[arg(long)]
    no_component: bool,
    #[command(flatten)]
    answer: AnswerOptions,
}

impl Options {
    /// # Errors
    /// There is no such call, or the file cannot be written.
    pub async fn run(self, dir: &Path) -> Result<(), Failure> {
        let calls = self.calls(dir).await?;
        if calls.is_empty() {
            return Err(Failure::new(format!("slot {} has no such recorded call", self.slot))
                .status(Status::NotFound)
                .hint("a host records while it serves, and forgets when it stops"));
        }
        let components = if self.no_component { BTreeMap::new() } else { components(dir, &calls).await? };
        let file = CallsFile { components, calls };
        file.write(&self.output).map_err(Failure::new)?;
        self.tell(&file);
        Ok(())
    }

    async fn calls(&self, dir: &Path) -> Result<Vec<Recorded>, Failure> {
        if self.calls.is_empty() {
            let request = listing(&self.slot, self.failed, self.limit.unwrap_or(LIMIT));
            return Ok(answer::ask(dir, request).await?.read()?);
        }
        let mut calls = Vec::new();
        for call in &self.calls {
            calls.push(answer::ask(dir, one(&self.slot, call)).await?.read()?);
        }
        Ok(calls)
    }

    fn tell(&self, file: &CallsFile) {
        let (calls, components) = (file.calls.len(), file.components.len());
        match self.answer.json {
            true => {
                let said = json!({"file": self.output, "calls": calls, "components": components});
                output::line(&said.to_string());
            }
            false => {
                output::line(&format!("{}  {calls} calls, {components} components", self.output.display()))
            }
        }
    }
}

/// Each component once.
async fn components(dir: &Path, calls: &[Recorded]) -> Result<BTreeMap<Digest, Payload>, Failure> {
    let digests: BTreeSet<Digest> = calls.iter().map(|call| call.digest).collect();
    let mut components = BTreeMap::new();
    for digest in digests {
        let answer = answer::ask(dir, Request::get(format!("/api/components/{digest}"))).await?;
        components.insert(digest, Payload::from(answer.bytes().to_vec()));
    }
    Ok(components)
}
