//! Keeps AI agents and their automation running: the binary. It wires, and decides nothing.
#![allow(unreachable_pub, reason = "in a binary, pub says what the other files may use")]

mod account;
mod bundled;
mod calls_file;
mod capability;
mod cli;
mod client;
mod demo;
mod folder;
mod host;
mod log;
mod passphrase;
mod plugin_tool;
mod reload;
mod serve;
mod traces;
mod work;

use std::process::ExitCode;

use cli::{Failure, Status};

/// Half of what a request costs beyond the system's calls is memory that comes and goes.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Threads that may wait, for a disk or a name: 64 read the store, 32 see to logs. Each keeps memory of its own, and without
/// a bound a thousand readers would have five hundred.
const WAITING_THREADS: usize = 160;

fn main() -> ExitCode {
    let cli = match cli::parse() {
        Ok(cli) => cli,
        Err(status) => return status,
    };
    // Two TLS libraries could come with the dependencies: this settles that ring is the one.
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        return Failure::new("the TLS library cannot be set up").status(Status::Failed).report();
    }
    let log = match log::start(&cli) {
        Ok(running) => running,
        Err(error) => return Failure::from(error).report(),
    };
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    match runtime.enable_all().max_blocking_threads(WAITING_THREADS).build() {
        Ok(runtime) => runtime.block_on(cli::run(cli, log.level())),
        Err(error) => Failure::new(format!("cannot start threads: {error}")).report(),
    }
}
