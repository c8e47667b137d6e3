//! What a plugin's file says of itself, and where such files are kept. Nothing here runs a plugin; every byte of a
//! component is taken for hostile.
//!
//! The order at load: [`scan`] (size, is it a component, manifest, validity) and then [`contract::check`].

pub mod contract;
mod diff;
mod index;
mod lock;
mod manifest;
mod oci;
mod scan;
mod section;
mod sign;
mod store;
mod text;
mod trust;
mod version;

pub use diff::{Change, Diff, Inspection, Names, diff};
pub use index::{Catalogue, Index, IndexError, Listed, Provenance, Source};
pub use lock::{LOCK_FILE, Lock, LockError, Pinned};
pub use manifest::{
    Capability, Ceiling, Class, ConfigFault, ConfigSection, Determinism, FailureKind, FailureMode,
    LimitError, LimitKey, Limits, Manifest, ManifestError, Plugin, PluginName, Provides, Recording, World,
    embed, extract,
};
pub use oci::{
    Artefact, Credentials, CredentialsError, LayoutError, OciError, PULLED_BYTES_MAX, Place, PlaceError,
    Pulled, Remote, SIGNATURE_ANNOTATION,
};
pub use scan::{ScanError, ScanLimits, Scanned, scan};
pub use section::SectionError;
pub use sign::{
    ClaimError, KeyError, KeyFile, KeyId, NewKey, Password, PublicKey, SIGNATURE_BYTES_MAX, SIGNATURE_SUFFIX,
    Signature, SignatureError, SigningKey,
};
pub use store::{ComponentStore, StoreError};
pub use trust::{Candidate, SIGNATURES_MAX, TRUST_FILE, Trust, TrustError, TrustFileError, Trusted};
pub use version::Version;

#[cfg(test)]
mod tests;
