//! Whether a word names a host: by name, by address, or by the word before it.

/// The last labels of names of hosts.
#[rustfmt::skip]
const TOP_LABELS: &[&str] = &[
    "com", "org", "net", "io", "cn", "dev", "local", "internal", "app", "co", "ai", "cloud", "svc", "lan",
    "de", "uk", "jp", "eu", "us", "edu", "gov", "test", "invalid", "localhost", "xyz", "info",
];

/// A name or an address, with or without a port.
pub(super) fn is_host(word: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let (name, port) = match word.rsplit_once(':') {
        Some((name, port)) if digits(port) => (name, true),
        _ => (word, false),
    };
    if name == "localhost" || is_ipv4(name) || is_ipv6(word) {
        return true;
    }
    let labels: Vec<&str> = name.split('.').take(10).collect();
    let label =
        |label: &&str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let last = labels.last().copied().unwrap_or_default();
    labels.len() > 1 && labels.iter().all(label) && !digits(last) && (TOP_LABELS.contains(&last) || port)
}

/// A short name of a host is one only behind a word that says so.
pub(super) fn is_named_host(word: &str, out: &str) -> bool {
    let name = word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'));
    let marked = word.bytes().any(|b| b.is_ascii_digit() || b == b'-')
        && word.starts_with(|c: char| c.is_ascii_alphabetic());
    name && marked && [" host ", " hostname ", " lookup ", "host: "].iter().any(|lead| out.ends_with(lead))
}

fn is_ipv4(name: &str) -> bool {
    name.split('.').count() == 4 && name.split('.').all(|part| part.parse::<u8>().is_ok())
}

fn is_ipv6(word: &str) -> bool {
    let colons = word.bytes().filter(|b| *b == b':').count();
    colons > 1
        && word.bytes().any(|b| b.is_ascii_hexdigit())
        && word.bytes().all(|b| b.is_ascii_hexdigit() || b == b':')
}
