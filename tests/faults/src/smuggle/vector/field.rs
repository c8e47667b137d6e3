//! Vectors with fields that are none, or that try to bring others along.

use super::Meant::{self, None, One, OneOrNone};
use super::{Kit, Vector, vector};

const EXTRA: [(&str, &str, Meant); 26] = [
    ("a space before the colon", "X-Own : 1\r\n", None),
    ("a tab before the colon", "X-Own\t: 1\r\n", None),
    ("a folded line", "X-Own: 1\r\n X-Smuggled: 1\r\n", None),
    ("a line folded with a tab", "X-Own: 1\r\n\tX-Smuggled: 1\r\n", None),
    ("no colon", "X-Own\r\n", None),
    ("no name", ": 1\r\n", None),
    ("a space in the name", "X Own: 1\r\n", None),
    ("NUL in the name", "X\u{0}Own: 1\r\n", None),
    ("NUL in the value", "X-Own: a\u{0}b\r\n", None),
    ("a lone CR in the value", "X-Own: a\rX-Smuggled: 1\r\n", None),
    ("a lone LF in the value", "X-Own: a\nX-Other: 1\r\n", OneOrNone),
    ("a letter beyond ASCII in the name", "X-\u{d6}wn: 1\r\n", None),
    ("bytes beyond ASCII in the value", "X-Own: \u{e9}\u{1f600}\r\n", OneOrNone),
    ("CRLF in percent signs", "X-Own: a%0d%0aX-Smuggled:%201\r\n", OneOrNone),
    ("an escape code in the value", "X-Own: \u{1b}[2J\r\n", OneOrNone),
    ("Connection that names Content-Length", "Connection: content-length\r\n", OneOrNone),
    ("Connection that names Host", "Connection: close, host\r\n", OneOrNone),
    ("Connection that names Authorization", "Connection: authorization\r\n", OneOrNone),
    ("an upgrade", "Connection: upgrade\r\nUpgrade: websocket\r\n", OneOrNone),
    (
        "an upgrade to HTTP/2",
        "Connection: upgrade, http2-settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n",
        OneOrNone,
    ),
    ("an Expect for 100", "Expect: 100-continue\r\n", One),
    ("an Expect for something else", "Expect: 200-ok\r\n", OneOrNone),
    ("TE and Trailer", "TE: trailers\r\nTrailer: Content-Length\r\n", OneOrNone),
    ("a second Host", "Host: elsewhere.invalid\r\n", OneOrNone),
    ("another method", "X-HTTP-Method-Override: GET\r\n", OneOrNone),
    ("what proxies keep", "Proxy-Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n", OneOrNone),
];

pub(super) fn fields(kit: &Kit) -> Vec<Vector> {
    let body = Kit::body();
    let length = format!("Content-Length: {}\r\n", body.len());
    let extra = EXTRA.iter().map(|(name, fields, meant)| {
        vector(format!("a field: {name}"), *meant, kit.request(&format!("{fields}{length}"), &body))
    });
    let good = kit.good();
    let host = format!("Host: {}\r\n", kit.host());
    let odd = [
        vector("no Host", OneOrNone, good.replacen(&host, "", 1)),
        vector("an empty Host", OneOrNone, good.replacen(&host, "Host: \r\n", 1)),
        vector("a Host with a path", OneOrNone, good.replacen(&host, "Host: a/b@c\r\n", 1)),
        vector("a space before the first field", None, good.replacen("\r\nHost", "\r\n Host", 1)),
        vector("bare line feeds throughout the head", OneOrNone, bare(&good)),
    ];
    extra.chain(odd).collect()
}

/// The same request whose head has no CR.
fn bare(good: &str) -> String {
    let (head, body) = good.split_once("\r\n\r\n").unwrap_or((good, ""));
    format!("{}\n\n{body}", head.replace("\r\n", "\n"))
}
