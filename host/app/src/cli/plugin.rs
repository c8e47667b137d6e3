//! `patchbay plugin`: the author's commands, which need no host, and the operator's, which ask one.

mod artefact;
mod bundled;
mod change;
mod diff;
pub mod keygen;
mod list;
mod load;
mod password;
mod promote;
mod pull;
mod push;
mod registry;
mod replay;
mod report;
mod sign;
mod verify;

use std::path::{Path, PathBuf};

use clap::Subcommand;
use http::Method;
use patchbay_types::SlotName;

use super::{AnswerOptions, Failure};
use crate::client::Request;
use crate::plugin_tool::{self, Lang, NewPlugin, PluginName, RunOptions, World};

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Make a project for a new plugin
    #[command(after_help = "Examples:\n  patchbay plugin new my-policy --world routing-policy\n  \
                            patchbay plugin new my-channel --world notifier --lang python")]
    New {
        /// What the plugin and its project are called
        #[arg(value_name = "NAME")]
        name: PluginName,
        /// The kind of plugin
        #[arg(long)]
        world: World,
        /// The language
        #[arg(long, default_value = "rust")]
        lang: Lang,
        /// The project's folder [default: ./NAME]
        #[arg(long, value_name = "DIR")]
        path: Option<PathBuf>,
    },
    /// Build a plugin: PATH/NAME.wasm, with its manifest in it, checked as a host checks it
    Build {
        /// The project's folder
        #[arg(value_name = "PATH", default_value = ".")]
        path: PathBuf,
    },
    /// Test a plugin: its own tests, then cases/*.json against the built component in the sandbox
    ///
    /// The project's own tests run natively, in Rust with `cargo test`; one made by `plugin new` runs the same cases
    /// there.
    Test {
        /// The project's folder
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
    /// Ask a plugin one thing in the sandbox, and show all that came of it; nothing that it asks for is done
    #[command(after_help = "Example:\n  patchbay plugin run --fixture message.json")]
    Run {
        /// The project's folder, which is built first, or a component file
        #[arg(value_name = "PATH", default_value = ".")]
        path: PathBuf,
        /// The question: a file of JSON as in cases/, or the question alone
        #[arg(long, value_name = "FILE.json")]
        fixture: PathBuf,
        /// The plugin's configuration as JSON [default: the fixture's]
        #[arg(long, value_name = "JSON")]
        config: Option<String>,
        #[command(flatten)]
        options: AnswerOptions,
    },
    /// Test and build a plugin at every save; with --slot, load it there as a shadow too
    #[command(after_help = "Example:\n  patchbay plugin watch --slot routing")]
    Watch {
        /// The project's folder
        #[arg(value_name = "PATH", default_value = ".")]
        path: PathBuf,
        /// The slot in which it is tried, beside the one in charge
        #[arg(long, value_name = "SLOT")]
        slot: Option<SlotName>,
    },
    /// Load a plugin into a slot, in charge or on trial; prints its generation, and what it may
    #[command(after_help = load::EXAMPLES)]
    Load(load::Options),
    /// Show how a trial goes: counts, both generations side by side, and what was answered otherwise
    DiffReport(report::Options),
    /// Put the candidate on trial in charge, once it has answered the recorded calls as they were answered
    Promote(promote::Promote),
    /// End a trial; the candidate is not put in charge
    #[command(after_help = "Example:\n  patchbay plugin discard --slot routing")]
    Discard(promote::Discard),
    /// Make recorded calls again, on any machine, and show what comes out otherwise
    Replay(replay::Options),
    /// List the bundled plugins, and what is in the slots
    List(AnswerOptions),
    /// Show what differs between two components; nothing of either is run
    Diff(diff::Options),
    /// Sign a component: FILE.wasm.minisig, which minisign checks too
    Sign(sign::Options),
    /// Check the signature beside a component
    Verify(verify::Options),
    /// Push a component, and the signature beside it, into an OCI registry
    Push(push::Options),
    /// Pull a component, and its signature, out of an OCI registry
    Pull(pull::Options),
    /// Put the plugin before the present one in charge again; prints the new generation
    #[command(after_help = "Example:\n  patchbay plugin rollback --slot routing")]
    Rollback {
        #[arg(long, value_name = "SLOT")]
        slot: SlotName,
        #[command(flatten)]
        options: AnswerOptions,
    },
}

impl Command {
    /// `dir` is looked at only where a host is asked.
    ///
    /// # Errors
    /// As the command's own.
    pub async fn run(self, dir: Result<PathBuf, Failure>) -> Result<(), Failure> {
        match self {
            Self::New { name, world, lang, path } => plugin_tool::new(&NewPlugin { name, world, lang, path }),
            Self::Build { path } => plugin_tool::build(&path).await,
            Self::Test { path } => plugin_tool::test(&path).await,
            Self::Inspect { file, options } => plugin_tool::inspect(&file, options.json),
            Self::Run { path, fixture, config, options: AnswerOptions { json } } => {
                plugin_tool::run(&RunOptions { path, fixture, config, json }).await
            }
            Self::Watch { path, slot } => watch(&path, slot, dir).await,
            Self::Load(options) => options.run(&dir?).await,
            Self::DiffReport(options) => options.run(&dir?).await,
            Self::Promote(options) => options.run(&dir?).await,
            Self::Discard(options) => options.run(&dir?).await,
            Self::Replay(options) => options.run().await,
            Self::List(options) => list::run(&dir?, options).await,
            Self::Diff(options) => options.run(),
            Self::Sign(options) => options.run(),
            Self::Verify(options) => options.run(dir),
            Self::Push(options) => options.run().await,
            Self::Pull(options) => options.run().await,
            Self::Rollback { slot, options } => {
                let request = Request::change(Method::POST, change::slot_path(&slot, "rollback"));
                change::told(&dir?, request, &slot, options).await
            }
        }
    }
}

async fn watch(path: &Path, slot: Option<SlotName>, dir: Result<PathBuf, Failure>) -> Result<(), Failure> {
    let Some(slot) = slot else {
        return plugin_tool::watch(path, async |_: &Path| Ok(())).await;
    };
    let dir = dir?;
    plugin_tool::watch(path, async |component: &Path| load::as_shadow(&dir, component, &slot).await).await
}
