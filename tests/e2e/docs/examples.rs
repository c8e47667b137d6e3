//! Rust in the documentation: what is said to come from a template is what the template has, and all of it compiles
//! against the SDK, with its tests passing.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use super::none_wrong;
use super::page::{Block, Page, below};
use super::shell::{is_offline, without_outer_cargo};
use crate::harness::{root, say};

/// A first build compiles the SDK and what it stands on.
const PATIENCE: Duration = Duration::from_secs(600);
const CARGO: &str = "[package]\nname = \"documented\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
                     [dependencies]\nserde = { version = \"1\", features = [\"derive\"] }\nserde_json = \"1\"\n";

fn blocks() -> Vec<Block> {
    let pages = ["docs/worlds", "docs/capabilities"].into_iter().flat_map(below);
    pages.flat_map(|path| Page::read(&path).blocks()).collect()
}

#[test]
fn what_comes_from_a_template_is_what_the_template_has() {
    let mut wrong = Vec::new();
    for block in blocks() {
        let Some(path) = block.marked("from:") else { continue };
        let source = std::fs::read_to_string(root().join(path)).unwrap();
        let source = source.replace("{{name}}", "example").replace("{{crate}}", "example");
        if !source.contains(block.text.trim_end()) {
            wrong.push(format!("{}: {path} has something else", block.place));
        }
    }
    none_wrong("blocks differ from their source", &wrong);
}

#[tokio::test]
async fn the_rust_of_worlds_and_capabilities_compiles_and_its_tests_pass() {
    let folder = tempfile::tempdir().unwrap();
    let examples: Vec<Block> = blocks().into_iter().filter(|block| block.lang == "rust").collect();
    assert!(examples.len() > 15, "only {} examples were found", examples.len());
    write_crate(folder.path(), &examples);
    let mut cargo = tokio::process::Command::new(env!("CARGO"));
    cargo.args(["test", "--quiet", "--offline"]).current_dir(folder.path()).kill_on_drop(true);
    cargo.env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("docs"));
    without_outer_cargo(&mut cargo);
    let output = tokio::time::timeout(PATIENCE, cargo.output()).await.expect("cargo ends").unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if is_offline(&said) {
        return say(
            "SKIPPED the_rust_of_worlds_and_capabilities_compiles_and_its_tests_pass: cargo has no copy of the SDK's \
             dependencies; run `cargo fetch` in a crate of `plugin new` once",
        );
    }
    assert!(output.status.success(), "{said}");
}

/// A crate with a module for each example.
fn write_crate(folder: &Path, examples: &[Block]) {
    let sdk = root().join("sdk/rust");
    let manifest = format!("{CARGO}patchbay-sdk = {{ path = {:?} }}\n", sdk.display().to_string());
    std::fs::create_dir(folder.join("src")).unwrap();
    std::fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    let mut lib = "#![allow(dead_code, unused_imports, unused_macros)]\n".to_owned();
    for example in examples {
        let name = example.place.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        writeln!(lib, "mod {name};").unwrap();
        std::fs::write(folder.join(format!("src/{name}.rs")), &example.text).unwrap();
    }
    std::fs::write(folder.join("src/lib.rs"), lib).unwrap();
}
