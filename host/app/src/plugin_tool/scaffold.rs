//! `patchbay plugin new`: a crate that builds and whose test passes at once, with the SDK's sources beside it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::name::PluginName;
use crate::cli::{Failure, output};

/// Path below the folder, and content.
type Files = &'static [(&'static str, &'static [u8])];

const TEMPLATE: Files = include!(concat!(env!("OUT_DIR"), "/template.rs"));
const SDK: Files = include!(concat!(env!("OUT_DIR"), "/sdk.rs"));
/// Where the template expects the SDK.
const SDK_FOLDER: &str = "vendor/patchbay-sdk";
/// Hides a file of the template from cargo and git; cut off.
const HIDDEN: &str = ".tmpl";

/// The kinds of plugin that there are.
#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum World {
    /// Decides which provider a request goes to next
    RoutingPolicy,
}

/// What is to be made.
#[derive(Clone, Debug)]
pub struct NewPlugin {
    pub name: PluginName,
    /// There is one template so far.
    pub world: World,
    /// The crate's folder; none is one of the plugin's name, here.
    pub path: Option<PathBuf>,
}

/// Writes the crate.
///
/// # Errors
/// The folder exists and is not empty, or cannot be written.
pub fn new(plugin: &NewPlugin) -> Result<(), Failure> {
    let World::RoutingPolicy = plugin.world;
    let folder = plugin.path.clone().unwrap_or_else(|| PathBuf::from(plugin.name.as_str()));
    require_free(&folder)?;
    for (path, content) in files(&plugin.name) {
        write(&folder.join(path), &content)?;
    }
    output::line(&next_steps(&plugin.name, &folder));
    Ok(())
}

fn require_free(folder: &Path) -> Result<(), Failure> {
    let used = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(Failure::new(format!("cannot use {}: {error}", folder.display()))),
    };
    match used {
        true => {
            Err(Failure::new(format!("{} exists and is not empty: nothing was written", folder.display()))
                .hint("choose another folder with --path, or another name"))
        }
        false => Ok(()),
    }
}

/// Where each file goes, and what it holds.
fn files(name: &PluginName) -> impl Iterator<Item = (PathBuf, Vec<u8>)> {
    let template = TEMPLATE.iter().map(|(path, content)| {
        (PathBuf::from(path.strip_suffix(HIDDEN).unwrap_or(path)), filled(content, name))
    });
    let sdk = SDK.iter().map(|(path, content)| (Path::new(SDK_FOLDER).join(path), content.to_vec()));
    template.chain(sdk)
}

fn filled(content: &[u8], name: &PluginName) -> Vec<u8> {
    let text = String::from_utf8_lossy(content);
    text.replace("{{name}}", name.as_str()).replace("{{crate}}", &name.crate_name()).into_bytes()
}

fn write(file: &Path, content: &[u8]) -> Result<(), Failure> {
    let parent = file.parent().unwrap_or(file);
    fs::create_dir_all(parent)
        .and_then(|()| fs::write(file, content))
        .map_err(|error| Failure::new(format!("cannot write {}: {error}", file.display())))
}

fn next_steps(name: &PluginName, folder: &Path) -> String {
    let folder = folder.display();
    format!(
        "made {folder}: a policy in src/lib.rs, what it must answer in cases/, the SDK in {SDK_FOLDER}\n\
         next:\n  \
         cd {folder}\n  \
         patchbay plugin test\n  \
         patchbay plugin build\n  \
         patchbay plugin load {name}.wasm --slot routing"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plugin(path: &Path) -> NewPlugin {
        let name = "my-policy".parse().unwrap();
        NewPlugin { name, world: World::RoutingPolicy, path: Some(path.to_owned()) }
    }

    #[test]
    fn a_new_plugin_is_complete_and_carries_its_name() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("here");
        new(&plugin(&folder)).unwrap();
        for file in ["Cargo.toml", "plugin.toml", "src/lib.rs", "vendor/patchbay-sdk/Cargo.toml"] {
            assert!(folder.join(file).is_file(), "{file} is missing");
        }
        let manifest = fs::read_to_string(folder.join("plugin.toml")).unwrap();
        let manifest = patchbay_registry::Manifest::parse(&manifest, "plugin.toml").unwrap();
        assert_eq!(manifest.plugin.name.as_str(), "my-policy");
        let left = files(&"my-policy".parse().unwrap())
            .filter(|(path, _)| !path.starts_with(SDK_FOLDER))
            .any(|(_, content)| String::from_utf8_lossy(&content).contains("{{"));
        assert!(!left, "a placeholder was not filled in");
    }

    #[test]
    fn a_folder_that_is_used_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("mine"), "").unwrap();
        assert!(new(&plugin(folder.path())).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
