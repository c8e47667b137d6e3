//! What one span may weigh, so that a bound on spans is a bound on memory. What is over it is left out and counted;
//! OTLP has a field for that. It must not know which attribute matters more: the first ones stay.

use std::borrow::Cow;

use super::{Attribute, Event, Span, Status, Value};

/// Of a span's attributes and events together, with their names.
const SPAN_BYTES_MAX: usize = 16 * 1024;
/// Of a span's or an event's name.
const NAME_BYTES_MAX: usize = 256;
/// Of the words beside an error.
const STATUS_BYTES_MAX: usize = 1024;
/// What each entry weighs beside its texts.
const ENTRY_BYTES: usize = 64;

/// A span within its bounds.
pub(crate) struct Bounded {
    pub(crate) span: Span,
    pub(crate) attributes_left_out: u32,
    pub(crate) events_left_out: u32,
}

impl From<Span> for Bounded {
    fn from(mut span: Span) -> Self {
        cut_name(&mut span.name);
        if let Status::Error(words) = &mut span.status {
            words.truncate(words.floor_char_boundary(STATUS_BYTES_MAX));
        }
        span.events.iter_mut().for_each(|event| cut_name(&mut event.name));
        let mut left = SPAN_BYTES_MAX;
        let attributes_left_out = keep(&mut span.attributes, &mut left, of_attribute);
        let events_left_out = keep(&mut span.events, &mut left, of_event);
        Self { span, attributes_left_out, events_left_out }
    }
}

/// Leaves out what does not fit in what is left, and says how many that were.
fn keep<T>(entries: &mut Vec<T>, left: &mut usize, weight: fn(&T) -> usize) -> u32 {
    let before = entries.len();
    entries.retain(|entry| match left.checked_sub(weight(entry)) {
        Some(rest) => {
            *left = rest;
            true
        }
        None => false,
    });
    u32::try_from(before - entries.len()).unwrap_or(u32::MAX)
}

fn of_event(event: &Event) -> usize {
    ENTRY_BYTES + event.name.len() + event.attributes.iter().map(of_attribute).sum::<usize>()
}

fn of_attribute((name, value): &Attribute) -> usize {
    let value = match value {
        Value::Text(text) => text.len(),
        Value::Texts(texts) => texts.iter().map(|text| ENTRY_BYTES + text.len()).sum(),
        Value::Int(_) | Value::Float(_) | Value::Bool(_) => 0,
    };
    ENTRY_BYTES + name.len() + value
}

fn cut_name(name: &mut Cow<'static, str>) {
    if name.len() > NAME_BYTES_MAX {
        let end = name.floor_char_boundary(NAME_BYTES_MAX);
        name.to_mut().truncate(end);
    }
}

#[cfg(test)]
mod tests;
