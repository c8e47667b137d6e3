//! Texts of strangers and patterns of operators: cut to a length, held against one another. It must not know what they
//! mean.

/// The beginning of a text: at most `bytes` bytes, and no half character.
///
/// ```
/// assert_eq!(patchbay_sdk::text::cut("频道", 4), "频");
/// ```
#[must_use]
pub fn cut(text: &str, bytes: usize) -> &str {
    let end = (0..=text.len().min(bytes)).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

/// Whether the whole text is as the pattern says, where `*` is any characters or none, and `?` is one: `exit:*`, `5??`.
/// It takes time that grows with the product of both lengths at most: only the last `*` is ever tried again.
///
/// ```
/// use patchbay_sdk::text::fits;
/// assert!(fits("exit:*", "exit:1") && !fits("5??", "5033"));
/// ```
#[must_use]
pub fn fits(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern, text);
    let mut again = None;
    loop {
        if let Some(rest) = pattern.strip_prefix('*') {
            pattern = rest;
            again = Some((rest, text));
        } else if let Some((pattern_rest, text_rest)) = step(pattern, text) {
            (pattern, text) = (pattern_rest, text_rest);
        } else if pattern.is_empty() && text.is_empty() {
            return true;
        } else {
            let Some((star, from)) = again.and_then(|(star, from)| Some((star, after_one(from)?))) else {
                return false;
            };
            (pattern, text) = (star, from);
            again = Some((star, from));
        }
    }
}

/// What is left of both after one character that fits.
fn step<'a>(pattern: &'a str, text: &'a str) -> Option<(&'a str, &'a str)> {
    let (wanted, found) = (pattern.chars().next()?, text.chars().next()?);
    (wanted == '?' || wanted == found).then_some((after_one(pattern)?, after_one(text)?))
}

fn after_one(text: &str) -> Option<&str> {
    let mut rest = text.chars();
    rest.next().map(|_| rest.as_str())
}
