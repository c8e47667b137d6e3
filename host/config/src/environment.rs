//! The environment as a value, so that tests bring their own.

use std::collections::BTreeMap;

use crate::tables::TABLES;

/// Variables that override a key: `PATCHBAY_LISTEN`, `PATCHBAY_METRICS_LISTEN`, `PATCHBAY_IDENTITY`, `PATCHBAY_LOG`. An
/// empty one counts as not set.
#[derive(Clone, Default, Debug)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The variables of this process that override a key, and no others: one of those holds a passphrase.
    #[must_use]
    pub fn of_process() -> Self {
        let names = TABLES.iter().flat_map(|table| table.keys).flat_map(|key| key.variable);
        let value = |name: &str| Some(std::env::var_os(name)?.to_string_lossy().into_owned());
        names.filter_map(|name| Some((*name, value(name)?))).collect()
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
