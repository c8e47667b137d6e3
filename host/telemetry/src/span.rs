//! A finished span, as its maker describes it. It must not know how it is sent.

mod bounded;

use std::borrow::Cow;
use std::ops::Add;
use std::time::Duration;

use patchbay_types::Timestamp;

use crate::context::{Context, SpanId, TraceId};

pub(crate) use bounded::Bounded;

/// A piece of work that is over.
#[derive(Clone, PartialEq, Debug)]
pub struct Span {
    pub trace: TraceId,
    pub span: SpanId,
    pub parent: Option<SpanId>,
    /// What kind of work it was, not which: few different ones.
    pub name: Cow<'static, str>,
    pub kind: Kind,
    pub start: UnixNanos,
    pub end: UnixNanos,
    pub attributes: Vec<Attribute>,
    pub status: Status,
    pub events: Vec<Event>,
}

/// Which end of a call a span is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Somebody asked.
    Server,
    /// Somebody was asked.
    Client,
    Internal,
}

pub type Attribute = (Cow<'static, str>, Value);

#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    Text(Cow<'static, str>),
    Int(i64),
    Float(f64),
    Bool(bool),
    Texts(Vec<String>),
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Status {
    /// Nobody judged: what a span that went well should say, by the conventions.
    #[default]
    Unset,
    Ok,
    /// With words for the operator.
    Error(String),
}

/// Something that happened within a span.
#[derive(Clone, PartialEq, Debug)]
pub struct Event {
    pub name: Cow<'static, str>,
    pub at: UnixNanos,
    pub attributes: Vec<Attribute>,
}

/// Nanoseconds since 1970-01-01T00:00:00Z. The wall clock knows milliseconds: ask it once a trace, and add what the
/// monotonic clock measured, so that the spans of a trace stand in order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct UnixNanos(pub u64);

impl Span {
    /// Without attributes and events, and with nothing said of how it went.
    #[must_use]
    pub fn new(
        context: &Context,
        name: impl Into<Cow<'static, str>>,
        kind: Kind,
        start: UnixNanos,
        end: UnixNanos,
    ) -> Self {
        Self {
            trace: context.trace,
            span: context.span,
            parent: context.parent,
            name: name.into(),
            kind,
            start,
            end,
            attributes: Vec::new(),
            status: Status::Unset,
            events: Vec::new(),
        }
    }

    /// Adds an attribute. One name twice is not looked for; collectors keep either.
    pub fn set(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Value>) {
        self.attributes.push((name.into(), value.into()));
    }
}

impl From<Timestamp> for UnixNanos {
    fn from(moment: Timestamp) -> Self {
        Self(moment.0.saturating_mul(1_000_000))
    }
}

impl Add<Duration> for UnixNanos {
    type Output = Self;

    fn add(self, rhs: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(rhs.as_nanos()).unwrap_or(u64::MAX)))
    }
}

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

/// What OTLP cannot hold becomes the largest that it can.
impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Float(number)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<Vec<String>> for Value {
    fn from(texts: Vec<String>) -> Self {
        Self::Texts(texts)
    }
}
