//! One word of a message: what it is, and what stands for it. It must not know the words around it, but for the one
//! before, which says whether a number is a code.

use super::host::{is_host, is_named_host};
use super::{is_cjk, number};

/// Bytes of a word that are looked at together.
const WORD_BYTES_MAX: usize = 400;
/// What a name of a person or a tenant stands right behind, without quotes.
const NAME_LEADS: &[&str] =
    &["user=", "username=", "account=", "tenant=", "账号:", "账户:", "用户:", "用户名:"];
/// Words before a number that make it a code, which is no parameter.
const CODE_WORDS: &[&str] =
    &["errno", "status", "code", "http", "error", "sqlstate", "exit", "状态码", "错误码", "退出码"];
/// Bytes before a number in which such a word is looked for.
const CODE_WORD_BYTES_MAX: usize = 24;
/// Digits of the longest code.
const CODE_DIGITS_MAX: usize = 5;
/// Characters of the shortest random token.
const TOKEN_CHARS_MIN: usize = 7;
/// The length of a URL that begins here.
pub(super) fn url(rest: &str) -> Option<usize> {
    let scheme =
        rest.bytes().take(16).take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-')).count();
    rest.get(scheme..).filter(|after| scheme > 1 && after.starts_with("://"))?;
    let ends = |c: char| {
        c.is_whitespace()
            || is_cjk(c)
            || matches!(c, '"' | '\'' | '<' | '>' | '`' | ')' | ']' | '}' | ',' | ';')
    };
    let end = rest.find(ends).unwrap_or(rest.len());
    Some(rest.get(..end)?.trim_end_matches(['.', ':', '?', '!']).len())
}

/// The word that begins here; empty at a delimiter.
pub(super) fn run(rest: &str, before: Option<char>) -> &str {
    let path = is_absolute(rest, before);
    let cjk = !path && rest.starts_with(is_cjk);
    let limit = rest.floor_char_boundary(WORD_BYTES_MAX.min(rest.len()));
    let rest = rest.get(..limit).unwrap_or_default();
    let ends = |c: char| c.is_whitespace() || is_delimiter(c) || (!path && is_cjk(c) != cjk);
    rest.get(..rest.find(ends).unwrap_or(rest.len())).unwrap_or_default()
}

fn is_delimiter(c: char) -> bool {
    matches!(c, '"' | '\'' | '`' | '(' | ')' | '[' | ']' | '{' | '}' | '<' | '>' | ',' | ';' | '|' | '=')
}

fn is_absolute(rest: &str, before: Option<char>) -> bool {
    let drive = rest.as_bytes().get(..3).is_some_and(|b| b.is_ascii() && b.ends_with(b":\\"));
    let folder = rest
        .strip_prefix('/')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '_')));
    (folder || rest.starts_with("~/") || drive)
        && !before.is_some_and(|c| c == '>' || c.is_ascii_alphanumeric())
}

/// What stands for the word, and how many of its bytes are taken.
pub(super) fn classify(run: &str, out: &str) -> (String, usize) {
    let before = out.chars().next_back();
    let word = run.trim_end_matches(['.', ':', '!', '?']);
    if word.is_empty() || run.starts_with(is_cjk) {
        return (run.to_owned(), run.len());
    }
    if word.starts_with(|c: char| c.is_ascii_alphabetic())
        && NAME_LEADS.iter().any(|lead| out.ends_with(lead))
    {
        return ("<str>".to_owned(), word.len());
    }
    if is_absolute(word, before) {
        return (path(word), word.len());
    }
    let whole = !before.is_some_and(|c| c == '>' || c.is_ascii_alphanumeric());
    if let Some(mark) = mark(word).filter(|_| whole) {
        return (mark.to_owned(), word.len());
    }
    if whole && is_named_host(word, out) {
        return ("<host>".to_owned(), word.len());
    }
    if is_code(word, out) {
        return (word.to_owned(), word.len());
    }
    (without_digits(word), word.len())
}

fn mark(word: &str) -> Option<&'static str> {
    if word.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.')) {
        return Some("<email>");
    }
    if is_time(word) {
        return Some("<date>");
    }
    if is_host(word) {
        return Some("<host>");
    }
    if word
        .strip_prefix("0x")
        .is_some_and(|hex| !hex.is_empty() && hex.bytes().all(|b| b.is_ascii_hexdigit()))
    {
        return Some("<hex>");
    }
    is_uuid(word).then_some("<id>")
}

/// A date, a time of day, or both: digits in the shapes `N-N-N`, `N/N/N`, `N:N`, joined by `T`.
fn is_time(word: &str) -> bool {
    let shape: String = shape(word);
    let shape = shape.trim_end_matches('Z');
    let date = ["4-2-2", "4/2/2", "4.2.2", "4/1/2", "4/2/1", "2/2/4"];
    let time = ["2:2", "2:2:2", "1:2:2"];
    let (day, clock) = shape.split_once('T').unwrap_or((shape, ""));
    let clock = clock.split(['.', '+', '-']).next().unwrap_or_default();
    (date.contains(&day) && (clock.is_empty() || time.contains(&clock)))
        || (clock.is_empty() && time.contains(&day.split('.').next().unwrap_or_default()))
}

/// Runs of digits as their length; at most 32 characters.
fn shape(word: &str) -> String {
    let mut shape = String::new();
    let mut count = 0;
    for char in word.chars().chain(['\0']).take(40) {
        if char.is_ascii_digit() {
            count += 1;
            continue;
        }
        if count > 0 {
            shape.push_str(&count.to_string());
            count = 0;
        }
        if char != '\0' {
            shape.push(char);
        }
    }
    shape
}

fn is_uuid(word: &str) -> bool {
    let parts: Vec<usize> = word.split('-').take(6).map(str::len).collect();
    parts == [8, 4, 4, 4, 12] && word.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

fn is_code(word: &str, out: &str) -> bool {
    let digits = word.trim_start_matches(|c: char| c.is_ascii_uppercase());
    let number =
        !digits.is_empty() && digits.len() <= CODE_DIGITS_MAX && digits.bytes().all(|b| b.is_ascii_digit());
    let near =
        out.get(out.floor_char_boundary(out.len().saturating_sub(CODE_WORD_BYTES_MAX))..).unwrap_or_default();
    let before = near.trim_end_matches([' ', ':', '=', '[', '(']).to_lowercase();
    number && CODE_WORDS.iter().any(|word| before.ends_with(word))
}

/// The last part of an absolute path; the folders are the machine's.
fn path(word: &str) -> String {
    let name = word.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next().unwrap_or_default();
    let place = name.split_once(':').map_or(name, |(name, _)| name);
    match place {
        "" => "<dir>".to_owned(),
        place => format!("<dir>/{}", without_digits(place)),
    }
}

/// Random tokens as `<id>`, other digits as `<num>`.
pub(super) fn without_digits(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    for part in word.split_inclusive(['_', '-', '.', '/', ':', '#', '@', '+']) {
        let token = part.trim_end_matches(['_', '-', '.', '/', ':', '#', '@', '+']);
        if is_token(token) {
            out.push_str("<id>");
            out.push_str(part.get(token.len()..).unwrap_or_default());
        } else {
            numbers(part, &mut out);
        }
    }
    out.replace("<num>.<num>", "<num>")
}

/// A hash, or letters and digits that change often.
fn is_token(token: &str) -> bool {
    if token.len() < TOKEN_CHARS_MIN || !token.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return false;
    }
    let digits = token.bytes().filter(u8::is_ascii_digit).count();
    let letters = token.len() - digits;
    let pairs = token.as_bytes().windows(2);
    let changes =
        pairs.filter(|pair| matches!(pair, [a, b] if a.is_ascii_digit() != b.is_ascii_digit())).count();
    let hash = token.len() >= 16 && token.bytes().all(|b| b.is_ascii_hexdigit());
    hash || (digits > 0 && letters > 0 && (changes >= 3 || token.len() > 40))
}

fn numbers(part: &str, out: &mut String) {
    let mut rest = part;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, digits) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(before);
        out.push_str("<num>");
        rest = digits.get(number::number(digits).max(1)..).unwrap_or_default();
    }
    out.push_str(rest);
}
