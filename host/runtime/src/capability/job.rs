//! `job`: the run that a skill is in.

use wasmtime::component::Resource;

use super::{Answered, Blob, done};
use crate::ask::{HostCall, HostReply};
use crate::contract::host::patchbay::plugin::job;
use crate::guest::Guest;

impl job::Host for Guest {
    /// A line that cannot be kept is no reason for a run to fail.
    async fn log_line(&mut self, stream: String, text: String) -> wasmtime::Result<()> {
        drop(self.ask(HostCall::JobLogLine { stream, text }).await);
        Ok(())
    }

    async fn log_lines(&mut self, lines: Vec<(String, String)>) -> wasmtime::Result<()> {
        drop(self.ask(HostCall::JobLogLines { lines }).await);
        Ok(())
    }

    async fn progress(&mut self, done: u64, total: Option<u64>, note: String) -> wasmtime::Result<()> {
        drop(self.ask(HostCall::JobProgress { done, total, note }).await);
        Ok(())
    }

    async fn heartbeat(&mut self) -> wasmtime::Result<()> {
        drop(self.ask(HostCall::JobHeartbeat {}).await);
        Ok(())
    }

    async fn artifact(&mut self, name: String, media_type: String, contents: Resource<Blob>) -> Answered<()> {
        let contents = self.payload(Some(contents))?;
        done(self.ask(HostCall::JobArtifact { name, media_type, contents }).await)
    }

    async fn cancelled(&mut self) -> wasmtime::Result<bool> {
        Ok(matches!(self.ask(HostCall::JobCancelled {}).await, Ok(HostReply::Flag(true))))
    }
}
