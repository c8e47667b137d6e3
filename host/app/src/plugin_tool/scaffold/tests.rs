//! What is written for a new plugin, and where not.

use clap::ValueEnum;
use patchbay_registry::Manifest;

use super::*;

fn plugin(world: World, lang: Lang, path: &Path) -> NewPlugin {
    NewPlugin { name: "my-plugin".parse().unwrap(), world, lang, path: Some(path.to_owned()) }
}

#[test]
fn a_new_plugin_of_each_world_and_language_is_complete_and_carries_its_name() {
    for lang in Lang::ALL {
        for world in World::value_variants() {
            let parent = tempfile::tempdir().unwrap();
            let folder = parent.path().join("here");
            new(&plugin(*world, lang, &folder)).unwrap();
            for file in [lang.project_file(), "README.md", "cases/first.json", ".gitignore", SDK_FOLDER] {
                assert!(folder.join(file).exists(), "{lang:?} {world:?}: {file} is missing");
            }
            let manifest = fs::read_to_string(folder.join("plugin.toml")).unwrap();
            let manifest = Manifest::parse(&manifest, "plugin.toml").unwrap().plugin;
            assert_eq!((manifest.name.as_str(), manifest.world), ("my-plugin", world.of_manifest()));
        }
    }
}

#[test]
fn no_placeholder_is_left() {
    for lang in Lang::ALL {
        for world in World::value_variants() {
            let plugin = plugin(*world, lang, Path::new(""));
            for (path, content) in files(&plugin).filter(|(path, _)| !path.starts_with(SDK_FOLDER)) {
                let text = String::from_utf8_lossy(&content);
                assert!(!text.contains("{{name}}") && !text.contains("{{crate}}"), "{}", path.display());
            }
        }
    }
}

#[test]
fn the_sdk_of_rust_is_whole() {
    let plugin = plugin(World::Notifier, Lang::Rust, Path::new(""));
    let paths: Vec<PathBuf> = files(&plugin).map(|(path, _)| path).collect();
    for file in ["Cargo.toml", "src/lib.rs", "wit/notifier.wit", "README.md"] {
        assert!(paths.contains(&Path::new(SDK_FOLDER).join(file)), "{file} is missing");
    }
}

#[test]
fn a_folder_that_is_used_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mine"), "").unwrap();
    assert!(new(&plugin(World::RoutingPolicy, Lang::Rust, folder.path())).is_err());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
