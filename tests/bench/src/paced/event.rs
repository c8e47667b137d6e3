//! The events of a paced stream: what they look like, and what they say to who reads them.

use crate::statistics::Sum;

const BEFORE: &str = "data: {\"id\":\"chatcmpl-0000000000000000\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench-1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"";
const AFTER: &str = "\"},\"finish_reason\":null}]}\n\n";
const LAST: &str = "data: {\"id\":\"chatcmpl-0000000000000000\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench-1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: {\"id\":\"chatcmpl-0000000000000000\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench-1\",\"choices\":[],\"usage\":{\"prompt_tokens\":42,\"completion_tokens\":20,\"total_tokens\":62}}\n\n";
const DONE: &str = "data: [DONE]\n\n";

/// What an event says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// Text: when its stream's request arrived, and when it left. Nanoseconds of the machine's monotonic clock.
    Text { arrived: u64, sent: u64 },
    /// The sum over every byte of the text before it.
    Sum(u64),
    /// The end.
    Done,
    /// Anything else.
    Other,
}

pub(crate) fn text(arrived: u64, sent: u64) -> String {
    format!("{BEFORE}{arrived:020} {sent:020}{AFTER}")
}

/// All that comes after the text.
pub(crate) fn ending(sum: &Sum) -> String {
    format!("{BEFORE}{:020}{AFTER}{LAST}{DONE}", sum.value())
}

impl Event {
    /// `event` is one event with the empty line at its end.
    pub(crate) fn read(event: &[u8]) -> Self {
        let Ok(event) = std::str::from_utf8(event) else { return Self::Other };
        if event == DONE {
            return Self::Done;
        }
        content(event).and_then(Self::numbers).unwrap_or(Self::Other)
    }

    fn numbers(content: &str) -> Option<Self> {
        match content.split_once(' ') {
            Some((arrived, sent)) => {
                Some(Self::Text { arrived: arrived.parse().ok()?, sent: sent.parse().ok()? })
            }
            None => Some(Self::Sum(content.parse().ok()?)),
        }
    }
}

fn content(event: &str) -> Option<&str> {
    const FIELD: &str = "\"content\":\"";
    let (_, rest) = event.split_once(FIELD)?;
    Some(rest.split_once('"')?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_says_what_was_put_into_it() {
        assert_eq!(Event::read(text(1, 2).as_bytes()), Event::Text { arrived: 1, sent: 2 });
        assert_eq!(Event::read(DONE.as_bytes()), Event::Done);
        assert_eq!(Event::read(b"data: {}\n\n"), Event::Other);
        let mut sum = Sum::default();
        sum.add(b"abc");
        let ending = ending(&sum);
        let first = ending.split_inclusive("\n\n").next().expect("it has events");
        assert_eq!(Event::read(first.as_bytes()), Event::Sum(sum.value()));
    }
}
