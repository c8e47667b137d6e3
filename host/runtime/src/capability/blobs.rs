//! `blobs`: bytes that stay with the host. They are a part of the calls that take and give them, so they are not
//! recorded by themselves.

use bytes::BytesMut;
use wasmtime::component::Resource;

use super::Answered;
use crate::ask::{Payload, PluginError};
use crate::contract::host::patchbay::plugin::blobs;
use crate::guest::Guest;
use crate::limit::{BLOB_BYTES, BLOB_READ_BYTES, BLOBS_BYTES};

/// The bytes behind a guest's handle.
#[derive(Default)]
#[allow(unreachable_pub, reason = "the generated bindings export it again")]
pub struct Blob {
    bytes: BytesMut,
}

impl Guest {
    /// What a guest's handle stands for; nothing if it gave none.
    pub(super) fn payload(&mut self, blob: Option<Resource<Blob>>) -> wasmtime::Result<Payload> {
        let Some(blob) = blob else { return Ok(Payload::default()) };
        Ok(self.table().get(&blob)?.bytes.clone().freeze().into())
    }

    /// A handle for bytes that the host gives.
    pub(super) fn blob(&mut self, payload: Payload) -> Answered<Resource<Blob>> {
        let all = self.blob_bytes + payload.0.len();
        if all > BLOBS_BYTES {
            return Ok(Err(too_large()));
        }
        self.blob_bytes = all;
        Ok(Ok(self.table().push(Blob { bytes: BytesMut::from(payload.0) })?))
    }
}

fn too_large() -> PluginError {
    PluginError {
        code: "too-large".to_owned(),
        message: format!(
            "a blob holds at most {} MiB, and all blobs of a call {} MiB",
            BLOB_BYTES >> 20,
            BLOBS_BYTES >> 20
        ),
        retry_after_ms: None,
    }
}

impl blobs::Host for Guest {}

impl blobs::HostBlob for Guest {
    async fn new(&mut self) -> wasmtime::Result<Resource<Blob>> {
        Ok(self.table().push(Blob::default())?)
    }

    async fn append(&mut self, blob: Resource<Blob>, bytes: Vec<u8>) -> Answered<()> {
        let all = self.blob_bytes + bytes.len();
        let held = &mut self.table().get_mut(&blob)?.bytes;
        if held.len() + bytes.len() > BLOB_BYTES || all > BLOBS_BYTES {
            return Ok(Err(too_large()));
        }
        held.extend_from_slice(&bytes);
        self.blob_bytes = all;
        Ok(Ok(()))
    }

    async fn size(&mut self, blob: Resource<Blob>) -> wasmtime::Result<u64> {
        Ok(self.table().get(&blob)?.bytes.len() as u64)
    }

    async fn read(&mut self, blob: Resource<Blob>, offset: u64, count: u32) -> wasmtime::Result<Vec<u8>> {
        let bytes = &self.table().get(&blob)?.bytes;
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
        let end = start.saturating_add(count as usize).min(start + BLOB_READ_BYTES).min(bytes.len());
        Ok(bytes[start..end].to_vec())
    }

    async fn drop(&mut self, blob: Resource<Blob>) -> wasmtime::Result<()> {
        let freed = self.table().delete(blob)?.bytes.len();
        self.blob_bytes = self.blob_bytes.saturating_sub(freed);
        Ok(())
    }
}
