//! `patchbay slot ask`: one question to whoever is in charge of a slot.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use patchbay_admin::api::{AskFailure, AskPlugin, Asked};
use patchbay_types::SlotName;

use crate::cli::{AnswerOptions, Failure, answer, json, output};
use crate::client::{Request, segment};

/// A plugin that asks its host may take minutes.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10 * 60);

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  patchbay slot ask notifiers/ops --input message.json\n  \
                        echo '{\"candidates\": [{\"provider\": \"a\"}]}' | patchbay slot ask routing --input -")]
pub struct Options {
    #[arg(value_name = "SLOT")]
    slot: SlotName,
    /// The question: a file of JSON, or - for standard input; what is left out has a plain default
    #[arg(long, value_name = "FILE.json")]
    input: PathBuf,
    /// The call's id, which its recording has [default: a fresh one]
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    #[command(flatten)]
    answer: AnswerOptions,
}

impl Options {
    /// # Errors
    /// The input cannot be read, nobody is in charge, or, without `--json`, the plugin failed.
    pub async fn run(self, dir: &Path) -> Result<(), Failure> {
        let body = AskPlugin { input: json::read(&self.input)?, id: self.id };
        let request = Request::attempt_with(format!("/api/slots/{}/ask", segment(&self.slot)), &body);
        let answer = answer::ask(dir, request.within(ANSWER_TIMEOUT)).await?;
        match self.answer.json {
            true => output::line(&answer.text()),
            false => tell(answer.read()?)?,
        }
        Ok(())
    }
}

fn tell(asked: Asked) -> Result<(), Failure> {
    let Asked { generation, call, output, failure } = asked;
    output::note(&format!("{generation} answered, call {}", output::printable(&call)));
    match failure {
        Some(AskFailure { message, .. }) => Err(Failure::new(message)
            .hint(format!("look at it with `patchbay call show --slot {} {call}`", generation.slot))),
        None => {
            output::line(&json::pretty(&output));
            Ok(())
        }
    }
}
