//! The world `task-source`: where work comes from.

use serde::{Deserialize, Serialize};

use crate::{Attributes, PluginError};

/// Brings work, and says what became of it. Export it with [`task_source!`](crate::task_source).
pub trait TaskSource {
    /// What is new since `cursor`; none: from the beginning.
    ///
    /// # Errors
    /// The source is skipped this round.
    fn poll(cursor: Option<&str>) -> Result<Page, PluginError>;

    /// Takes an item, so that nobody else does; the answer names the claim.
    ///
    /// # Errors
    /// `conflict` if somebody else has it.
    fn claim(item: &str) -> Result<String, PluginError>;

    /// The claim still holds. Does nothing, unless you say so: most sources need no word of it.
    ///
    /// # Errors
    /// The claim is lost.
    fn heartbeat(item: &str, claim: &str) -> Result<(), PluginError> {
        let _ = (item, claim);
        Ok(())
    }

    /// Says what became of an item.
    ///
    /// # Errors
    /// It is told again later.
    fn complete(item: &str, claim: &str, note: &ResultNote) -> Result<(), PluginError>;

    /// Gives an item back.
    ///
    /// # Errors
    /// It is told again later.
    fn release(item: &str, claim: &str, reason: &str) -> Result<(), PluginError>;
}

/// One piece of work.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Item {
    /// The source's own.
    pub id: String,
    /// Changes when the item does.
    pub version: String,
    /// In a few words.
    pub title: String,
    /// All of it.
    pub body: String,
    /// `urgent`, `high`, `normal` or `low`; another word counts as `normal`.
    pub priority: String,
    /// What else the host should know.
    pub attributes: Attributes,
}

impl Item {
    /// An item of normal priority without a body.
    pub fn new(id: impl Into<String>, version: impl Into<String>, title: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            version: version.into(),
            title: title.into(),
            body: String::new(),
            priority: "normal".into(),
            attributes: Attributes::default(),
        }
    }

    /// The same, with this text.
    #[must_use]
    pub fn body(mut self, body: impl Into<String>) -> Self {
        self.body = body.into();
        self
    }

    /// The same, this urgent: `urgent`, `high`, `normal` or `low`.
    #[must_use]
    pub fn priority(mut self, priority: impl Into<String>) -> Self {
        self.priority = priority.into();
        self
    }

    /// The same, with this beside it.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes.push(name, value);
        self
    }
}

/// What a poll found.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Page {
    /// What is new.
    pub items: Vec<Item>,
    /// Where the next poll goes on.
    pub cursor: String,
    /// Whether there is more at once.
    pub more: bool,
}

impl Page {
    /// These items; the next poll goes on at `cursor`.
    pub fn new(items: impl IntoIterator<Item = Item>, cursor: impl Into<String>) -> Self {
        Self { items: items.into_iter().collect(), cursor: cursor.into(), more: false }
    }

    /// The same, and whether there is more at once.
    #[must_use]
    pub fn more(mut self, more: bool) -> Self {
        self.more = more;
        self
    }
}

/// What became of an item.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ResultNote {
    /// `succeeded`, `failed` or `cancelled`.
    pub status: String,
    /// A sentence for people.
    pub summary: String,
    /// What newer hosts tell beside all this.
    pub attributes: Attributes,
}

/// One that succeeded: what a test starts from.
impl Default for ResultNote {
    fn default() -> Self {
        Self { status: "succeeded".into(), summary: String::new(), attributes: Attributes::default() }
    }
}

/// Makes a type that implements [`TaskSource`] the plugin. Once in a crate of type `cdylib`; on other targets than
/// WebAssembly it only checks the type.
#[macro_export]
macro_rules! task_source {
    ($plugin:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Plugin = $crate::guest::source::Export<$plugin>;
            $crate::guest::source::bindings::export_task_source!(
                Plugin with_types_in $crate::guest::source::bindings
            );
        };
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn() = || {
            fn is_a_task_source<P: $crate::TaskSource>() {}
            is_a_task_source::<$plugin>();
        };
    };
}
