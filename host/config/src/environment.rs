//! The environment as a value, so that tests bring their own.

use std::collections::BTreeMap;

use crate::tables::TABLES;

/// Variables that override a key: `PATCHBAY_LISTEN`, `PATCHBAY_METRICS_LISTEN`, `PATCHBAY_PLACES`, `PATCHBAY_IDENTITY`,
/// `PATCHBAY_LOG`, `PATCHBAY_OTLP_ENDPOINT`. An empty one counts as not set. And options of the command line, which override those.
#[derive(Clone, Default, Debug)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    /// By the variable that each overrides: its own name and its value.
    options: BTreeMap<&'static str, (&'static str, String)>,
}

impl Environment {
    /// The variables of this process that override a key, and no others: one of those holds a passphrase.
    #[must_use]
    pub fn of_process() -> Self {
        let names = TABLES.iter().flat_map(|table| table.keys).flat_map(|key| key.variable);
        let value = |name: &str| Some(std::env::var_os(name)?.to_string_lossy().into_owned());
        names.filter_map(|name| Some((*name, value(name)?))).collect()
    }

    /// With an option such as `--listen`, which stands above `variable`. None: it was not given.
    #[must_use]
    pub fn with_option(
        mut self,
        name: &'static str,
        variable: &'static str,
        value: Option<impl ToString>,
    ) -> Self {
        self.options.extend(value.map(|value| (variable, (name, value.to_string()))));
        self
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(crate) fn option(&self, variable: &str) -> Option<(&'static str, &str)> {
        self.options.get(variable).map(|(name, value)| (*name, value.as_str()))
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { variables, options: BTreeMap::new() }
    }
}
