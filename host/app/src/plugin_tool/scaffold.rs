//! `patchbay plugin new`: a project that builds and whose test passes at once, with the SDK's sources beside it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::lang::Lang;
use super::name::PluginName;
use crate::cli::{Failure, output};

/// Path below the folder, and content.
type Files = &'static [(&'static str, &'static [u8])];

/// By language and world: `rust/notifier/src/lib.rs`.
const TEMPLATES: Files = include!(concat!(env!("OUT_DIR"), "/templates.rs"));
/// By language: `rust/src/lib.rs`.
const SDKS: Files = include!(concat!(env!("OUT_DIR"), "/sdks.rs"));
/// Where the templates expect the SDK.
const SDK_FOLDER: &str = "vendor/patchbay-sdk";
/// Hides a file of a template from cargo and git; cut off.
const HIDDEN: &str = ".tmpl";

/// The kinds of plugin that there are.
#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum World {
    /// Decides which provider a request goes to next
    RoutingPolicy,
    /// Says what an error means
    ErrorAnalyzer,
    /// Proposes what could mend a problem
    FixStrategy,
    /// Does work of some kind
    SkillAdapter,
    /// Tells people
    Notifier,
    /// Brings work
    TaskSource,
}

/// What is to be made.
#[derive(Clone, Debug)]
pub struct NewPlugin {
    pub name: PluginName,
    pub world: World,
    pub lang: Lang,
    /// The project's folder; none is one of the plugin's name, here.
    pub path: Option<PathBuf>,
}

impl World {
    fn of_manifest(self) -> patchbay_registry::World {
        match self {
            Self::RoutingPolicy => patchbay_registry::World::RoutingPolicy,
            Self::ErrorAnalyzer => patchbay_registry::World::ErrorAnalyzer,
            Self::FixStrategy => patchbay_registry::World::FixStrategy,
            Self::SkillAdapter => patchbay_registry::World::SkillAdapter,
            Self::Notifier => patchbay_registry::World::Notifier,
            Self::TaskSource => patchbay_registry::World::TaskSource,
        }
    }
}

/// Writes the project.
///
/// # Errors
/// The folder exists and is not empty, or cannot be written.
pub fn new(plugin: &NewPlugin) -> Result<(), Failure> {
    let folder = plugin.path.clone().unwrap_or_else(|| PathBuf::from(plugin.name.as_str()));
    require_free(&folder)?;
    for (path, content) in files(plugin) {
        write(&folder.join(path), &content)?;
    }
    output::line(&next_steps(plugin, &folder));
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
fn files(plugin: &NewPlugin) -> impl Iterator<Item = (PathBuf, Vec<u8>)> {
    let lang = plugin.lang.as_str();
    let template = below(TEMPLATES, format!("{lang}/{}/", plugin.world.of_manifest().as_str()));
    let template = template.map(|(path, content)| {
        (PathBuf::from(path.strip_suffix(HIDDEN).unwrap_or(path)), filled(content, &plugin.name))
    });
    let sdk = below(SDKS, format!("{lang}/"));
    template.chain(sdk.map(|(path, content)| (Path::new(SDK_FOLDER).join(path), content.to_vec())))
}

/// The files of a folder, by their paths below it.
fn below(files: Files, folder: String) -> impl Iterator<Item = (&'static str, &'static [u8])> {
    files.iter().filter_map(move |(path, content)| Some((path.strip_prefix(folder.as_str())?, *content)))
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

fn next_steps(plugin: &NewPlugin, folder: &Path) -> String {
    let (name, folder) = (&plugin.name, folder.display());
    let (source, install) = match plugin.lang {
        Lang::Rust => ("src/lib.rs", ""),
        Lang::Js => ("src/plugin.js", "  npm install\n"),
        Lang::Python => ("src/plugin.py", "  # install componentize-py: see README.md\n"),
    };
    let slot = match plugin.world {
        World::RoutingPolicy => "routing".to_owned(),
        other => format!("{}/{name}", other.of_manifest().slot_kind().as_str()),
    };
    format!(
        "made {folder}: a plugin of the world {} in {source}, what it must answer in cases/, the SDK in {SDK_FOLDER}\n\
         next:\n  \
         cd {folder}\n\
         {install}  \
         patchbay plugin test\n  \
         patchbay plugin build\n  \
         patchbay plugin load {name}.wasm --slot {slot}",
        plugin.world.of_manifest().as_str()
    )
}

#[cfg(test)]
mod tests;
