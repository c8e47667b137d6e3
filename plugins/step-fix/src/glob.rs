//! `exit:*`, `5??`: a whole text, where `*` is any characters and `?` is one.

/// In time that grows with the product of both lengths at most: only the last `*` is ever tried again.
pub(crate) fn fits(pattern: &str, text: &str) -> bool {
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
    (wanted == '?' || wanted == found).then(|| (&pattern[wanted.len_utf8()..], &text[found.len_utf8()..]))
}

fn after_one(text: &str) -> Option<&str> {
    text.chars().next().map(|first| &text[first.len_utf8()..])
}
