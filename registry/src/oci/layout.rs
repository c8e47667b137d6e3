//! The CNCF's layout of a Wasm artefact: a manifest whose config is `application/vnd.wasm.config.v0+json`, and whose
//! one layer, `application/wasm`, is the component as it is.
//!
//! A signature travels as an annotation of the manifest: that is where every tool can put one from its command line,
//! and where it is kept when an artefact is copied.

use std::collections::BTreeMap;

use oci_client::annotations::{
    ORG_OPENCONTAINERS_IMAGE_DESCRIPTION, ORG_OPENCONTAINERS_IMAGE_LICENSES, ORG_OPENCONTAINERS_IMAGE_TITLE,
    ORG_OPENCONTAINERS_IMAGE_VERSION,
};
use oci_client::manifest::{OCI_IMAGE_MEDIA_TYPE, OciDescriptor, OciImageManifest};
use patchbay_types::{Bytes, Digest};
use serde::{Deserialize, Serialize};

use super::{Artefact, PULLED_BYTES_MAX};
use crate::text::shown;
use crate::{SIGNATURE_BYTES_MAX, Signature};

/// The annotation that holds the text of a signature.
pub const SIGNATURE_ANNOTATION: &str = "dev.patchbay.minisig";

const CONFIG: &str = "application/vnd.wasm.config.v0+json";
const LAYER: &str = "application/wasm";
/// What registries themselves take.
const MANIFEST_BYTES_MAX: usize = 4 << 20;

/// Why an artefact holds no component.
#[derive(thiserror::Error, Clone, PartialEq, Eq, Debug)]
pub enum LayoutError {
    #[error("its manifest has {size} bytes, expected at most {MANIFEST_BYTES_MAX}")]
    Large { size: usize },
    #[error("it is a list of artefacts for several platforms, expected one artefact")]
    List,
    #[error("its manifest cannot be read: {message}")]
    Unreadable { message: String },
    #[error("its config is {found:?}, expected {CONFIG:?}: a container image or another kind of artefact")]
    Config { found: String },
    #[error("it has {count} layers, expected one")]
    Layers { count: usize },
    #[error("its layer is {found:?}, expected {LAYER:?}")]
    Layer { found: String },
    #[error("its layer has digest {found:?}, expected sha256")]
    Digest { found: String },
    #[error("its layer has {size} bytes, expected 1 to {}", PULLED_BYTES_MAX.0)]
    Size { size: i64 },
    #[error("its signature has {size} bytes, expected at most {SIGNATURE_BYTES_MAX}")]
    Signature { size: usize },
}

/// The layer that holds the component.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Layer {
    pub(super) digest: Digest,
    pub(super) size: Bytes,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Config<'a> {
    /// RFC 3339.
    created: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<String>,
    architecture: &'static str,
    os: &'static str,
    layer_digests: [String; 1],
    component: World<'a>,
}

#[derive(Serialize)]
struct World<'a> {
    exports: &'a [String],
    imports: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
}

/// Only to tell what the whole manifest is, before more of it is believed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kind {
    media_type: Option<String>,
    manifests: Option<serde::de::IgnoredAny>,
}

pub(super) fn config(artefact: &Artefact<'_>) -> Vec<u8> {
    let manifest = artefact.scanned.manifest.as_ref();
    let authors = manifest.map(|manifest| manifest.plugin.authors.join(", "));
    let target = manifest.map(|manifest| {
        format!("patchbay:plugin/{}@{}", manifest.plugin.world.as_str(), manifest.plugin.contract)
    });
    let config = Config {
        created: artefact.created.to_string(),
        author: authors.filter(|authors| !authors.is_empty()),
        architecture: "wasm",
        os: "wasip2",
        layer_digests: [Digest::of(artefact.component).to_string()],
        component: World { exports: &artefact.scanned.exports, imports: &artefact.scanned.imports, target },
    };
    serde_json::to_vec(&config).expect("a config has text keys only, and no writer can fail")
}

pub(super) fn manifest(artefact: &Artefact<'_>) -> Vec<u8> {
    let config = descriptor(CONFIG, &config(artefact), None);
    let name = artefact.scanned.manifest.as_ref().map(|manifest| manifest.plugin.name.to_string());
    // By this name other tools write the file.
    let title = name.map(|name| (ORG_OPENCONTAINERS_IMAGE_TITLE.to_owned(), format!("{name}.wasm")));
    let layer = descriptor(LAYER, artefact.component, Some(title.into_iter().collect()));
    let manifest = OciImageManifest {
        media_type: Some(OCI_IMAGE_MEDIA_TYPE.to_owned()),
        config,
        layers: vec![layer],
        annotations: Some(annotations(artefact)),
        ..OciImageManifest::default()
    };
    serde_json::to_vec(&manifest).expect("a manifest has text keys only, and no writer can fail")
}

/// The layer to pull, and the signature's text if there is one.
pub(super) fn read(manifest: &[u8]) -> Result<(Layer, Option<String>), LayoutError> {
    let unreadable =
        |error: serde_json::Error| LayoutError::Unreadable { message: shown(&error.to_string()) };
    if manifest.len() > MANIFEST_BYTES_MAX {
        return Err(LayoutError::Large { size: manifest.len() });
    }
    let kind: Kind = serde_json::from_slice(manifest).map_err(unreadable)?;
    if kind.manifests.is_some() || kind.media_type.is_some_and(|kind| kind.contains("index")) {
        return Err(LayoutError::List);
    }
    let manifest: OciImageManifest = serde_json::from_slice(manifest).map_err(unreadable)?;
    if manifest.config.media_type != CONFIG {
        return Err(LayoutError::Config { found: shown(&manifest.config.media_type) });
    }
    let [layer] = &manifest.layers[..] else {
        return Err(LayoutError::Layers { count: manifest.layers.len() });
    };
    Ok((read_layer(layer)?, signature(manifest.annotations)?))
}

fn read_layer(layer: &OciDescriptor) -> Result<Layer, LayoutError> {
    if layer.media_type != LAYER {
        return Err(LayoutError::Layer { found: shown(&layer.media_type) });
    }
    let digest = layer.digest.parse().map_err(|_| LayoutError::Digest { found: shown(&layer.digest) })?;
    match u64::try_from(layer.size) {
        Ok(size) if (1..=PULLED_BYTES_MAX.0).contains(&size) => Ok(Layer { digest, size: Bytes(size) }),
        _ => Err(LayoutError::Size { size: layer.size }),
    }
}

fn signature(annotations: Option<BTreeMap<String, String>>) -> Result<Option<String>, LayoutError> {
    let text = annotations.and_then(|mut annotations| annotations.remove(SIGNATURE_ANNOTATION));
    match text {
        Some(text) if text.len() > SIGNATURE_BYTES_MAX => Err(LayoutError::Signature { size: text.len() }),
        text => Ok(text),
    }
}

fn descriptor(
    media_type: &str,
    bytes: &[u8],
    annotations: Option<BTreeMap<String, String>>,
) -> OciDescriptor {
    OciDescriptor {
        media_type: media_type.to_owned(),
        digest: Digest::of(bytes).to_string(),
        size: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
        annotations: annotations.filter(|annotations| !annotations.is_empty()),
        ..OciDescriptor::default()
    }
}

fn annotations(artefact: &Artefact<'_>) -> BTreeMap<String, String> {
    let signature = artefact.signature.map(Signature::text).unwrap_or_default();
    let mut annotations = BTreeMap::from([(SIGNATURE_ANNOTATION, signature.to_owned())]);
    if let Some(manifest) = &artefact.scanned.manifest {
        let plugin = &manifest.plugin;
        annotations.insert(ORG_OPENCONTAINERS_IMAGE_TITLE, plugin.name.to_string());
        annotations.insert(ORG_OPENCONTAINERS_IMAGE_VERSION, plugin.version.to_string());
        annotations.insert(ORG_OPENCONTAINERS_IMAGE_DESCRIPTION, plugin.description.clone());
        annotations.insert(ORG_OPENCONTAINERS_IMAGE_LICENSES, plugin.license.clone());
    }
    let told = annotations.into_iter().filter(|(_, text)| !text.is_empty());
    told.map(|(name, text)| (name.to_owned(), text)).collect()
}
