//! What a new plugin may be called: a name that its manifest, cargo and Rust all take.

use std::fmt;
use std::str::FromStr;

const NAME_BYTES_MAX: usize = 64;

/// Words of Rust: a crate of such a name cannot be spoken of.
const KEYWORDS: [&str; 52] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static",
    "struct", "super", "trait", "true", "try", "type", "typeof", "union", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield",
];

/// What the compiler's own crates, cargo's folders and the SDK are called.
const TAKEN: [&str; 11] = [
    "alloc",
    "build",
    "core",
    "deps",
    "examples",
    "incremental",
    "patchbay-sdk",
    "proc-macro",
    "std",
    "target",
    "test",
];

/// The name of a plugin, of its package, and (with `_` for `-`) of its crate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PluginName(String);

impl PluginName {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As Rust spells it.
    pub fn crate_name(&self) -> String {
        self.0.replace('-', "_")
    }
}

impl fmt::Display for PluginName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for PluginName {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let first = name.as_bytes().first().is_some_and(u8::is_ascii_lowercase);
        if !first || name.len() > NAME_BYTES_MAX || !name.bytes().all(allowed) {
            return Err("expected 1 to 64 of a-z 0-9 - with a letter first, for example my-policy".to_owned());
        }
        if KEYWORDS.contains(&name) {
            return Err(format!("{name} is a word of Rust: choose another, for example {name}-policy"));
        }
        match TAKEN.contains(&name) {
            true => {
                Err(format!("{name} is taken by Rust or its tools: choose another, for example my-{name}"))
            }
            false => Ok(Self(name.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_that_manifest_cargo_and_rust_take() {
        for good in ["a", "my-policy", "policy2", &"a".repeat(64)] {
            assert!(good.parse::<PluginName>().is_ok(), "{good} was refused");
        }
        for wrong in
            ["", "-a", "2a", "My", "a_b", "a/b", "../a", "a b", "é", "fn", "core", "test", &"a".repeat(65)]
        {
            assert!(wrong.parse::<PluginName>().is_err(), "{wrong:?} was taken");
        }
    }
}
