//! What a failure says, in one line for people. It must not know who reads it.

use crate::{trace, window};

/// The line of a failure's text that says most about it, as `KeyError: 'user'`: the exception if there is one, else the
/// line that says that something went wrong, else the last. Empty if the text says nothing; at most 1,100 bytes.
#[must_use]
pub fn telling_line(text: &str) -> String {
    let reading = trace::read(&window::looked_at(text));
    let message = reading.message.lines().next().unwrap_or_default().trim();
    match reading.exception {
        Some(exception) if message.is_empty() => exception,
        Some(exception) => format!("{exception}: {message}"),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_says_most_is_told_wherever_it_stands() {
        let rows = [
            ("", ""),
            ("step 1\nKeyError: 'user'\ncleaning up\nbye", "KeyError: 'user'"),
            ("begin\nerror: no such lamp\nsee the manual\n", "error: no such lamp"),
            ("sh: 1: jq: not found\ndone", "command not found: jq"),
            ("one\ntwo\n\n", "two"),
            (
                "Traceback (most recent call last):\n  File \"/a/b.py\", line 3, in get\n    x\nValueError: b\n\nclosed",
                "ValueError: b",
            ),
        ];
        for (text, expected) in rows {
            assert_eq!(telling_line(text), expected, "{text}");
        }
    }
}
