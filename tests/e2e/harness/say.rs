//! Words that are seen at once, although the test passes or others still run: what was measured, what could not be tried,
//! and what a test has failed of.

use std::io::Write;
use std::panic;
use std::sync::Once;

/// Past the test runner, which keeps what passing tests print to itself.
pub(crate) fn say(line: &str) {
    // Nobody reads it when standard error is closed.
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// From now on, what a test fails of is seen when it fails: the runner tells it at the end of all tests, and not at all if
/// it is stopped before.
pub(crate) fn failures_at_once() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let runner = panic::take_hook();
        panic::set_hook(Box::new(move |failure| {
            say(&failure.to_string());
            runner(failure);
        }));
    });
}
