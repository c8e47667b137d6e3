//! From what the operator said to a secret that can be kept, or to the field that is wrong. It touches nothing, and no
//! message repeats a value.

use patchbay_pool::BaseUrl;
use patchbay_types::Secret;

use crate::OperatorError;
use crate::api::SecretName;

const ORIGINS_MAX: usize = 10;
const VALUE_BYTES_MAX: usize = 16 * 1024;
/// Of what was given, in characters, where a message repeats it.
const QUOTE_CHARACTERS_MAX: usize = 100;

pub(in crate::operator) fn name(text: &str) -> Result<SecretName, OperatorError> {
    text.parse().map_err(|error| OperatorError::field("name", error))
}

/// What can be filled into a header or a URL as one line.
pub(in crate::operator) fn value(value: &Secret<String>) -> Result<(), OperatorError> {
    let text = value.expose();
    let wrong = |message: &str| Err(OperatorError::field("value", message));
    match text {
        _ if text.is_empty() => wrong("it is empty: expected 1 byte to 16 KiB"),
        _ if text.len() > VALUE_BYTES_MAX => wrong("it has more than 16 KiB: expected 1 byte to 16 KiB"),
        _ if text.contains(['\0', '\r', '\n']) => {
            wrong("it holds a line break or a zero byte: expected one line, without its end")
        }
        _ => Ok(()),
    }
}

/// Each as `scheme://host:port`, sorted, none twice.
pub(in crate::operator) fn origins(texts: &[String]) -> Result<Vec<String>, OperatorError> {
    let wrong = |message: String| OperatorError::field("origins", message);
    if !(1..=ORIGINS_MAX).contains(&texts.len()) {
        let found = texts.len();
        return Err(wrong(format!(
            "{found} were given: expected 1 to {ORIGINS_MAX}, each where the secret may be sent"
        )));
    }
    let mut origins = texts.iter().map(|text| origin(text)).collect::<Result<Vec<_>, _>>().map_err(wrong)?;
    origins.sort_unstable();
    origins.dedup();
    Ok(origins)
}

fn origin(text: &str) -> Result<String, String> {
    let (scheme, rest) = text.trim().split_once("://").unwrap_or(("https", text.trim()));
    let host = rest.strip_suffix('/').unwrap_or(rest);
    // Not repeated: what stands before an @ may be a password.
    if host.contains('@') {
        return Err(
            "an origin must not hold a user or password: expected scheme, host and port alone".to_owned()
        );
    }
    if host.contains('*') {
        return Err(format!("{:?} stands for many hosts: expected each host by its own name", quote(text)));
    }
    let not_one = || {
        format!(
            "{:?} is not an origin: expected a host, with a port if it is not the usual one, and no path: \
             https://api.example.com, or http://10.0.0.7:8080 to send the secret in clear",
            quote(text)
        )
    };
    if host.contains(['/', '\\', '?', '#']) || host.contains(char::is_whitespace) {
        return Err(not_one());
    }
    let url: BaseUrl = format!("{scheme}://{host}").parse().map_err(|_| not_one())?;
    // `host.` is the same host: the root's dot is not kept.
    Ok(url.origin().replacen(".:", ":", 1))
}

fn quote(text: &str) -> String {
    text.chars().take(QUOTE_CHARACTERS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        assert_eq!(origin(text).as_deref(), Ok(expect), "{text}");
    }

    #[test]
    fn an_origin_is_https_unless_it_says_otherwise_and_always_has_its_port() {
        check("api.telegram.org", "https://api.telegram.org:443");
        check(" HTTPS://API.Telegram.org./ ", "https://api.telegram.org:443");
        check("api.example.com:8443", "https://api.example.com:8443");
        check("http://10.0.0.7", "http://10.0.0.7:80");
        check("http://[::1]:8080", "http://[::1]:8080");
        check("0x7f.1", "https://127.0.0.1:443");
        check("bücher.example", "https://xn--bcher-kva.example:443");
    }

    #[test]
    fn what_is_not_one_origin_is_refused_and_a_password_is_not_repeated() {
        for text in [
            "",
            "https://",
            "ftp://h",
            "h/path",
            "h?x",
            "h#x",
            "a b",
            "h\\x",
            "*.example.com",
            "h:port",
            "://",
        ] {
            assert!(origin(text).is_err(), "{text:?} was taken");
        }
        assert!(!origin("https://u:hunter2@h").unwrap_err().contains("hunter2"));
    }

    #[test]
    fn origins_are_sorted_and_none_is_there_twice() {
        let texts = ["b.example", "http://a.example", "https://b.example:443"].map(str::to_owned);
        assert_eq!(origins(&texts).unwrap(), ["http://a.example:80", "https://b.example:443"]);
        assert!(origins(&[]).is_err() && origins(&vec!["h".to_owned(); 11]).is_err());
    }

    #[test]
    fn a_value_is_one_line_of_at_most_16_kib() {
        let value = |text: String| value(&Secret::new(text));
        assert!(value("two words\t".to_owned()).is_ok() && value("v".repeat(16 * 1024)).is_ok());
        for wrong in ["", "a\nb", "a\r", "\0", &"v".repeat(16 * 1024 + 1)] {
            let error = value(wrong.to_owned()).unwrap_err();
            assert_eq!(error.wrong_field(), Some("value"));
        }
    }
}
