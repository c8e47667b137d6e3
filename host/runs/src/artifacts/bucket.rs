//! Contents in a bucket that speaks S3's protocol: `PREFIX/<64 digits of their SHA-256>`. It must not know what is in
//! them, nor where its keys come from.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::TryStreamExt;
use object_store::aws::AmazonS3Builder;
use object_store::path::Path;
use object_store::{ClientOptions, Error, ObjectStore, ObjectStoreExt, RetryConfig};
use patchbay_types::{Digest, Secret};

use super::artifact::ARTIFACT_BYTES_MAX;
use super::place::PlaceError;

/// To connect.
const CONNECT: Duration = Duration::from_secs(10);
/// Of one try, from its begin to the last byte.
const TRY: Duration = Duration::from_secs(120);
/// After the first try, if the bucket is not available or says that it is too much.
const RETRIES_MAX: usize = 3;
/// From the first try, no retry begins later.
const RETRY: Duration = Duration::from_secs(180);

/// Where the bucket is, and who asks.
#[derive(Clone, Debug)]
pub struct BucketConfig {
    /// As `https://s3.eu-central-1.amazonaws.com`. `http` is taken as it is.
    pub endpoint: String,
    pub bucket: String,
    pub region: String,
    /// Before the names in the bucket: words between slashes, or nothing.
    pub prefix: String,
    pub access_key: Secret<String>,
    pub secret_key: Secret<String>,
}

pub(super) struct Bucket {
    store: Arc<dyn ObjectStore>,
    name: String,
    prefix: Path,
}

impl Bucket {
    pub(super) fn open(config: &BucketConfig) -> Result<Self, PlaceError> {
        let BucketConfig { endpoint, bucket, region, prefix, access_key, secret_key } = config;
        let client =
            ClientOptions::new().with_connect_timeout(CONNECT).with_timeout(TRY).with_allow_http(true);
        let retry = RetryConfig { max_retries: RETRIES_MAX, retry_timeout: RETRY, ..RetryConfig::default() };
        let store = AmazonS3Builder::new()
            .with_endpoint(endpoint)
            .with_bucket_name(bucket)
            .with_region(region)
            .with_access_key_id(access_key.expose())
            .with_secret_access_key(secret_key.expose())
            .with_disable_bulk_delete(true) // not every server that speaks S3 knows it
            .with_client_options(client)
            .with_retry(retry)
            .build();
        let wrong = |source| PlaceError::Config { bucket: bucket.clone(), source: Box::new(source) };
        Ok(Self::over(Arc::new(store.map_err(wrong)?), bucket.clone(), prefix))
    }

    pub(super) fn over(store: Arc<dyn ObjectStore>, name: String, prefix: &str) -> Self {
        Self { store, name, prefix: Path::from(prefix) }
    }

    pub(super) async fn bytes(&self, digest: Digest) -> Result<Option<u64>, PlaceError> {
        let head =
            self.found(self.store.head(&self.path(digest)).await, || format!("looking for {digest}"))?;
        Ok(head.map(|object| object.size))
    }

    pub(super) async fn put(&self, digest: Digest, contents: Bytes) -> Result<(), PlaceError> {
        let put = self.store.put(&self.path(digest), contents.into()).await;
        put.map(|_| ()).map_err(|source| self.failed(format!("keeping {digest}"), source))
    }

    pub(super) async fn get(&self, digest: Digest) -> Result<Option<Bytes>, PlaceError> {
        let what = || format!("reading {digest}");
        let Some(object) = self.found(self.store.get(&self.path(digest)).await, what)? else {
            return Ok(None);
        };
        if object.meta.size > ARTIFACT_BYTES_MAX as u64 {
            // Whatever it is, it was not put here; its hash will say so.
            return Ok(Some(Bytes::new()));
        }
        object.bytes().await.map(Some).map_err(|source| self.failed(what(), source))
    }

    pub(super) async fn remove(&self, digest: Digest) -> Result<Option<u64>, PlaceError> {
        let Some(bytes) = self.bytes(digest).await? else { return Ok(None) };
        let removed = self.store.delete(&self.path(digest)).await;
        self.found(removed, || format!("removing {digest}")).map(|_| Some(bytes))
    }

    pub(super) async fn list(&self) -> Result<Vec<(Digest, u64)>, PlaceError> {
        let objects = self.store.list(Some(&self.prefix));
        let ours = objects.try_filter_map(|object| async move {
            let digest = object.location.filename().and_then(|hex| format!("sha256:{hex}").parse().ok());
            Ok(digest.map(|digest| (digest, object.size)))
        });
        ours.try_collect().await.map_err(|source| self.failed("listing".to_owned(), source))
    }

    fn path(&self, digest: Digest) -> Path {
        self.prefix.clone().join(digest.hex())
    }

    fn found<T>(
        &self,
        result: Result<T, Error>,
        what: impl FnOnce() -> String,
    ) -> Result<Option<T>, PlaceError> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(source) => Err(self.failed(what(), source)),
        }
    }

    fn failed(&self, what: String, source: Error) -> PlaceError {
        PlaceError::Bucket { bucket: self.name.clone(), what, source: Box::new(source) }
    }
}

#[cfg(test)]
mod tests;
