//! Takes what looks like a key out of a text, before a model reads it. It errs on the side of taking out, and knows
//! looks alone: a secret that looks like a word stays.

mod looks;

use looks::Label;

/// What stands in the place of a key.
pub const MASKED: &str = "[masked]";

/// Between a name and its value, in bytes.
const SEPARATORS_MAX: usize = 8;
const KEY_BEGINS: &str = "PRIVATE KEY-----";
const KEY_ENDS: &str = "-----END";

/// The text without what looks like a key: `sk-…` and its kin, `Bearer …`, the password in a URL, what follows a name
/// that ends in `password` or `secret`, long hex and base64 after one that ends in `key`, `token` or the like, private
/// keys in PEM.
#[must_use]
pub fn mask(text: &str) -> String {
    let text = without_private_keys(text);
    let mut masked = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (gap, after) = rest.split_at(length(rest, |found| !looks::is_word(found)));
        masked.push_str(gap);
        rest = if gap.ends_with("://") { user(after, &mut masked) } else { word(after, &mut masked) };
    }
    masked
}

/// From its first line to its last: what is between them is the key.
fn without_private_keys(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, key)) = rest.split_once(KEY_BEGINS) {
        shown.push_str(before);
        shown.push_str(KEY_BEGINS);
        shown.push_str(MASKED);
        let end = key.find(KEY_ENDS).unwrap_or(key.len());
        // The last line names the key as well, and would look like another beginning.
        let after = key.get(end..).unwrap_or_default();
        rest = after.split_once(KEY_BEGINS).map_or("", |(_, after)| after);
    }
    shown + rest
}

/// `name:password@` in front of a host.
fn user<'a>(text: &'a str, masked: &mut String) -> &'a str {
    let authority = text.split(|found: char| found.is_whitespace() || "/\"'<>?#".contains(found)).next();
    let Some((user, _)) = authority.and_then(|authority| authority.rsplit_once('@')) else {
        return word(text, masked);
    };
    let name = user.split_once(':').map_or("", |(name, _)| name);
    masked.push_str(name);
    masked.push_str(if name.is_empty() { "" } else { ":" });
    masked.push_str(MASKED);
    text.get(user.len()..).unwrap_or_default()
}

/// One word, and its value if it names one.
fn word<'a>(text: &'a str, masked: &mut String) -> &'a str {
    let (word, after) = text.split_at(length(text, looks::is_word));
    if looks::is_key(word) {
        masked.push_str(MASKED);
        return after;
    }
    masked.push_str(word);
    let Some(label) = Label::of(word) else { return after };
    let (separators, value) = after.split_at(length(after, |found| " \t\"'=:\\>".contains(found)));
    let secret = if separators.len() > SEPARATORS_MAX { 0 } else { label.secret(separators, value) };
    if secret == 0 {
        return after;
    }
    masked.push_str(separators);
    masked.push_str(MASKED);
    value.get(secret..).unwrap_or_default()
}

/// Bytes at the beginning that are all so.
fn length(text: &str, so: impl Fn(char) -> bool) -> usize {
    text.find(|found| !so(found)).unwrap_or(text.len())
}
