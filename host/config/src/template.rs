//! What `patchbay init` writes: every table and key with its default, and a line that explains it.

use std::fmt::{self, Write};

use crate::Config;
use crate::declare::{Key, Table};
use crate::tables::TABLES;

const PREFACE: &str = "\
# Patchbay reads this file when it starts, and takes a change over while it runs unless the key says otherwise.
# Each key stands at its default: to change one, take its `#` away.
# Times are \"250ms\", \"10s\", \"5m\", \"1h\"; bytes are 1048576 or \"1 MiB\".
";

impl Config {
    /// The text of a `patchbay.toml` that changes nothing: every table, and every key commented out (`#` without a
    /// space) at its default.
    #[must_use]
    pub fn template() -> String {
        let mut text = PREFACE.to_owned();
        for table in TABLES {
            write_table(&mut text, table).expect("a String takes any text");
        }
        text
    }
}

fn write_table(text: &mut String, table: &Table) -> fmt::Result {
    writeln!(text, "\n#{}\n[{}]", table.about, table.path)?;
    table.keys.iter().try_for_each(|key| write_key(text, key))
}

fn write_key(text: &mut String, key: &Key) -> fmt::Result {
    write!(text, "#{}", key.about)?;
    if let Some(variable) = key.variable.first() {
        write!(text, " ({variable} overrides it.)")?;
    }
    if key.at_restart {
        write!(text, " (At the next start.)")?;
    }
    writeln!(text, "\n#{} = {}", key.name, key.one_line())
}
