//! What bounds a script. The host bounds the whole component besides, by time and memory.

use std::time::Duration;

/// Of a source, in bytes.
pub(crate) const SOURCE_BYTES_MAX: usize = 256 * 1024;
/// How deep brackets lie in each other, in a source and in a text for `JSON.parse`: the parser's stack is the component's.
pub(crate) const BRACKETS_MAX: usize = 48;
/// Signs of operators in one statement of a source, for the same reason.
pub(crate) const OPERATORS_MAX: usize = 500;

/// In seconds.
pub(crate) const TIMEOUT_S: f64 = 30.0;
pub(crate) const TIMEOUT_S_MIN: f64 = 0.1;
pub(crate) const TIMEOUT_S_MAX: f64 = 3_600.0;
/// A component's clock stands while it computes, so that time is counted in the engine's instructions.
pub(crate) const INSTRUCTIONS_PER_S: f64 = 40_000_000.0;
/// Of pure computing, in seconds of the above.
pub(crate) const COMPUTING_S_MAX: f64 = 100.0;

/// Turns of the loops of one call of a function.
pub(crate) const LOOP_TURNS_MAX: u64 = 10_000_000;
/// Calls that lie in each other: each may be one on the component's own stack, too.
pub(crate) const CALLS_DEEP_MAX: usize = 200;
/// Values on the engine's stack.
pub(crate) const STACK_VALUES_MAX: usize = 10 * 1024;
/// One `ArrayBuffer`, in bytes.
pub(crate) const BUFFER_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Reactions of promises that wait at one time, and all of a run.
pub(crate) const JOBS_WAITING_MAX: usize = 10_000;
pub(crate) const JOBS_MAX: u32 = 1_000_000;

/// Calls of `host` in a run; the contract has 10,000 questions, and one call may be several.
pub(crate) const HOST_CALLS_MAX: u32 = 2_000;
/// Between two signs of life, at the least.
pub(crate) const BEAT: Duration = Duration::from_secs(5);
pub(crate) const LOG_LINES_MAX: u32 = 1_000;
/// One line, and all lines of a run, in bytes.
pub(crate) const LOG_LINE_BYTES_MAX: usize = 4 * 1024;
pub(crate) const LOG_BYTES_MAX: usize = 256 * 1024;

/// What a script returns or hands to `host`, as JSON, in bytes, and how deep it is.
pub(crate) const JSON_BYTES_MAX: usize = 1024 * 1024;
pub(crate) const JSON_DEEP_MAX: usize = 100;

/// Of what an error says, in characters.
pub(crate) const ERROR_NAME_MAX: usize = 100;
pub(crate) const ERROR_MESSAGE_MAX: usize = 2_000;
pub(crate) const ERROR_STACK_LINES_MAX: usize = 20;
pub(crate) const ERROR_STACK_LINE_MAX: usize = 200;
