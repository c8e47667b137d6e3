//! How deep a JSON text is nested.

use super::DEPTH_MAX;

/// serde_json skips values without recursion, so its own limit does not hold for what is skipped.
/// Few bodies have so many brackets that the second, slower look is needed.
pub(super) fn is_too_deep(json: &[u8]) -> bool {
    // Both brackets at once: they differ in one bit.
    let opens = |byte: &u8| usize::from(byte | 0x20 == b'{');
    json.iter().map(opens).sum::<usize>() > DEPTH_MAX && depth(json) > DEPTH_MAX
}

/// The greatest depth of a text that is known to be JSON.
fn depth(json: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_string, mut escaped) = (false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}
