//! The plugin's side of the contract: the generated bindings, what translates them to plain types, and the panic
//! hook. Public for the macros only; not part of the surface.

pub mod analyzer;
pub(crate) mod host;
pub mod notifier;
pub mod routing;
pub mod skill;
pub mod source;
pub mod strategy;

use std::panic::PanicHookInfo;
use std::sync::Once;

use crate::PluginError;
use crate::log::{self, Level};

/// What every world may import. Only what a plugin calls is linked, so only that is imported by its component.
#[allow(
    missing_docs,
    unsafe_code,
    unreachable_pub,
    clippy::all,
    reason = "generated; the ABI is unsafe by nature"
)]
pub mod bindings {
    wit_bindgen::generate!({ path: "wit", world: "capabilities" });
}

use bindings::patchbay::plugin::types;

/// The trap says only `unreachable`, so the message must reach the host before it.
fn report_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| std::panic::set_hook(Box::new(report_panic)));
}

fn report_panic(panic: &PanicHookInfo<'_>) {
    let message = panic.payload_as_str().unwrap_or("no message");
    let line = match panic.location() {
        Some(place) => format!("panicked at {}:{}: {message}", place.file(), place.line()),
        None => format!("panicked: {message}"),
    };
    log::write(Level::Error, &line, &[]);
}

impl From<PluginError> for types::PluginError {
    fn from(error: PluginError) -> Self {
        Self { code: error.code, message: error.message, retry_after_ms: error.retry_after_ms }
    }
}

impl From<types::PluginError> for PluginError {
    fn from(error: types::PluginError) -> Self {
        Self { code: error.code, message: error.message, retry_after_ms: error.retry_after_ms }
    }
}
