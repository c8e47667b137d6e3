//! Vectors in the request line, and several requests on one connection.

use super::Meant::{self, None, One, OneOrNone, OneOrTwo, Two};
use super::{Kit, Vector, vector};

const GOOD: &str = "POST /v1/chat/completions HTTP/1.1";

const LINES: [(&str, &str, Meant); 25] = [
    (
        "absolute form of another host",
        "POST http://elsewhere.invalid/v1/chat/completions HTTP/1.1",
        OneOrNone,
    ),
    ("CONNECT", "CONNECT elsewhere.invalid:443 HTTP/1.1", None),
    ("asterisk form", "POST * HTTP/1.1", None),
    ("no slash", "POST v1/chat/completions HTTP/1.1", None),
    ("HTTP/0.9", "POST /v1/chat/completions", None),
    ("HTTP/1.0", "POST /v1/chat/completions HTTP/1.0", OneOrNone),
    ("HTTP/1.2", "POST /v1/chat/completions HTTP/1.2", OneOrNone),
    ("HTTP/2.0", "POST /v1/chat/completions HTTP/2.0", None),
    ("the protocol in lower case", "POST /v1/chat/completions http/1.1", None),
    ("HTTP/1.10", "POST /v1/chat/completions HTTP/1.10", None),
    ("two spaces", "POST  /v1/chat/completions HTTP/1.1", None),
    ("a tab", "POST\t/v1/chat/completions HTTP/1.1", None),
    ("a space at the end", "POST /v1/chat/completions HTTP/1.1 ", OneOrNone),
    ("a space in the target", "POST /v1/chat/completions x HTTP/1.1", None),
    ("NUL in the target", "POST /v1/chat/completions\u{0} HTTP/1.1", None),
    ("a lone CR in the target", "POST /v1/chat/completions?a\rb HTTP/1.1", None),
    ("a method in lower case", "post /v1/chat/completions HTTP/1.1", None),
    ("GET with a body", "GET /v1/chat/completions HTTP/1.1", None),
    ("an unknown method", "SMUGGLE /v1/chat/completions HTTP/1.1", None),
    ("CRLF in the query", "POST /v1/chat/completions?x=%0d%0aX-Smuggled:%201 HTTP/1.1", OneOrNone),
    ("a path that climbs", "POST /v1/chat/../chat/completions HTTP/1.1", None),
    ("a slash in percent signs", "POST /v1/chat%2fcompletions HTTP/1.1", None),
    ("a slash more", "POST /v1//chat/completions HTTP/1.1", None),
    ("a fragment", "POST /v1/chat/completions#x HTTP/1.1", OneOrNone),
    ("an empty line before it", "\r\nPOST /v1/chat/completions HTTP/1.1", OneOrNone),
];

pub(super) fn lines(kit: &Kit) -> Vec<Vector> {
    let good = kit.good();
    let with = |name: &str, line: &str, meant| {
        vector(format!("a request line: {name}"), meant, good.replacen(GOOD, line, 1))
    };
    let absolute = format!("POST http://{}/v1/chat/completions HTTP/1.1", kit.host());
    let long = format!("POST /v1/chat/completions?{} HTTP/1.1", "x".repeat(70 * 1024));
    let more = [with("absolute form", &absolute, OneOrNone), with("a target of 70 KiB", &long, None)];
    LINES.iter().map(|(name, line, meant)| with(name, line, *meant)).chain(more).collect()
}

/// More than one request on a connection, honest and not.
pub(super) fn sequences(kit: &Kit) -> Vec<Vector> {
    let good = kit.good();
    let old = |fields: &str| good.replacen("HTTP/1.1\r\n", &format!("HTTP/1.0\r\n{fields}"), 1);
    let old_chunks = kit.request("Transfer-Encoding: chunked\r\n", &Kit::chunked()).replacen(
        "HTTP/1.1\r\n",
        "HTTP/1.0\r\n",
        1,
    );
    let close = good.replacen("\r\nHost", "\r\nConnection: close\r\nHost", 1);
    let models = good.replacen(GOOD, "GET /v1/models HTTP/1.1", 1);
    vec![
        vector("one good request", One, good.clone()),
        vector("two pipelined", Two, format!("{good}{good}")),
        vector("an empty line between two", Two, format!("{good}\r\n{good}")),
        vector("one that closes, and another", One, format!("{close}{good}")),
        vector(
            "HTTP/1.0 that keeps alive, twice",
            OneOrTwo,
            format!("{0}{0}", old("Connection: keep-alive\r\n")),
        ),
        vector("HTTP/1.0 that does not, twice", One, format!("{0}{0}", old(""))),
        vector("HTTP/1.0 with chunks", OneOrNone, old_chunks),
        vector("junk after a good one", One, format!("{good}\u{0}\u{1}\u{2}junk\r\n\r\n")),
        vector("a body behind a GET, then a good one", One, format!("{models}{good}")),
        vector("HTTP/2 by prior knowledge", None, format!("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{good}")),
        vector("a TLS greeting", None, format!("\u{16}\u{3}\u{1}\u{2}\u{0}{good}")),
        vector("half of a request", None, good.get(..good.len() - 5).unwrap_or_default()),
    ]
}
