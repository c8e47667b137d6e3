//! `patchbay plugin list`: the bundled plugins, and those that slots hold.

use std::path::Path;

use patchbay_types::Digest;
use serde::Serialize;

use super::bundled;
use crate::cli::slot::SlotRow;
use crate::cli::table::Table;
use crate::cli::{AnswerOptions, Failure, answer, output};
use crate::client::Request;

/// A plugin that this host could put in charge, or has.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
struct PluginRow {
    name: String,
    version: String,
    digest: String,
    /// `bundled` or `loaded`.
    source: &'static str,
    /// The generations in charge that are this component.
    in_charge: Vec<String>,
    /// Those that will be in charge once their slot is loaded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_loaded: Vec<String>,
}

/// # Errors
/// As [`answer::ask`].
pub async fn run(dir: &Path, options: AnswerOptions) -> Result<(), Failure> {
    let slots: Vec<SlotRow> = answer::ask(dir, Request::get("/api/slots")).await?.read()?;
    let plugins = with_slots(bundled_rows()?, &slots);
    match options.json {
        true => output::line(&serde_json::to_string(&plugins).map_err(Failure::new)?),
        false => output::line(&words(plugins)),
    }
    Ok(())
}

fn bundled_rows() -> Result<Vec<PluginRow>, Failure> {
    let rows = patchbay_bundled::all().iter().map(|plugin| {
        let manifest = bundled::manifest(plugin)?;
        Ok(PluginRow {
            name: plugin.name.to_owned(),
            version: manifest.plugin.version.to_string(),
            digest: Digest::of(&crate::bundled::component(plugin.name)?).to_string(),
            source: "bundled",
            in_charge: Vec::new(),
            not_loaded: Vec::new(),
        })
    });
    rows.collect()
}

fn with_slots(mut plugins: Vec<PluginRow>, slots: &[SlotRow]) -> Vec<PluginRow> {
    for generation in slots.iter().filter(|slot| slot.loaded).filter_map(SlotRow::in_charge) {
        match plugins.iter_mut().find(|plugin| plugin.digest == generation.digest) {
            Some(plugin) => plugin.in_charge.push(generation.id.clone()),
            None => plugins.push(PluginRow {
                name: generation.name.clone(),
                version: generation.version.clone(),
                digest: generation.digest.clone(),
                source: "loaded",
                in_charge: vec![generation.id.clone()],
                not_loaded: Vec::new(),
            }),
        }
    }
    for slot in slots.iter().filter(|slot| !slot.loaded) {
        wait_for(&mut plugins, slot);
    }
    plugins
}

/// A slot that waits for a plugin.
fn wait_for(plugins: &mut Vec<PluginRow>, slot: &SlotRow) {
    let Some(expected) = &slot.expected else { return };
    let waits = expected.generation.clone();
    match (plugins.iter_mut().find(|plugin| plugin.digest == expected.digest), slot.in_charge()) {
        (Some(plugin), _) => plugin.not_loaded.push(waits),
        (None, Some(generation)) => plugins.push(PluginRow {
            name: generation.name.clone(),
            version: generation.version.clone(),
            digest: generation.digest.clone(),
            source: "loaded",
            in_charge: Vec::new(),
            not_loaded: vec![waits],
        }),
        (None, None) => {}
    }
}

fn words(plugins: Vec<PluginRow>) -> String {
    let short = |digest: &str| digest.trim_start_matches("sha256:").chars().take(12).collect();
    let rows = plugins.into_iter().map(|plugin| {
        let later = plugin.not_loaded.iter().map(|waits| format!("{waits} (not loaded yet)"));
        let in_charge: Vec<String> = plugin.in_charge.iter().cloned().chain(later).collect();
        [plugin.name, plugin.version, short(&plugin.digest), plugin.source.to_owned(), in_charge.join(", ")]
    });
    Table::new(["NAME", "VERSION", "DIGEST", "SOURCE", "IN CHARGE"])
        .with(rows)
        .or("no plugins: make one with `patchbay plugin new NAME --world routing-policy`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(digest: &str, source: &'static str) -> PluginRow {
        let (name, version) = ("p".to_owned(), "1.0.0".to_owned());
        PluginRow {
            name,
            version,
            digest: digest.to_owned(),
            source,
            in_charge: Vec::new(),
            not_loaded: Vec::new(),
        }
    }

    fn slot(digest: &str) -> SlotRow {
        serde_json::from_value(serde_json::json!({
            "slot": "routing", "active": "routing/2",
            "generations": [{
                "id": "routing/2", "digest": digest, "name": "p", "version": "1.0.0", "contract": "0.2.0",
                "state": "active", "origin": "load", "reason": null, "created": 0, "in_flight": 0, "calls": 0,
                "refused": 0, "traps": 0, "timeouts": 0, "invalid": 0, "p50_us": null, "p99_us": null,
            }],
        }))
        .unwrap()
    }

    #[test]
    fn a_slot_that_holds_a_bundled_plugin_marks_it_and_another_adds_a_row() {
        let check = |digest: &str, expect: [(&str, &str); 2]| {
            let found = with_slots(vec![row("a", "bundled")], &[slot(digest)]);
            let found: Vec<_> = found.iter().map(|row| (row.source, row.in_charge.join(","))).collect();
            let expect = expect.map(|(source, in_charge)| (source, in_charge.to_owned()));
            assert_eq!(found, expect[..found.len()], "{digest}");
        };
        check("a", [("bundled", "routing/2"), ("", "")]);
        check("b", [("bundled", ""), ("loaded", "routing/2")]);
    }

    #[test]
    fn a_slot_that_waits_for_its_first_task_names_what_will_be_there() {
        let waits = serde_json::json!({
            "slot": "skills/p", "active": null, "loaded": false,
            "expected": {"generation": "skills/p/1", "digest": "a"},
        });
        let found = with_slots(vec![row("a", "bundled")], &[serde_json::from_value(waits).unwrap()]);
        assert_eq!(
            (found.len(), found[0].not_loaded.join(","), found[0].in_charge.len()),
            (1, "skills/p/1".into(), 0)
        );
        assert!(words(found).contains("skills/p/1 (not loaded yet)"));
    }
}
