//! Edits an answer on its way back to the client: its own name of the model, and without the usage chunk that it did
//! not ask for. It reads plain text only: an answer with a `Content-Encoding` passes unchanged, since nothing in it
//! looks like what is edited.

mod event;
mod out;
mod rename;
mod usage_chunk;

use bytes::{Bytes, BytesMut};

use crate::sse::is_line_end;
use event::{Events, Fate};
use out::Out;
use rename::Rename;

/// Whatever is not edited goes out byte for byte, and uncopied where it can. Make one for each answer.
pub struct AnswerEdit {
    events: Events,
    line: Open,
    /// The last byte was a CR: an LF right behind it goes where it went.
    after_cr: Option<Fate>,
}

/// The line of the stream that has no end yet.
enum Open {
    /// Its beginning, held back because it may have to be edited: at most 64 KiB.
    Held(BytesMut),
    /// Its beginning is out already.
    Passing,
}

impl AnswerEdit {
    /// `model`: the provider's name of it and the client's. None if there is nothing to do: the names are equal, and
    /// the usage stays.
    #[must_use]
    pub fn new(model: Option<(&str, &str)>, strip_usage: bool) -> Option<Self> {
        let rename = model.filter(|(native, canonical)| native != canonical);
        let rename = rename.map(|(native, canonical)| Rename::new(native, canonical));
        (rename.is_some() || strip_usage).then(|| Self {
            events: Events::new(rename, strip_usage),
            line: Open::Held(BytesMut::new()),
            after_cr: None,
        })
    }

    /// A whole JSON body: only its model is edited. Its length may change.
    #[must_use]
    pub fn whole(&self, body: &Bytes) -> Bytes {
        self.events.rename().map_or_else(|| body.clone(), |rename| rename.whole(body))
    }

    /// The next piece of an event stream: what may go out now. What may have to be edited waits for the end of its
    /// line, and the lines ahead of an event's data for that data; together up to 64 KiB, and no comment ever.
    #[must_use]
    pub fn push(&mut self, chunk: &Bytes) -> Bytes {
        let mut out = Out::of(chunk);
        let mut rest = self.half_of_crlf(&mut out, chunk);
        while let Some(length) = rest.iter().position(is_line_end) {
            let (line, from_end) = rest.split_at(length);
            let (end, after) = from_end.split_at(if from_end.starts_with(b"\r\n") { 2 } else { 1 });
            let fate = self.close(&mut out, line, end);
            self.after_cr = (end == b"\r" && after.is_empty()).then_some(fate);
            rest = after;
        }
        self.keep(&mut out, rest);
        out.into_bytes()
    }

    /// The end of the stream: what was held back. A stream that broke off may do without it, so that no half of a
    /// line goes out.
    #[must_use]
    pub fn finish(&mut self) -> Bytes {
        let nothing = Bytes::new();
        let mut out = Out::of(&nothing);
        if matches!(&self.line, Open::Held(line) if !line.is_empty()) {
            self.close(&mut out, b"", b"");
        }
        self.events.finish(&mut out);
        out.into_bytes()
    }

    /// What is left of a chunk without the LF of a line that ended with the chunk before.
    fn half_of_crlf<'a>(&mut self, out: &mut Out<'_>, chunk: &'a [u8]) -> &'a [u8] {
        let Some((first, rest)) = chunk.split_at_checked(1) else { return chunk };
        let Some(fate) = self.after_cr.take().filter(|_| first == b"\n") else { return chunk };
        self.events.more_of_end(out, first, fate);
        rest
    }

    /// The rest of the open line, and its end.
    fn close(&mut self, out: &mut Out<'_>, rest: &[u8], end: &[u8]) -> Fate {
        match std::mem::replace(&mut self.line, Open::Held(BytesMut::new())) {
            Open::Passing => {
                out.put(rest);
                out.put(end);
                Fate::Out
            }
            Open::Held(line) if line.is_empty() => self.events.line(out, rest, end),
            Open::Held(mut line) => {
                line.extend_from_slice(rest);
                self.events.line(out, &line, end)
            }
        }
    }

    /// More of the open line. Its beginning passes uncopied.
    fn keep(&mut self, out: &mut Out<'_>, bytes: &[u8]) {
        let mut held = match &mut self.line {
            _ if bytes.is_empty() => return,
            Open::Passing => return out.put(bytes),
            Open::Held(held) => std::mem::take(held),
        };
        let is_new = held.is_empty();
        let mut passes = is_new && self.events.passes(out, bytes);
        if !passes {
            held.extend_from_slice(bytes);
            passes = !is_new && self.events.passes(out, &held);
        }
        self.line = if passes { Open::Passing } else { Open::Held(held) };
    }
}

#[cfg(test)]
mod tests;
