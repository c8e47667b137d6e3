//! Compiled components on disk. Native code is only as safe as whoever wrote the file, so every entry carries an
//! authentication code under a key that the host alone has, over the component's digest, the engine and the code.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::io::Write;
use std::path::PathBuf;

use hmac::{Hmac, KeyInit, Mac};
use patchbay_types::{Digest, Secret};
use sha2::Sha256;
use wasmtime::Engine;

use crate::engine::EngineError;

const TAG_BYTES: usize = 32;
/// Entries kept; the oldest go first.
const ENTRIES_MAX: usize = 256;

/// The host's key for its cache: 32 random bytes that never leave the host.
#[derive(Clone, Debug)]
pub struct CacheKey(Secret<[u8; 32]>);

pub(crate) struct Cache {
    folder: PathBuf,
    key: CacheKey,
    /// Code for another engine, other settings or another processor does not fit.
    engine: u64,
}

impl CacheKey {
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Secret::new(bytes))
    }
}

impl Cache {
    pub(crate) fn open(folder: PathBuf, key: CacheKey, engine: &Engine) -> Result<Self, EngineError> {
        std::fs::create_dir_all(&folder)
            .map_err(|source| EngineError::Cache { path: folder.clone(), source })?;
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        Ok(Self { folder, key, engine: hasher.finish() })
    }

    /// The code, if an entry is there and its authentication code is right; a wrong one is removed.
    pub(crate) fn get(&self, digest: &Digest) -> Option<Vec<u8>> {
        let path = self.path(digest);
        let mut entry = std::fs::read(&path).ok()?;
        let sealed = entry.split_off_checked(TAG_BYTES);
        match sealed.filter(|code| self.mac(digest, code).verify_slice(&entry).is_ok()) {
            Some(code) => Some(code),
            None => {
                tracing::warn!(%digest, "a compiled component on disk was not written by this host; compiling again");
                let _ = std::fs::remove_file(&path);
                None
            }
        }
    }

    /// Keeps the code. A cache that cannot be written costs time at the next start, nothing else.
    pub(crate) fn put(&self, digest: &Digest, code: &[u8]) {
        if let Err(error) = self.write(digest, code) {
            tracing::warn!(%digest, %error, "a compiled component could not be kept");
        }
    }

    fn write(&self, digest: &Digest, code: &[u8]) -> std::io::Result<()> {
        self.make_room()?;
        let tag = self.mac(digest, code).finalize().into_bytes();
        let draft = self.folder.join(format!("{}.{}.draft", digest.short(), std::process::id()));
        let mut file = std::fs::File::create(&draft)?;
        file.write_all(&tag)?;
        file.write_all(code)?;
        std::fs::rename(&draft, self.path(digest))
    }

    fn make_room(&self) -> std::io::Result<()> {
        let mut entries: Vec<_> = std::fs::read_dir(&self.folder)?
            .filter_map(Result::ok)
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        entries.sort();
        let surplus = (entries.len() + 1).saturating_sub(ENTRIES_MAX);
        entries.iter().take(surplus).try_for_each(|(_, path)| std::fs::remove_file(path))
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        self.folder.join(format!("{}-{:016x}.code", digest.hex(), self.engine))
    }

    fn mac(&self, digest: &Digest, code: &[u8]) -> Hmac<Sha256> {
        #[allow(clippy::expect_used, reason = "HMAC takes keys of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.0.expose()).expect("any key length will do");
        mac.update(digest.as_bytes());
        mac.update(&self.engine.to_le_bytes());
        mac.update(code);
        mac
    }
}

trait SplitOffChecked {
    fn split_off_checked(&mut self, at: usize) -> Option<Vec<u8>>;
}

impl SplitOffChecked for Vec<u8> {
    fn split_off_checked(&mut self, at: usize) -> Option<Vec<u8>> {
        (self.len() >= at).then(|| self.split_off(at))
    }
}
