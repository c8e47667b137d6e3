//! Gives the component's own stack as much memory as the host's bound on calls lets it use: a parser calls itself.
#![allow(clippy::print_stdout, reason = "how a build script talks to cargo")]

/// In bytes; 1 MiB is what the linker gives.
const STACK_BYTES: u32 = 4 * 1024 * 1024;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "wasm32") {
        println!("cargo::rustc-link-arg-cdylib=-zstack-size={STACK_BYTES}");
    }
}
