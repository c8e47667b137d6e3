//! A plugin's configuration: a file of JSON, and single values over it.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use serde_json::{Map, Value};

use crate::cli::{Failure, Status, json};

#[derive(Args, Debug, Default)]
pub struct Settings {
    /// The plugin's configuration: a file of JSON, or - for standard input [default: what the slot has]
    #[arg(long, value_name = "FILE.json")]
    config: Option<PathBuf>,
    /// One value of the configuration: JSON, or a text; a.b=1 is {"a": {"b": 1}}; can be given several times
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<Setting>,
}

/// One value and its place.
#[derive(Clone, PartialEq, Debug)]
pub struct Setting {
    path: Vec<String>,
    value: Value,
}

impl Settings {
    /// None if nothing was given: then the slot's stays.
    ///
    /// # Errors
    /// The file cannot be read, or a value has no place in it.
    pub fn read(&self) -> Result<Option<Value>, Failure> {
        let base = self.config.as_deref().map(json::read).transpose()?;
        if self.set.is_empty() {
            return Ok(base);
        }
        let mut config = base.unwrap_or_else(|| Value::Object(Map::new()));
        for setting in &self.set {
            setting.put(&mut config)?;
        }
        Ok(Some(config))
    }
}

impl Setting {
    fn put(&self, config: &mut Value) -> Result<(), Failure> {
        let no_place = || {
            let path = self.path.join(".");
            Failure::new(format!("--set {path}: there is something else than an object on the way there"))
                .status(Status::Usage)
        };
        let mut place = config;
        for name in &self.path {
            let object = place.as_object_mut().ok_or_else(no_place)?;
            place = object.entry(name.as_str()).or_insert_with(|| Value::Object(Map::new()));
        }
        *place = self.value.clone();
        Ok(())
    }
}

impl FromStr for Setting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (path, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
        let path: Vec<String> = path.split('.').map(str::to_owned).collect();
        if path.iter().any(String::is_empty) {
            return Err("the key, or a part of it, is empty: expected a=1 or a.b=1".to_owned());
        }
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
        Ok(Self { path, value })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn settings(set: &[&str]) -> Result<Option<Value>, Failure> {
        let set = set.iter().map(|text| text.parse().unwrap()).collect();
        Settings { config: None, set }.read()
    }

    #[test]
    fn a_value_is_json_or_else_a_text() {
        let set = ["a=1", "b=true", "c=word", "d=\"1\"", "e.f=[1,2]", "e.g=", "h=x=y"];
        let expect = json!({
            "a": 1, "b": true, "c": "word", "d": "1", "e": {"f": [1, 2], "g": ""}, "h": "x=y",
        });
        assert_eq!(settings(&set).unwrap(), Some(expect));
        assert_eq!(settings(&[]).unwrap(), None);
    }

    #[test]
    fn single_values_go_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("c.json");
        std::fs::write(&file, r#"{"a": {"b": 1, "c": 2}}"#).unwrap();
        let settings = Settings { config: Some(file), set: vec!["a.b=3".parse().unwrap()] };
        assert_eq!(settings.read().unwrap(), Some(json!({"a": {"b": 3, "c": 2}})));
    }

    #[test]
    fn what_has_no_place_is_refused() {
        assert_eq!(settings(&["a=1", "a.b=2"]).unwrap_err().exit(), Status::Usage);
        for text in ["a", "=1", "a..b=1"] {
            assert!(text.parse::<Setting>().is_err(), "{text}");
        }
    }
}
