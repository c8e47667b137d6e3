//! `patchbay call`: what plugins were asked and answered, as the running host has recorded it.

mod export;

use std::path::Path;

use clap::{Args, Subcommand};
use patchbay_slots::Recorded;
use patchbay_types::SlotName;

use super::table::Table;
use super::{AnswerOptions, Failure, answer, json, pairs, recording};
use crate::client::{Request, segment};

#[derive(Subcommand, Debug)]
pub enum Command {
    /// List the recorded calls of a slot, the newest first
    ///
    /// A host records every failure and some of the calls that go well, up to 2,000 a slot, and forgets them when it
    /// stops.
    #[command(after_help = "Example:\n  patchbay call list --slot routing --failed")]
    List(List),
    /// Show one recorded call: what was asked, what the plugin asked its host, what was answered
    Show {
        /// The call's id
        #[arg(value_name = "CALL")]
        call: String,
        #[arg(long, value_name = "SLOT")]
        slot: SlotName,
        #[command(flatten)]
        options: AnswerOptions,
    },
    /// Write recorded calls and their components into a file, to make them again with `plugin replay`
    Export(export::Options),
}

#[derive(Args, Debug)]
pub struct List {
    #[arg(long, value_name = "SLOT")]
    slot: SlotName,
    /// Only those that failed
    #[arg(long)]
    failed: bool,
    /// The most calls to show
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=2_000))]
    limit: u32,
    #[command(flatten)]
    answer: AnswerOptions,
}

impl Command {
    /// # Errors
    /// As [`answer::ask`].
    pub async fn run(self, dir: &Path) -> Result<(), Failure> {
        match self {
            Self::List(List { slot, failed, limit, answer: options }) => {
                answer::show(dir, listing(&slot, failed, limit), options.json, words).await
            }
            Self::Show { slot, call, options } => {
                answer::show(dir, one(&slot, &call), options.json, |call: Recorded| shown(&call)).await
            }
            Self::Export(options) => options.run(dir).await,
        }
    }
}

fn listing(slot: &SlotName, failed: bool, limit: u32) -> Request {
    Request::get(format!("/api/slots/{}/calls?limit={limit}&failed={failed}", segment(slot)))
}

fn one(slot: &SlotName, call: &str) -> Request {
    Request::get(format!("/api/slots/{}/calls/{}", segment(slot), segment(call)))
}

fn words(calls: Vec<Recorded>) -> String {
    let rows = calls.into_iter().map(|call| {
        [
            call.call.clone(),
            call.at.to_string(),
            call.generation.to_string(),
            call.plugin.clone(),
            call.input.ask().to_owned(),
            call.tape.exchanges.len().to_string(),
            recording::outcome(&call).to_owned(),
            call.took_us.to_string(),
            recording::answer(&call.answer, &call.input),
        ]
    });
    Table::new(["CALL", "AT", "GENERATION", "PLUGIN", "ASKED", ">HOST CALLS", "OUTCOME", ">US", "ANSWER"])
        .with(rows)
        .or("no recorded calls: a host records while it serves, and forgets when it stops")
}

fn shown(call: &Recorded) -> String {
    let redacted = match (call.redacted, call.tape.cut) {
        (true, _) => "no: values were not kept, as its manifest says",
        (_, true) => "no: it asked its host too much to keep",
        _ => "yes",
    };
    let head = pairs([
        ("call", call.call.clone()),
        ("at", call.at.to_string()),
        ("generation", call.generation.to_string()),
        ("plugin", call.plugin.clone()),
        ("digest", call.digest.to_string()),
        ("outcome", recording::outcome(call).to_owned()),
        ("took", format!("{} us", call.took_us)),
        ("replayable", redacted.to_owned()),
        ("asked", recording::question(&call.input)),
        ("answered", recording::answer(&call.answer, &call.input)),
    ]);
    let exchanges = call.tape.exchanges.iter().map(|exchange| {
        let (question, answer) = (json::compact(&exchange.question), json::compact(&exchange.answer));
        format!("\n  at {} ms  {question}\n    {answer}", exchange.at_ms)
    });
    let exchanges: String = exchanges.collect();
    let asked =
        if exchanges.is_empty() { String::new() } else { format!("\n\nasked of its host{exchanges}") };
    format!("{head}{asked}\n\ninput\n{}\n\nanswer\n{}", json::pretty(&call.input), json::pretty(&call.answer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::recorded;

    #[test]
    fn a_call_is_shown_with_what_can_be_done_with_it() {
        let text = shown(&recorded("req_1#1", &[1]));
        for words in
            ["call        req_1#1\n", "replayable  yes\n", "answered    beta", "\"provider\": \"alpha\""]
        {
            assert!(text.contains(words), "{words:?} is missing in\n{text}");
        }
        assert!(shown(&Recorded { redacted: true, ..recorded("c", &[0]) }).contains("replayable  no"));
        assert!(words(vec![recorded("req_1#1", &[0])]).contains("req_1#1"));
        assert!(words(Vec::new()).contains("no recorded calls"));
    }
}
