//! How an origin is written in a grant: `api.example.com`, `api.example.com:8443`, `*.example.com`,
//! `http://10.0.0.7:9000`. It must not know where names lead.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::text::shown;

const HOST_BYTES_MAX: usize = 253;
const LABEL_BYTES_MAX: usize = 63;

pub(super) fn check(origin: &str) -> Result<(), String> {
    match is_origin(origin) {
        true => Ok(()),
        false => Err(format!(
            "{:?} is no origin: expected HOST, HOST:PORT, *.DOMAIN (all https) or http://HOST:PORT, in lower case and \
             without a path",
            shown(origin)
        )),
    }
}

fn is_origin(origin: &str) -> bool {
    if let Some(domain) = origin.strip_prefix("*.") {
        return is_name(domain);
    }
    let (host, port) = split_port(origin.strip_prefix("http://").unwrap_or(origin));
    port.is_none_or(is_port) && is_host(host)
}

/// An IPv6 address stands in brackets, as in a URL.
fn split_port(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    }
}

fn is_port(port: &str) -> bool {
    port.bytes().all(|byte| byte.is_ascii_digit())
        && !port.starts_with('0')
        && port.parse::<u16>().is_ok_and(|port| port > 0)
}

fn is_host(host: &str) -> bool {
    match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => host.parse::<Ipv4Addr>().is_ok() || is_name(host),
    }
}

/// A name whose last label a browser would not read as a number, and so the whole as an address.
fn is_name(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x");
    (1..=HOST_BYTES_MAX).contains(&name.len()) && name.split('.').all(is_label) && !is_number
}

fn is_label(label: &str) -> bool {
    let allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    (1..=LABEL_BYTES_MAX).contains(&label.len())
        && label.bytes().all(allowed)
        && !label.starts_with('-')
        && !label.ends_with('-')
}
