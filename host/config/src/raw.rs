//! Syntax: text to values at known keys, each with its place. It must not know what a value has to be.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::Environment;
use crate::declare::{Key, Table};
use crate::error::{ConfigError, Place};
use crate::nearest::nearest;
use crate::rule::Rule;
use crate::sourced::Origin;
use crate::tables::TABLES;

/// How much of a wrong value is quoted.
const QUOTE_CHARACTERS_MAX: usize = 60;

/// Values at known keys, not yet checked.
pub(crate) struct RawConfig<'t> {
    text: &'t str,
    /// What `text` is called in messages.
    file: &'t str,
    /// By table and key.
    values: BTreeMap<(&'static str, &'static str), Spanned<DeValue<'t>>>,
    environment: &'t Environment,
}

impl<'t> RawConfig<'t> {
    pub(crate) fn parse(
        text: &'t str,
        file: &'t str,
        environment: &'t Environment,
    ) -> Result<Self, ConfigError> {
        let mut raw = Self { text, file, values: BTreeMap::new(), environment };
        let root = DeTable::parse(text).map_err(|error| ConfigError::Syntax {
            place: raw.place(error.span()),
            message: raw.twice(&error).unwrap_or_else(|| error.message().replace('\n', ", ")),
        })?;
        raw.collect("", root.into_inner())?;
        Ok(raw)
    }

    /// The value of `key`: from an option, else from the environment, else from the file, else its default.
    pub(crate) fn value<T>(&self, table: &'static str, key: &Key, rule: &Rule<T>) -> Result<T, ConfigError> {
        let invalid = |place, found: &str| ConfigError::Invalid {
            place,
            key: format!("[{table}] {}", key.name),
            found: quote(found),
            expected: rule.expected.clone(),
        };
        if let Some((place, text)) = self.outside(key) {
            // A text needs no quotes there, and a number is none.
            let as_text = (rule.read)(&DeValue::String(Cow::Borrowed(text)));
            let as_value = || (rule.read)(DeValue::parse(text).ok()?.get_ref());
            return as_text.or_else(as_value).ok_or_else(|| invalid(place, text));
        }
        if let Some(value) = self.values.get(&(table, key.name)) {
            return (rule.read)(value.get_ref()).ok_or_else(|| {
                let span = (rule.part)(value.get_ref()).unwrap_or(value.span());
                let found = self.text.get(span.clone()).unwrap_or_default();
                invalid(self.place(Some(span)), found)
            });
        }
        Ok(default(key, rule))
    }

    /// Where the value of `key` comes from.
    pub(crate) fn origin(&self, table: &'static str, key: &Key) -> Origin {
        match self.outside(key) {
            Some((Place::Option(name), _)) => Origin::Option(name),
            Some((Place::Environment(name), _)) => Origin::Environment(name),
            _ if self.values.contains_key(&(table, key.name)) => Origin::File,
            _ => Origin::Default,
        }
    }

    /// What overrides the file.
    fn outside(&self, key: &Key) -> Option<(Place, &'t str)> {
        let variable = key.variable.first()?;
        let option = self.environment.option(variable).map(|(name, text)| (Place::Option(name), text));
        option.or_else(|| Some((Place::Environment(variable), self.environment.get(variable)?)))
    }

    /// Takes the values of the table at `path`, and of those below it. The parser has bounded the depth.
    fn collect(&mut self, path: &str, table: DeTable<'t>) -> Result<(), ConfigError> {
        for (name, value) in table {
            let below = join(path, name.get_ref());
            match (key_at(path, name.get_ref()), leads_to_a_table(&below), value.get_ref()) {
                (Some(key), _, _) => drop(self.values.insert(key, value)),
                (None, true, DeValue::Table(_)) => self.collect(&below, inner_table(value))?,
                (None, true, _) => return Err(self.not_a_table(&below, name.span())),
                (None, false, _) => return Err(self.unknown(path, name)),
            }
        }
        Ok(())
    }

    /// Of a table that is there twice: the file that `init` makes has every one, and a second is soon put below it.
    fn twice(&self, error: &toml::de::Error) -> Option<String> {
        let before = self.text.get(..error.span()?.start)?;
        let this = before.matches('\n').count();
        let header = self.text.lines().nth(this)?.trim();
        let first = self.text.lines().take(this).position(|line| line.trim() == header)?;
        let first = Some(first + 1).filter(|_| header.starts_with('['))?;
        Some(format!("{header} stands on line {first} already: write its keys there"))
    }

    fn not_a_table(&self, path: &str, span: Range<usize>) -> ConfigError {
        let message = format!("{path} is a table: write [{path}], and its keys below");
        ConfigError::Syntax { place: self.place(Some(span)), message }
    }

    fn unknown(&self, path: &str, name: Spanned<Cow<'t, str>>) -> ConfigError {
        ConfigError::Unknown {
            place: self.place(Some(name.span())),
            key: join(path, &quote(name.get_ref())),
            hint: hint(path, name.get_ref()),
        }
    }

    fn place(&self, span: Option<Range<usize>>) -> Place {
        let before = span.and_then(|span| self.text.get(..span.start)).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Place::File {
            file: self.file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

fn default<T>(key: &Key, rule: &Rule<T>) -> T {
    let value = DeValue::parse(key.default).expect("a default is TOML: a test reads every one");
    (rule.read)(value.get_ref()).expect("a default is within its range: a test reads every one")
}

fn table_at(path: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.path == path)
}

/// Whether `path` is one, or such are below it: `skills` of `skills.exec`.
fn leads_to_a_table(path: &str) -> bool {
    let below = join(path, "");
    TABLES.iter().any(|table| table.path == path || table.path.starts_with(&below))
}

/// Table and name of a declared key.
fn key_at(path: &str, name: &str) -> Option<(&'static str, &'static str)> {
    let table = table_at(path)?;
    table.keys.iter().find(|key| key.name == name).map(|key| (table.path, key.name))
}

fn inner_table(value: Spanned<DeValue<'_>>) -> DeTable<'_> {
    match value.into_inner() {
        DeValue::Table(table) => table,
        _ => DeTable::new(),
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// What to write instead: the nearest word of this table, else the table that has such a key, else all there is.
fn hint(path: &str, name: &str) -> String {
    let words = || words_of(path);
    if let Some(word) = nearest(name, words()) {
        return format!("did you mean {}?", join(path, word));
    }
    let elsewhere = TABLES.iter().find(|table| key_at(table.path, name).is_some());
    if let Some(table) = elsewhere {
        return format!("{name} belongs in [{}]", table.path);
    }
    format!("known here: {}", words().collect::<Vec<_>>().join(", "))
}

/// The keys of the table at `path`, and the tables just below it.
fn words_of(path: &str) -> impl Iterator<Item = &'static str> {
    let keys = table_at(path).map_or(&[][..], |table| table.keys).iter().map(|key| key.name);
    let prefix = join(path, "");
    let below = TABLES.iter().filter_map(move |table| table.path.strip_prefix(prefix.as_str()));
    let mut below: Vec<&str> = below.map(|rest| rest.split('.').next().unwrap_or(rest)).collect();
    below.dedup();
    keys.chain(below)
}

/// On one line, and not endless. A key that was taken for its public half is not repeated.
fn quote(found: &str) -> String {
    if found.to_ascii_uppercase().contains("AGE-SECRET-KEY") {
        return "a secret key of age".to_owned();
    }
    let mut characters = found.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut text: String = characters.by_ref().take(QUOTE_CHARACTERS_MAX).collect();
    if characters.next().is_some() {
        text.push('…');
    }
    text
}
