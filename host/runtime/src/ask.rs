//! What a guest asks of its host while it runs, and what it is answered, as values: so that one place can allow, record
//! and replay them all. It must not know who answers.

mod payload;

use serde::{Deserialize, Serialize};

pub use crate::contract::host::patchbay::plugin::files::Entry;
pub use crate::contract::host::patchbay::plugin::http::{Request as HttpRequest, Response as HttpResponse};
pub use crate::contract::host::patchbay::plugin::llm::{
    Completion, Message as LlmMessage, Options as LlmOptions,
};
pub use crate::contract::host::patchbay::plugin::process::{Command, Exit, Line};
pub use crate::contract::host::patchbay::plugin::tasks::{Attempt, Finding, PastFix, Runbook, Task};
pub use crate::contract::host::patchbay::plugin::types::PluginError;
pub use payload::Payload;

/// One call of a capability. In JSON: `{"call": "kv.get", "key": "seen"}`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "call", deny_unknown_fields)]
pub enum HostCall {
    #[serde(rename = "kv.get")]
    KvGet { key: String },
    #[serde(rename = "kv.set")]
    KvSet { key: String, value: Payload },
    #[serde(rename = "kv.delete")]
    KvDelete { key: String },
    #[serde(rename = "kv.keys")]
    KvKeys { prefix: String, after: Option<String>, count: u32 },
    #[serde(rename = "http.send")]
    HttpSend { request: HttpRequest, body: Payload },
    #[serde(rename = "secrets.exists")]
    SecretExists { name: String },
    #[serde(rename = "llm.complete")]
    LlmComplete { messages: Vec<LlmMessage>, options: LlmOptions },
    #[serde(rename = "process.spawn")]
    ProcessSpawn { command: Command, input: Payload },
    #[serde(rename = "process.lines")]
    ProcessLines { child: u32, count: u32, wait_ms: u64 },
    #[serde(rename = "process.wait")]
    ProcessWait { child: u32, wait_ms: u64 },
    #[serde(rename = "process.kill")]
    ProcessKill { child: u32 },
    #[serde(rename = "files.read")]
    FilesRead { path: String },
    #[serde(rename = "files.entries")]
    FilesEntries { path: String },
    #[serde(rename = "files.replace")]
    FilesReplace { path: String, contents: Payload, version: Option<String> },
    #[serde(rename = "job.log-line")]
    JobLogLine { stream: String, text: String },
    /// The stream and the text of each.
    #[serde(rename = "job.log-lines")]
    JobLogLines { lines: Vec<(String, String)> },
    #[serde(rename = "job.progress")]
    JobProgress { done: u64, total: Option<u64>, note: String },
    #[serde(rename = "job.heartbeat")]
    JobHeartbeat {},
    #[serde(rename = "job.artifact")]
    JobArtifact { name: String, media_type: String, contents: Payload },
    #[serde(rename = "job.cancelled")]
    JobCancelled {},
    #[serde(rename = "tasks.current")]
    TasksCurrent {},
    #[serde(rename = "tasks.attempts")]
    TasksAttempts {},
    #[serde(rename = "tasks.log-tail")]
    TasksLogTail { lines: u32 },
    #[serde(rename = "tasks.findings")]
    TasksFindings {},
    #[serde(rename = "tasks.history")]
    TasksHistory {},
    #[serde(rename = "tasks.runbooks")]
    TasksRunbooks {},
}

/// What came back. In JSON: `{"flag": true}`, `"done"`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HostReply {
    /// `kv.set`, `process.kill`, `job.*` but `job.cancelled`.
    Done,
    /// `kv.delete`, `secrets.exists`, `job.cancelled`.
    Flag(bool),
    /// `kv.get`
    Value(Option<Payload>),
    /// `kv.keys`
    Keys(Vec<String>),
    /// `http.send`
    Response { response: HttpResponse, body: Payload },
    /// `llm.complete`
    Completion(Completion),
    /// `process.spawn`
    Child(u32),
    /// `process.lines`
    Lines(Vec<Line>),
    /// `process.wait`
    Exit(Option<Exit>),
    /// `files.read`
    File { contents: Payload, version: String },
    /// `files.entries`
    Entries(Vec<Entry>),
    /// `files.replace`
    Version(String),
    /// `tasks.current`
    Task(Option<Task>),
    /// `tasks.attempts`
    Attempts(Vec<Attempt>),
    /// `tasks.log-tail`
    LogTail(Vec<String>),
    /// `tasks.findings`
    Findings(Vec<Finding>),
    /// `tasks.history`
    History(Vec<PastFix>),
    /// `tasks.runbooks`
    Runbooks(Vec<Runbook>),
}

/// An answer: what came back, or that it could not be had. In JSON: `{"ok": …}` or `{"error": {…}}`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HostAnswer {
    Ok(HostReply),
    Error(PluginError),
}

impl HostCall {
    /// `kv.get`: as it is written in a recording.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::KvGet { .. } => "kv.get",
            Self::KvSet { .. } => "kv.set",
            Self::KvDelete { .. } => "kv.delete",
            Self::KvKeys { .. } => "kv.keys",
            Self::HttpSend { .. } => "http.send",
            Self::SecretExists { .. } => "secrets.exists",
            Self::LlmComplete { .. } => "llm.complete",
            Self::ProcessSpawn { .. } => "process.spawn",
            Self::ProcessLines { .. } => "process.lines",
            Self::ProcessWait { .. } => "process.wait",
            Self::ProcessKill { .. } => "process.kill",
            Self::FilesRead { .. } => "files.read",
            Self::FilesEntries { .. } => "files.entries",
            Self::FilesReplace { .. } => "files.replace",
            Self::JobLogLine { .. } => "job.log-line",
            Self::JobLogLines { .. } => "job.log-lines",
            Self::JobProgress { .. } => "job.progress",
            Self::JobHeartbeat {} => "job.heartbeat",
            Self::JobArtifact { .. } => "job.artifact",
            Self::JobCancelled {} => "job.cancelled",
            Self::TasksCurrent {} => "tasks.current",
            Self::TasksAttempts {} => "tasks.attempts",
            Self::TasksLogTail { .. } => "tasks.log-tail",
            Self::TasksFindings {} => "tasks.findings",
            Self::TasksHistory {} => "tasks.history",
            Self::TasksRunbooks {} => "tasks.runbooks",
        }
    }
}

impl HostAnswer {
    /// An error with a stable code and a sentence.
    pub fn error(code: &str, message: impl Into<String>) -> Self {
        Self::Error(PluginError { code: code.to_owned(), message: message.into(), retry_after_ms: None })
    }

    /// That an operation is not granted: said before it has any effect.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::error("refused", message)
    }

    pub(crate) fn into_result(self) -> Result<HostReply, PluginError> {
        match self {
            Self::Ok(reply) => Ok(reply),
            Self::Error(error) => Err(error),
        }
    }
}

/// A reply of another kind than the call has: only a forged recording or mock gives one.
pub(crate) fn mismatch() -> PluginError {
    PluginError {
        code: "mismatch".to_owned(),
        message: "the recorded answer is not one to this call".to_owned(),
        retry_after_ms: None,
    }
}
