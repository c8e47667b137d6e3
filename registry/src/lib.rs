//! What a plugin's file says of itself, and where such files are kept. Nothing here runs a plugin; every byte of a
//! component is taken for hostile.
//!
//! The order at load: [`scan`] (size, validity, is it a component, manifest) and then [`contract::check`].

pub mod contract;
mod manifest;
mod scan;
mod section;
mod store;
mod version;

pub use manifest::{
    Ceiling, ConfigSection, Determinism, FailureMode, LimitError, Limits, Manifest, ManifestError, Plugin,
    PluginName, World, embed, extract,
};
pub use scan::{ScanError, ScanLimits, Scanned, scan};
pub use section::SectionError;
pub use store::{ComponentStore, StoreError};
pub use version::Version;

#[cfg(test)]
mod tests;
