//! The world `notifier`: how a person is told.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::milliseconds;
use crate::{Attributes, PluginError, moment};

/// Tells people. Export it with [`notifier!`](crate::notifier).
pub trait Notifier {
    /// The kinds of route that it serves, asked for once, when it is loaded.
    ///
    /// # Errors
    /// A plugin that cannot say what it serves is not loaded.
    fn describe() -> Result<Vec<RouteDescription>, PluginError>;

    /// Returns once the receiver has taken the message.
    ///
    /// # Errors
    /// A retryable one is tried again later, with the same message; another is given up and shown.
    fn send(message: &Message) -> Result<Receipt, SendError>;
}

/// A kind of route that it serves.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RouteDescription {
    /// `webhook`, `telegram`, ...
    pub kind: String,
    /// For people.
    pub description: String,
    /// What else the host should know.
    pub attributes: Attributes,
}

impl RouteDescription {
    /// A route of this kind.
    pub fn new(kind: impl Into<String>, description: impl Into<String>) -> Self {
        Self { kind: kind.into(), description: description.into(), attributes: Attributes::default() }
    }

    /// The same, with this beside it.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes.push(name, value);
        self
    }
}

/// What people are told.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Message {
    /// The same at every try, so that a receiver can tell a repetition.
    pub id: String,
    /// `info`, `warning` or `critical`.
    pub severity: String,
    /// What it is about.
    pub subject: String,
    /// In a few words.
    pub title: String,
    /// Plain text.
    pub body: String,
    /// Milliseconds since 1970, UTC.
    pub at_ms: u64,
    /// What newer hosts tell beside all this.
    pub attributes: Attributes,
}

/// One that says nothing: what a test starts from.
impl Default for Message {
    fn default() -> Self {
        Self {
            id: "message-1".into(),
            severity: "info".into(),
            subject: String::new(),
            title: String::new(),
            body: String::new(),
            at_ms: 0,
            attributes: Attributes::default(),
        }
    }
}

impl Message {
    /// When it happened, as RFC 3339 in UTC, down to the second: `2026-11-22T03:10:54Z`.
    #[must_use]
    pub fn at(&self) -> String {
        moment::rfc3339(self.at_ms)
    }

    /// The message for a receiver that reads JSON: `id`, `severity`, `subject`, `title`, `body`, `at` (as
    /// [`at`](Self::at) says it), and `attributes` as an object.
    #[must_use]
    pub fn json(&self) -> Value {
        let attributes = self.attributes.iter().map(|(name, value)| (name, Value::from(value)));
        let fields = [
            ("id", self.id.as_str().into()),
            ("severity", self.severity.as_str().into()),
            ("subject", self.subject.as_str().into()),
            ("title", self.title.as_str().into()),
            ("body", self.body.as_str().into()),
            ("at", self.at().into()),
            ("attributes", attributes.collect::<Value>()),
        ];
        fields.into_iter().collect()
    }
}

/// That the receiver has taken it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Receipt {
    /// The receiver's own id; empty if it gives none.
    pub id: String,
    /// What else the host should know.
    pub attributes: Attributes,
}

impl Receipt {
    /// The receiver calls it this; empty if it gives no id.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), attributes: Attributes::default() }
    }

    /// The same, with this beside it.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes.push(name, value);
        self
    }
}

/// That the receiver has not taken it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SendError {
    /// A stable word for programs, in lower case with dashes.
    pub code: String,
    /// A sentence for people.
    pub message: String,
    /// Whether the same message may get through later.
    pub retryable: bool,
    /// Milliseconds until then, if that was said.
    pub retry_after_ms: Option<u64>,
}

impl SendError {
    /// The same message may get through later.
    pub fn retryable(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), retryable: true, retry_after_ms: None }
    }

    /// It never will.
    pub fn permanent(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { retryable: false, ..Self::retryable(code, message) }
    }

    /// The same, not before this time has passed.
    #[must_use]
    pub fn retry_after(self, time: Duration) -> Self {
        self.retry_after_ms(milliseconds(time))
    }

    /// The same, not before this many milliseconds have passed.
    #[must_use]
    pub fn retry_after_ms(mut self, milliseconds: u64) -> Self {
        self.retry_after_ms = Some(milliseconds);
        self
    }
}

impl std::fmt::Display for SendError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for SendError {}

/// Whatever makes a [`PluginError`] makes one of these: retryable if it says when to try again, if nobody answered, or
/// if the answer was 408, 425, 429 or 500 and more.
impl<E: Into<PluginError>> From<E> for SendError {
    fn from(error: E) -> Self {
        let PluginError { code, message, retry_after_ms } = error.into();
        let retryable = retry_after_ms.is_some() || passes_by_itself(&code);
        Self { code, message, retryable, retry_after_ms }
    }
}

fn passes_by_itself(code: &str) -> bool {
    let status = code.strip_prefix("http:").and_then(|status| status.parse::<u16>().ok());
    matches!(code, "connect" | "timeout") || matches!(status, Some(408 | 425 | 429 | 500..))
}

/// Makes a type that implements [`Notifier`] the plugin. Once in a crate of type `cdylib`; on other targets than
/// WebAssembly it only checks the type.
#[macro_export]
macro_rules! notifier {
    ($plugin:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Plugin = $crate::guest::notifier::Export<$plugin>;
            $crate::guest::notifier::bindings::export_notifier!(
                Plugin with_types_in $crate::guest::notifier::bindings
            );
        };
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn() = || {
            fn is_a_notifier<P: $crate::Notifier>() {}
            is_a_notifier::<$plugin>();
        };
    };
}
