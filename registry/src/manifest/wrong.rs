//! A value of a manifest that can be read and makes no sense, and where it stands in the text.

use std::fmt;

use toml::de::{DeTable, DeValue};

/// What is wrong, and the keys that lead there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Wrong {
    path: Vec<String>,
    /// Keys below `path` that were gathered on the way back, the last first.
    below: Vec<String>,
    message: String,
}

impl Wrong {
    /// `place` is written `grants.http`.
    pub(super) fn at(place: &str, message: impl Into<String>) -> Self {
        Self {
            path: place.split('.').map(str::to_owned).collect(),
            below: Vec::new(),
            message: message.into(),
        }
    }

    /// One key, or one number of a list, further in.
    pub(super) fn below(mut self, step: impl ToString) -> Self {
        self.path.push(step.to_string());
        self
    }

    /// The same, seen from one step further out, still below the place that it was made with.
    pub(super) fn under(mut self, step: impl ToString) -> Self {
        self.below.push(step.to_string());
        self
    }

    /// Forgets the steps of [`Self::under`]: they led through something else.
    pub(super) fn back_to_root(mut self) -> Self {
        self.below.clear();
        self
    }

    fn steps(&self) -> impl Iterator<Item = &str> {
        self.path.iter().chain(self.below.iter().rev()).map(String::as_str)
    }

    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// Where in `text`, in bytes; of what is not written there, where it would belong.
    pub(super) fn offset(&self, text: &str) -> usize {
        let Ok(document) = DeTable::parse(text) else { return 0 };
        let root = DeValue::Table(document.into_inner());
        let mut found = (&root, 0);
        for step in self.steps() {
            match inside(found.0, step) {
                Some(next) => found = next,
                None => break,
            }
        }
        found.1
    }
}

fn inside<'a, 'i>(value: &'a DeValue<'i>, step: &str) -> Option<(&'a DeValue<'i>, usize)> {
    let inner = match value {
        DeValue::Table(table) => table.get(step)?,
        DeValue::Array(array) => array.get(step.parse::<usize>().ok()?)?,
        _ => return None,
    };
    Some((inner.get_ref(), inner.span().start))
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.steps().collect::<Vec<_>>().join("."), self.message)
    }
}
