//! What the operator has set, and the command that follows from it for a message.

use std::collections::BTreeMap;

use patchbay_sdk::process::Command;
use patchbay_sdk::text::cut;
use patchbay_sdk::{Message, PluginError, config};
use serde::Deserialize;

/// The report as text; the second is the name that older scripts read.
const TEXT_VARIABLES: [&str; 2] = ["PATCHBAY_MESSAGE", "OWNER_REPORT_MESSAGE"];
/// Of a text in an argument or a variable, in bytes: a kernel takes 128 KiB.
const TEXT_MAX: usize = 64 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    program: String,
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
}

impl Settings {
    pub(crate) fn read() -> Result<Self, PluginError> {
        let settings: Self = config()?;
        match settings.program.is_empty() {
            true => Err(PluginError::new("bad-config", "program is empty: name one that was granted")),
            false => Ok(settings),
        }
    }

    pub(crate) fn program(&self) -> &str {
        &self.program
    }

    pub(crate) fn command(&self, message: &Message) -> Command {
        let parts = parts(message);
        let args = self.args.iter().map(|arg| fill(arg, &parts));
        let mut command = Command::new(&self.program).args(args);
        let text = argument(&format!("{}\n\n{}", message.title, message.body));
        for name in TEXT_VARIABLES.into_iter().filter(|name| !self.env.contains_key(*name)) {
            command = command.env(name, &text);
        }
        for (name, value) in &self.env {
            command = command.env(name, value);
        }
        command.input(message.json().to_string())
    }
}

/// By their names in an argument.
fn parts(message: &Message) -> [(&'static str, String); 6] {
    [
        ("{id}", argument(&message.id)),
        ("{severity}", argument(&message.severity)),
        ("{subject}", argument(&message.subject)),
        ("{title}", argument(&message.title)),
        ("{body}", argument(&message.body)),
        ("{at}", message.at()),
    ]
}

/// In one pass from left to right, so that a name inside a part stays what it is. Other braces stand for themselves.
fn fill(template: &str, parts: &[(&str, String)]) -> String {
    let mut filled = String::new();
    let mut rest = template;
    while let Some(first) = rest.chars().next() {
        match parts.iter().find_map(|(name, value)| Some((value, rest.strip_prefix(name)?))) {
            Some((value, after)) => {
                filled.push_str(value);
                rest = after;
            }
            None => {
                filled.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    filled
}

/// What a kernel takes: no NUL, and not too long.
fn argument(text: &str) -> String {
    cut(text, TEXT_MAX).replace('\0', "")
}
