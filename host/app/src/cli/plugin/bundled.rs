//! The plugins that come with the host, by their names.

use std::path::Path;

use patchbay_bundled::Bundled;
use patchbay_registry::Manifest;

use crate::cli::Failure;

/// The bundled plugin that is meant, if it is one: a bare name, and no file of that name lies here.
pub fn named(component: &Path) -> Option<&'static Bundled> {
    let name = component.to_str()?;
    patchbay_bundled::all().iter().find(|plugin| plugin.name == name).filter(|_| !component.exists())
}

/// # Errors
/// Its `plugin.toml` is wrong: this program was built badly.
pub fn manifest(plugin: &Bundled) -> Result<Manifest, Failure> {
    Manifest::parse(plugin.manifest, &format!("{}/plugin.toml", plugin.name)).map_err(Failure::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bundled_plugin_is_found_by_its_name_and_has_a_manifest_of_that_name() {
        for plugin in patchbay_bundled::all() {
            let found = named(Path::new(plugin.name)).unwrap();
            assert_eq!(manifest(found).unwrap().plugin.name.as_str(), plugin.name);
            assert!(crate::bundled::component(found.name).is_ok());
        }
        assert!(named(Path::new("no-such-plugin")).is_none());
        assert!(named(Path::new("./primary-fallback")).is_none());
    }
}
