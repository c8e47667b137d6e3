//! A stranger's words, as they are shown.

const CHARACTERS_MAX: usize = 100;

/// Cut, because it may be long.
pub(crate) fn shown(words: &str) -> String {
    let mut characters = words.chars();
    let mut text: String = characters.by_ref().take(CHARACTERS_MAX).collect();
    if characters.next().is_some() {
        text.push('…');
    }
    text
}
