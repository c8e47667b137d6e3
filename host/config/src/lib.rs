//! Text and environment to a [`Config`] that is valid by construction. It must not know who uses which value, and
//! touches nothing but `patchbay.toml`.
//!
//! A key is declared once, in `tables.rs`: parser, default, template, messages, and whether a running host takes another
//! value over come from there.

mod closed_hours;
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

pub use closed_hours::{ClosedHours, closed_until};
pub use environment::Environment;
pub use error::{ConfigError, Place};
pub use rule::{ApproveAbove, LogFormat, LogLevel, RoutingPolicy, WhenExhausted};
pub use sourced::{Difference, Origin, Setting, Sourced};
pub use tables::{
    Artifacts, Checks, Config, Cooldown, Ejection, ExecSkill, Fixes, HttpSkill, Log, PluginBudget, Plugins,
    Routing, Secrets, Server, Tasks, Upstream, Usage,
};

/// The name of the configuration file in the host's folder.
pub const FILE_NAME: &str = "patchbay.toml";

#[cfg(test)]
mod tests;
