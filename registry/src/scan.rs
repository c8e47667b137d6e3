//! Looks a component file over before anything is compiled: what it is, what it wants, what it offers.

mod validate;

use patchbay_types::{Bytes, Digest};
use wasmparser::{ComponentExport, ComponentImport, FromReader, SectionLimited};

use crate::manifest::{self, Class, Manifest, ManifestError};
use crate::section::{EXPORT, IMPORT, Section, SectionError, sections};
use validate::invalid;

const SLIM_ADVICE: &str = "; one that carries a language's runtime says class = \"fat\" in plugin.toml";
const FAT_ADVICE: &str = "_fat";

/// What a component file may cost before it is known.
#[derive(Clone, Copy, Debug)]
pub struct ScanLimits {
    pub component_bytes_max: Bytes,
    /// The same for a plugin whose manifest says `class = "fat"`.
    pub component_bytes_max_fat: Bytes,
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
         information), or raise [plugins] component_bytes_max{advice}"
    )]
    TooLarge { size: u64, max: u64, advice: &'static str },
    #[error(transparent)]
    Section(#[from] SectionError),
    #[error(transparent)]
    Manifest(#[from] ManifestError),
}

/// Checks all of `component`, in this order: size, sections, manifest, size for its class, validity.
///
/// # Errors
/// The first thing that is wrong.
pub fn scan(component: &[u8], limits: ScanLimits) -> Result<Scanned, ScanError> {
    let (slim, fat) = (limits.component_bytes_max, limits.component_bytes_max_fat);
    require_size(component, Bytes(slim.0.max(fat.0)), FAT_ADVICE)?;
    let sections = sections(component)?;
    let manifest = manifest::find(&sections)?;
    match manifest.as_ref().map_or(Class::Slim, |manifest| manifest.plugin.class) {
        Class::Slim => require_size(component, slim, SLIM_ADVICE)?,
        Class::Fat => require_size(component, fat, FAT_ADVICE)?,
    }
    validate::validate(component)?;
    Ok(Scanned {
        digest: Digest::of(component),
        size: Bytes(component.len() as u64),
        imports: names(&sections, IMPORT, |import: ComponentImport<'_>| import.name.name.to_owned())?,
        exports: names(&sections, EXPORT, |export: ComponentExport<'_>| export.name.name.to_owned())?,
        manifest,
    })
}

fn require_size(component: &[u8], max: Bytes, advice: &'static str) -> Result<(), ScanError> {
    let (size, max) = (component.len() as u64, max.0);
    if size <= max { Ok(()) } else { Err(ScanError::TooLarge { size, max, advice }) }
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
