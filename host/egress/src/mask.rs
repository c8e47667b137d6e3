//! What was sent as a secret and comes back: taken out before the plugin sees it. It finds a value as it is, as it is
//! escaped in URLs, forms and JSON. It must not know where the bytes come from.

use patchbay_types::Secret;

use crate::fill::{Place, escape};
use crate::secret::Used;

/// The values of one request, in all the ways in which they may be written.
pub(crate) struct Mask {
    /// The longest first, so that one that holds another is taken out whole.
    needles: Vec<Needle>,
    /// Which bytes a needle begins with: most positions of a body are passed over by this alone.
    begins: [bool; 256],
}

struct Needle {
    value: Secret<String>,
    label: String,
}

/// The masked bytes would be more than is allowed.
#[derive(Debug)]
pub(crate) struct Overflow;

impl Mask {
    pub(crate) fn of(used: &[Used]) -> Self {
        let mut needles: Vec<Needle> = used.iter().flat_map(needles).collect();
        needles.sort_by_key(|needle| std::cmp::Reverse(needle.value.expose().len()));
        let mut begins = [false; 256];
        for byte in needles.iter().filter_map(|needle| needle.value.expose().bytes().next()) {
            begins[usize::from(byte)] = true;
        }
        Self { needles, begins }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.needles.is_empty()
    }

    /// `bytes` with a label in place of each value; none if there is nothing to take out.
    pub(crate) fn bytes(&self, bytes: &[u8], bytes_max: usize) -> Result<Option<Vec<u8>>, Overflow> {
        let (mut masked, mut kept, mut at) = (Vec::new(), 0, 0);
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let Some(needle) = self.at(rest) else {
                at += 1;
                continue;
            };
            masked.extend_from_slice(bytes.get(kept..at).unwrap_or_default());
            masked.extend_from_slice(needle.label.as_bytes());
            at += needle.value.expose().len();
            kept = at;
            if masked.len() > bytes_max {
                return Err(Overflow);
            }
        }
        if kept == 0 {
            return Ok(None);
        }
        masked.extend_from_slice(bytes.get(kept..).unwrap_or_default());
        if masked.len() > bytes_max { Err(Overflow) } else { Ok(Some(masked)) }
    }

    /// For texts that are short by themselves.
    pub(crate) fn text(&self, text: &str) -> String {
        match self.bytes(text.as_bytes(), usize::MAX) {
            Ok(Some(masked)) => String::from_utf8_lossy(&masked).into_owned(),
            _ => text.to_owned(),
        }
    }

    /// Whether a header's name, which is in lower case, holds a value.
    pub(crate) fn is_in_name(&self, name: &str) -> bool {
        self.needles.iter().any(|needle| name.contains(&needle.value.expose().to_ascii_lowercase()))
    }

    fn at(&self, rest: &[u8]) -> Option<&Needle> {
        let begins = rest.first().is_some_and(|byte| self.begins[usize::from(*byte)]);
        let mut needles = self.needles.iter().filter(|_| begins);
        needles.find(|needle| rest.starts_with(needle.value.expose().as_bytes()))
    }
}

/// Without the space around it, which is lost in a header.
fn needles(used: &Used) -> Vec<Needle> {
    let value = used.value.expose().trim();
    let escaped = |plain: &str| {
        let mut text = String::new();
        escape(value, plain, &mut text);
        text
    };
    let placed = |place: Place| {
        let mut text = String::new();
        place.write(value, &mut text);
        text
    };
    let json = value.replace('\\', "\\\\").replace('"', "\\\"");
    let upper = [
        escaped(""),
        escaped("-._~"),
        escaped("-._*").replace("%20", "+"),
        placed(Place::Path),
        placed(Place::Query),
    ];
    let lower = upper.each_ref().map(|text| with_small_digits(text));
    let plain = [value.to_owned(), json.replace('/', "\\/"), json];
    let mut texts: Vec<String> = plain.into_iter().chain(upper).chain(lower).collect();
    texts.sort_unstable();
    texts.dedup();
    let label = format!("[secret {}]", used.name);
    texts.into_iter().map(|text| Needle { value: Secret::new(text), label: label.clone() }).collect()
}

/// `%2F` as `%2f`.
fn with_small_digits(escaped: &str) -> String {
    let mut left = 0;
    let small = |c: char| {
        left = if c == '%' { 3 } else { usize::saturating_sub(left, 1) };
        if left > 0 { c.to_ascii_lowercase() } else { c }
    };
    escaped.chars().map(small).collect()
}

#[cfg(test)]
mod tests;
