//! The line that parts of a form are divided by (RFC 2046, 5.1.1).

/// The longest that is allowed.
const BOUNDARY_BYTES_MAX: usize = 70;

/// Two hyphens and the boundary, with which each dividing line begins.
pub(super) struct Delimiter {
    bytes: Vec<u8>,
    /// How far to go on where a window ends with this byte and does not match.
    skips: [usize; 256],
}

impl Delimiter {
    /// Of a `Content-Type` with one `boundary`, quoted or not.
    pub(super) fn of(content_type: &str) -> Option<Self> {
        let mut boundaries = parameters(content_type)?.into_iter().filter(|(name, _)| name == "boundary");
        let (_, boundary) = boundaries.next().filter(|_| boundaries.next().is_none())?;
        (1..=BOUNDARY_BYTES_MAX).contains(&boundary.len()).then(|| Self::new(&boundary))
    }

    fn new(boundary: &str) -> Self {
        let bytes = [b"--", boundary.as_bytes()].concat();
        let mut skips = [bytes.len(); 256];
        for (at, byte) in bytes.iter().enumerate().take(bytes.len() - 1) {
            skips[usize::from(*byte)] = bytes.len() - 1 - at;
        }
        Self { bytes, skips }
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Where it stands next, wherever that is in a line (Horspool's search: files are long, and bytes cost).
    pub(super) fn find(&self, body: &[u8], mut from: usize) -> Option<usize> {
        loop {
            let window = body.get(from..from.checked_add(self.bytes.len())?)?;
            let last = window.last()?;
            if self.bytes.last() == Some(last) && window == self.bytes {
                return Some(from);
            }
            from += self.skips[usize::from(*last)];
        }
    }
}

/// The parameters behind the first `;` of a header's value, with their names in lower case. None if they cannot be
/// read, or in more than one way.
pub(super) fn parameters(value: &str) -> Option<Vec<(String, String)>> {
    let mut rest = value.split_once(';').map_or("", |(_, rest)| rest).trim();
    let mut parameters = Vec::new();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let (value, after) = one_value(after.trim_start())?;
        parameters.push((name.trim().to_ascii_lowercase(), value.to_owned()));
        let after = after.trim_start();
        rest = if after.is_empty() { after } else { after.strip_prefix(';')?.trim() };
    }
    Some(parameters)
}

/// A quoted text or a token, and what stands behind it. A text with escapes is read differently by different readers.
fn one_value(text: &str) -> Option<(&str, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, after) = text.split_at(text.find(';').unwrap_or(text.len()));
        return (!value.contains(['"', '\\'])).then(|| (value.trim_end(), after));
    };
    let (value, after) = quoted.split_once('"')?;
    (!value.contains('\\')).then_some((value, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_boundary_is_found_quoted_or_not() {
        let check = |content_type: &str, expect: Option<&str>| {
            let found =
                Delimiter::of(content_type).map(|delimiter| String::from_utf8(delimiter.bytes).unwrap());
            assert_eq!(found.as_deref(), expect, "{content_type}");
        };
        check("multipart/form-data; boundary=abc", Some("--abc"));
        check("multipart/form-data;charset=utf-8; Boundary=\"a;b c\" ; x=y", Some("--a;b c"));
        check("multipart/form-data; boundary=abc;", Some("--abc"));
        check("multipart/form-data", None);
        check("multipart/form-data; boundary=", None);
        check("multipart/form-data; boundary=a; boundary=b", None);
        check("multipart/form-data; boundary=\"a", None);
        check("multipart/form-data; boundary=\"a\\\"b\"", None);
        check("multipart/form-data; boundary=\"a\"b", None);
        check(&format!("multipart/form-data; boundary={}", "b".repeat(71)), None);
    }

    #[test]
    fn every_place_is_found_as_by_looking_at_each_byte() {
        let body = b"--aa--a-aa--aab--aaa---aa";
        for boundary in ["a", "aa", "aab", "-", "--", "a-aa"] {
            let delimiter = Delimiter::new(boundary);
            let expect: Vec<_> =
                (0..body.len()).filter(|at| body[*at..].starts_with(&delimiter.bytes)).collect();
            let mut found = Vec::new();
            while let Some(at) = delimiter.find(body, found.last().map_or(0, |last| last + 1)) {
                found.push(at);
            }
            assert_eq!(found, expect, "{boundary}");
        }
    }
}
