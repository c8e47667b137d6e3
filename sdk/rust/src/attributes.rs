//! Names and values: the place where the contract grows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What newer hosts tell beside the fields of a record, or what a plugin tells beside those of an answer. Ask for the
/// names that you know; skip the others. In JSON a list of pairs; an object of strings is read too.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Shape", into = "Vec<(String, String)>")]
pub struct Attributes(Vec<(String, String)>);

#[derive(Deserialize)]
#[serde(untagged)]
enum Shape {
    Object(BTreeMap<String, String>),
    Pairs(Vec<(String, String)>),
}

impl Attributes {
    /// The value of the first attribute of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|&(found, _)| found == name).map(|(_, value)| value)
    }

    /// Adds an attribute at the end.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    /// All names and values, in the host's order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl From<Shape> for Attributes {
    fn from(shape: Shape) -> Self {
        match shape {
            Shape::Object(pairs) => pairs.into(),
            Shape::Pairs(pairs) => pairs.into(),
        }
    }
}

impl From<Vec<(String, String)>> for Attributes {
    fn from(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Attributes {
    fn from(pairs: [(&str, &str); N]) -> Self {
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}

impl From<BTreeMap<String, String>> for Attributes {
    fn from(pairs: BTreeMap<String, String>) -> Self {
        pairs.into_iter().collect()
    }
}

impl From<Attributes> for Vec<(String, String)> {
    fn from(attributes: Attributes) -> Self {
        attributes.0
    }
}

impl From<Attributes> for BTreeMap<String, String> {
    fn from(attributes: Attributes) -> Self {
        attributes.0.into_iter().collect()
    }
}

impl FromIterator<(String, String)> for Attributes {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}
