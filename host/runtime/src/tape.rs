//! What a call has asked its host and what it was answered, in order: enough to answer the same questions again.

use serde::{Deserialize, Serialize};

use crate::ask::{HostAnswer, HostCall};

/// Questions kept of one call, and their size in bytes as JSON would have it, roughly.
const EXCHANGES_MAX: usize = 1_000;
const BYTES_MAX: usize = 4 << 20;

/// One question and its answer.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    pub question: HostCall,
    pub answer: HostAnswer,
    /// What the guest's clock showed from then on: milliseconds since the call began.
    pub at_ms: u64,
}

/// All of a call. One that asked too much is cut, and cannot be replayed.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tape {
    pub exchanges: Vec<Exchange>,
    /// Whether something is missing at the end.
    #[serde(default)]
    pub cut: bool,
    #[serde(skip)]
    bytes: usize,
}

impl Tape {
    #[must_use]
    pub fn new(exchanges: Vec<Exchange>) -> Self {
        Self { exchanges, cut: false, bytes: 0 }
    }

    pub(crate) fn push(&mut self, question: HostCall, answer: &HostAnswer, at_ms: u64) {
        self.bytes += weight(&question, answer);
        self.cut |= self.exchanges.len() >= EXCHANGES_MAX || self.bytes > BYTES_MAX;
        if !self.cut {
            self.exchanges.push(Exchange { question, answer: answer.clone(), at_ms });
        }
    }
}

/// What an exchange holds on to, in bytes: the parts that can be large, and something for the rest.
fn weight(question: &HostCall, answer: &HostAnswer) -> usize {
    use crate::ask::HostReply as Reply;
    let asked = match question {
        HostCall::KvSet { value, .. } => value.0.len(),
        HostCall::HttpSend { body, request } => body.0.len() + request.url.len(),
        HostCall::LlmComplete { messages, .. } => messages.iter().map(|message| message.content.len()).sum(),
        HostCall::ProcessSpawn { input, command } => {
            input.0.len() + command.arguments.iter().map(String::len).sum::<usize>()
        }
        HostCall::FilesReplace { contents, .. } | HostCall::JobArtifact { contents, .. } => contents.0.len(),
        HostCall::JobLogLine { text, .. } => text.len(),
        HostCall::JobLogLines { lines } => lines.iter().map(|(stream, text)| stream.len() + text.len()).sum(),
        _ => 0,
    };
    let answered = match answer {
        HostAnswer::Ok(Reply::Value(Some(value))) => value.0.len(),
        HostAnswer::Ok(Reply::Response { body, .. }) => body.0.len(),
        HostAnswer::Ok(Reply::File { contents, .. }) => contents.0.len(),
        HostAnswer::Ok(Reply::Completion(completion)) => completion.content.len(),
        HostAnswer::Ok(Reply::Lines(lines)) => lines.iter().map(|line| line.text.len()).sum(),
        HostAnswer::Ok(Reply::LogTail(lines) | Reply::Keys(lines)) => lines.iter().map(String::len).sum(),
        _ => 0,
    };
    asked + answered + 256
}
