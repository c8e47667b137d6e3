//! Where the host's log goes: standard error, as text for people or as JSON for programs.

use std::io::IsTerminal;

use patchbay_config::{Config, Environment, Log, LogFormat, LogLevel};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::cli::Cli;

/// Starts the log as the host's configuration says. A command that only asks a host, or a folder whose configuration
/// cannot be read (which the command itself will say), logs warnings.
///
/// # Errors
/// When there is a log already.
pub fn start(cli: &Cli) -> anyhow::Result<()> {
    let configured = cli.dir().ok().filter(|_| cli.serves_folder());
    let configured = configured.and_then(|dir| Config::load(&dir, &Environment::of_process()).ok());
    match configured {
        Some(Config { log, .. }) => write(&log),
        None => write_at(LogLevel::Error, LogFormat::Text),
    }
}

fn write(log: &Log) -> anyhow::Result<()> {
    write_at(log.level, log.format)
}

fn write_at(level: LogLevel, format: LogFormat) -> anyhow::Result<()> {
    let filter = EnvFilter::new(level.as_str());
    let lines = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match format {
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("cannot start the log: {error}"))
}
