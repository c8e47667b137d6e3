//! A line of the log as text, put together in one buffer: a busy gateway writes one for each request. It must not know
//! where lines go.

use std::cell::RefCell;
use std::fmt::{self, Debug, Write};

use patchbay_types::{Clock, SystemClock, Timestamp};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

/// Gives each line to `sink`, with its end.
pub(super) struct Text<W> {
    clock: SystemClock,
    sink: W,
}

thread_local! {
    static LINE: RefCell<Line> = const { RefCell::new(Line { text: String::new(), second: Second { of: u64::MAX, text: String::new() } }) };
}

struct Line {
    text: String,
    second: Second,
}

/// The last second that was written out: lines come many to one.
struct Second {
    of: u64,
    /// Without its `Z`.
    text: String,
}

/// What a line is longer than seldom, in bytes: more room is given back.
const LINE_BYTES: usize = 4096;

impl<W: Fn(&[u8])> Text<W> {
    pub(super) fn new(sink: W) -> Self {
        Self { clock: SystemClock::default(), sink }
    }
}

impl<S: Subscriber, W: Fn(&[u8]) + 'static> Layer<S> for Text<W> {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let now = self.clock.wall();
        LINE.with_borrow_mut(|line| {
            line.begin(now, event);
            event.record(&mut Fields(&mut line.text));
            line.text.push('\n');
            (self.sink)(line.text.as_bytes());
            line.text.clear();
            line.text.shrink_to(LINE_BYTES);
        });
    }
}

impl Line {
    fn begin(&mut self, now: Timestamp, event: &Event<'_>) {
        self.text.push_str(self.second.of(now));
        let (level, target) = (event.metadata().level(), event.metadata().target());
        // Writing to a string cannot fail.
        let _ = write!(self.text, ".{:03}Z {} {target}:", now.0 % 1000, word(*level));
    }
}

impl Second {
    fn of(&mut self, now: Timestamp) -> &str {
        let second = now.0 / 1000;
        if self.of != second {
            self.text = Timestamp(second * 1000).to_string();
            self.text.truncate(self.text.trim_end_matches('Z').len());
            self.of = second;
        }
        &self.text
    }
}

/// As wide as the widest.
fn word(level: Level) -> &'static str {
    match level {
        Level::ERROR => "ERROR",
        Level::WARN => " WARN",
        Level::INFO => " INFO",
        Level::DEBUG => "DEBUG",
        Level::TRACE => "TRACE",
    }
}

/// ` name=value`, and the message as it is.
struct Fields<'a>(&'a mut String);

impl Fields<'_> {
    fn name(&mut self, field: &Field) {
        self.0.push(' ');
        if field.name() != "message" {
            self.0.push_str(field.name());
            self.0.push('=');
        }
    }

    /// A number: nothing in it has to be put in other words.
    fn plain(&mut self, field: &Field, value: impl itoa::Integer) {
        self.name(field);
        self.0.push_str(itoa::Buffer::new().format(value));
    }
}

impl Visit for Fields<'_> {
    /// Also what is displayed comes here. A line stays one line.
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.name(field);
        let _ = write!(OneLine(self.0), "{value:?}");
    }

    /// In quotes only where it would be misread without.
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => {
                self.name(field);
                let _ = OneLine(self.0).write_str(value);
            }
            _ if is_word(value) => {
                self.name(field);
                self.0.push_str(value);
            }
            _ => self.record_debug(field, &value),
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.plain(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.plain(field, value);
    }

    /// To a thousandth, unless it is smaller or larger by far: further digits of what is measured say nothing.
    fn record_f64(&mut self, field: &Field, value: f64) {
        let Some(thousandths) = thousandths(value) else { return self.record_debug(field, &value) };
        self.plain(field, thousandths / 1000);
        self.0.push('.');
        // With a digit before them, so that zeros in front stay.
        let mut digits = itoa::Buffer::new();
        let digits = &digits.format(1000 + thousandths % 1000)[1..];
        self.0.push_str(&digits[..digits.trim_end_matches('0').len().max(1)]);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.name(field);
        self.0.push_str(if value { "true" } else { "false" });
    }
}

fn thousandths(value: f64) -> Option<u64> {
    // In these bounds it loses neither its sign nor more than it should.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    (1e-3..1e12).contains(&value).then(|| (value * 1e3).round() as u64)
}

/// Whether a text can stand in a line as it is, and be told from what comes next.
fn is_word(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/' | b':');
    !text.is_empty() && text.bytes().all(plain)
}

/// Puts what would end a line, or steer a terminal, in other words.
struct OneLine<'a>(&'a mut String);

impl Write for OneLine<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if text.bytes().all(|byte| !byte.is_ascii_control()) {
            self.0.push_str(text);
            return Ok(());
        }
        for character in text.chars() {
            match character.is_control() {
                true => self.0.extend(character.escape_default()),
                false => self.0.push(character),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    fn written(log: impl FnOnce()) -> String {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&lines);
        let text = Text::new(move |line: &[u8]| sink.lock().unwrap().extend_from_slice(line));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(text), log);
        String::from_utf8(lines.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn a_line_has_its_time_its_level_its_message_and_its_fields() {
        let line = written(|| {
            let shown = "a b";
            tracing::info!(
                target: "here", number = 7, text = "a \"b\"", %shown, none = None::<u8>, word = "routing/1",
                nothing = "", yes = true, less = -1, "it is done"
            );
        });
        let (time, rest) = line.split_once(' ').unwrap();
        assert_eq!(time.len(), "2026-01-01T00:00:00.000Z".len(), "{line}");
        assert!(time.starts_with("20") && time.ends_with('Z'), "{line}");
        assert_eq!(
            rest,
            concat!(
                " INFO here: it is done number=7 text=\"a \\\"b\\\"\" shown=a b word=routing/1 ",
                "nothing=\"\" yes=true less=-1\n"
            )
        );
    }

    #[test]
    fn a_fraction_is_written_to_a_thousandth() {
        let line = |value: f64| written(|| tracing::info!(value, "m")).rsplit_once('=').unwrap().1.to_owned();
        let cases = [
            (0.843_923, "0.844"),
            (12.0, "12.0"),
            (7.05, "7.05"),
            (1.0004, "1.0"),
            (0.9999, "1.0"),
            (0.0, "0.0"),
            (0.000_25, "0.00025"),
            (-1.5, "-1.5"),
            (1e15, "1000000000000000.0"),
            (f64::NAN, "NaN"),
        ];
        for (value, expected) in cases {
            assert_eq!(line(value).trim_end(), expected, "{value}");
        }
    }

    #[test]
    fn nothing_that_was_said_makes_two_lines_of_one() {
        let line = written(|| {
            let said = "one\ntwo\u{1b}[31m";
            tracing::warn!(target: "here", %said, "a\r\nb");
        });
        assert_eq!(line.matches('\n').count(), 1, "{line:?}");
        assert!(line.contains(r"a\r\nb said=one\ntwo\u{1b}[31m"), "{line:?}");
    }
}
