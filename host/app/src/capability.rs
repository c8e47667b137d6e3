//! What plugins ask of their host, answered: one module a capability, each with its allow-list and its limits. That a
//! capability was granted at all, and what is granted by name, the runtime has checked before; where an address leads
//! and where a path ends is checked here. It must not know why a plugin is called.

mod files;
mod http;
pub mod image;
pub mod job;
mod kv;
mod llm;
mod process;
pub mod tasks;
pub mod used;

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use patchbay_admin::SecretBook;
use patchbay_egress::Egress;
use patchbay_proxy::Inside;
use patchbay_runtime::ask::{HostAnswer, HostCall, HostReply, PluginError};
use patchbay_runtime::{Answering, HostPort, Scope, Session};
use patchbay_store::Store;
use patchbay_types::Clock;

pub(crate) use http::Filled;

use files::Files;
use job::{Ear, Log, LoggedRun, Run};
use kv::Kv;
use llm::Llm;
use process::Children;
use tasks::{NoSubject, Subject};
use used::Used;

/// Waits of a call that end early because its run is cancelled: for a line and for the end. Whoever does not ask why waits
/// as ever from then on, or it would ask without a pause.
const WAKES: u32 = 2;
/// Of a text of a plugin's that a message repeats, in characters.
const QUOTE_CHARACTERS_MAX: usize = 100;

/// Who answers the plugins of a host.
pub struct Capabilities {
    shared: Arc<Shared>,
}

/// What it takes.
pub struct CapabilityParts {
    pub store: Arc<dyn Store>,
    pub egress: Egress,
    pub secrets: SecretBook,
    pub clock: Arc<dyn Clock>,
    /// Set once the gateway exists; until then no model answers.
    pub gateway: Arc<OnceLock<Inside>>,
    /// Where programs work that name no folder.
    pub scratch: PathBuf,
}

/// What the call of a plugin is a part of. By default of nothing that the host keeps.
#[derive(Clone)]
pub struct Work {
    /// The run that a skill is in.
    pub run: Arc<dyn Run>,
    /// The task that a failure or a problem is about.
    pub subject: Arc<dyn Subject>,
    /// What models take for it.
    pub used: Arc<Used>,
    /// What programs that it starts are told of it, beside their own variables.
    pub environment: Vec<(String, String)>,
}

struct Shared {
    kv: Kv,
    egress: Egress,
    secrets: SecretBook,
    files: Files,
    llm: Llm,
    clock: Arc<dyn Clock>,
    scratch: PathBuf,
}

/// One call of a plugin, and what it has started.
struct Line {
    shared: Arc<Shared>,
    scope: Scope,
    work: Work,
    log: Log,
    children: Children,
    /// How many of its waits still end early when its run is cancelled; none once it was told.
    wakes: u32,
}

/// What a capability says.
type Answer = Result<HostReply, PluginError>;

impl Capabilities {
    #[must_use]
    pub fn new(parts: CapabilityParts) -> Self {
        let CapabilityParts { store, egress, secrets, clock, gateway, scratch } = parts;
        let shared = Shared {
            kv: Kv::new(store.clone()),
            egress,
            secrets,
            files: Files::new(),
            llm: Llm::new(store, clock.clone(), gateway),
            clock,
            scratch,
        };
        Self { shared: Arc::new(shared) }
    }

    /// A call's line to the host, as a part of that work.
    pub fn session_with(&self, scope: &Scope, work: Work) -> Box<dyn Session> {
        Box::new(Line {
            shared: self.shared.clone(),
            scope: scope.clone(),
            work,
            log: Log::default(),
            children: Children::new(self.shared.scratch.clone()),
            wakes: WAKES,
        })
    }
}

impl Default for Work {
    fn default() -> Self {
        Self {
            run: Arc::new(LoggedRun),
            subject: Arc::new(NoSubject),
            used: Arc::default(),
            environment: Vec::new(),
        }
    }
}

impl HostPort for Capabilities {
    fn session(&self, scope: &Scope) -> Box<dyn Session> {
        self.session_with(scope, Work::default())
    }
}

impl Session for Line {
    fn answer<'a>(&'a mut self, call: &'a HostCall) -> Answering<'a> {
        Box::pin(async move { self.reply(call).await.map_or_else(HostAnswer::Error, HostAnswer::Ok) })
    }
}

impl Line {
    async fn reply(&mut self, call: &HostCall) -> Answer {
        let Self { shared, scope, work, log, children, wakes } = self;
        let (run, subject) = (&*work.run, &*work.subject);
        let ear = Ear { run, clock: &*shared.clock, scope };
        match call {
            HostCall::KvGet { key } => shared.kv.get(scope, key).await,
            HostCall::KvSet { key, value } => shared.kv.set(scope, key, value).await,
            HostCall::KvDelete { key } => shared.kv.delete(scope, key).await,
            HostCall::KvKeys { prefix, after, count } => {
                shared.kv.keys(scope, prefix, after.as_deref(), *count).await
            }
            HostCall::HttpSend { request, body } => {
                http::send(&shared.egress, &shared.secrets, scope, request, body).await
            }
            HostCall::SecretExists { name } => Ok(HostReply::Flag(shared.secrets.exists(name))),
            HostCall::LlmComplete { messages, options } => {
                shared.llm.complete((scope, &*work), messages, options).await
            }
            HostCall::ProcessSpawn { command, input } => {
                children.spawn(command, input, &work.environment).await
            }
            HostCall::ProcessLines { child, count, wait_ms } => {
                children.lines(*child, *count, *wait_ms, cancelled(run, wakes)).await
            }
            HostCall::ProcessWait { child, wait_ms } => {
                children.wait(*child, *wait_ms, cancelled(run, wakes)).await
            }
            HostCall::ProcessKill { child } => children.kill(*child).await,
            HostCall::FilesRead { path } => shared.files.read(scope, path).await,
            HostCall::FilesEntries { path } => shared.files.entries(scope, path).await,
            HostCall::FilesReplace { path, contents, version } => {
                shared.files.replace(scope, path, contents, version.as_deref()).await
            }
            HostCall::JobLogLine { stream, text } => log.line(ear, stream, text).await,
            HostCall::JobLogLines { lines } => log.lines(ear, lines).await,
            HostCall::JobProgress { done, total, note } => job::progress(run, scope, *done, *total, note),
            HostCall::JobHeartbeat {} => job::heartbeat(run, scope),
            HostCall::JobArtifact { name, media_type, contents } => {
                job::artifact(run, scope, name, media_type, contents).await
            }
            HostCall::JobCancelled {} => {
                let is_cancelled = run.cancelled();
                *wakes = if is_cancelled { 0 } else { *wakes };
                Ok(HostReply::Flag(is_cancelled))
            }
            HostCall::TasksCurrent {} => tasks::current(subject).await,
            HostCall::TasksAttempts {} => tasks::attempts(subject).await,
            HostCall::TasksLogTail { lines } => tasks::log_tail(subject, *lines).await,
            HostCall::TasksFindings {} => tasks::findings(subject).await,
            HostCall::TasksHistory {} => tasks::history(subject).await,
            HostCall::TasksRunbooks {} => tasks::runbooks(subject).await,
        }
    }
}

/// Until the run is cancelled, unless that has ended as many waits as it may.
async fn cancelled(run: &dyn Run, wakes: &mut u32) {
    if *wakes == 0 {
        std::future::pending::<()>().await;
    }
    run.until_cancelled().await;
    *wakes -= 1;
}

fn error(code: &str, message: impl Into<String>) -> PluginError {
    PluginError { code: code.to_owned(), message: message.into(), retry_after_ms: None }
}

/// A text of a plugin's, short enough to be repeated.
fn shown(text: &str) -> String {
    text.chars().take(QUOTE_CHARACTERS_MAX).collect()
}

#[cfg(test)]
mod tests;
