//! One part of a form: its header lines and its value.

use super::boundary::parameters;

/// The longest header lines of a part that are looked at.
const HEADERS_BYTES_MAX: usize = 4 * 1024;

pub(super) struct Part<'a> {
    pub(super) name: String,
    /// None of a file, and of a value in an encoding or of a stated length.
    pub(super) value: Option<&'a [u8]>,
}

/// What the header lines of a part say.
#[derive(Default)]
struct Headers {
    disposition: Option<Vec<(String, String)>>,
    /// The value stands there as it is.
    is_odd: bool,
}

impl<'a> Part<'a> {
    /// `bytes` is what stands between two dividing lines. None if it is not strictly a part.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let head = bytes.get(..HEADERS_BYTES_MAX).unwrap_or(bytes);
        let end = head.windows(4).position(|window| window == b"\r\n\r\n")?;
        let headers = Headers::read(std::str::from_utf8(bytes.get(..end)?).ok()?)?;
        let disposition = headers.disposition?;
        let is_file = disposition.iter().any(|(name, _)| name.starts_with("filename"));
        let name = only_name(disposition)?;
        let value = bytes.get(end + 4..).filter(|_| !is_file && !headers.is_odd);
        Some(Self { name, value })
    }
}

impl Headers {
    /// Lines that are folded, that have an end of another kind, or that are there twice can be read in two ways.
    fn read(text: &str) -> Option<Self> {
        let mut headers = Self::default();
        for line in text.split("\r\n") {
            let (name, value) = line.split_once(':').filter(|_| !line.contains(['\r', '\n', '\0']))?;
            match name.to_ascii_lowercase().as_str() {
                name if name.contains([' ', '\t']) => return None,
                "content-disposition" if headers.disposition.is_some() => return None,
                "content-disposition" => headers.disposition = Some(disposition(value)?),
                "content-transfer-encoding" | "content-length" | "content-encoding" => headers.is_odd = true,
                _ => {}
            }
        }
        Some(headers)
    }
}

fn disposition(value: &str) -> Option<Vec<(String, String)>> {
    let kind = value.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("form-data").then(|| parameters(value))?
}

/// One `name`, without an encoding of any kind.
fn only_name(parameters: Vec<(String, String)>) -> Option<String> {
    let mut names = parameters.into_iter().filter(|(name, _)| name == "name" || name.starts_with("name*"));
    let (key, name) = names.next().filter(|_| names.next().is_none())?;
    (key == "name" && !name.contains('%')).then_some(name)
}
