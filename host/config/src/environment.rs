//! The environment as a value, so that tests bring their own.

use std::collections::BTreeMap;

/// Variables that override a key: `PATCHBAY_LISTEN`, `PATCHBAY_METRICS_LISTEN`, `PATCHBAY_LOG`. An empty one counts
/// as not set. And options of the command line, which override those.
#[derive(Clone, Default, Debug)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    /// By the variable that each overrides: its own name and its value.
    options: BTreeMap<&'static str, (&'static str, String)>,
}

impl Environment {
    /// The variables of this process whose names begin with `PATCHBAY_`.
    #[must_use]
    pub fn of_process() -> Self {
        let text = |value: std::ffi::OsString| value.to_string_lossy().into_owned();
        let variables = std::env::vars_os().map(|(name, value)| (text(name), text(value)));
        variables.filter(|(name, _)| name.starts_with("PATCHBAY_")).collect()
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
