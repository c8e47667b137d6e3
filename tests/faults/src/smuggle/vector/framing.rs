//! Vectors that say twice, wrongly or oddly where a body ends.

use super::Meant::{self, None, One, OneOrNone};
use super::{Kit, Vector, vector};

/// What `Content-Length` may hold.
pub(super) fn lengths(kit: &Kit) -> Vec<Vector> {
    let body = Kit::body();
    let n = body.len();
    let values: [(&str, String, Meant); 18] = [
        ("of a list that differs", format!("{n}, 0"), None),
        ("of a list that agrees", format!("{n}, {n}"), OneOrNone),
        ("that is negative", "-1".to_owned(), None),
        ("with a plus", format!("+{n}"), None),
        ("in hexadecimal", format!("0x{n:x}"), None),
        ("with a letter", format!("{n}a"), None),
        ("with a space inside", "1 0".to_owned(), None),
        ("that is empty", String::new(), None),
        ("in quotes", format!("\"{n}\""), None),
        ("that is a fraction", format!("{n}.0"), None),
        ("with an exponent", "1e2".to_owned(), None),
        ("beyond 64 bits", "18446744073709551617".to_owned(), None),
        ("of all 64 bits", "18446744073709551615".to_owned(), None),
        ("with leading zeros", format!("000{n}"), OneOrNone),
        ("in Arabic digits", "\u{661}\u{662}".to_owned(), None),
        ("behind a tab", format!("\t{n}"), OneOrNone),
        ("behind a vertical tab", format!("\u{b}{n}"), None),
        ("that is one too small", format!("{}", n - 1), None),
    ];
    let one = |(name, value, meant): (&str, String, Meant)| {
        let raw = kit.request(&format!("Content-Length: {value}\r\n"), &body);
        vector(format!("Content-Length {name}"), meant, raw)
    };
    let two = |name: &str, first: usize, second: usize, meant| {
        let fields = format!("Content-Length: {first}\r\nContent-Length: {second}\r\n");
        vector(format!("two Content-Length {name}"), meant, kit.request(&fields, &body))
    };
    let pairs = [
        two("that differ", n, 0, None),
        two("that differ, the small one first", 0, n, None),
        two("that agree", n, n, OneOrNone),
    ];
    values.into_iter().map(one).chain(pairs).collect()
}

/// What `Transfer-Encoding` may hold, alone and beside a length.
pub(super) fn encodings(kit: &Kit) -> Vec<Vector> {
    const ALONE: [(&str, Meant); 21] = [
        (" Chunked", OneOrNone),
        (" chunked, identity", None),
        (" identity, chunked", OneOrNone),
        (" gzip, chunked", OneOrNone),
        (" chunked, chunked", OneOrNone),
        (" chunked, gzip", None),
        (" xchunked", None),
        (" chunkedx", None),
        (" \"chunked\"", None),
        (" chunked;q=1", None),
        ("chunked", OneOrNone),
        ("\tchunked", OneOrNone),
        (" chunked ", OneOrNone),
        (" chunked,", OneOrNone),
        (" ,chunked", OneOrNone),
        (" \u{b}chunked", None),
        (" chun\u{0}ked", None),
        (" chunked\u{e9}", None),
        (" identity", None),
        (" gzip", None),
        ("", None),
    ];
    let chunked = Kit::chunked();
    let alone = ALONE.iter().map(|(value, meant)| {
        let raw = kit.request(&format!("Transfer-Encoding:{value}\r\n"), &chunked);
        vector(format!("Transfer-Encoding:{value:?}"), *meant, raw)
    });
    let mut vectors: Vec<Vector> = alone.collect();
    vectors.extend(conflicts(kit));
    vectors
}

/// Both framings, or one of them twice.
fn conflicts(kit: &Kit) -> Vec<Vector> {
    let chunked = Kit::chunked();
    let n = chunked.len();
    const CHUNKED: &str = "Transfer-Encoding: chunked\r\n";
    let fields: [(&str, String, Meant); 9] = [
        ("a length and chunks", format!("Content-Length: {n}\r\n{CHUNKED}"), OneOrNone),
        ("chunks and a length", format!("{CHUNKED}Content-Length: {n}\r\n"), OneOrNone),
        ("a length of zero and chunks", format!("Content-Length: 0\r\n{CHUNKED}"), OneOrNone),
        ("a length and xchunked", format!("Content-Length: {n}\r\nTransfer-Encoding: xchunked\r\n"), None),
        (
            "a length and chunks with a space",
            format!("Content-Length: {n}\r\nTransfer-Encoding : chunked\r\n"),
            None,
        ),
        (
            "a length and folded chunks",
            format!("Content-Length: {n}\r\nTransfer-Encoding:\r\n chunked\r\n"),
            None,
        ),
        ("chunks twice", format!("{CHUNKED}{CHUNKED}"), OneOrNone),
        ("identity and chunks", format!("Transfer-Encoding: identity\r\n{CHUNKED}"), OneOrNone),
        ("chunks and identity", format!("{CHUNKED}Transfer-Encoding: identity\r\n"), None),
    ];
    let make =
        |(name, fields, meant): (&str, String, Meant)| vector(name, meant, kit.request(&fields, &chunked));
    let mut vectors: Vec<Vector> = fields.into_iter().map(make).collect();
    let good = kit.good();
    // By the chunks it is another request, by the length it is a body.
    let hidden = format!("0\r\n\r\n{good}");
    let both = format!("Content-Length: {}\r\n{CHUNKED}", hidden.len());
    vectors.push(vector(
        "a request behind the last chunk, inside of the length",
        OneOrNone,
        kit.request(&both, &hidden),
    ));
    // The other way round.
    let inside = format!("{:x}\r\n{good}\r\n0\r\n\r\n", good.len());
    let both = format!("Content-Length: 4\r\n{CHUNKED}");
    vectors.push(vector("a request inside of a chunk, behind the length", None, kit.request(&both, &inside)));
    vectors
}

/// What a chunk may look like.
pub(super) fn chunks(kit: &Kit) -> Vec<Vector> {
    let body = Kit::body();
    let size = format!("{:x}", body.len());
    let line = |line: String| format!("{line}\r\n{body}\r\n0\r\n\r\n");
    let end = |end: &str| format!("{size}\r\n{body}{end}");
    let bodies: [(&str, String, Meant); 24] = [
        ("with an extension", line(format!("{size};x=1")), One),
        ("with an extension in quotes", line(format!("{size};x=\"a;b\"")), OneOrNone),
        ("with a line feed in its extension", line(format!("{size};x\ny")), None),
        ("with a lone CR in its extension", line(format!("{size};x\ry")), None),
        ("with an extension of 64 KiB", line(format!("{size};{}", "x".repeat(65_536))), None),
        ("in upper case", line(size.to_uppercase()), One),
        ("with leading zeros", line(format!("0000{size}")), OneOrNone),
        ("beyond 64 bits", line(format!("1000000000000000{size}")), None),
        ("of all 64 bits", line("ffffffffffffffff".to_owned()), None),
        ("that is negative", line(format!("-{size}")), None),
        ("with a plus", line(format!("+{size}")), None),
        ("with 0x", line(format!("0x{size}")), None),
        ("behind a space", line(format!(" {size}")), None),
        ("before a space", line(format!("{size} ")), OneOrNone),
        ("without a size", line(String::new()), None),
        ("that is no number", line("zz".to_owned()), None),
        ("with bare line feeds", format!("{size}\n{body}\n0\n\n"), None),
        ("without a line end", end("0\r\n\r\n"), None),
        ("with other bytes after it", end("xx0\r\n\r\n"), None),
        ("and a trailer", end("\r\n0\r\nX-Trailer: 1\r\n\r\n"), OneOrNone),
        ("and a trailer with a length", end("\r\n0\r\nContent-Length: 5\r\n\r\n"), OneOrNone),
        ("and a trailer that injects", end("\r\n0\r\nX-Smuggled: 1\r\n\r\n"), OneOrNone),
        ("and a trailer without an end", end("\r\n0\r\nX-Trailer: 1\r\n"), None),
        ("without a last one", end("\r\n"), None),
    ];
    let make = |(name, body, meant): (&str, String, Meant)| {
        vector(format!("a chunk {name}"), meant, kit.request("Transfer-Encoding: chunked\r\n", &body))
    };
    bodies.into_iter().map(make).collect()
}
