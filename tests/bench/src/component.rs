//! Components to load: the bundled ones with their manifests, and ones that no host has seen.

use anyhow::Context;
use bytes::Bytes;
use patchbay_bundled::Bundled;
use patchbay_registry::{Manifest, embed};

/// The policy that calls are timed of, and that is in charge of a fresh host.
pub(crate) const POLICY: &str = "primary-fallback";

/// A bundled plugin.
pub(crate) fn bundled(name: &str) -> anyhow::Result<&'static Bundled> {
    let found = patchbay_bundled::all().iter().find(|bundled| bundled.name == name);
    found.with_context(|| format!("{name} is not among the bundled plugins"))
}

/// As the binary has it, to the byte: with its manifest in it.
pub(crate) fn whole(bundled: &Bundled) -> anyhow::Result<Bytes> {
    let manifest = Manifest::parse(bundled.manifest, bundled.name)?;
    Ok(embed(bundled.component, &manifest)?.into())
}

/// The same code under a digest of its own: a custom section with a number at the end.
pub(crate) fn unseen(component: &[u8], number: u32) -> Bytes {
    const CUSTOM: u8 = 0;
    const NAME: &[u8] = b"bench";
    let number = number.to_le_bytes();
    // Both lengths are below 128: a byte each.
    let length = |bytes: usize| u8::try_from(bytes).unwrap_or_default();
    let header = [CUSTOM, length(1 + NAME.len() + number.len()), length(NAME.len())];
    [component, &header, NAME, &number].concat().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unseen_component_is_still_a_plugin() {
        let limits = patchbay_registry::ScanLimits {
            component_bytes_max: patchbay_types::Bytes(8 << 20),
            component_bytes_max_fat: patchbay_types::Bytes(8 << 20),
        };
        let component = whole(bundled(POLICY).expect("it is bundled")).expect("its manifest is one");
        let first = patchbay_registry::scan(&unseen(&component, 1), limits).expect("it is valid");
        let second = patchbay_registry::scan(&unseen(&component, 2), limits).expect("it is valid");
        assert_ne!(first.digest, second.digest);
        assert!(first.manifest.is_some());
    }
}
