//! What keys, their names and their values look like. It must not know where in a text they stand.

/// How keys of known makers begin, and how long such a word is at least, in bytes.
const BEGINNINGS: [(&str, usize); 17] = [
    ("sk-", 11),
    ("sk_live_", 16),
    ("rk_live_", 16),
    ("ghp_", 20),
    ("gho_", 20),
    ("ghs_", 20),
    ("github_pat_", 20),
    ("glpat-", 16),
    ("xoxb-", 16),
    ("xoxp-", 16),
    ("hf_", 20),
    ("npm_", 20),
    ("AKIA", 20),
    ("ASIA", 20),
    ("AIza", 30),
    ("eyJ", 30),
    ("AGE-SECRET-KEY-", 30),
];
/// Whatever follows is secret.
const ALWAYS: [&str; 6] = ["password", "passwd", "passphrase", "pwd", "secret", "secrets"];
/// What follows is secret if it looks so.
const PERHAPS: [&str; 8] =
    ["key", "keys", "token", "auth", "authorization", "cookie", "credentials", "signature"];
const SCHEMES: [&str; 2] = ["bearer", "basic"];
/// What says that there is no value, or where it is.
const NO_SECRETS: [&str; 7] = ["null", "none", "true", "false", "undefined", "{{", "${"];
/// In bytes.
const ALWAYS_MIN: usize = 4;
const SCHEME_MIN: usize = 8;
const PERHAPS_MIN: usize = 16;
/// How much of a value says whether it is random, in bytes: names in a row must not be read to the end each time.
const LOOKED_AT: usize = 128;

/// What a word says of the value behind it.
#[derive(Clone, Copy)]
pub(super) enum Label {
    Always,
    Perhaps,
    /// `Bearer`: one blank, and then the key.
    Scheme,
    /// `--password`: as [`Always`](Self::Always), and a blank is enough between them.
    Option,
}

impl Label {
    pub(super) fn of(word: &str) -> Option<Self> {
        let word = word.to_ascii_lowercase();
        let ends = |names: &[&str]| names.iter().any(|name| word.ends_with(name));
        match () {
            () if SCHEMES.contains(&&*word) => Some(Self::Scheme),
            () if ends(&ALWAYS) && word.starts_with("--") => Some(Self::Option),
            () if ends(&ALWAYS) => Some(Self::Always),
            () if ends(&PERHAPS) => Some(Self::Perhaps),
            () => None,
        }
    }

    /// How many bytes of the value are to be taken out: 0 if it is no secret.
    pub(super) fn secret(self, separators: &str, value: &str) -> usize {
        let said = separators.contains([':', '=']);
        match self {
            Self::Always if said => whole(separators, value),
            Self::Option if !separators.is_empty() => whole(separators, value),
            Self::Scheme if separators.starts_with(' ') => least(run(value), SCHEME_MIN),
            Self::Perhaps if !separators.is_empty() && is_random(value) => least(run(value), PERHAPS_MIN),
            _ => 0,
        }
    }
}

/// Of which words consist; `/`, `=` and `:` stand between them.
pub(super) fn is_word(found: char) -> bool {
    found.is_alphanumeric() || "_-+.~%".contains(found)
}

pub(super) fn is_key(word: &str) -> bool {
    BEGINNINGS.iter().any(|(beginning, least)| word.len() >= *least && word.starts_with(beginning))
}

/// To the quote that ends it, else to where a word of any kind ends.
fn whole(separators: &str, value: &str) -> usize {
    let lower = value.get(..value.len().min(9)).unwrap_or(value).to_ascii_lowercase();
    if NO_SECRETS.iter().any(|word| lower.starts_with(word)) {
        return 0;
    }
    let length = match separators.chars().last() {
        Some(quote @ ('"' | '\'')) => quoted(value, quote, separators.chars().rev().nth(1) == Some('\\')),
        _ => value.find(|found: char| found.is_whitespace() || "\"',;&)}]".contains(found)),
    };
    least(length.unwrap_or(value.len()), ALWAYS_MIN)
}

/// Where the quote is that ends it: in JSON that is a text of JSON, that quote has a backslash.
fn quoted(value: &str, quote: char, escaped: bool) -> Option<usize> {
    let mut behind = false;
    for (at, found) in value.char_indices() {
        match found {
            '\n' => return Some(at),
            _ if found == quote && behind == escaped => return Some(at - usize::from(escaped)),
            _ => behind = found == '\\' && !behind,
        }
    }
    None
}

fn run(value: &str) -> usize {
    value.bytes().take_while(is_of_base64).count()
}

fn is_of_base64(found: &u8) -> bool {
    found.is_ascii_alphanumeric() || b"_-+/.=~%".contains(found)
}

fn least(length: usize, least: usize) -> usize {
    if length >= least { length } else { 0 }
}

/// Hexadecimal or base64, and no word of a language: three digits, or both cases and a digit.
fn is_random(value: &str) -> bool {
    let count =
        |so: fn(&u8) -> bool| value.bytes().take(LOOKED_AT).take_while(is_of_base64).filter(so).count();
    let digits = count(u8::is_ascii_digit);
    digits >= 3 || (digits > 0 && count(u8::is_ascii_uppercase) > 0 && count(u8::is_ascii_lowercase) > 0)
}
