//! Text and environment to a [`Config`] that is valid by construction. It must not know who uses which value, and
//! touches nothing but `patchbay.toml`.
//!
//! A key is declared once, in `tables.rs`: parser, default, template, messages, and whether a running host takes another
//! value over come from there.

mod declare;
mod environment;
mod error;
mod load;
mod nearest;
mod raw;
mod rule;
mod sourced;
mod tables;
mod template;

pub use environment::Environment;
pub use error::{ConfigError, Place};
pub use rule::{LogFormat, LogLevel, RoutingPolicy, WhenExhausted};
pub use sourced::{Difference, Origin, Setting, Sourced};
pub use tables::{
    Config, Cooldown, Ejection, Log, PluginBudget, Plugins, Routing, Secrets, Server, Upstream, Usage,
};

/// The name of the configuration file in the host's folder.
pub const FILE_NAME: &str = "patchbay.toml";

#[cfg(test)]
mod tests;
