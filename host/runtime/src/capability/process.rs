//! `process`: programs that were granted. A child is a number between the guest and its session, and ends with it.

use wasmtime::component::Resource;

use super::{Answered, Blob, done, reply};
use crate::ask::{HostCall, HostReply, mismatch};
use crate::contract::host::patchbay::plugin::process;
use crate::guest::Guest;

/// The number behind a guest's handle.
#[derive(Debug)]
#[allow(unreachable_pub, reason = "the generated bindings export it again")]
pub struct Child {
    number: u32,
}

impl process::Host for Guest {
    async fn spawn(
        &mut self,
        command: process::Command,
        input: Option<Resource<Blob>>,
    ) -> Answered<Resource<Child>> {
        let input = self.payload(input)?;
        match self.ask(HostCall::ProcessSpawn { command, input }).await {
            Ok(HostReply::Child(number)) => Ok(Ok(self.table().push(Child { number })?)),
            Ok(_) => Ok(Err(mismatch())),
            Err(error) => Ok(Err(error)),
        }
    }
}

impl process::HostChild for Guest {
    async fn lines(
        &mut self,
        child: Resource<Child>,
        count: u32,
        wait_ms: u64,
    ) -> Answered<Vec<process::Line>> {
        let child = self.table().get(&child)?.number;
        let answer = self.ask(HostCall::ProcessLines { child, count, wait_ms }).await;
        reply!(answer, HostReply::Lines(lines) => lines)
    }

    async fn wait(&mut self, child: Resource<Child>, wait_ms: u64) -> Answered<Option<process::Exit>> {
        let child = self.table().get(&child)?.number;
        let answer = self.ask(HostCall::ProcessWait { child, wait_ms }).await;
        reply!(answer, HostReply::Exit(exit) => exit)
    }

    async fn kill(&mut self, child: Resource<Child>) -> Answered<()> {
        let child = self.table().get(&child)?.number;
        done(self.ask(HostCall::ProcessKill { child }).await)
    }

    /// The child itself ends with the session.
    async fn drop(&mut self, child: Resource<Child>) -> wasmtime::Result<()> {
        self.table().delete(child)?;
        Ok(())
    }
}
