//! What a guest may ask of its host, as ports: whoever wires the host plugs them in.

use std::future::Future;
use std::pin::Pin;

use patchbay_types::{GenerationId, Grants};

use crate::ask::{HostAnswer, HostCall};

/// One line that a guest wrote, cut to its limits, control characters escaped.
#[derive(Clone, Copy, Debug)]
pub struct LogLine<'a> {
    /// Which component wrote it, for people: `name@version`.
    pub plugin: &'a str,
    /// `trace`, `debug`, `info`, `warn` or `error`.
    pub level: &'a str,
    pub message: &'a str,
}

/// Where a guest's lines go. Called on the thread of the call: it must not block.
pub trait LogPort: Send + Sync + 'static {
    fn line(&self, line: LogLine<'_>);
}

/// On whose behalf a guest asks: told by the host, never by the guest.
#[derive(Clone, PartialEq, Debug)]
pub struct Scope {
    pub generation: GenerationId,
    /// The plugin's name, from its manifest.
    pub plugin: String,
    /// What it may; the runtime has checked a call against it before a session is asked.
    pub grants: Grants,
    /// The call that it asks in.
    pub call: String,
}

/// Who answers the guests: makes a session for each call.
pub trait HostPort: Send + Sync + 'static {
    fn session(&self, scope: &Scope) -> Box<dyn Session>;
}

/// One call's line to the host. Dropping it ends what the call has started: children, requests.
pub trait Session: Send + Sync {
    /// Answers one question, within a time of its own. An effect happens here or nowhere.
    fn answer<'a>(&'a mut self, call: &'a HostCall) -> Answering<'a>;

    /// Milliseconds since the call began, as a recording has it; none is real time.
    fn clock_ms(&self) -> Option<u64> {
        None
    }
}

pub type Answering<'a> = Pin<Box<dyn Future<Output = HostAnswer> + Send + 'a>>;

/// A host that grants nothing, whatever a manifest says. For pure plugins, and to look at a component.
#[derive(Debug, Default)]
pub struct NoHost;

impl HostPort for NoHost {
    fn session(&self, _: &Scope) -> Box<dyn Session> {
        Box::new(NoHost)
    }
}

impl Session for NoHost {
    fn answer<'a>(&'a mut self, call: &'a HostCall) -> Answering<'a> {
        Box::pin(async move { HostAnswer::error("no-host", format!("{} is not answered here", call.name())) })
    }
}

/// Into the host's own log.
#[derive(Debug, Default)]
pub struct TracingLog;

impl LogPort for TracingLog {
    fn line(&self, line: LogLine<'_>) {
        let LogLine { plugin, level, message } = line;
        match level {
            "error" => tracing::error!(target: "plugin", plugin, "{message}"),
            "warn" => tracing::warn!(target: "plugin", plugin, "{message}"),
            "debug" => tracing::debug!(target: "plugin", plugin, "{message}"),
            "trace" => tracing::trace!(target: "plugin", plugin, "{message}"),
            _ => tracing::info!(target: "plugin", plugin, "{message}"),
        }
    }
}
