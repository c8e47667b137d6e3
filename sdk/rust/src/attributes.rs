//! Names and values: the place where the contract grows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What newer hosts tell beside the fields of a record. Ask for the names that you know; skip the others.
/// In JSON an object of strings.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
pub struct Attributes(Vec<(String, String)>);

impl Attributes {
    /// The value of the first attribute of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|&(found, _)| found == name).map(|(_, value)| value)
    }

    /// All names and values, in the host's order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl From<Vec<(String, String)>> for Attributes {
    fn from(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }
}

impl From<BTreeMap<String, String>> for Attributes {
    fn from(pairs: BTreeMap<String, String>) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl From<Attributes> for BTreeMap<String, String> {
    fn from(attributes: Attributes) -> Self {
        attributes.0.into_iter().collect()
    }
}
