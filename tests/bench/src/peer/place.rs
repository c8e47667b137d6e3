//! Where another gateway is installed, and the folder and port that it is given.

#[cfg(test)]
mod tests;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::Context;
use tokio::process::Command;

use super::recipe::Recipe;

const LOG_TAIL_BYTES: usize = 400;

pub(super) struct Place {
    /// What is started.
    pub(super) program: PathBuf,
    /// Its own, empty at first.
    pub(super) folder: PathBuf,
    pub(super) upstream: SocketAddr,
    /// Where it is to listen, and where it is to tell its metrics if it must. Free a moment ago.
    pub(super) port: u16,
    pub(super) metrics_port: u16,
    /// Where `install.sh` writes what it installed.
    version: Option<PathBuf>,
}

impl Place {
    /// Below `installed`, as `install.sh` puts it there; else by the search path.
    pub(super) fn find(
        recipe: &Recipe,
        installed: Option<&Path>,
        folder: PathBuf,
        upstream: SocketAddr,
    ) -> anyhow::Result<Self> {
        let own = installed.map(|installed| installed.join(recipe.folder));
        let below = own.as_ref().map(|own| own.join(recipe.program)).filter(|program| program.exists());
        let version = below.as_ref().and(own).map(|own| own.join("version"));
        let program = below
            .or_else(|| on_path(recipe.command?))
            .with_context(|| format!("not installed: type `tests/bench/peers/install.sh FOLDER {}`, then name the FOLDER with --peers", recipe.folder))?;
        std::fs::create_dir_all(&folder)?;
        let [port, metrics_port] = free_ports()?;
        Ok(Self { program, folder, upstream, port, metrics_port, version })
    }

    /// A file of its own, to be named to it.
    pub(super) fn file(&self, name: &str, text: &str) -> anyhow::Result<PathBuf> {
        let path = self.folder.join(name);
        std::fs::write(&path, text)?;
        Ok(path)
    }

    /// In its folder, with nothing to read, and what it writes in a file.
    pub(super) fn quiet<'c>(&self, command: &'c mut Command) -> anyhow::Result<&'c mut Command> {
        let log = std::fs::File::create(self.log())?;
        let command = command.current_dir(&self.folder).env("HOME", &self.folder);
        Ok(command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log))
    }

    pub(super) fn version(&self) -> String {
        let version = self.version.as_ref().and_then(|path| std::fs::read_to_string(path).ok());
        version.map_or_else(|| "unknown".to_owned(), |version| version.trim().to_owned())
    }

    pub(super) fn log_tail(&self) -> String {
        let log = std::fs::read(self.log()).unwrap_or_default();
        let tail = log.get(log.len().saturating_sub(LOG_TAIL_BYTES)..).unwrap_or_default();
        format!(
            "its log ends: {}",
            String::from_utf8_lossy(tail).split_whitespace().collect::<Vec<_>>().join(" ")
        )
    }

    fn log(&self) -> PathBuf {
        self.folder.join("bench.log")
    }
}

/// Both are held until both are known, so that they differ.
fn free_ports() -> std::io::Result<[u16; 2]> {
    let bind = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let (one, other) = (bind()?, bind()?);
    Ok([one.local_addr()?.port(), other.local_addr()?.port()])
}

fn on_path(command: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(command)).find(|program| program.is_file())
}
