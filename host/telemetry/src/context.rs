//! Where a span stands: its trace, its own id, its parent's, and whether it is to be sent. W3C Trace Context, as text
//! in and out. It must not know headers or the share of traces that is sent.

use std::fmt;

/// Never all zeros.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceId(pub(crate) [u8; 16]);

/// Never all zeros.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SpanId(pub(crate) [u8; 8]);

/// A place in a trace, for one span.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Context {
    pub trace: TraceId,
    /// None where the trace begins here.
    pub parent: Option<SpanId>,
    pub span: SpanId,
    /// Whether the spans of this trace are to be made and sent. One decision for the whole trace.
    pub sampled: bool,
}

/// What a caller said of its own span.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Caller {
    pub(crate) trace: TraceId,
    pub(crate) span: SpanId,
    pub(crate) sampled: bool,
}

/// Version 0: `00-` 32 digits `-` 16 digits `-` 2 digits.
const LENGTH: usize = 55;
const SAMPLED: u8 = 1;

impl Context {
    /// For a span below this one, in the same trace.
    #[must_use]
    pub fn child(&self) -> Self {
        Self { parent: Some(self.span), span: SpanId::random(), ..*self }
    }

    /// The `traceparent` header for whoever is called from within this span.
    #[must_use]
    pub fn traceparent(&self) -> String {
        format!("00-{}-{}-{:02x}", self.trace, self.span, u8::from(self.sampled))
    }

    pub(crate) fn below(caller: Caller) -> Self {
        let Caller { trace, span, sampled } = caller;
        Self { trace, parent: Some(span), span: SpanId::random(), sampled }
    }
}

impl Caller {
    /// None if the text breaks a rule of the standard: it is then worth nothing. Of a later version, the part that
    /// version 0 knows is read, as the standard wants.
    pub(crate) fn read(traceparent: &str) -> Option<Self> {
        let bytes = traceparent.as_bytes();
        let (known, rest) = bytes.split_at_checked(LENGTH)?;
        let [version] = hex(known.get(..2)?)?;
        let is_whole = match version {
            0 => rest.is_empty(),
            0xff => false,
            _ => rest.first().is_none_or(|byte| *byte == b'-'),
        };
        let are_apart = [2, 35, 52].iter().all(|place| known.get(*place) == Some(&b'-'));
        let [flags] = hex(known.get(53..)?)?;
        let trace = TraceId::of(hex(known.get(3..35)?)?)?;
        let span = SpanId::of(hex(known.get(36..52)?)?)?;
        (is_whole && are_apart).then_some(Self { trace, span, sampled: flags & SAMPLED != 0 })
    }
}

impl TraceId {
    pub(crate) fn random() -> Self {
        Self(fastrand::u128(1..).to_be_bytes())
    }

    /// Where this id lies among all: at least 0, less than 1. It is taken from the end, whose digits are random.
    pub(crate) fn share(self) -> f64 {
        let [.., a, b, c, d] = self.0;
        f64::from(u32::from_be_bytes([a, b, c, d])) / (f64::from(u32::MAX) + 1.0)
    }

    fn of(bytes: [u8; 16]) -> Option<Self> {
        (bytes != [0; 16]).then_some(Self(bytes))
    }
}

impl SpanId {
    pub(crate) fn random() -> Self {
        Self(fastrand::u64(1..).to_be_bytes())
    }

    fn of(bytes: [u8; 8]) -> Option<Self> {
        (bytes != [0; 8]).then_some(Self(bytes))
    }
}

/// Lower case only: the standard allows no other.
fn hex<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let (pairs, []) = digits.as_chunks::<2>() else { return None };
    if pairs.len() != N {
        return None;
    }
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TraceId({self})")
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SpanId({self})")
    }
}

#[cfg(test)]
mod tests;
