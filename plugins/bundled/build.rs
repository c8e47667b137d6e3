//! Builds every plugin beside this crate for the sandbox, in a nested cargo, and writes down what there is to embed.
//!
//! The nested cargo has a target folder of its own: the outer one holds the lock of its own until this is done.
#![allow(clippy::print_stdout, reason = "how a build script talks to cargo")]

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

const TARGET: &str = "wasm32-wasip2";
const PROFILE: &str = "plugin";
/// For the demo and the tests: not among those that are offered.
const FAULTY: &str = "faulty";

/// What the outer cargo or clippy was told about the host's code; it would break or uncache the plugins.
const OUTER_ONLY: [&str; 11] = [
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_TARGET_DIR",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "CARGO_BUILD_RUSTC_WRAPPER",
    "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
    "CLIPPY_ARGS",
    "CLIPPY_CONF_DIR",
];

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            println!("cargo::error={message}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let here = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let plugins_folder = here.parent().ok_or("the crate lies in no folder")?;
    let root = plugins_folder.parent().ok_or("the plugins' folder lies in no workspace")?;
    let plugins = plugins(plugins_folder)?;
    watch();
    require_target()?;
    let target_folder = target_folder(root)?;
    build(root, &target_folder, &plugins)?;
    write_list(&target_folder.join(TARGET).join(PROFILE), &plugins)
}

/// Each folder that has a manifest, by name, in the order of names.
fn plugins(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries =
        fs::read_dir(folder).map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    let mut plugins: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    plugins.retain(|plugin| plugin.join("plugin.toml").is_file());
    plugins.sort();
    Ok(plugins)
}

/// `plugins` as a whole, so that a new folder is noticed. From this crate's folder: two clones may share a target folder,
/// and each has to look at its own files.
fn watch() {
    println!("cargo::rerun-if-env-changed=PATCHBAY_WASM_TARGET_DIR");
    for shared in ["Cargo.toml", "Cargo.lock", "plugins", "sdk/rust", "wit"] {
        println!("cargo::rerun-if-changed=../../{shared}");
    }
}

/// The sandbox's standard library: there already, or fetched by rustup.
fn require_target() -> Result<(), String> {
    if has_target()? || add_target() {
        return Ok(());
    }
    Err(format!(
        "the bundled plugins need Rust's target {TARGET}, and adding it failed: type `rustup target add {TARGET}`"
    ))
}

fn add_target() -> bool {
    Command::new("rustup").args(["target", "add", TARGET]).output().is_ok_and(|added| added.status.success())
}

fn has_target() -> Result<bool, String> {
    let printed = Command::new(variable("RUSTC")?)
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .map_err(|error| format!("cannot run rustc: {error}"))?;
    Ok(Path::new(String::from_utf8_lossy(&printed.stdout).trim()).is_dir())
}

/// Stable, so that an unchanged plugin is not built again.
fn target_folder(root: &Path) -> Result<PathBuf, String> {
    if let Some(folder) = env::var_os("PATCHBAY_WASM_TARGET_DIR") {
        return Ok(root.join(folder));
    }
    // <target>/<profile>/build/<package>/out
    let out = PathBuf::from(variable("OUT_DIR")?);
    out.ancestors()
        .nth(4)
        .map(|target| target.join("wasm-plugins"))
        .ok_or_else(|| format!("OUT_DIR is no cargo folder: {}", out.display()))
}

fn build(root: &Path, target_folder: &Path, plugins: &[PathBuf]) -> Result<(), String> {
    let mut cargo = Command::new(variable("CARGO")?);
    cargo.current_dir(root).stdout(Stdio::null());
    cargo.args(["build", "--profile", PROFILE, "--target", TARGET, "--target-dir"]).arg(target_folder);
    if root.join("Cargo.lock").is_file() {
        cargo.arg("--locked");
    }
    for plugin in plugins {
        cargo.args(["--package", &package(plugin)?]);
    }
    for variable in OUTER_ONLY {
        cargo.env_remove(variable);
    }
    match cargo.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => {
            Err("a bundled plugin does not build for the sandbox: the compiler's words are above".to_owned())
        }
        Err(error) => Err(format!("cannot run cargo: {error}")),
    }
}

/// `bundled.rs`: one entry a plugin, with its component and its manifest. Both are copied beside it, because another
/// build may use the same target folder.
fn write_list(built: &Path, plugins: &[PathBuf]) -> Result<(), String> {
    let out = PathBuf::from(variable("OUT_DIR")?);
    let mut list = String::from("&[\n");
    for plugin in plugins {
        let (name, package) = (name(plugin)?, package(plugin)?);
        copy(&built.join(format!("{}.wasm", package.replace('-', "_"))), &out.join(format!("{name}.wasm")))?;
        copy(&plugin.join("plugin.toml"), &out.join(format!("{name}.toml")))?;
        let entry = entry(name, &text(&plugin.join("plugin.toml"), "world")?);
        if name == FAULTY {
            write(&out.join("faulty.rs"), &entry)?;
        } else {
            list.push_str(&format!("{entry},\n"));
        }
    }
    list.push_str("]\n");
    write(&out.join("bundled.rs"), &list)
}

fn write(file: &Path, text: &str) -> Result<(), String> {
    fs::write(file, text).map_err(|error| format!("cannot write {}: {error}", file.display()))
}

fn entry(name: &str, world: &str) -> String {
    let component = format!(r#"include_bytes!("{name}.wasm")"#);
    let manifest = format!(r#"include_str!("{name}.toml")"#);
    format!("Bundled {{ name: {name:?}, world: {world:?}, component: {component}, manifest: {manifest} }}")
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let copied = fs::copy(from, to);
    copied.map(drop).map_err(|error| format!("cannot copy {} to {}: {error}", from.display(), to.display()))
}

/// The plugin's own, which is its folder's.
fn name(plugin: &Path) -> Result<&str, String> {
    let name = plugin.file_name().and_then(|name| name.to_str());
    name.ok_or_else(|| format!("a plugin's folder is named like the plugin: {}", plugin.display()))
}

/// The plugin's name, unless a library has it, as with `http`: cargo could not tell them apart.
fn package(plugin: &Path) -> Result<String, String> {
    text(&plugin.join("Cargo.toml"), "name")
}

/// The first text of that key, which is on a line of its own: `world = "notifier"`.
fn text(file: &Path, key: &str) -> Result<String, String> {
    let toml =
        fs::read_to_string(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    let value = |line: &str| {
        let value = line.strip_prefix(key)?.trim_start().strip_prefix('=')?.trim();
        value.strip_prefix('"')?.strip_suffix('"').map(str::to_owned)
    };
    let found = toml.lines().find_map(value);
    found.ok_or_else(|| format!("{} has no line `{key} = \"...\"`", file.display()))
}

fn variable(name: &str) -> Result<OsString, String> {
    env::var_os(name).ok_or_else(|| format!("cargo did not set {name}"))
}
