//! Manifests and components for the tests, made from text.

use patchbay_types::{Bytes, Grants};

use crate::contract::{self, Contract, ContractError};
use crate::{Manifest, ManifestError, ScanError, ScanLimits, Scanned, World, embed, scan};

pub(super) const MANIFEST: &str = r#"
[plugin]
name = "least-latency"
version = "1.2.0-beta.1"
description = "Takes the fastest"
license = "MIT"
authors = ["A. Uthor"]
world = "routing-policy"
contract = "0.2.0"
failure_mode = "native"
determinism = "pure"

[limits]
memory_bytes = 1048576
deadline_ms = 50
concurrency = 4

[config.schema]
type = "object"
properties = { weight = { type = "number", minimum = 0.5 } }

[grants]
"#;

pub(super) const LIMITS: ScanLimits =
    ScanLimits { component_bytes_max: Bytes(1 << 20), component_bytes_max_fat: Bytes(2 << 20) };

pub(super) fn manifest() -> Manifest {
    Manifest::parse(MANIFEST, "plugin.toml").unwrap()
}

pub(super) fn manifest_for(contract: &str) -> Manifest {
    let text = MANIFEST.replace("contract = \"0.2.0\"", &format!("contract = \"{contract}\""));
    Manifest::parse(&text, "plugin.toml").unwrap()
}

pub(super) fn compile(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

/// A component with these names, and something of every other kind inside.
pub(super) fn component(imports: &[&str], exports: &[&str]) -> Vec<u8> {
    let imports: String = imports.iter().map(|name| format!("(import \"{name}\" (instance))\n")).collect();
    let exports: String =
        exports.iter().map(|name| format!("(export \"{name}\" (instance $empty))\n")).collect();
    compile(&format!(
        r#"(component
            {imports}
            (core module $code
                (memory (export "memory") 1)
                (global $count (mut i32) (i32.const 0))
                (func (export "run") (param i32) (result i32)
                    (global.set $count (i32.add (global.get $count) (i32.const 1)))
                    (loop $again (br_if $again (i32.eqz (local.get 0))))
                    (i32.load (local.get 0)))
                (data (i32.const 8) "hello"))
            (core instance $made (instantiate $code))
            (func $run (param "n" u32) (result u32) (canon lift (core func $made "run")))
            (component $inner (instance $none) (export "inner" (instance $none)))
            (instance $empty)
            {exports})"#
    ))
}

pub(super) fn routing(version: &str, imports: &[&str]) -> Vec<u8> {
    component(imports, &[&format!("patchbay:plugin/routing@{version}")])
}

pub(super) fn scanned(component: &[u8]) -> Result<Scanned, ScanError> {
    scan(component, LIMITS)
}

pub(super) fn contract_of(component: &[u8]) -> Result<Contract, ContractError> {
    let scanned = scanned(component).unwrap();
    let granted = scanned.manifest.as_ref().map(|manifest| manifest.grants.clone()).unwrap_or_default();
    contract::check(&scanned, &granted)
}

pub(super) fn plugin(version: &str, imports: &[&str]) -> Vec<u8> {
    embed(&routing(version, imports), &manifest_for(version)).unwrap()
}

pub(super) fn refusal(imports: &[&str]) -> String {
    contract_of(&plugin("0.2.0", imports)).unwrap_err().to_string()
}

/// The lines after `[plugin]` of a plugin of this world, in the latest contract.
pub(super) fn text_of(world: World, rest: &str) -> String {
    format!(
        "[plugin]\nname = \"x\"\nversion = \"1.0.0\"\nworld = \"{}\"\ncontract = \"0.2.0\"\n{rest}",
        world.as_str()
    )
}

/// What an analyzer cannot do without.
pub(super) fn required(world: World) -> &'static str {
    if world == World::ErrorAnalyzer { "[provides]\nfailures = [\"task\"]\n" } else { "" }
}

pub(super) fn parsed(world: World, rest: &str) -> Result<Manifest, ManifestError> {
    Manifest::parse(&text_of(world, rest), "plugin.toml")
}

/// A plugin of any world, as its manifest says.
pub(super) fn plugin_of(manifest: &Manifest, imports: &[&str]) -> Vec<u8> {
    let interface = manifest.plugin.world.interface();
    let exports = format!("patchbay:plugin/{interface}@{}", manifest.plugin.contract);
    embed(&component(imports, &[&exports]), manifest).unwrap()
}

pub(super) fn checked(component: &[u8], granted: &Grants) -> Result<Contract, ContractError> {
    contract::check(&scanned(component).unwrap(), granted)
}
