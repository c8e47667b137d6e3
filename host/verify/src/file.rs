//! `file`: whether one is there, or is not; with these bytes, or as a JSON Schema says. It must not know who wrote it.

use std::fs::File;
use std::io::{self, Read};

use patchbay_types::Digest;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

use crate::document;
use crate::place::{Found, Place, Roots};
use crate::refused::CheckRefused;
use crate::schema::Schema;
use crate::verdict::Finding;

const KIND: &str = "file";
/// Of a file whose digest is asked for.
const DIGEST_BYTES_MAX: u64 = 1 << 30;
const PORTION_BYTES: usize = 64 * 1024;

/// A check that can be run.
pub(crate) struct FileCheck {
    place: Place,
    exists: bool,
    digest: Option<Digest>,
    schema: Option<Schema>,
}

impl FileCheck {
    pub(crate) fn new(
        roots: &Roots,
        path: &str,
        exists: bool,
        digest: Option<Digest>,
        schema: Option<&Value>,
    ) -> Result<Self, CheckRefused> {
        let place = roots.place(KIND, path)?;
        let what = digest.map(|_| "a digest").or(schema.map(|_| "a schema"));
        if let Some(what) = what.filter(|_| !exists) {
            return Err(CheckRefused::Contradiction { path: place.shown, what });
        }
        Ok(Self { place, exists, digest, schema: schema.map(Schema::new).transpose()? })
    }

    /// Waits for a disk.
    pub(crate) fn run(&self, stop: &CancellationToken) -> Finding {
        let shown = &self.place.shown;
        match (self.place.find(), self.exists) {
            (Err(cause), _) => Finding::not_run(cause.to_string()),
            (Ok(None), false) => Finding::held(format!("{shown:?} is not there, as expected")),
            (Ok(None), true) => Finding::failed(format!("{shown:?} is not there, expected it to be")),
            (Ok(Some(_)), false) => Finding::failed(format!("{shown:?} is there, expected nothing")),
            (Ok(Some(found)), true) => self.look(&found, stop),
        }
    }

    fn look(&self, found: &Found, stop: &CancellationToken) -> Finding {
        let wrong = self.wrong_bytes(found, stop).or_else(|| self.wrong_value(found));
        let with = match (&self.digest, &self.schema) {
            (None, None) => "is there",
            (Some(_), None) => "has the digest that was expected",
            (None, Some(_)) => "is as the schema says",
            (Some(_), Some(_)) => "has the digest that was expected, and is as the schema says",
        };
        wrong.unwrap_or_else(|| Finding::held(format!("{:?} {with}", self.place.shown)))
    }

    fn wrong_bytes(&self, found: &Found, stop: &CancellationToken) -> Option<Finding> {
        let (expected, shown) = (self.digest?, &self.place.shown);
        if !found.is_regular {
            return Some(Finding::failed(format!("{shown:?} is no regular file, expected {expected}")));
        }
        if found.bytes > DIGEST_BYTES_MAX {
            let bytes = found.bytes;
            let text = format!(
                "{shown:?} has {bytes} bytes, expected at most {DIGEST_BYTES_MAX} to take the digest of"
            );
            return Some(Finding::failed(text));
        }
        match found.open().and_then(|file| sha256(file, stop)) {
            Ok(digest) if digest == *expected.as_bytes() => None,
            Ok(digest) => {
                let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
                Some(Finding::failed(format!("{shown:?} has the digest sha256:{hex}, expected {expected}")))
            }
            Err(cause) => Some(Finding::not_run(format!("{shown:?} cannot be read: {cause}"))),
        }
    }

    fn wrong_value(&self, found: &Found) -> Option<Finding> {
        let schema = self.schema.as_ref()?;
        match document::read(found, &self.place) {
            Err(finding) => Some(finding),
            Ok(value) => {
                schema.fault(&value).map(|fault| Finding::failed(format!("{:?}, {fault}", self.place.shown)))
            }
        }
    }
}

/// Of all bytes, portion by portion, until told to stop. A file that grows meanwhile is read no further than it may be.
fn sha256(file: File, stop: &CancellationToken) -> io::Result<[u8; 32]> {
    let (mut file, mut hash) = (file.take(DIGEST_BYTES_MAX + 1), Sha256::new());
    let mut portion = vec![0; PORTION_BYTES];
    loop {
        let length = file.read(&mut portion)?;
        if stop.is_cancelled() {
            return Err(io::Error::other("it was stopped"));
        }
        match portion.get(..length) {
            Some(bytes) if length > 0 => hash.update(bytes),
            _ => return Ok(hash.finalize().into()),
        }
    }
}
