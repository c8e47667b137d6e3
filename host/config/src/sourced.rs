//! A configuration with where each value comes from, and what it is beside another one. It must not know who uses a
//! value.

use std::fmt;

use serde_json::Value;

use crate::Config;
use crate::declare::{Key, Table};
use crate::raw::RawConfig;
use crate::tables::TABLES;

/// A configuration, and where each of its values comes from.
#[derive(Clone, PartialEq, Debug)]
pub struct Sourced {
    pub config: Config,
    /// In the order of `TABLES`.
    origins: Vec<Origin>,
}

/// Where a value comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    Default,
    File,
    /// The name of a variable.
    Environment(&'static str),
    /// The name of an option: `--listen`.
    Option(&'static str),
}

/// A key with its value, for people and programs.
#[derive(Clone, PartialEq, Debug)]
pub struct Setting {
    /// As between the brackets: `plugins.budget`.
    pub table: &'static str,
    pub key: &'static str,
    /// As it may be written in the file.
    pub value: Value,
    pub origin: Origin,
    /// Another value is taken over by the next start only.
    pub at_restart: bool,
}

/// A key that has two values in two configurations.
#[derive(Clone, PartialEq, Debug)]
pub struct Difference {
    pub table: &'static str,
    pub key: &'static str,
    pub old: Value,
    pub new: Value,
    /// A running host keeps the old one.
    pub at_restart: bool,
}

impl Sourced {
    pub(crate) fn new(config: Config, raw: &RawConfig<'_>) -> Self {
        Self { config, origins: keys().map(|(table, key)| raw.origin(table.path, key)).collect() }
    }

    /// Every key, in the order of the file that `patchbay init` writes.
    #[must_use]
    pub fn settings(&self) -> Vec<Setting> {
        let told = self.config.told().into_iter().zip(&self.origins);
        let setting = |((table, key), (value, origin)): ((&Table, &Key), (Value, &Origin))| Setting {
            table: table.path,
            key: key.name,
            value,
            origin: *origin,
            at_restart: key.at_restart,
        };
        keys().zip(told).map(setting).collect()
    }

    /// What a host that runs with this becomes by `next`: values that wait for a restart stay, and where they come from.
    #[must_use]
    pub fn taken_over(&self, next: &Self) -> Self {
        let origins = self.origins.iter().zip(&next.origins).zip(keys());
        let origin = |((old, new), (_, key)): ((&Origin, &Origin), (_, &Key))| {
            *if key.at_restart { old } else { new }
        };
        Self { config: self.config.taken_over(&next.config), origins: origins.map(origin).collect() }
    }
}

impl Config {
    /// The keys that have another value in `next`.
    #[must_use]
    pub fn differences(&self, next: &Self) -> Vec<Difference> {
        let values = self.told().into_iter().zip(next.told());
        let differ = keys().zip(values).filter(|(_, (old, new))| old != new);
        let difference = |((table, key), (old, new)): ((&Table, &Key), (Value, Value))| Difference {
            table: table.path,
            key: key.name,
            old,
            new,
            at_restart: key.at_restart,
        };
        differ.map(difference).collect()
    }
}

fn keys() -> impl Iterator<Item = (&'static Table, &'static Key)> {
    TABLES.iter().flat_map(|table| table.keys.iter().map(move |key| (table, key)))
}

/// `default`, `file`, `environment PATCHBAY_LOG`, `option --listen`.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File => f.write_str("file"),
            Origin::Environment(name) => write!(f, "environment {name}"),
            Origin::Option(name) => write!(f, "option {name}"),
        }
    }
}

#[cfg(test)]
mod tests;
