//! Where a body ends: by its length, by its chunks, or with its connection. It must not know what is in a body.

use super::Head;

/// The longest line of a chunk's size or of a trailer, in bytes.
const LINE_BYTES_MAX: usize = 8 * 1024;

/// How a body is framed, and how far it has been read.
#[derive(Debug)]
pub(crate) enum Framing {
    Length(u64),
    Chunked(Chunked),
    UntilClose,
}

/// Inside a chunked body.
#[derive(Debug, Default)]
pub(crate) struct Chunked {
    place: Place,
    line: Vec<u8>,
}

#[derive(Debug, Default, Clone, Copy)]
enum Place {
    #[default]
    Size,
    Data(u64),
    /// The line end after a chunk.
    After,
    Trailer,
}

impl Framing {
    /// Of a request: without a framing header it has no body.
    ///
    /// # Errors
    /// More than one framing, or one that is unknown.
    pub(crate) fn of_request(head: &Head) -> Result<Self, String> {
        Ok(Self::stated(head)?.unwrap_or(Self::Length(0)))
    }

    /// Of an answer: without a framing header it ends with its connection.
    ///
    /// # Errors
    /// As of a request.
    pub(crate) fn of_answer(head: &Head) -> Result<Self, String> {
        match head.second_word() {
            "204" | "304" => Ok(Self::Length(0)),
            _ => Ok(Self::stated(head)?.unwrap_or(Self::UntilClose)),
        }
    }

    fn stated(head: &Head) -> Result<Option<Self>, String> {
        let lengths: Vec<&str> = head.all("content-length").collect();
        let encodings: Vec<&str> = head.all("transfer-encoding").collect();
        match (lengths.as_slice(), encodings.as_slice()) {
            ([], []) => Ok(None),
            ([length], []) => length_of(length).map(Some),
            ([], [encoding]) if encoding.eq_ignore_ascii_case("chunked") => {
                Ok(Some(Self::Chunked(Chunked::default())))
            }
            _ => Err(format!(
                "expected one framing, found Content-Length {lengths:?}, Transfer-Encoding {encodings:?}"
            )),
        }
    }

    /// Takes what came and puts what belongs to the body into `out`. Returns how many bytes were taken, once the body
    /// is whole.
    ///
    /// # Errors
    /// A chunk that is none.
    pub(crate) fn push(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<Option<usize>, String> {
        match self {
            Self::UntilClose => {
                out.extend_from_slice(input);
                Ok(None)
            }
            Self::Length(left) => {
                let taken = bounded(*left, input.len());
                out.extend_from_slice(input.get(..taken).unwrap_or_default());
                *left -= taken as u64;
                Ok((*left == 0).then_some(taken))
            }
            Self::Chunked(chunked) => chunked.push(input, out),
        }
    }

    /// Whether the connection's end is the body's end.
    pub(crate) fn may_end_with_connection(&self) -> bool {
        matches!(self, Self::UntilClose)
    }
}

impl Chunked {
    fn push(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<Option<usize>, String> {
        let mut at = 0;
        while let Some(rest) = input.get(at..).filter(|rest| !rest.is_empty()) {
            if let Place::Data(left) = self.place {
                let taken = bounded(left, rest.len());
                out.extend_from_slice(rest.get(..taken).unwrap_or_default());
                at += taken;
                let left = left - taken as u64;
                self.place = if left == 0 { Place::After } else { Place::Data(left) };
                continue;
            }
            at += 1;
            if self.control(rest.first().copied().unwrap_or_default())? {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    /// A byte outside of the data. Whether the body is whole.
    fn control(&mut self, byte: u8) -> Result<bool, String> {
        self.line.push(byte);
        if self.line.len() > LINE_BYTES_MAX {
            return Err(format!("a line of more than {LINE_BYTES_MAX} bytes between chunks"));
        }
        let Some(line) = self.line.strip_suffix(b"\r\n") else { return Ok(false) };
        let line = String::from_utf8_lossy(line).into_owned();
        self.line.clear();
        match (self.place, line.is_empty()) {
            (Place::After, true) => self.place = Place::Size,
            (Place::Trailer, true) => return Ok(true),
            (Place::Trailer, false) => {}
            (Place::Size, false) => match size_of(&line)? {
                0 => self.place = Place::Trailer,
                size => self.place = Place::Data(size),
            },
            _ => return Err(format!("expected a chunk, found {line:?}")),
        }
        Ok(false)
    }
}

fn length_of(text: &str) -> Result<Framing, String> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let length = digits.then(|| text.parse().ok()).flatten();
    length.map(Framing::Length).ok_or_else(|| format!("expected a length, found {text:?}"))
}

fn size_of(line: &str) -> Result<u64, String> {
    let digits = line.split(';').next().unwrap_or_default();
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let size = plain.then(|| u64::from_str_radix(digits, 16).ok()).flatten();
    size.ok_or_else(|| format!("expected the size of a chunk, found {line:?}"))
}

fn bounded(left: u64, there: usize) -> usize {
    usize::try_from(left).unwrap_or(usize::MAX).min(there)
}
