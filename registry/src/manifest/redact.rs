//! What must not be kept in recordings: JSON pointers (RFC 6901) into a recorded call.

use super::wrong::Wrong;
use crate::text::shown;

const POINTERS_MAX: usize = 100;
const POINTER_BYTES_MAX: usize = 1000;

pub(super) fn check(pointers: &[String]) -> Result<(), Wrong> {
    let place = "recording.redact";
    if pointers.len() > POINTERS_MAX {
        return Err(Wrong::at(
            place,
            format!("{} pointers, expected at most {POINTERS_MAX}", pointers.len()),
        ));
    }
    match pointers.iter().enumerate().find(|(_, pointer)| !is_pointer(pointer)) {
        None => Ok(()),
        Some((at, pointer)) => Err(Wrong::at(place, refusal(pointer)).below(at)),
    }
}

fn refusal(pointer: &str) -> String {
    format!(
        "{:?} is no JSON pointer: expected one such as /input/message/body, of at most {POINTER_BYTES_MAX} bytes",
        shown(pointer)
    )
}

/// In a pointer `~` is written `~0`, and a slash in a name `~1`.
fn is_pointer(pointer: &str) -> bool {
    let escapes = || pointer.split('~').skip(1);
    pointer.starts_with('/')
        && pointer.len() <= POINTER_BYTES_MAX
        && !pointer.chars().any(char::is_control)
        && escapes().all(|rest| rest.starts_with(['0', '1']))
}
