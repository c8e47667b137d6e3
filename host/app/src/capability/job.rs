//! `job`: what a skill tells of the run that it is in. No grant; who listens is told by whoever started the run, and
//! without a run it is the host's own log.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use patchbay_runtime::Scope;
use patchbay_runtime::ask::{HostReply, Payload};
use patchbay_types::{Clock, Monotonic};

use super::{Answer, PluginError, error, shown};

/// Of a line of the run's log.
const LINE_BYTES_MAX: usize = 64 * 1024;
/// Of all lines of a second, with what each costs beside its text.
const SECOND_BYTES_MAX: usize = 8 << 20;
const LINE_COST_BYTES: usize = 128;
const SECOND: Duration = Duration::from_secs(1);
/// Of the words that go with progress.
const NOTE_CHARACTERS_MAX: usize = 1_000;
/// Of an artifact's name and of its media type.
const NAME_BYTES_MAX: usize = 200;

/// The run that a call is in: what the plugin says goes there.
pub trait Run: Send + Sync + 'static {
    /// A line, within its bounds, control characters escaped. `stream` is `stdout`, `stderr` or `note`. It must not block.
    fn log_line(&self, scope: &Scope, stream: &'static str, text: &str);

    /// How far it is, in units of the plugin's. It must not block.
    fn progress(&self, scope: &Scope, done: u64, total: Option<u64>, note: &str);

    /// Still alive. It must not block.
    fn heartbeat(&self, scope: &Scope);

    /// Keeps a result.
    fn artifact<'a>(&'a self, scope: &'a Scope, artifact: Artifact) -> Keeping<'a>;

    /// Whether somebody wants it to end.
    fn cancelled(&self) -> bool;

    /// Until somebody does. By default nobody ever does.
    fn until_cancelled(&self) -> Cancelling<'_> {
        Box::pin(std::future::pending())
    }
}

/// A result under a name.
#[derive(Clone, Debug)]
pub struct Artifact {
    pub name: String,
    pub media_type: String,
    pub contents: Bytes,
}

pub type Cancelling<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;
pub type Keeping<'a> = Pin<Box<dyn Future<Output = Result<(), PluginError>> + Send + 'a>>;

/// No run at all: the host's log is told.
#[derive(Debug)]
pub struct LoggedRun;

impl Run for LoggedRun {
    fn log_line(&self, scope: &Scope, stream: &'static str, text: &str) {
        let (plugin, generation) = (&scope.plugin, &scope.generation);
        tracing::info!(target: "job", plugin, %generation, call = scope.call, stream, "{text}");
    }

    fn progress(&self, scope: &Scope, done: u64, total: Option<u64>, note: &str) {
        let (plugin, generation) = (&scope.plugin, &scope.generation);
        tracing::debug!(target: "job", plugin, %generation, call = scope.call, done, total, note, "progress");
    }

    fn heartbeat(&self, scope: &Scope) {
        let (plugin, generation) = (&scope.plugin, &scope.generation);
        tracing::debug!(target: "job", plugin, %generation, call = scope.call, "alive");
    }

    fn artifact<'a>(&'a self, _: &'a Scope, artifact: Artifact) -> Keeping<'a> {
        let Artifact { name, media_type, contents } = &artifact;
        let (name, media_type, bytes) = (shown(name), shown(media_type), contents.len());
        let message = format!("{name:?} ({media_type}, {bytes} bytes) is not kept: this call is in no run");
        Box::pin(async move { Err(error("no-job", message)) })
    }

    fn cancelled(&self) -> bool {
        false
    }
}

/// How much of a call's log this second still takes.
#[derive(Default)]
pub(super) struct Log {
    second: Option<Monotonic>,
    used: usize,
}

/// Where a call's lines go.
#[derive(Clone, Copy)]
pub(super) struct Ear<'a> {
    pub(super) run: &'a dyn Run,
    pub(super) clock: &'a dyn Clock,
    pub(super) scope: &'a Scope,
}

impl Log {
    /// All of them: of each its stream and its text.
    pub(super) async fn lines(&mut self, ear: Ear<'_>, lines: &[(String, String)]) -> Answer {
        for (stream, text) in lines {
            self.line(ear, stream, text).await?;
        }
        Ok(HostReply::Done)
    }

    /// Who says more than a second takes waits for the next one: a line that is left out may be the one that says what went
    /// wrong.
    pub(super) async fn line(&mut self, ear: Ear<'_>, stream: &str, text: &str) -> Answer {
        let text = printable(text, LINE_BYTES_MAX);
        if let Some(full_for) = self.full_for(ear.clock.monotonic(), text.len()) {
            tokio::time::sleep(full_for).await;
            self.begin(ear.clock.monotonic(), text.len());
        }
        ear.run.log_line(ear.scope, known(stream), &text);
        Ok(HostReply::Done)
    }

    /// How long this second still is, if it has no room for a text of so many bytes.
    fn full_for(&mut self, now: Monotonic, bytes: usize) -> Option<Duration> {
        let left = self.second.map_or(Duration::ZERO, |second| SECOND.saturating_sub(now.since(second)));
        if left.is_zero() {
            self.begin(now, bytes);
            return None;
        }
        self.used += bytes + LINE_COST_BYTES;
        (self.used > SECOND_BYTES_MAX).then_some(left)
    }

    fn begin(&mut self, now: Monotonic, bytes: usize) {
        (self.second, self.used) = (Some(now), bytes + LINE_COST_BYTES);
    }
}

pub(super) fn progress(run: &dyn Run, scope: &Scope, done: u64, total: Option<u64>, note: &str) -> Answer {
    let note: String = note.chars().take(NOTE_CHARACTERS_MAX).collect();
    run.progress(scope, done, total, &printable(&note, LINE_BYTES_MAX));
    Ok(HostReply::Done)
}

pub(super) fn heartbeat(run: &dyn Run, scope: &Scope) -> Answer {
    run.heartbeat(scope);
    Ok(HostReply::Done)
}

pub(super) async fn artifact(
    run: &dyn Run,
    scope: &Scope,
    name: &str,
    media_type: &str,
    contents: &Payload,
) -> Answer {
    for text in [name, media_type] {
        if !(1..=NAME_BYTES_MAX).contains(&text.len()) || text.chars().any(char::is_control) {
            let text = shown(text);
            let message =
                format!("{text:?} names no artifact or media type: expected 1 to {NAME_BYTES_MAX} bytes");
            return Err(error("invalid", message));
        }
    }
    let (name, media_type) = (name.to_owned(), media_type.to_owned());
    run.artifact(scope, Artifact { name, media_type, contents: contents.0.clone() }).await?;
    Ok(HostReply::Done)
}

fn known(stream: &str) -> &'static str {
    match stream {
        "stdout" => "stdout",
        "stderr" => "stderr",
        _ => "note",
    }
}

/// At most so many bytes, with control characters escaped: nobody's terminal is moved, and no line forged.
fn printable(text: &str, bytes_max: usize) -> String {
    let mut line = String::with_capacity(text.len().min(bytes_max));
    for character in text.chars() {
        let escaped: Option<String> =
            (character.is_control() && character != '\t').then(|| character.escape_default().collect());
        let bytes = escaped.as_ref().map_or(character.len_utf8(), String::len);
        if line.len() + bytes > bytes_max {
            break;
        }
        match escaped {
            Some(escaped) => line.push_str(&escaped),
            None => line.push(character),
        }
    }
    line
}

#[cfg(test)]
mod tests;
