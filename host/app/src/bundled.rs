//! The plugins that came with this binary.

use anyhow::Context;
use patchbay_bundled::Bundled;
use patchbay_registry::{Manifest, embed};
use patchbay_types::Digest;

/// A bundled plugin's component, with its manifest in it.
///
/// # Errors
/// When this binary has no such plugin.
pub fn component(name: &str) -> anyhow::Result<Vec<u8>> {
    let found = patchbay_bundled::all().iter().find(|plugin| plugin.name == name);
    whole(found.with_context(|| format!("this binary has no bundled plugin {name:?}"))?)
}

/// All of them: what a host trusts without a signature. One after the other is in memory, for most are never loaded.
///
/// # Errors
/// When a manifest is not one.
pub fn digests() -> anyhow::Result<Vec<Digest>> {
    patchbay_bundled::all().iter().map(|plugin| Ok(Digest::of(&whole(plugin)?))).collect()
}

/// The policy that fails at every call, for the demo.
///
/// # Errors
/// When its manifest is not one.
pub fn faulty() -> anyhow::Result<Vec<u8>> {
    whole(&patchbay_bundled::faulty())
}

fn whole(plugin: &Bundled) -> anyhow::Result<Vec<u8>> {
    let manifest = Manifest::parse(plugin.manifest, &format!("{}/plugin.toml", plugin.name))?;
    Ok(embed(plugin.component, &manifest)?)
}
