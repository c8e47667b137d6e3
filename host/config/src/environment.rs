//! The environment as a value, so that tests bring their own.

use std::collections::BTreeMap;

/// Variables that override a key: `PATCHBAY_LISTEN`, `PATCHBAY_METRICS_LISTEN`, `PATCHBAY_LOG`. An empty one counts
/// as not set.
#[derive(Clone, Default, Debug)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The variables of this process whose names begin with `PATCHBAY_`.
    #[must_use]
    pub fn of_process() -> Self {
        let text = |value: std::ffi::OsString| value.to_string_lossy().into_owned();
        let variables = std::env::vars_os().map(|(name, value)| (text(name), text(value)));
        variables.filter(|(name, _)| name.starts_with("PATCHBAY_")).collect()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}
