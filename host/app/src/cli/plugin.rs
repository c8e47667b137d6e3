//! `patchbay plugin`: the author's commands, which need no host, and the operator's, which ask one.

mod bundled;
mod list;

use std::path::{Path, PathBuf};

use clap::Subcommand;
use http::Method;
use patchbay_config::{Config, Environment};
use patchbay_types::{Bytes, SlotName};
use serde::Deserialize;

use super::{AnswerOptions, Failure, answer, output, read_component};
use crate::client::Request;
use crate::plugin_tool::{self, NewPlugin, PluginName, World};

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Make a crate for a new plugin
    #[command(after_help = "Example:\n  patchbay plugin new my-policy --world routing-policy")]
    New {
        /// What the plugin and its crate are called
        #[arg(value_name = "NAME")]
        name: PluginName,
        /// The kind of plugin
        #[arg(long)]
        world: World,
        /// The crate's folder [default: ./NAME]
        #[arg(long, value_name = "DIR")]
        path: Option<PathBuf>,
    },
    /// Build a plugin: PATH/NAME.wasm, with its manifest in it, checked as a host checks it
    Build {
        /// The crate's folder
        #[arg(value_name = "PATH", default_value = ".")]
        path: PathBuf,
    },
    /// Test a plugin: its own tests, then cases/*.json against the built component in the sandbox
    ///
    /// The crate's own tests run natively with `cargo test`; a crate made by `plugin new` runs the same cases there.
    Test {
        /// The crate's folder
        #[arg(value_name = "PATH", default_value = ".")]
        path: PathBuf,
    },
    /// Show what a component file is, wants and offers; nothing of it is run
    Inspect {
        #[arg(value_name = "FILE.wasm")]
        file: PathBuf,
        #[command(flatten)]
        options: AnswerOptions,
    },
    /// Load a plugin and put it in charge of a slot; prints its generation
    #[command(after_help = "Examples:\n  patchbay plugin load my-policy.wasm --slot routing\n  \
                            patchbay plugin load least-latency --slot routing      a bundled one")]
    Load {
        /// A component file, or the name of a bundled plugin
        #[arg(value_name = "FILE.wasm")]
        component: PathBuf,
        /// The slot that it fills
        #[arg(long, value_name = "SLOT")]
        slot: SlotName,
        #[command(flatten)]
        options: AnswerOptions,
    },
    /// List the bundled plugins, and what is in the slots
    List(AnswerOptions),
    /// Put the plugin before the present one in charge again; prints the new generation
    #[command(after_help = "Example:\n  patchbay plugin rollback --slot routing")]
    Rollback {
        #[arg(long, value_name = "SLOT")]
        slot: SlotName,
        #[command(flatten)]
        options: AnswerOptions,
    },
}

/// The generation that a change has put in charge.
#[derive(Deserialize)]
struct InCharge {
    id: String,
    name: String,
    version: String,
}

impl Command {
    /// `dir` is looked at only where a host is asked.
    ///
    /// # Errors
    /// As the command's own.
    pub async fn run(self, dir: Result<PathBuf, Failure>) -> Result<(), Failure> {
        match self {
            Self::New { name, world, path } => plugin_tool::new(&NewPlugin { name, world, path }),
            Self::Build { path } => plugin_tool::build(&path).await,
            Self::Test { path } => plugin_tool::test(&path).await,
            Self::Inspect { file, options } => plugin_tool::inspect(&file, options.json),
            Self::Load { component, slot, options } => load(&dir?, &component, &slot, options).await,
            Self::List(options) => list::run(&dir?, options).await,
            Self::Rollback { slot, options } => {
                let request = Request::change(Method::POST, format!("/api/slots/{slot}/rollback"));
                put_in_charge(&dir?, request, &slot, options).await
            }
        }
    }
}

async fn load(dir: &Path, component: &Path, slot: &SlotName, options: AnswerOptions) -> Result<(), Failure> {
    let component = match bundled::named(component) {
        Some(plugin) => crate::bundled::component(plugin.name)?,
        None => read_component(component, component_bytes_max(dir))?,
    };
    let request = Request::upload(format!("/api/slots/{slot}/load"), component);
    put_in_charge(dir, request, slot, options).await
}

async fn put_in_charge(
    dir: &Path,
    request: Request,
    slot: &SlotName,
    options: AnswerOptions,
) -> Result<(), Failure> {
    let answer = answer::ask(dir, request).await?;
    if options.json {
        output::line(&answer.text());
        return Ok(());
    }
    let InCharge { id, name, version } = answer.read()?;
    output::line(&id);
    output::note(&format!("{name}@{version} is in charge of {slot}"));
    Ok(())
}

/// What the host takes, as far as it can be told from here; the host has the last word.
fn component_bytes_max(dir: &Path) -> Bytes {
    let config = Config::load(dir, &Environment::of_process()).unwrap_or_default();
    config.plugins.component_bytes_max
}
