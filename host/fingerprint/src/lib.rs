//! What an error is: two failures with one cause get one fingerprint, two with two causes get two; and what kind it is.
//! Pure functions over text, in linear time. It must not know tasks, attempts, problems or where anything is kept.

mod detail;
mod failure;
mod fingerprint;
mod kind;
mod telling;
mod template;
mod trace;
mod window;

pub use failure::Failure;
pub use fingerprint::{BASIS_CHARS_MAX, Fingerprint, Version};
pub use kind::{Kind, Verdict};
pub use telling::telling_line;
pub use window::TEXT_BYTES_MAX;
