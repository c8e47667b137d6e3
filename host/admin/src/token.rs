//! Texts that nobody may guess. They come from the operating system's generator.

use patchbay_types::Secret;
use zeroize::Zeroizing;

const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// 43 of 62 characters: 256 bits.
const KEY_LENGTH: usize = 43;
const KEY_TAG: &str = "pbk_";
const ID_LENGTH: usize = 16;
/// Of a key, for people: its tag and so many more.
const SHOWN: usize = 6;

/// An agent's key.
pub(crate) fn key() -> Result<Secret<String>, getrandom::Error> {
    drawn(KEY_TAG, KEY_LENGTH).map(Secret::new)
}

pub(crate) fn key_id() -> Result<String, getrandom::Error> {
    drawn("key_", ID_LENGTH)
}

/// What is shown of a key from then on.
pub(crate) fn shown(key: &Secret<String>) -> String {
    key.expose().chars().take(KEY_TAG.len() + SHOWN).chain(['…']).collect()
}

fn drawn(tag: &str, length: usize) -> Result<String, getrandom::Error> {
    let mut text = String::with_capacity(tag.len() + length);
    text.push_str(tag);
    let mut bytes = Zeroizing::new([0; 64]);
    while text.len() < tag.len() + length {
        getrandom::fill(&mut *bytes)?;
        let missing = tag.len() + length - text.len();
        // Six bits each, of which two in 64 are drawn again: every character is as likely as any other.
        text.extend(
            bytes
                .iter()
                .filter_map(|byte| ALPHABET.get(usize::from(byte & 63)))
                .take(missing)
                .map(|&c| char::from(c)),
        );
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_key_has_its_tag_its_length_and_no_twin() {
        let keys: HashSet<String> = (0..1000).map(|_| key().unwrap().expose().clone()).collect();
        assert_eq!(keys.len(), 1000);
        for key in &keys {
            let drawn = key.strip_prefix("pbk_").unwrap();
            assert!(drawn.len() == 43 && drawn.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{key}");
        }
        let used: HashSet<char> = keys.iter().flat_map(|key| key.chars().skip(4)).collect();
        assert_eq!(used.len(), 62);
    }

    #[test]
    fn little_of_a_key_is_shown() {
        assert_eq!(shown(&Secret::new("pbk_abcdefghijk".to_owned())), "pbk_abcdef…");
    }
}
