//! The command line: what may be typed, and which file answers it. It must not know how a host works, only what to ask
//! of one.

mod answer;
mod call;
mod component;
mod config;
mod cooldown;
mod credential;
mod failure;
mod fix;
mod init;
mod journal;
mod json;
mod key;
mod model;
pub mod output;
mod plugin;
mod problem;
mod provider;
mod recording;
mod schedule;
mod secrets;
mod skill;
mod slot;
mod status;
mod table;
mod task;
mod typed;
mod usage;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use patchbay_process::Mark;

use crate::log;

pub use component::{read_component, size};
pub use failure::{Failure, Status};
#[cfg(test)]
pub use recording::tests::recorded;
pub use table::pairs;
pub use typed::parse;

/// What the host calls itself with, to compile a component in a process of its own.
pub const COMPILE_COMMAND: &str = "__compile";
/// This program once more, as the guard of one that wraps another.
pub const GUARD_COMMAND: &str = "__guard";

const EXAMPLES: &str = "\
Examples:
  patchbay demo                                     see it work, with providers that are made up
  patchbay init                                     make ~/.patchbay
  patchbay provider add openai --url https://api.openai.com/v1 \\
      --key-env OPENAI_API_KEY --model gpt-5
  patchbay key create my-agent                      prints the key that the agent uses
  patchbay serve                                    agents connect to http://127.0.0.1:9190/v1
  patchbay plugin load my-policy.wasm --slot routing

Exit status:
  0 done, 1 failed or refused, 2 wrong usage or value, 3 folder or port in use, 4 not found";

/// Keeps AI agents running: one address for many LLM providers, with policies that are swapped while it serves
#[derive(Parser, Debug)]
#[command(name = "patchbay", version, propagate_version = true, max_term_width = 110, after_help = EXAMPLES)]
pub struct Cli {
    /// The host's folder [env: PATCHBAY_DIR] [default: ~/.patchbay]
    // The parser would name what it read from the environment in each usage line, as if it had to be typed.
    #[arg(long, global = true, value_name = "DIR")]
    dir: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Make the host's folder
    Init(init::Options),
    /// Run the host
    Serve(ServeOptions),
    /// What patchbay.toml says: check it, show it, have it read again
    #[command(subcommand)]
    Config(config::Command),
    /// Show what a host does, with made-up providers, in a folder that is thrown away
    Demo(DemoOptions),
    /// Where requests go: LLM providers with their keys and models
    #[command(subcommand, visible_alias = "providers")]
    Provider(provider::Command),
    /// Who may ask, and how much: the keys of agents
    #[command(subcommand, visible_alias = "keys")]
    Key(key::Command),
    /// What clients may ask for: models, and aliases for several of them
    #[command(subcommand, visible_alias = "models")]
    Model(model::Command),
    /// Policies: make, build, test, look at, load
    #[command(subcommand, visible_alias = "plugins")]
    Plugin(plugin::Command),
    /// Make a key to sign plugins with
    Keygen(plugin::keygen::Options),
    /// What is sealed: providers' keys, secrets of plugins, and the identity that opens them
    #[command(subcommand, visible_alias = "secret")]
    Secrets(secrets::Command),
    /// The places that plugins fill, and their generations
    #[command(subcommand, visible_alias = "slots")]
    Slot(slot::Command),
    /// What does the work of tasks, tried by hand
    #[command(subcommand, visible_alias = "skills")]
    Skill(skill::Command),
    /// What plugins were asked and answered: recorded calls
    #[command(subcommand, visible_alias = "calls")]
    Call(call::Command),
    /// Work that is done, checked and mended: tasks
    #[command(subcommand, visible_alias = "tasks")]
    Task(task::Command),
    /// Tasks that come again and again
    #[command(subcommand, visible_alias = "schedules")]
    Schedule(schedule::Command),
    /// What is wrong with tasks
    #[command(subcommand, visible_alias = "problems")]
    Problem(problem::Command),
    /// Plans against problems, and where they came from
    #[command(subcommand, visible_alias = "fixes")]
    Fix(fix::Command),
    /// Requests, tokens and cost, by time, pool, provider, model or agent
    Usage(usage::Options),
    /// Providers that rest after they were asked too often
    #[command(subcommand, visible_alias = "cooldowns")]
    Cooldown(cooldown::Command),
    /// How the host is
    Status(AnswerOptions),
    /// What an owner must hear
    #[command(subcommand, visible_alias = "reports")]
    Report(journal::Reports),
    /// What happened
    #[command(subcommand, visible_alias = "events")]
    Event(journal::Events),
    /// Who changed what
    #[command(subcommand)]
    Audit(journal::Audits),
    #[command(name = COMPILE_COMMAND, hide = true)]
    Compile { memory_bytes: u64, cpu_seconds: u64 },
    #[command(name = GUARD_COMMAND, hide = true)]
    Guard { mark: Mark },
}

/// What `patchbay serve` takes; what is not given is as the configuration says.
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = "Example:\n  patchbay serve --dir /var/lib/patchbay --listen 0.0.0.0:9190")]
pub struct ServeOptions {
    /// The address for agents [default: as configured, 127.0.0.1:9190]
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// The address of the metrics [default: as configured, 127.0.0.1:9191]
    #[arg(long, value_name = "ADDRESS")]
    pub metrics_listen: Option<SocketAddr>,
}

/// What `patchbay demo` takes.
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = "Examples:\n  patchbay demo\n  patchbay demo --exit      the same, and end")]
pub struct DemoOptions {
    /// End once everything was shown, instead of going on to serve
    #[arg(long)]
    pub exit: bool,
    /// The port for agents on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub port: u16,
    /// The port of the metrics on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub metrics_port: u16,
}

/// How an answer is shown.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct AnswerOptions {
    /// Print what the host answers, as JSON
    #[arg(long)]
    pub json: bool,
}

impl Cli {
    /// Whether this process becomes the host of its folder, and so writes a log as that says.
    #[must_use]
    pub fn serves_folder(&self) -> bool {
        matches!(self.command, Command::Serve(_))
    }

    /// The host's folder.
    ///
    /// # Errors
    /// None was given, and there is no home to have one in.
    pub fn dir(&self) -> Result<PathBuf, Failure> {
        let set = || std::env::var_os("PATCHBAY_DIR").filter(|dir| !dir.is_empty()).map(PathBuf::from);
        if let Some(dir) = self.dir.clone().or_else(set) {
            return Ok(dir);
        }
        std::env::home_dir()
            .filter(|home| !home.as_os_str().is_empty())
            .map(|home| home.join(".patchbay"))
            .ok_or_else(|| {
                Failure::new("there is no home folder to keep ~/.patchbay in")
                    .hint("give --dir DIR")
                    .status(Status::Usage)
            })
    }
}

/// Does what was typed, and tells the person if it failed. The status is described in `--help`.
pub async fn run(cli: Cli, log: log::Level) -> ExitCode {
    if let Command::Compile { memory_bytes, cpu_seconds } = cli.command {
        let status = patchbay_runtime::compile_child(memory_bytes, cpu_seconds);
        return u8::try_from(status).map_or(ExitCode::FAILURE, ExitCode::from);
    }
    if let Command::Guard { mark } = cli.command {
        let _ = patchbay_process::stand_guard(mark, &mut std::io::stdin().lock()).await;
        return ExitCode::SUCCESS;
    }
    match dispatch(cli, log).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

async fn dispatch(cli: Cli, log: log::Level) -> Result<(), Failure> {
    let dir = cli.dir();
    match cli.command {
        Command::Init(options) => options.run(&dir?),
        Command::Serve(options) => Ok(crate::serve::run(dir?, options, log).await?),
        Command::Config(command) => command.run(&dir?).await,
        Command::Demo(options) => Ok(crate::demo::run(options).await?),
        Command::Provider(command) => command.run(&dir?).await,
        Command::Key(command) => command.run(&dir?).await,
        Command::Model(command) => command.run(&dir?).await,
        Command::Plugin(command) => command.run(dir).await,
        Command::Keygen(options) => options.run(),
        Command::Secrets(command) => command.run(&dir?).await,
        Command::Slot(command) => command.run(&dir?).await,
        Command::Skill(command) => command.run(&dir?).await,
        Command::Call(command) => command.run(&dir?).await,
        Command::Task(command) => command.run(&dir?).await,
        Command::Schedule(command) => command.run(&dir?).await,
        Command::Problem(command) => command.run(&dir?).await,
        Command::Fix(command) => command.run(&dir?).await,
        Command::Usage(options) => options.run(&dir?).await,
        Command::Cooldown(command) => command.run(&dir?).await,
        Command::Status(options) => status::run(&dir?, options).await,
        Command::Report(command) => command.run(&dir?).await,
        Command::Event(command) => command.run(&dir?).await,
        Command::Audit(command) => command.run(&dir?).await,
        Command::Compile { .. } | Command::Guard { .. } => Ok(()),
    }
}

#[cfg(test)]
mod tests;
