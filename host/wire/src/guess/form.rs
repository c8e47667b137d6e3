//! `multipart/form-data` (RFC 7578), read strictly: whatever two readers could take apart in two ways is no form here.

use super::boundary::Delimiter;
use super::part::Part;

/// The parts of a form, in order.
pub(super) struct Form<'a> {
    parts: Vec<Part<'a>>,
}

/// A form with more is not read.
const PARTS_MAX: usize = 64;

/// What stands behind a delimiter.
enum Divides {
    /// A part begins so many bytes behind it.
    Next(usize),
    Last,
}

impl<'a> Form<'a> {
    /// It begins with a dividing line and ends with the last one, and the boundary stands nowhere else.
    pub(super) fn read(content_type: &str, body: &'a [u8]) -> Option<Self> {
        let delimiter = Delimiter::of(content_type)?;
        let mut parts = Vec::new();
        let mut at = delimiter.find(body, 0).filter(|at| *at == 0)?;
        loop {
            let behind = at + delimiter.len();
            let start = match divides(body.get(behind..)?)? {
                Divides::Last => return delimiter.find(body, behind).is_none().then_some(Self { parts }),
                Divides::Next(line_end) if parts.len() < PARTS_MAX => behind + line_end,
                Divides::Next(_) => return None,
            };
            at = delimiter.find(body, start)?;
            parts.push(Part::read(body.get(start..at)?.strip_suffix(b"\r\n")?)?);
        }
    }

    /// The value of the one part of this name.
    pub(super) fn only(&self, name: &str) -> Option<&'a [u8]> {
        let mut parts = self.parts.iter().filter(|part| part.name == name);
        parts.next().filter(|_| parts.next().is_none())?.value
    }
}

/// Two hyphens, or a line end, with blanks ahead of it.
fn divides(behind: &[u8]) -> Option<Divides> {
    let blanks = behind.iter().position(|byte| !matches!(byte, b' ' | b'\t'))?;
    let rest = behind.get(blanks..)?;
    if behind.starts_with(b"--") {
        return Some(Divides::Last);
    }
    rest.starts_with(b"\r\n").then_some(Divides::Next(blanks + 2))
}
