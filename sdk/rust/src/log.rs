//! Lines for the host's log: `log::info!("chose {name}")`, or [`write()`] with fields.
//!
//! The host takes 64 KiB a second and 4 KiB a line; more is cut and counted. Nothing that is logged may be a secret.

#[doc(inline)]
pub use crate::{__log_debug as debug, __log_error as error, __log_info as info, __log_warn as warn};

/// How much a line matters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Level {
    /// For whoever is looking for a mistake.
    Debug,
    /// For whoever wants to know what happens.
    Info,
    /// Something is wrong, and the call went on.
    Warn,
    /// Something is wrong, and the call could not go on.
    Error,
}

impl Level {
    /// The contract's word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// Writes one line, with names and values beside it.
#[cfg(target_arch = "wasm32")]
pub fn write(level: Level, message: &str, fields: &[(&str, &str)]) {
    let fields: Vec<_> = fields.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
    crate::guest::bindings::patchbay::plugin::log::write(level.as_str(), message, &fields);
}

/// Writes one line, with names and values beside it.
#[cfg(not(target_arch = "wasm32"))]
pub fn write(level: Level, message: &str, fields: &[(&str, &str)]) {
    crate::testing::mock::log(level, message, fields);
}

/// Writes a line at level `debug`; its arguments are those of [`format!`].
#[macro_export]
#[doc(hidden)]
macro_rules! __log_debug {
    ($($argument:tt)+) => { $crate::log::write($crate::log::Level::Debug, &::std::format!($($argument)+), &[]) };
}

/// Writes a line at level `info`; its arguments are those of [`format!`].
#[macro_export]
#[doc(hidden)]
macro_rules! __log_info {
    ($($argument:tt)+) => { $crate::log::write($crate::log::Level::Info, &::std::format!($($argument)+), &[]) };
}

/// Writes a line at level `warn`; its arguments are those of [`format!`].
#[macro_export]
#[doc(hidden)]
macro_rules! __log_warn {
    ($($argument:tt)+) => { $crate::log::write($crate::log::Level::Warn, &::std::format!($($argument)+), &[]) };
}

/// Writes a line at level `error`; its arguments are those of [`format!`].
#[macro_export]
#[doc(hidden)]
macro_rules! __log_error {
    ($($argument:tt)+) => { $crate::log::write($crate::log::Level::Error, &::std::format!($($argument)+), &[]) };
}
