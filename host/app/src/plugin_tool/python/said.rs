//! What componentize-py has to say: the words that are about the plugin, without the places in its own source that
//! come before and after them.

use std::process::{ExitStatus, Stdio};

use tokio::io::AsyncReadExt;
use tokio::process::Command;

/// Of what it writes, more is not looked at.
const SAID_BYTES_MAX: u64 = 256 << 10;
/// What stands before its words, and after them.
const BEFORE: &str = "AssertionError: ";
const AFTER: &str = "Stack backtrace:";

/// Runs the tool to its end.
pub(super) async fn run(mut tool: Command) -> std::io::Result<(ExitStatus, String)> {
    let mut child = tool.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    let mut bytes = Vec::new();
    if let Some(said) = child.stderr.as_mut() {
        said.take(SAID_BYTES_MAX).read_to_end(&mut bytes).await?;
    }
    drop(child.stderr.take());
    let status = child.wait().await?;
    Ok((status, about_the_plugin(&String::from_utf8_lossy(&bytes))))
}

fn about_the_plugin(said: &str) -> String {
    let words = said.split_once(BEFORE).map_or(said, |(_, words)| words);
    let words = words.split_once(AFTER).map_or(words, |(words, _)| words);
    words.trim_matches('\n').trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_about_the_plugin() {
        let said = "Traceback (most recent call last):\n  File \"<string>\", line 1, in <module>\nAssertionError:   \
                    File \"/0/plugin.py\", line 1\nSyntaxError: invalid syntax\n\n\nStack backtrace:\n   0: anyhow\n";
        assert_eq!(about_the_plugin(said), "  File \"/0/plugin.py\", line 1\nSyntaxError: invalid syntax");
        assert_eq!(about_the_plugin("other words\n"), "other words");
    }
}
