//! Looks a component file over before anything is compiled: what it is, what it wants, what it offers.

use patchbay_types::{Bytes, Digest};
use wasmparser::{ComponentExport, ComponentImport, FromReader, SectionLimited, Validator, WasmFeatures};

use crate::manifest::{self, Manifest, ManifestError};
use crate::section::{EXPORT, IMPORT, Section, SectionError, sections};

/// What a plugin may be built from: WebAssembly 2.0 and plain components. Not the features in which most holes of
/// engines were found: async components, gc, exceptions, threads, 64-bit memories, several memories, relaxed SIMD.
const FEATURES: WasmFeatures =
    WasmFeatures::WASM2.union(WasmFeatures::EXTENDED_CONST).union(WasmFeatures::COMPONENT_MODEL);

/// What a component file may cost before it is known.
#[derive(Clone, Copy, Debug)]
pub struct ScanLimits {
    pub component_bytes_max: Bytes,
}

/// A valid component, and what it says of itself. Its names are its own words: show them, trust nothing.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Scanned {
    pub digest: Digest,
    pub size: Bytes,
    /// Top-level names, in the file's order: `patchbay:plugin/log@0.2.0`.
    pub imports: Vec<String>,
    /// Top-level names, in the file's order: `patchbay:plugin/routing@0.2.0`.
    pub exports: Vec<String>,
    /// None if it has none: a component that was not made for Patchbay.
    pub manifest: Option<Manifest>,
}

/// Why a file is not a component that could be loaded.
#[derive(thiserror::Error, Debug)]
pub enum ScanError {
    #[error(
        "the file has {size} bytes, expected at most {max}: make it smaller (opt-level \"s\", strip debug \
         information), or raise [plugins] component_bytes_max"
    )]
    TooLarge { size: u64, max: u64 },
    #[error(transparent)]
    Section(#[from] SectionError),
    #[error(transparent)]
    Manifest(#[from] ManifestError),
}

/// Checks all of `component`, in this order: size, sections, validity, manifest.
///
/// # Errors
/// The first thing that is wrong.
pub fn scan(component: &[u8], limits: ScanLimits) -> Result<Scanned, ScanError> {
    let (size, max) = (component.len() as u64, limits.component_bytes_max.0);
    if size > max {
        return Err(ScanError::TooLarge { size, max });
    }
    let sections = sections(component)?;
    Validator::new_with_features(FEATURES).validate_all(component).map_err(invalid)?;
    Ok(Scanned {
        digest: Digest::of(component),
        size: Bytes(size),
        imports: names(&sections, IMPORT, |import: ComponentImport<'_>| import.name.name.to_owned())?,
        exports: names(&sections, EXPORT, |export: ComponentExport<'_>| export.name.name.to_owned())?,
        manifest: manifest::find(&sections)?,
    })
}

fn names<'a, T: FromReader<'a>>(
    sections: &[Section<'a>],
    id: u8,
    name: impl Fn(T) -> String,
) -> Result<Vec<String>, SectionError> {
    let mut names = Vec::new();
    for section in sections.iter().filter(|section| section.id == id) {
        for item in SectionLimited::new(section.reader()).map_err(invalid)? {
            names.push(name(item.map_err(invalid)?));
        }
    }
    Ok(names)
}

fn invalid(error: wasmparser::Error) -> SectionError {
    SectionError::Invalid { offset: error.offset(), message: error.message().to_owned() }
}
