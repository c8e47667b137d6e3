//! What one paced stream was: read as it comes, event by event.

#[cfg(test)]
mod tests;

use crate::paced::event::Event;
use crate::statistics::Sum;

/// The longest event that is waited for, in bytes.
const EVENT_BYTES_MAX: usize = 4096;

/// Nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Heard {
    /// When the event left, and when it was here.
    pub(super) sent: u64,
    pub(super) received: u64,
    /// By how much longer the gap before it was here than where it was sent; none for the first event.
    pub(super) gap_added: Option<u64>,
}

#[derive(Default)]
pub(super) struct Reading {
    /// The beginning of an event.
    pending: Vec<u8>,
    sum: Sum,
    /// Text, in order.
    pub(super) heard: Vec<Heard>,
    /// When the provider had the request.
    pub(super) arrived: Option<u64>,
    /// What the stream says its sum is.
    said: Option<u64>,
    done: bool,
}

impl Reading {
    /// # Errors
    /// What is wrong with the stream, in words.
    pub(super) fn add(&mut self, bytes: &[u8], received: u64) -> Result<(), String> {
        self.pending.extend_from_slice(bytes);
        while let Some(end) = self.pending.windows(2).position(|two| two == b"\n\n") {
            let rest = self.pending.split_off(end + 2);
            let event = std::mem::replace(&mut self.pending, rest);
            self.event(&event, received)?;
        }
        match self.pending.len() {
            0..=EVENT_BYTES_MAX => Ok(()),
            length => Err(format!("{length} bytes without the end of an event")),
        }
    }

    /// # Errors
    /// When the stream was not whole, or its bytes were others.
    pub(super) fn end(&self, events: u32) -> Result<(), String> {
        if !self.done || !self.pending.is_empty() {
            return Err(format!(
                "the stream ended after {} of {events} events, without its end",
                self.heard.len()
            ));
        }
        if self.heard.len() != events as usize || self.said != Some(self.sum.value()) {
            return Err(format!(
                "{} of {events} events, and their bytes are not those that were sent",
                self.heard.len()
            ));
        }
        Ok(())
    }

    fn event(&mut self, event: &[u8], received: u64) -> Result<(), String> {
        match Event::read(event) {
            Event::Text { arrived, sent } => {
                self.sum.add(event);
                self.arrived = Some(arrived);
                self.heard.push(self.hear(sent, received));
            }
            Event::Sum(said) => self.said = Some(said),
            Event::Done => self.done = true,
            Event::Other if event.starts_with(b"data: {\"error\"") => {
                return Err(String::from_utf8_lossy(event).trim().to_owned());
            }
            Event::Other => {}
        }
        Ok(())
    }

    fn hear(&self, sent: u64, received: u64) -> Heard {
        let gap_added = self.heard.last().map(|last| {
            let (here, there) = (received - last.received, sent.saturating_sub(last.sent));
            here.saturating_sub(there)
        });
        Heard { sent, received, gap_added }
    }
}
