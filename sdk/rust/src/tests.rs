//! The SDK as an author meets it, natively.

mod capability;
mod step;
mod text;
mod world;

use serde_json::{Value, json};

use crate::log::{self, Level};
use crate::{PluginError, config, testing};

#[test]
fn nothing_set_reads_as_an_empty_object() {
    assert_eq!(config::<Value>(), Ok(json!({})));
}

#[test]
fn what_is_logged_can_be_looked_at_once() {
    let name = "spare";
    log::info!("chose {name}");
    log::write(Level::Warn, "slow", &[("provider", name)]);
    let lines = testing::logs();
    assert_eq!((lines[0].level, &*lines[0].message), (Level::Info, "chose spare"));
    assert_eq!(lines[1].fields, [("provider".to_owned(), "spare".to_owned())]);
    assert!(testing::logs().is_empty());
}

#[test]
fn a_question_mark_turns_common_errors_into_refusals() {
    fn number(text: &str) -> Result<u32, PluginError> {
        Ok(text.parse()?)
    }
    fn object(text: &str) -> Result<Value, PluginError> {
        Ok(serde_json::from_str(text)?)
    }
    fn sentence() -> Result<(), PluginError> {
        Err("nobody speaks embeddings")?
    }
    assert_eq!(number("x").unwrap_err().code, "bad-number");
    assert_eq!(object("{").unwrap_err().code, "bad-json");
    assert_eq!(sentence().unwrap_err(), PluginError::new("failed", "nobody speaks embeddings"));
}
