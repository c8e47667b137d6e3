//! Completeness: what there is has a place in the documentation. It asks the code for the names.

use patchbay_registry::World;
use serde_json::Value;

use super::data::manifest;
use super::none_wrong;
use super::page::{Page, below};
use crate::harness::Host;

/// Tables of a manifest, and a text in which a key too much makes it tell the others.
const TABLES: [(&str, &str); 8] = [
    ("", "x = 1"),
    ("plugin", "[plugin]\nx = 1"),
    ("limits", "[limits]\nx = 1"),
    ("grants", "[grants]\nx = 1"),
    ("grants/kv", "[grants]\nkv = { x = 1 }"),
    ("grants/llm", "[grants]\nllm = { x = 1 }"),
    ("provides", "[provides]\nx = 1"),
    ("recording", "[recording]\nx = 1"),
];

fn page(path: &str) -> Page {
    Page::read(path)
}

/// The keys that a table of a manifest may have: a refusal of another one names them.
fn keys_of(table: &str) -> Vec<String> {
    let error = manifest(table).unwrap_err();
    let (_, expected) = error.split_once("expected").unwrap_or_else(|| panic!("{error}"));
    expected.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_manifest_with_every_key_has_every_key_and_each_is_explained() {
    let page = page("docs/manifest.md");
    let block = page.blocks().into_iter().find(|block| block.lang == "toml").unwrap();
    manifest(&block.text).unwrap();
    let all: toml::Value = toml::from_str(&block.text).unwrap();
    let all = serde_json::to_value(all).unwrap();
    let mut wrong = Vec::new();
    for (table, text) in TABLES {
        let pointer = if table.is_empty() { String::new() } else { format!("/{table}") };
        let found = all.pointer(&pointer).unwrap_or(&Value::Null);
        for key in keys_of(text) {
            if found.get(&key).is_none() {
                wrong.push(format!("{table}/{key} is not in the example"));
            }
            if !page.prose().contains(&format!("`{key}`")) && !page.prose().contains(&format!("[{key}]")) {
                wrong.push(format!("{table}/{key} is not explained"));
            }
        }
    }
    none_wrong("keys are missing in docs/manifest.md", &wrong);
}

#[test]
fn every_world_has_a_page_that_names_what_it_may_import() {
    let mut wrong = Vec::new();
    let capabilities: Vec<String> =
        below("docs/capabilities").iter().map(|path| page(path).name().to_owned()).collect();
    for world in World::ALL {
        let page = page(&format!("docs/worlds/{}.md", world.as_str()));
        let row = page.text.lines().find(|line| line.starts_with("| may import |")).unwrap();
        let offered: Vec<&str> = world.capabilities().iter().map(|capability| capability.as_str()).collect();
        for name in &capabilities {
            let named = row.contains(&format!("](../capabilities/{name}.md)"));
            let offers = offered.contains(&name.as_str()) || name == "wasi";
            if named != offers {
                wrong.push(format!("{}: {name}: named {named}, offered {offers}", page.path));
            }
        }
        wrong.extend(
            offered
                .iter()
                .filter(|name| !capabilities.iter().any(|known| known == **name))
                .map(|name| format!("docs/capabilities/{name}.md is missing")),
        );
        let mode = format!("| failure mode | `{}`", world.failure_mode().as_str());
        if !page.text.contains(&mode) {
            wrong.push(format!("{}: expected {mode}", page.path));
        }
    }
    none_wrong("things of worlds are wrong", &wrong);
}

#[test]
fn every_bundled_plugin_is_named_on_the_page_of_its_world() {
    let named = |plugin: &patchbay_bundled::Bundled| {
        page(&format!("docs/worlds/{}.md", plugin.world)).text.contains(&format!("`{}`", plugin.name))
            && page("docs/plugins.md").text.contains(&format!("`{}`", plugin.name))
    };
    let missing = patchbay_bundled::all().iter().filter(|plugin| !named(plugin));
    let missing: Vec<String> = missing.map(|plugin| format!("{} ({})", plugin.name, plugin.world)).collect();
    none_wrong("bundled plugins are not documented", &missing);
}

#[tokio::test]
async fn every_key_of_the_configuration_is_documented_with_its_default_and_when_it_takes_effect() {
    let host = Host::make("").await;
    let text = std::fs::read_to_string(host.dir().join(patchbay_config::FILE_NAME)).unwrap();
    let docs = page("docs/configuration.md").text;
    let keys = text.lines().filter_map(|line| line.strip_prefix('#')?.trim().split_once(" = "));
    let shown = host.json(&["config", "show"]).await;
    let when = |row: &Value| if row["restart"] == true { "next start" } else { "at once" };
    // Both have the order of the declaration.
    let rows = keys.zip(shown.as_array().unwrap()).map(|((key, value), row)| {
        assert_eq!(row["key"], key);
        format!("| `{key}` | `{value}` | {} |", when(row))
    });
    let missing: Vec<String> = rows.filter(|row| !docs.contains(row)).collect();
    none_wrong("keys are missing in docs/configuration.md", &missing);
}
