//! `files`: below the folders that were granted.

use wasmtime::component::Resource;

use super::{Answered, Blob, reply};
use crate::ask::{HostCall, HostReply, mismatch};
use crate::contract::host::patchbay::plugin::files;
use crate::guest::Guest;

impl files::Host for Guest {
    async fn read(&mut self, path: String) -> Answered<(Resource<Blob>, String)> {
        match self.ask(HostCall::FilesRead { path }).await {
            Ok(HostReply::File { contents, version }) => Ok(self.blob(contents)?.map(|blob| (blob, version))),
            Ok(_) => Ok(Err(mismatch())),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn entries(&mut self, path: String) -> Answered<Vec<files::Entry>> {
        let answer = self.ask(HostCall::FilesEntries { path }).await;
        reply!(answer, HostReply::Entries(entries) => entries)
    }

    async fn replace(
        &mut self,
        path: String,
        contents: Resource<Blob>,
        version: Option<String>,
    ) -> Answered<String> {
        let contents = self.payload(Some(contents))?;
        let answer = self.ask(HostCall::FilesReplace { path, contents, version }).await;
        reply!(answer, HostReply::Version(version) => version)
    }
}
