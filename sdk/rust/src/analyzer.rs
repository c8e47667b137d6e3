//! The world `error-analyzer`: what an error means.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::milliseconds;
use crate::{Attributes, PluginError};

/// Says what an error means. Export it with [`error_analyzer!`](crate::error_analyzer).
pub trait ErrorAnalyzer {
    /// What the failure is; none: another analyzer may know. For the kind `upstream` it is called within 100 ms, in an
    /// instance that may have answered other calls before, and may use nothing but [`log`](crate::log) and
    /// [`config`](crate::config()).
    ///
    /// # Errors
    /// An error, a panic or a timeout passes the failure on to the next analyzer.
    fn analyze(failure: &Failure) -> Result<Option<Diagnosis>, PluginError>;
}

/// Something that went wrong.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Failure {
    /// The same each time that it is asked about.
    pub id: String,
    /// `upstream` (a provider's answer), `task` (an attempt that failed), `stuck` (a run that makes no progress),
    /// `agent` (an agent that ended). The manifest says which of them the plugin takes.
    pub kind: String,
    /// A status or exit code, or a word: `429`, `exit:1`, `connect`.
    pub code: String,
    /// What was said: the beginning of the body, the last lines; at most 16 KiB.
    pub message: String,
    /// For `upstream`: `provider`, `model`, `now-ms` (milliseconds since 1970), and each header of the answer as
    /// `header:NAME`, the name in lower case.
    pub attributes: Attributes,
}

impl Failure {
    /// A header of a provider's answer; its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.attributes.get(&format!("header:{name}"))
    }
}

/// An attempt of a task that failed without a word: what a test starts from.
impl Default for Failure {
    fn default() -> Self {
        Self {
            id: "failure-1".into(),
            kind: "task".into(),
            code: String::new(),
            message: String::new(),
            attributes: Attributes::default(),
        }
    }
}

/// What a failure is.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Diagnosis {
    /// What it is, as a word. For `upstream`: `ok`, `rate-limited`, `overloaded`, `credential-refused`, `server-error`,
    /// `client-error`, `unreachable`; any other word counts as `server-error`.
    pub class: String,
    /// The cause, in a sentence.
    pub cause: String,
    /// How sure it is, from 0 to 1.
    pub confidence: f64,
    /// Milliseconds until it is worth trying again, if that was said.
    pub retry_after_ms: Option<u64>,
    /// For `upstream`: `scope` = `model` if one model alone is meant, else `provider`. Others: `priority`, `fix`,
    /// `success-criteria`, `problem.N`.
    pub attributes: Attributes,
}

impl Diagnosis {
    /// A diagnosis that is certain.
    pub fn new(class: impl Into<String>, cause: impl Into<String>) -> Self {
        Self {
            class: class.into(),
            cause: cause.into(),
            confidence: 1.0,
            retry_after_ms: None,
            attributes: Attributes::default(),
        }
    }

    /// The same, as sure as this: from 0 to 1.
    #[must_use]
    pub fn confidence(mut self, confidence: f64) -> Self {
        self.confidence = confidence;
        self
    }

    /// The same, worth another try after this time.
    #[must_use]
    pub fn retry_after(self, time: Duration) -> Self {
        self.retry_after_ms(milliseconds(time))
    }

    /// The same, worth another try after this many milliseconds.
    #[must_use]
    pub fn retry_after_ms(mut self, milliseconds: u64) -> Self {
        self.retry_after_ms = Some(milliseconds);
        self
    }

    /// The same, with this beside it.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes.push(name, value);
        self
    }
}

/// Makes a type that implements [`ErrorAnalyzer`] the plugin. Once in a crate of type `cdylib`; on other targets than
/// WebAssembly it only checks the type.
#[macro_export]
macro_rules! error_analyzer {
    ($plugin:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Plugin = $crate::guest::analyzer::Export<$plugin>;
            $crate::guest::analyzer::bindings::export_error_analyzer!(
                Plugin with_types_in $crate::guest::analyzer::bindings
            );
        };
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn() = || {
            fn is_an_error_analyzer<P: $crate::ErrorAnalyzer>() {}
            is_an_error_analyzer::<$plugin>();
        };
    };
}
