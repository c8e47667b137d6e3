//! Components in a registry that speaks OCI's protocol, laid out as the CNCF's Wasm artefact, so that other tools read
//! what is pushed here and the other way round. What a registry answers is a stranger's: it is bounded, and checked
//! by its digest. It must not know whom to trust.

mod capped;
mod credentials;
mod error;
mod layout;
mod place;

use std::time::Duration;

use oci_client::client::{Client, ClientConfig, ClientProtocol};
use oci_client::manifest::{OCI_IMAGE_MEDIA_TYPE, OciDescriptor};
use oci_client::secrets::RegistryAuth;
use patchbay_types::{Bytes, Digest, Timestamp};
use tokio::time::timeout;

use crate::{Scanned, Signature};
use capped::Capped;

pub use credentials::{Credentials, CredentialsError};
pub use error::OciError;
pub use layout::{LayoutError, SIGNATURE_ANNOTATION};
pub use place::{Place, PlaceError};

/// No component is larger, whatever a registry announces.
pub const PULLED_BYTES_MAX: Bytes = Bytes(64 << 20);

const CONNECT_TIME_MAX: Duration = Duration::from_secs(10);
/// Between two pieces of an answer.
const SILENCE_MAX: Duration = Duration::from_secs(30);
/// For what is small: a manifest.
const SHORT_TIME_MAX: Duration = Duration::from_secs(60);
/// For what is large: a component.
const LONG_TIME_MAX: Duration = Duration::from_mins(10);
const USER_AGENT: &str = concat!("patchbay/", env!("CARGO_PKG_VERSION"));

/// One registry, spoken to.
pub struct Remote {
    client: Client,
    auth: RegistryAuth,
}

/// What is to be pushed.
pub struct Artefact<'a> {
    pub component: &'a [u8],
    /// What the component says of itself.
    pub scanned: &'a Scanned,
    pub signature: Option<&'a Signature>,
    pub created: Timestamp,
}

/// What was pulled. Its bytes fit its digest; nothing else of it is checked.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Pulled {
    pub component: Vec<u8>,
    /// Of the component.
    pub digest: Digest,
    /// Where it lies for good: with the artefact's digest.
    pub place: Place,
    /// The text of a signature, as it was pushed.
    pub signature: Option<String>,
}

impl Remote {
    /// Makes ready to speak to the registry of `place`; nothing is sent yet. `plain_http` is for registries on this
    /// machine.
    ///
    /// # Errors
    /// [`OciError::PlainHttp`], or [`OciError::Setup`].
    pub fn new(place: &Place, credentials: Option<Credentials>, plain_http: bool) -> Result<Self, OciError> {
        if plain_http && !place.is_loopback() {
            return Err(OciError::PlainHttp { registry: place.registry().to_owned() });
        }
        let config = ClientConfig {
            protocol: if plain_http { ClientProtocol::Http } else { ClientProtocol::Https },
            platform_resolver: None,
            connect_timeout: Some(CONNECT_TIME_MAX),
            read_timeout: Some(SILENCE_MAX),
            user_agent: USER_AGENT,
            ..ClientConfig::default()
        };
        let client = Client::try_from(config).map_err(|error| OciError::setup(&error))?;
        Ok(Self { client, auth: credentials.map_or(RegistryAuth::Anonymous, Credentials::into_auth) })
    }

    /// Pushes under the tag of `place`, and says where it lies for good.
    ///
    /// # Errors
    /// The registry refused, did not answer in time, or `place` has no tag.
    pub async fn push(&self, place: &Place, artefact: &Artefact<'_>) -> Result<Place, OciError> {
        if place.digest().is_some() {
            return Err(OciError::NoTag { place: place.to_string() });
        }
        let (config, manifest) = (layout::config(artefact), layout::manifest(artefact));
        let reference = place.reference();
        self.client.store_auth_if_needed(reference.resolve_registry(), &self.auth).await;
        let component = Digest::of(artefact.component).to_string();
        let blobs = async {
            self.client.push_blob(reference, artefact.component.to_vec(), &component).await?;
            self.client.push_blob(reference, config.clone(), &Digest::of(&config).to_string()).await
        };
        within(LONG_TIME_MAX, place, blobs).await?;
        let Ok(kind) = OCI_IMAGE_MEDIA_TYPE.parse() else {
            return Err(OciError::Setup { message: "the manifest's media type is no header".to_owned() });
        };
        let manifest_pushed = self.client.push_manifest_raw(reference, manifest.clone(), kind);
        within(SHORT_TIME_MAX, place, manifest_pushed).await?;
        Ok(place.pinned(&Digest::of(&manifest)))
    }

    /// Pulls what lies at `place`. `on_size` hears how large it is, once that is known.
    ///
    /// # Errors
    /// It is not there, is no Wasm component, or its bytes are not what its digest says.
    pub async fn pull(&self, place: &Place, on_size: &(dyn Fn(Bytes) + Sync)) -> Result<Pulled, OciError> {
        let (reference, accepted) = (place.reference(), [OCI_IMAGE_MEDIA_TYPE]);
        let pulling = self.client.pull_manifest_raw(reference, &self.auth, &accepted);
        let (manifest, _) = within(SHORT_TIME_MAX, place, pulling).await?;
        let found = Digest::of(&manifest);
        if let Some(expected) = place.digest().filter(|expected| *expected != found) {
            return Err(OciError::Digest { what: "manifest", expected, found });
        }
        let layout = |source: LayoutError| OciError::Layout { place: place.to_string(), source };
        let (layer, signature) = layout::read(&manifest).map_err(layout)?;
        on_size(layer.size);
        let component = self.component(place, &layer).await?;
        Ok(Pulled { component, digest: layer.digest, place: place.pinned(&found), signature })
    }

    async fn component(&self, place: &Place, layer: &layout::Layer) -> Result<Vec<u8>, OciError> {
        let mut bytes = Capped::new(layer.size);
        // By its digest alone: the other addresses that a descriptor may name are not asked.
        let descriptor = OciDescriptor { digest: layer.digest.to_string(), ..OciDescriptor::default() };
        let pulling = self.client.pull_blob(place.reference(), &descriptor, &mut bytes);
        within(LONG_TIME_MAX, place, pulling).await?;
        let bytes = bytes.into_inner();
        match Digest::of(&bytes) {
            found if found == layer.digest => Ok(bytes),
            found => Err(OciError::Digest { what: "component", expected: layer.digest, found }),
        }
    }
}

async fn within<T>(
    time_max: Duration,
    place: &Place,
    asking: impl Future<Output = Result<T, oci_client::errors::OciDistributionError>>,
) -> Result<T, OciError> {
    match timeout(time_max, asking).await {
        Ok(answer) => answer.map_err(|error| OciError::asked(place, error)),
        Err(_) => Err(OciError::Time { registry: place.registry().to_owned(), seconds: time_max.as_secs() }),
    }
}

#[cfg(test)]
mod tests;
