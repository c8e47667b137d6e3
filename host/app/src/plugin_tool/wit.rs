//! The contract, as tools of other languages read it: its files, and a world that imports what the manifest asks for
//! and no more. Such tools import all of a world, whether it is used or not, and the host refuses what was not granted.

use std::fs;
use std::path::{Path, PathBuf};

use patchbay_registry::{Capability, FailureKind, Manifest};

use crate::cli::Failure;

/// The world of one plugin.
pub const WORLD: &str = "narrowed";

const CONTRACT: &str = "0.2.0";
const FOLDER: &str = "build/wit";
const FILES: [(&str, &str); 8] = [
    ("types.wit", include_str!("../../../../wit/since-v0.2.0/types.wit")),
    ("capabilities.wit", include_str!("../../../../wit/since-v0.2.0/capabilities.wit")),
    ("routing-policy.wit", include_str!("../../../../wit/since-v0.2.0/routing-policy.wit")),
    ("error-analyzer.wit", include_str!("../../../../wit/since-v0.2.0/error-analyzer.wit")),
    ("fix-strategy.wit", include_str!("../../../../wit/since-v0.2.0/fix-strategy.wit")),
    ("skill-adapter.wit", include_str!("../../../../wit/since-v0.2.0/skill-adapter.wit")),
    ("notifier.wit", include_str!("../../../../wit/since-v0.2.0/notifier.wit")),
    ("task-source.wit", include_str!("../../../../wit/since-v0.2.0/task-source.wit")),
];

/// Writes the contract below the plugin's folder, and says where it is.
///
/// # Errors
/// The manifest names a version that there is no such folder of, or the files cannot be written.
pub fn write(folder: &Path, manifest: &Manifest) -> Result<PathBuf, Failure> {
    let said = manifest.plugin.contract.as_str();
    if said != CONTRACT {
        return Err(Failure::new(format!("plugin.toml says contract = \"{said}\", expected \"{CONTRACT}\"")));
    }
    let wit = folder.join(FOLDER);
    let world = world(manifest);
    let files = FILES.into_iter().chain([("plugin.wit", world.as_str())]);
    fs::create_dir_all(&wit)
        .and_then(|()| files.into_iter().try_for_each(|(name, text)| fs::write(wit.join(name), text)))
        .map_err(|error| Failure::new(format!("cannot write {}: {error}", wit.display())))?;
    Ok(wit)
}

fn world(manifest: &Manifest) -> String {
    let imports: String =
        imports(manifest).map(|capability| format!("    import {};\n", capability.as_str())).collect();
    let export = manifest.plugin.world.interface();
    format!("/// What plugin.toml asks for.\nworld {WORLD} {{\n{imports}    export {export};\n}}\n")
}

/// What the host will offer it. An analyzer that is asked while a client waits has its log and configuration alone.
fn imports(manifest: &Manifest) -> impl Iterator<Item = Capability> {
    let is_offered = |capability: &Capability| {
        matches!(capability, Capability::Log | Capability::Config)
            || !(manifest.takes(FailureKind::Upstream) || capability.is_missing(&manifest.grants))
    };
    manifest.plugin.world.capabilities().iter().copied().filter(is_offered)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(world: &str, contract: &str, rest: &str) -> Manifest {
        let text = format!(
            "[plugin]\nname = \"p\"\nversion = \"1.0.0\"\nworld = \"{world}\"\ncontract = \"{contract}\"\n{rest}"
        );
        Manifest::parse(&text, "plugin.toml").unwrap()
    }

    #[test]
    fn only_what_was_asked_for_is_imported() {
        let check = |of: &str, rest: &str, expect: &[&str]| {
            let found = world(&manifest(of, CONTRACT, rest));
            let imports = found.lines().filter_map(|line| line.trim().strip_prefix("import "));
            assert_eq!(
                imports.map(|import| import.trim_end_matches(';')).collect::<Vec<_>>(),
                expect,
                "{found}"
            );
        };
        check("routing-policy", "", &["log", "config"]);
        check("notifier", "", &["log", "config", "blobs"]);
        check("notifier", "[grants]\nhttp = []\n", &["log", "config", "blobs", "http"]);
        check("error-analyzer", "[provides]\nfailures = [\"upstream\"]\n", &["log", "config"]);
        check("error-analyzer", "[provides]\nfailures = [\"task\"]\n", &["log", "config", "blobs", "tasks"]);
    }

    #[test]
    fn the_files_are_a_contract_with_the_plugins_world() {
        let folder = tempfile::tempdir().unwrap();
        let wit = write(folder.path(), &manifest("notifier", CONTRACT, "")).unwrap();
        let world = fs::read_to_string(wit.join("plugin.wit")).unwrap();
        assert!(world.contains("world narrowed {") && world.contains("export delivery;"), "{world}");
        assert!(
            fs::read_to_string(wit.join("types.wit")).unwrap().contains("package patchbay:plugin@0.2.0;")
        );
    }

    #[test]
    fn another_version_of_the_contract_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let failure = write(folder.path(), &manifest("routing-policy", "0.1.0", "")).unwrap_err().to_string();
        assert!(failure.contains("contract = \"0.1.0\", expected \"0.2.0\""), "{failure}");
    }
}
