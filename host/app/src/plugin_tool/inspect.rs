//! `patchbay plugin inspect`: what a component file is and says of itself. Nothing of it is run.

use std::path::Path;

use patchbay_config::Config;
use patchbay_registry::{Limits, Manifest, ScanLimits, Scanned, contract, scan};
use patchbay_types::Bytes;
use serde_json::{Value, json};

use crate::cli::{Failure, output, pairs, read_component, size};
use crate::host;

/// A file that is larger than any host takes can still be looked at.
const INSPECTED_BYTES_MAX: Bytes = Bytes(256 << 20);

/// What a host takes that is configured as it comes.
pub fn scan_limits() -> ScanLimits {
    host::scan_limits(&Config::default())
}

/// Says what the file is; `json` for programs.
///
/// # Errors
/// It cannot be read, or is no component.
pub fn inspect(file: &Path, json: bool) -> Result<(), Failure> {
    let component = read_component(file, INSPECTED_BYTES_MAX)?;
    let limits =
        ScanLimits { component_bytes_max: INSPECTED_BYTES_MAX, component_bytes_max_fat: INSPECTED_BYTES_MAX };
    let scanned =
        scan(&component, limits).map_err(|error| Failure::new(format!("{}: {error}", file.display())))?;
    let problem = problem(&component, &scanned);
    match json {
        true => output::line(&document(&scanned, problem.as_deref()).to_string()),
        false => output::line(&words(&scanned, problem.as_deref())),
    }
    Ok(())
}

/// Why a host that is configured as it comes, and gives what is asked for, would not load it.
fn problem(component: &[u8], scanned: &Scanned) -> Option<String> {
    let too_large = scan(component, scan_limits()).err().map(|error| error.to_string());
    let grants = scanned.manifest.as_ref().map(|manifest| manifest.grants.clone()).unwrap_or_default();
    too_large.or_else(|| contract::check(scanned, &grants).err().map(|error| error.to_string()))
}

fn document(scanned: &Scanned, problem: Option<&str>) -> Value {
    let plugin = scanned.manifest.as_ref().map(|manifest| &manifest.plugin);
    json!({
        "name": plugin.map(|plugin| &plugin.name),
        "version": plugin.map(|plugin| &plugin.version),
        "description": plugin.map(|plugin| &plugin.description),
        "license": plugin.map(|plugin| &plugin.license),
        "authors": plugin.map(|plugin| &plugin.authors),
        "digest": scanned.digest,
        "size_bytes": scanned.size,
        "world": plugin.map(|plugin| plugin.world),
        "contract": plugin.map(|plugin| &plugin.contract),
        "failure_mode": plugin.map(|plugin| plugin.failure_mode),
        "determinism": plugin.map(|plugin| plugin.determinism),
        "class": plugin.map(|plugin| plugin.class),
        "grants": scanned.manifest.as_ref().map(|manifest| &manifest.grants),
        "imports": scanned.imports,
        "exports": scanned.exports,
        "limits": scanned.manifest.as_ref().map(|manifest| manifest.limits),
        "config_schema": scanned.manifest.as_ref().and_then(|manifest| manifest.config.schema.as_ref()),
        "loadable": problem.is_none(),
        "problem": problem,
    })
}

fn words(scanned: &Scanned, problem: Option<&str>) -> String {
    let mut lines: Vec<(&str, String)> = Vec::new();
    if let Some(manifest) = &scanned.manifest {
        lines.extend(said(manifest));
    }
    lines.push(("digest", scanned.digest.to_string()));
    lines.push(("size", size(scanned.size)));
    let grants = scanned.manifest.as_ref().map(|manifest| manifest.grants.lines());
    lines.extend(listed("grants", &grants.unwrap_or_default()));
    lines.extend(listed("imports", &scanned.imports));
    lines.extend(listed("exports", &scanned.exports));
    lines.push((
        "loadable",
        problem.map_or("yes".to_owned(), |problem| format!("no: {}", problem.replace('\n', "; "))),
    ));
    pairs(lines)
}

fn said(manifest: &Manifest) -> [(&'static str, String); 7] {
    let plugin = &manifest.plugin;
    let schema = manifest.config.schema.as_ref();
    [
        ("name", plugin.name.to_string()),
        ("version", plugin.version.to_string()),
        ("about", plugin.description.clone()),
        ("world", plugin.world.as_str().to_owned()),
        ("contract", plugin.contract.to_string()),
        ("limits", limits(manifest.limits)),
        ("config", schema.map_or("any".to_owned(), |schema| Value::from(schema.clone()).to_string())),
    ]
}

fn limits(limits: Limits) -> String {
    let memory = limits.memory_bytes.map(|bytes| format!("memory {}", size(Bytes(bytes.get()))));
    let deadline = limits.deadline_ms.map(|ms| format!("deadline {ms} ms"));
    let asked: Vec<String> = memory.into_iter().chain(deadline).collect();
    if asked.is_empty() { "the host's".to_owned() } else { asked.join(", ") }
}

/// The title stands before the first only.
fn listed<'a>(title: &'a str, names: &[String]) -> Vec<(&'a str, String)> {
    let titles = std::iter::once(title).chain(std::iter::repeat(""));
    titles.zip(names.iter().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_without_a_manifest_is_shown_and_called_not_loadable() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("empty.wasm");
        std::fs::write(&file, wat::parse_str("(component)").unwrap()).unwrap();
        inspect(&file, false).unwrap();
        let component = std::fs::read(&file).unwrap();
        let scanned = scan(&component, scan_limits()).unwrap();
        let document = document(&scanned, problem(&component, &scanned).as_deref());
        assert_eq!(document["loadable"], false);
        assert_eq!(document["name"], Value::Null);
        assert!(document["problem"].as_str().unwrap().contains("foreign"));
    }

    #[test]
    fn what_is_no_component_is_refused_with_the_files_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("note.wasm");
        std::fs::write(&file, "hello").unwrap();
        let failure = inspect(&file, true).unwrap_err().to_string();
        assert!(failure.contains("note.wasm") && failure.contains("not WebAssembly"), "{failure}");
    }
}
