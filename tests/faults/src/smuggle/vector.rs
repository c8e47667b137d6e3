//! The raw requests. Each bears a mark in what it means to send, so that it can be told what became of which.

mod field;
mod framing;
mod line;

use crate::alone::MODEL;
use crate::client::Client;

/// How many requests were meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meant {
    /// It has to be refused.
    None,
    One,
    /// It may be refused, or be understood in the one way that there is.
    OneOrNone,
    /// Keeping the connection is the host's to decide.
    OneOrTwo,
    Two,
}

pub(super) struct Vector {
    pub(super) name: String,
    pub(super) meant: Meant,
    /// With [`MARK`] where its own mark is to stand.
    raw: Vec<u8>,
}

/// Stands for the mark of a vector; as long as every mark, so that lengths stay right.
const MARK: &str = "mark-0000-";

pub(super) fn mark(index: usize) -> String {
    format!("mark-{:04}-", index + 1)
}

/// What vectors are made of: the lines of a good request of this client.
struct Kit {
    client: Client,
}

impl Vector {
    pub(super) fn bytes(&self, index: usize) -> Vec<u8> {
        let mut raw = self.raw.clone();
        let new = mark(index);
        while let Some(at) = raw.windows(MARK.len()).position(|window| window == MARK.as_bytes()) {
            raw.splice(at..at + MARK.len(), new.bytes());
        }
        raw
    }
}

impl Kit {
    /// The body that is meant to arrive.
    fn body() -> String {
        format!("{{\"model\":\"{MODEL}\",\"messages\":[{{\"role\":\"user\",\"content\":\"{MARK}\"}}]}}")
    }

    /// A body as one chunk, with its end.
    fn chunked() -> String {
        format!("{:x}\r\n{}\r\n0\r\n\r\n", Self::body().len(), Self::body())
    }

    /// A request of these fields (each ended by CRLF) and this body, as it stands.
    fn request(&self, fields: &str, body: &str) -> String {
        format!("{}{fields}\r\n{body}", self.client.head(""))
    }

    /// A request that is right in everything.
    fn good(&self) -> String {
        let body = Self::body();
        self.request(&format!("Content-Length: {}\r\n", body.len()), &body)
    }

    fn host(&self) -> String {
        self.client.address.to_string()
    }
}

fn vector(name: impl Into<String>, meant: Meant, raw: impl Into<Vec<u8>>) -> Vector {
    Vector { name: name.into(), meant, raw: raw.into() }
}

pub(super) fn all(client: &Client) -> Vec<Vector> {
    let kit = Kit { client: client.clone() };
    let mut vectors = framing::lengths(&kit);
    vectors.extend(framing::encodings(&kit));
    vectors.extend(framing::chunks(&kit));
    vectors.extend(field::fields(&kit));
    vectors.extend(line::lines(&kit));
    vectors.extend(line::sequences(&kit));
    vectors
}
