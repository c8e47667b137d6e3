//! Lines for whoever waits and for whoever reads the outcome.

use std::io::Write;

/// What is going on, on standard error.
pub(crate) fn say(line: &str) {
    // Nobody reads it when standard error is closed.
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// What came of it, on standard output.
pub(crate) fn tell(text: &str) {
    // Nobody reads it when standard output is closed; the exit status says the same.
    let _ = writeln!(std::io::stdout(), "{text}");
}
