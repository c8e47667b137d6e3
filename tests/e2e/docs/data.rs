//! Data in the documentation: manifests, configurations, cases, questions, recorded calls. Each is read by the code that
//! reads it in earnest.

use patchbay_config::{Config, Environment, FILE_NAME};
use patchbay_registry::{LOCK_FILE, Lock, Manifest, TRUST_FILE, Trust, World};
use patchbay_runtime::exchange::Input;
use patchbay_sdk::testing::{Case, GoldenCase, HostAnswer};
use patchbay_slots::Recorded;
use serde_json::Value;

use crate::harness::root;

use super::page::{Block, Page};
use super::{none_wrong, pages};

/// Tables of `patchbay.toml` that no other file has.
const TABLES: [&str; 10] = [
    "[server]",
    "[routing]",
    "[plugins",
    "[secrets]",
    "[log]",
    "[tasks]",
    "[skills",
    "[checks]",
    "[fixes]",
    "[artifacts]",
];

#[test]
fn every_toml_is_read_by_what_reads_it_in_earnest() {
    let wrong = each("toml", |_, block| toml(block));
    none_wrong("tables are wrong", &wrong);
}

#[test]
fn every_json_is_what_its_page_says() {
    let wrong = each("json", json);
    none_wrong("documents are wrong", &wrong);
}

/// What is wrong with the blocks of a language, in all pages.
fn each(lang: &str, check: impl Fn(&Page, &Block) -> Result<(), String>) -> Vec<String> {
    let mut wrong = Vec::new();
    for page in pages() {
        for block in page.blocks().iter().filter(|block| block.lang == lang) {
            wrong.extend(check(&page, block).err().map(|why| format!("{}: {why}", block.place)));
        }
    }
    wrong
}

fn toml(block: &Block) -> Result<(), String> {
    let text = &block.text;
    let has = |table: &str| text.lines().any(|line| line.trim() == table || line.starts_with(table));
    if has("[plugin]") {
        return manifest(text).map(drop);
    }
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| std::fs::write(folder.path().join(name), text).unwrap();
    if has("[[key]]") {
        file(TRUST_FILE);
        return Trust::load(folder.path()).map(drop).map_err(|error| error.to_string());
    }
    if has("[[plugin]]") {
        file(LOCK_FILE);
        return Lock::load(&folder.path().join(LOCK_FILE)).map(drop).map_err(|error| error.to_string());
    }
    if TABLES.into_iter().any(has) {
        file(FILE_NAME);
        let config = Config::load(folder.path(), &Environment::default());
        return config.map(drop).map_err(|error| error.to_string());
    }
    if ["[package]", "[dependencies]", "[project]", "[lib]"].into_iter().any(has) {
        return Ok(());
    }
    // A part of a manifest: of a plugin that may ask for most.
    let world = if has("[provides]") { World::ErrorAnalyzer } else { World::SkillAdapter };
    manifest(&format!("{}{text}", head(world))).map(drop)
}

/// Whether a bundled plugin takes it as its configuration.
fn configuration(plugin: &str, value: &Value) -> Result<(), String> {
    let file = root().join("plugins").join(plugin).join("plugin.toml");
    let manifest = manifest(&std::fs::read_to_string(file).unwrap())?;
    let checked = manifest.check_config(value);
    checked.map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
}

pub(super) fn manifest(text: &str) -> Result<Manifest, String> {
    Manifest::parse(text, "plugin.toml").map_err(|error| error.to_string())
}

fn head(world: World) -> String {
    let (world, contract) = (world.as_str(), world.since());
    format!(
        "[plugin]\nname = \"example\"\nversion = \"0.1.0\"\nworld = \"{world}\"\ncontract = \"{contract}\"\n\n"
    )
}

fn json(page: &Page, block: &Block) -> Result<(), String> {
    let value: Value = serde_json::from_str(&block.text).map_err(|error| error.to_string())?;
    let world =
        World::ALL.into_iter().find(|world| page.folder() == "worlds" && world.as_str() == page.name());
    let is_case = value.get("expect").is_some();
    match world {
        _ if is_case && value.get("candidates").is_some() => {
            Case::parse(&block.text).map(drop).map_err(|error| error.to_string())
        }
        _ if is_case => GoldenCase::parse(&block.text).map(drop).map_err(|error| error.to_string()),
        Some(World::FixStrategy) if value.get("rules").is_some() => configuration("step-fix", &value),
        Some(world) => Input::read(world.slot_kind(), value).map(drop).map_err(|error| error.to_string()),
        None if value.get("generation").is_some() => {
            serde_json::from_value::<Recorded>(value).map(drop).map_err(|error| error.to_string())
        }
        None if value.is_array() => {
            serde_json::from_value::<Vec<HostAnswer>>(value).map(drop).map_err(|error| error.to_string())
        }
        None => Ok(()),
    }
}
