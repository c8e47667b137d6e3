//! Names of what may be reached: programs, origins, absolute paths. It must not know whether there is such a thing.

use std::ops::Range;

use patchbay_types::HttpGrant;
use toml::de::DeValue;

use super::{PATH_BYTES_MAX, Rule, all_differ};

/// Entries of one such list.
const ENTRIES_MAX: usize = 100;
/// Bytes of a host's name, by the DNS.
const HOST_BYTES_MAX: usize = 253;

/// Names that are looked for in `PATH`, or absolute paths.
pub(crate) fn programs() -> Rule<Vec<String>> {
    let what =
        r#"programs, each a name that is looked for in PATH or an absolute path ("git", "/opt/run.sh")"#;
    let rule = texts(what, program);
    Rule { part: |value| wrong(value, |item| text(item, program).is_some()), ..rule }
}

/// Absolute paths of folders.
pub(crate) fn folders() -> Rule<Vec<String>> {
    let rule = texts(r#"folders, each an absolute path without `.` and `..` ("/srv/data")"#, folder);
    Rule { part: |value| wrong(value, |item| text(item, folder).is_some()), ..rule }
}

/// Where requests may go, in the forms of a manifest's grant `http`.
pub(crate) fn origins() -> Rule<Vec<HttpGrant>> {
    let expected = format!(
        "a list of at most {ENTRIES_MAX} origins: HOST, HOST:PORT, *.DOMAIN (all https) or http://HOST:PORT, without a \
         path; or {{ origin = \"…\", private = true }} for one at a private address"
    );
    let rule = Rule::new(expected, |value| {
        let grants: Option<Vec<HttpGrant>> =
            value.as_array()?.iter().map(|item| grant(item.get_ref())).collect();
        let once = |grants: &[HttpGrant]| {
            all_differ(&grants.iter().map(|grant| grant.origin().to_owned()).collect::<Vec<_>>())
        };
        grants.filter(|grants| grants.len() <= ENTRIES_MAX && once(grants))
    });
    Rule { part: |value| wrong(value, |item| grant(item).is_some()), ..rule }
}

fn texts(what: &str, fits: fn(&str) -> bool) -> Rule<Vec<String>> {
    list_of(format!("a list of at most {ENTRIES_MAX} different {what}"), ENTRIES_MAX, fits)
}

/// Texts that all differ.
pub(super) fn list_of(expected: String, most: usize, fits: fn(&str) -> bool) -> Rule<Vec<String>> {
    Rule::new(expected, move |value| {
        let texts: Option<Vec<String>> =
            value.as_array()?.iter().map(|item| text(item.get_ref(), fits)).collect();
        texts.filter(|texts| texts.len() <= most && all_differ(texts))
    })
}

fn text(value: &DeValue<'_>, fits: fn(&str) -> bool) -> Option<String> {
    value.as_str().filter(|text| fits(text)).map(str::to_owned)
}

/// The first of a list that does not fit.
pub(super) fn wrong(value: &DeValue<'_>, fits: impl Fn(&DeValue<'_>) -> bool) -> Option<Range<usize>> {
    value.as_array()?.iter().find(|item| !fits(item.get_ref())).map(|item| item.span())
}

fn program(text: &str) -> bool {
    let clean = !text.is_empty() && text.len() <= PATH_BYTES_MAX && !text.contains(char::is_control);
    let is_name = !text.contains('/') && text != "." && text != "..";
    clean && (is_name || text.starts_with('/') && !text.ends_with('/'))
}

fn folder(text: &str) -> bool {
    let clean = text.len() <= PATH_BYTES_MAX && !text.contains(char::is_control);
    clean && text.starts_with('/') && !text.split('/').any(|part| part == "." || part == "..")
}

fn grant(value: &DeValue<'_>) -> Option<HttpGrant> {
    if let Some(text) = value.as_str() {
        return is_origin(text).then(|| HttpGrant::Origin(text.to_owned()));
    }
    let table = value.as_table()?;
    let field = |name: &str| table.get(name).map(|value| value.get_ref());
    let origin = field("origin")?.as_str().filter(|text| is_origin(text))?.to_owned();
    let private = field("private").map_or(Some(false), DeValue::as_bool)?;
    let fields = 1 + usize::from(table.contains_key("private"));
    (table.len() == fields).then_some(HttpGrant::Detailed { origin, private })
}

fn is_origin(text: &str) -> bool {
    if let Some(domain) = text.strip_prefix("*.") {
        return is_host(domain);
    }
    let authority = text.strip_prefix("http://").unwrap_or(text);
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let is_port =
        |text: &str| text.bytes().all(|b| b.is_ascii_digit()) && text.parse().is_ok_and(|n: u16| n > 0);
    port.is_none_or(is_port) && (is_host(host) || is_bracketed(host))
}

fn is_host(text: &str) -> bool {
    let is_label =
        |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    text.len() <= HOST_BYTES_MAX && text.strip_suffix('.').unwrap_or(text).split('.').all(is_label)
}

fn is_bracketed(text: &str) -> bool {
    let inside = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    inside.is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_a_host_and_perhaps_a_port_and_no_more() {
        for good in [
            "api.example.com",
            "h:8443",
            "*.example.com",
            "http://10.0.0.7:9000",
            "http://[::1]:80",
            "bücher.de",
        ] {
            assert!(is_origin(good), "{good} was refused");
        }
        for wrong in [
            "",
            "https://h",
            "ftp://h",
            "h/",
            "h:0",
            "h:99999",
            "h:",
            "a b",
            "*.h:1",
            "u@h",
            "h..x",
            "[::1",
            ":1",
        ] {
            assert!(!is_origin(wrong), "{wrong} was taken");
        }
    }

    #[test]
    fn a_program_is_a_name_or_an_absolute_path() {
        for good in ["git", "/opt/run.sh", "python3.12"] {
            assert!(program(good), "{good} was refused");
        }
        for wrong in ["", ".", "..", "./run", "a/b", "/opt/", "a\0"] {
            assert!(!program(wrong), "{wrong:?} was taken");
        }
    }

    #[test]
    fn a_folder_is_absolute_and_goes_down_only() {
        assert!(folder("/") && folder("/srv/data") && folder("/srv/data/"));
        assert!(!folder("srv") && !folder("/srv/../etc") && !folder("/srv/./x") && !folder(""));
    }
}
