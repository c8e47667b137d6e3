//! Addresses: every way to write one that leads home, redirects, tricks of URLs, schemes and headers.

use serde_json::json;

use super::attempt::Attempt;
use super::world::World;

/// 127.0.0.1 and what is as good, as it may be written in a URL. None is granted with private addresses.
const HOME: [&str; 15] = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "127.0.0.2",
    "0.0.0.0",
    "127.0.0.1.",
    "%31%32%37.0.0.1",
    "\u{ff11}\u{ff12}\u{ff17}.0.0.1",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
];

pub(super) fn attempts(world: &World) -> Vec<Attempt> {
    let (granted, forbidden) = (world.granted.address, world.forbidden.address);
    let port = forbidden.port();
    let get =
        |name: &str, expected, url: String| Attempt::new(name, expected, json!({"call": "http", "url": url}));
    let mut attempts: Vec<Attempt> = HOME
        .iter()
        .map(|home| get(&format!("home as {home}"), "address|refused", format!("http://{home}:{port}/")))
        .collect();
    attempts.extend([
        get("home by a name that was granted", "address", format!("http://localhost:{port}/")),
        get("home by that name with a dot", "address", format!("http://localhost.:{port}/")),
        get("home by another name", "refused", format!("http://anything.localhost:{port}/")),
        get(
            "the address that clouds hand out keys at",
            "address",
            "http://169.254.169.254/latest/meta-data/".into(),
        ),
        get("the name of that address", "address", "http://metadata.google.internal/".into()),
        get("another port of what was granted", "address|refused", format!("http://{}:1/", granted.ip())),
        get("another scheme of what was granted", "refused", format!("https://{granted}/")),
        get("a redirect to where nobody may go", "=302", format!("http://{granted}/redirect")),
        get("what was granted as the user", "invalid|refused", format!("http://{granted}@{forbidden}/")),
        get("a user and a password", "invalid", format!("http://me:word@{granted}/")),
        get(
            "a backslash before what was granted",
            "address|refused|invalid",
            format!("http://{forbidden}\\@{granted}/"),
        ),
        get("a file", "invalid", "file:///etc/passwd".into()),
        get("a protocol that is none of the web", "invalid", format!("gopher://{forbidden}/")),
        get(
            "a line break in the URL",
            "address|refused|invalid",
            format!("http://{forbidden}/\r\nHost: {granted}/"),
        ),
    ]);
    attempts.extend(heads(world));
    attempts
}

fn heads(world: &World) -> [Attempt; 6] {
    let url = format!("http://{}/echo", world.granted.address);
    let with = |name: &str, header: &str, value: String| {
        Attempt::new(name, "invalid", json!({"call": "http", "url": url, "headers": [[header, value]]}))
    };
    let method = |name: &str, method: &str| {
        Attempt::new(name, "invalid", json!({"call": "http", "url": url, "method": method}))
    };
    [
        with("a Host of its own", "host", world.forbidden.address.to_string()),
        with("a header inside a header", "x-a", "b\r\nhost: c".to_owned()),
        with("a header inside a name", "x-a: b\r\nhost", "c".to_owned()),
        with("another length", "content-length", "1000".to_owned()),
        method("a tunnel", "CONNECT"),
        method("a request inside the method", "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET"),
    ]
}
