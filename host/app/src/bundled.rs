//! The plugins that came with this binary.

use anyhow::Context;
use patchbay_bundled::Bundled;
use patchbay_registry::{Manifest, embed};
use patchbay_slots::Own;
use patchbay_types::Digest;

/// A bundled plugin's component, with its manifest in it.
///
/// # Errors
/// When this binary has no such plugin.
pub fn component(name: &str) -> anyhow::Result<Vec<u8>> {
    let found = find(name).with_context(|| format!("this binary has no bundled plugin {name:?}"))?;
    whole(found)
}

/// The same for a slot that it fills by itself: made when it is needed.
///
/// # Errors
/// When this binary has no such plugin, or its manifest is not one.
pub fn own(name: &str) -> anyhow::Result<Own> {
    let found = find(name).with_context(|| format!("this binary has no bundled plugin {name:?}"))?;
    let manifest = manifest(found)?;
    let asked = manifest.grants.clone();
    Ok(Own::new(asked, move || {
        embed(found.component, &manifest)
            .expect("what is bundled are components: a test of the bundle looks at each")
    }))
}

/// Of the plugin of that name, which a host trusts without a signature; none if this binary has no such.
pub fn digest(name: &str) -> Option<Digest> {
    Some(Digest::of(&whole(find(name)?).ok()?))
}

/// The policy that fails at every call, for the demo.
///
/// # Errors
/// When its manifest is not one.
pub fn faulty() -> anyhow::Result<Vec<u8>> {
    whole(&patchbay_bundled::faulty())
}

fn whole(plugin: &Bundled) -> anyhow::Result<Vec<u8>> {
    Ok(embed(plugin.component, &manifest(plugin)?)?)
}

fn manifest(plugin: &Bundled) -> anyhow::Result<Manifest> {
    Ok(Manifest::parse(plugin.manifest, &format!("{}/plugin.toml", plugin.name))?)
}

fn find(name: &str) -> Option<&'static Bundled> {
    patchbay_bundled::all().iter().find(|plugin| plugin.name == name)
}
