//! The rules of the house, as tests: which way arrows point, who may name what, how files are called and begin.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use toml::Table;

use crate::harness::root;

/// Each crate's floor. An arrow points down by at least one floor, so crates of one floor never name each other.
/// Beside these, each plugin has floor 1: what is built for the sandbox knows the SDK alone.
const FLOORS: [(&str, u8); 26] = [
    ("patchbay-types", 0),
    ("patchbay-failpoint", 0),
    ("patchbay-sdk", 0),
    ("patchbay-wire", 1),
    ("patchbay-quota", 1),
    ("patchbay-tasks", 1),
    ("patchbay-sched", 1),
    ("patchbay-fingerprint", 1),
    ("patchbay-bundled", 1),
    ("patchbay-store", 2),
    ("patchbay-runtime", 2),
    ("patchbay-pool", 2),
    ("patchbay-meter", 2),
    ("patchbay-config", 2),
    ("patchbay-registry", 2),
    ("patchbay-vault", 2),
    ("patchbay-egress", 2),
    ("patchbay-process", 2),
    ("patchbay-runs", 2),
    ("patchbay-telemetry", 2),
    ("patchbay-slots", 3),
    ("patchbay-engine", 3),
    ("patchbay-verify", 3),
    ("patchbay-proxy", 4),
    ("patchbay-admin", 5),
    ("patchbay", 6),
];
const PLUGIN: u8 = 1;

/// Crates that must not even see a floor below them, because they have nothing to do with it.
const BLIND: [(&str, &[&str]); 10] = [
    (
        "patchbay-slots",
        &["patchbay-pool", "patchbay-meter", "patchbay-wire", "patchbay-vault", "patchbay-egress"],
    ),
    ("patchbay-proxy", &["patchbay-store", "patchbay-vault", "patchbay-config", "patchbay-registry"]),
    ("patchbay-runtime", &["patchbay-wire"]),
    ("patchbay-store", &["patchbay-wire"]),
    ("patchbay-egress", &["patchbay-wire"]),
    ("patchbay-process", &["patchbay-wire"]),
    ("patchbay-runs", &["patchbay-tasks", "patchbay-wire", "patchbay-quota"]),
    ("patchbay-telemetry", &["patchbay-wire", "patchbay-quota"]),
    (
        "patchbay-verify",
        &["patchbay-store", "patchbay-runtime", "patchbay-pool", "patchbay-vault", "patchbay-wire"],
    ),
    ("patchbay-bundled", &["patchbay-types"]),
];

/// A library, and the only crates that may name it. `tests/bench` and the tests measure from outside.
const ONLY: [(&str, &[&str]); 25] = [
    ("wasmtime", &["patchbay-runtime"]),
    ("wasmtime-wasi", &["patchbay-runtime"]),
    ("redb", &["patchbay-store"]),
    ("age", &["patchbay-vault"]),
    ("hyper-rustls", &["patchbay-pool", "patchbay-telemetry"]),
    ("opentelemetry-proto", &["patchbay-telemetry"]),
    ("prost", &["patchbay-telemetry"]),
    // `app` picks the process's one TLS library.
    ("rustls", &["patchbay-pool", "patchbay"]),
    // `app` serves the router that `admin` makes.
    ("axum", &["patchbay-admin", "patchbay"]),
    ("hyper", &["patchbay-pool", "patchbay-proxy", "patchbay"]),
    // plugin.toml is a text of its own, which `registry` reads.
    ("toml", &["patchbay-config", "patchbay-registry"]),
    ("croner", &["patchbay-sched"]),
    ("serde-saphyr", &["patchbay-tasks"]),
    ("clap", &["patchbay"]),
    ("anyhow", &["patchbay"]),
    ("wit-bindgen", &["patchbay-sdk"]),
    ("prometheus-client", &["patchbay-admin"]),
    ("wasmparser", &["patchbay-registry", "patchbay-runtime"]),
    // `runs` only says which TLS it has, for object_store.
    ("reqwest", &["patchbay-egress", "patchbay-runs"]),
    ("object_store", &["patchbay-runs"]),
    ("oci-client", &["patchbay-registry"]),
    ("minisign", &["patchbay-registry"]),
    ("jsonschema", &["patchbay-registry", "patchbay-verify"]),
    ("serde_json_path", &["patchbay-verify"]),
    ("notify", &["patchbay"]),
];

const NAMES_THAT_SAY_NOTHING: [&str; 8] =
    ["mod.rs", "util.rs", "utils.rs", "common.rs", "helper.rs", "helpers.rs", "manager.rs", "misc.rs"];

/// A crate of the workspace, as its manifest has it.
struct Member {
    name: String,
    is_plugin: bool,
    /// Of every target, without those for tests alone.
    dependencies: BTreeSet<String>,
}

fn members() -> Vec<Member> {
    let folders =
        ["host", "plugins"].iter().flat_map(|folder| fs::read_dir(root().join(folder)).unwrap().flatten());
    let folders =
        folders.map(|entry| entry.path()).chain(["registry", "sdk/rust"].map(|folder| root().join(folder)));
    let mut members: Vec<Member> =
        folders.filter(|folder| folder.join("Cargo.toml").exists()).map(|folder| member(&folder)).collect();
    members.sort_by(|one, other| one.name.cmp(&other.name));
    members
}

fn member(folder: &Path) -> Member {
    let manifest: Table = fs::read_to_string(folder.join("Cargo.toml")).unwrap().parse().unwrap();
    let mut dependencies = names(&manifest, "dependencies");
    let targets = manifest.get("target").and_then(toml::Value::as_table).into_iter().flatten();
    targets.for_each(|(_, target)| dependencies.extend(names(target.as_table().unwrap(), "dependencies")));
    let name = manifest["package"]["name"].as_str().unwrap().to_owned();
    Member { name, is_plugin: folder.join("plugin.toml").exists(), dependencies }
}

fn names(table: &Table, key: &str) -> BTreeSet<String> {
    table.get(key).and_then(toml::Value::as_table).into_iter().flat_map(Table::keys).cloned().collect()
}

fn floor(name: &str) -> Option<u8> {
    FLOORS.iter().find(|(member, _)| *member == name).map(|(_, floor)| *floor)
}

fn floor_of(member: &Member) -> Option<u8> {
    if member.is_plugin { Some(PLUGIN) } else { floor(&member.name) }
}

/// Every Rust file of the repository, but what building left.
fn rust_files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    for folder in ["host", "plugins", "registry", "sdk", "tests", "examples"] {
        collect(&root().join(folder), &mut files);
    }
    assert!(files.len() > 150, "only {} files were found", files.len());
    files
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        match path.is_dir() {
            true if !path.ends_with("target") => collect(&path, files),
            false if path.extension().is_some_and(|extension| extension == "rs") => files.push(path),
            _ => {}
        }
    }
}

fn list(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_crate_has_a_floor() {
    let unknown: Vec<String> =
        members().into_iter().filter(|member| floor_of(member).is_none()).map(|member| member.name).collect();
    list(&unknown);
}

#[test]
fn arrows_between_crates_point_down() {
    let mut wrong = Vec::new();
    for member in members() {
        for dependency in member.dependencies.iter().filter(|dependency| floor(dependency).is_some()) {
            if floor(dependency) >= floor_of(&member) {
                wrong.push(format!("{} depends on {dependency}, which is not below it", member.name));
            }
        }
    }
    list(&wrong);
}

#[test]
fn no_crate_sees_what_it_has_nothing_to_do_with() {
    let mut wrong = Vec::new();
    for member in members() {
        let unseen = BLIND.iter().filter(|(name, _)| *name == member.name).flat_map(|(_, unseen)| *unseen);
        let seen = unseen.filter(|name| member.dependencies.contains(**name));
        wrong.extend(seen.map(|name| format!("{} depends on {name}", member.name)));
    }
    list(&wrong);
}

#[test]
fn a_library_is_named_by_its_own_crate_alone() {
    let mut wrong = Vec::new();
    for member in members() {
        for (library, allowed) in ONLY {
            if member.dependencies.contains(library) && !allowed.contains(&member.name.as_str()) {
                wrong.push(format!("{} names {library}: only {allowed:?} may", member.name));
            }
        }
    }
    list(&wrong);
}

#[test]
fn plugins_see_the_sdk_alone_of_this_workspace() {
    for member in members().iter().filter(|member| member.is_plugin) {
        let ours: Vec<&String> = member.dependencies.iter().filter(|name| floor(name).is_some()).collect();
        assert_eq!(ours, ["patchbay-sdk"], "{}", member.name);
    }
}

#[test]
fn every_file_begins_by_saying_what_it_is_for() {
    let silent = |file: &PathBuf| !fs::read_to_string(file).unwrap().starts_with("//!");
    let wrong: Vec<String> =
        rust_files().iter().filter(|file| silent(file)).map(|file| file.display().to_string()).collect();
    list(&wrong);
}

#[test]
fn no_file_has_a_name_that_says_nothing() {
    let empty = |file: &PathBuf| NAMES_THAT_SAY_NOTHING.iter().any(|name| file.ends_with(name));
    let wrong: Vec<String> =
        rust_files().iter().filter(|file| empty(file)).map(|file| file.display().to_string()).collect();
    list(&wrong);
}
