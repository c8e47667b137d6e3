//! Public keys of age: `age1`, 52 characters that say which key it is, and 6 that say whether one of the others is wrong
//! (Bech32, BIP 173). It must not know what is sealed for them.

use std::ops::Range;

use toml::de::DeValue;

use super::Rule;

/// Each makes every sealed credential about 150 bytes longer.
const RECIPIENTS_MAX: usize = 10;
const PREFIX: &str = "age1";
const DATA_CHARACTERS: usize = 58;
const ALPHABET: &str = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];

/// Public keys, none twice.
pub(crate) fn recipients() -> Rule<Vec<String>> {
    let expected = format!(
        "a list of at most {RECIPIENTS_MAX} different public keys, each {PREFIX} and {DATA_CHARACTERS} characters, as \
         age-keygen -y prints it"
    );
    let rule = Rule::new(expected, |value| {
        let keys: Option<Vec<String>> =
            value.as_array()?.iter().map(|key| recipient(key.get_ref()).map(str::to_owned)).collect();
        keys.filter(|keys| keys.len() <= RECIPIENTS_MAX && super::all_differ(keys))
    });
    Rule { part: first_wrong, ..rule }
}

fn first_wrong(value: &DeValue<'_>) -> Option<Range<usize>> {
    let wrong = value.as_array()?.iter().find(|key| recipient(key.get_ref()).is_none());
    wrong.map(|key| key.span())
}

fn recipient<'v>(value: &'v DeValue<'_>) -> Option<&'v str> {
    let text = value.as_str()?;
    let data = text.strip_prefix(PREFIX).filter(|data| data.len() == DATA_CHARACTERS)?;
    let values: Option<Vec<u32>> = data.chars().map(value_of).collect();
    (checksum(&values?) == 1).then_some(text)
}

fn value_of(character: char) -> Option<u32> {
    u32::try_from(ALPHABET.find(character)?).ok()
}

/// Over `age`, taken apart as the standard says, and the data.
fn checksum(data: &[u32]) -> u32 {
    let human = PREFIX.bytes().take(3).map(u32::from);
    let high = human.clone().map(|byte| byte >> 5);
    let all = high.chain([0]).chain(human.map(|byte| byte & 31)).chain(data.iter().copied());
    all.fold(1, |sum, value| {
        let top = sum >> 25;
        let next = ((sum & 0x01ff_ffff) << 5) ^ value;
        let bits = GENERATOR.iter().enumerate().filter(|(bit, _)| (top >> bit) & 1 == 1);
        bits.fold(next, |sum, (_, generator)| sum ^ generator)
    })
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    const KEY: &str = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa";

    fn is_one(text: &str) -> bool {
        recipient(&DeValue::String(Cow::Borrowed(text))).is_some()
    }

    #[test]
    fn a_key_is_taken_and_none_that_was_mistyped() {
        assert!(is_one(KEY));
        for at in 4..KEY.len() {
            let other = if &KEY[at..=at] == "q" { "p" } else { "q" };
            assert!(!is_one(&format!("{}{other}{}", &KEY[..at], &KEY[at + 1..])), "changed at {at}");
        }
        for wrong in
            ["", "age1", &KEY[..61], &format!("{KEY}q"), &KEY.to_uppercase(), &KEY.replace("age1", "agf1")]
        {
            assert!(!is_one(wrong), "{wrong}");
        }
    }
}
