//! Standard output and standard error: the one place that writes to them. A reader that has gone (`| head`) is no error.

use std::io::Write;

/// What was asked for, on standard output.
pub fn line(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{}", text.trim_end_matches('\n'));
}

/// What a person should know beside it, on standard error.
pub fn note(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", text.trim_end_matches('\n'));
}

/// A question that is answered on the same line.
pub fn ask(question: &str) {
    let mut output = std::io::stderr().lock();
    let _ = write!(output, "{question}").and_then(|()| output.flush());
}

/// On one line and without what could steer a terminal: much of what is shown was written by strangers.
pub fn printable(text: &str) -> String {
    let safe = |c: char| match c {
        '\n' | '\r' | '\t' => ' ',
        _ if c.is_control() => char::REPLACEMENT_CHARACTER,
        _ => c,
    };
    text.chars().map(safe).collect()
}
