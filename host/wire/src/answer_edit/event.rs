//! Which lines of an event go out, which are held until it is known what the event is, and which go nowhere.

use bytes::BytesMut;

use super::out::Out;
use super::rename::Rename;
use super::usage_chunk::is_usage_chunk;
use crate::sse::{LINE_MAX, data_of, is_comment, may_be_data};

/// The event that is open, line by line.
pub(super) struct Events {
    rename: Option<Rename>,
    strip_usage: bool,
    state: State,
    /// Lines of the event, with their ends: with the open line about [`LINE_MAX`] bytes.
    held: BytesMut,
    /// Lines of the event are out already.
    is_begun: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Its data is still to come, so it may be the one that is taken out.
    Head,
    /// It is, unless more data follows.
    Usage,
    /// It goes to the client.
    Passing,
}

/// Where a line went.
#[derive(Clone, Copy)]
pub(super) enum Fate {
    Out,
    Held,
    Gone,
}

impl Events {
    pub(super) fn new(rename: Option<Rename>, strip_usage: bool) -> Self {
        let state = Self::first_state(strip_usage);
        Self { rename, strip_usage, state, held: BytesMut::new(), is_begun: false }
    }

    pub(super) fn rename(&self) -> Option<&Rename> {
        self.rename.as_ref()
    }

    /// A whole line, and its end.
    pub(super) fn line(&mut self, out: &mut Out<'_>, line: &[u8], end: &[u8]) -> Fate {
        if line.is_empty() {
            return self.end(out, end);
        }
        self.make_room(out, line);
        if self.must_wait(line) && self.is_still_open(line) {
            rename_in(self.rename.as_ref(), line, |bytes| self.held.extend_from_slice(bytes));
            self.held.extend_from_slice(end);
            return Fate::Held;
        }
        self.let_through(out, line);
        out.put(end);
        Fate::Out
    }

    /// Lets the beginning of a line through unless it has to wait.
    pub(super) fn passes(&mut self, out: &mut Out<'_>, line: &[u8]) -> bool {
        self.make_room(out, line);
        let passes = !self.must_wait(line);
        if passes {
            self.let_through(out, line);
        }
        passes
    }

    /// The second byte of the last line's end.
    pub(super) fn more_of_end(&mut self, out: &mut Out<'_>, byte: &[u8], fate: Fate) {
        match fate {
            Fate::Out => out.put(byte),
            Fate::Held => self.held.extend_from_slice(byte),
            Fate::Gone => {}
        }
    }

    /// There are no more lines. An event that lacks its end is taken out all the same.
    pub(super) fn finish(&mut self, out: &mut Out<'_>) {
        match self.state {
            State::Usage => self.held.clear(),
            State::Head | State::Passing => self.release(out),
        }
    }

    /// An event of which more would have to be held than the limit goes out.
    fn make_room(&mut self, out: &mut Out<'_>, line: &[u8]) {
        if self.held.len() + line.len() > LINE_MAX && self.must_wait(line) {
            self.let_through(out, b"");
        }
    }

    /// Whether a line that begins like this has to be seen as a whole.
    fn must_wait(&self, line: &[u8]) -> bool {
        line.len() <= LINE_MAX
            && match self.state {
                State::Head => !is_comment(line),
                State::Usage => true,
                State::Passing => self.rename.is_some() && may_be_data(line),
            }
    }

    /// Whether it is still open, with this line, what becomes of the event.
    fn is_still_open(&mut self, line: &[u8]) -> bool {
        match (self.state, data_of(line)) {
            (State::Passing, _) | (State::Usage, Some(_)) => false,
            (State::Head | State::Usage, None) => true,
            (State::Head, Some(data)) if is_usage_chunk(data) => {
                self.state = State::Usage;
                true
            }
            (State::Head, Some(_)) => false,
        }
    }

    /// A line, or the beginning of one, and all that was held ahead of it. With anything but a comment, the event is
    /// one that goes out.
    fn let_through(&mut self, out: &mut Out<'_>, line: &[u8]) {
        self.release(out);
        if self.state != State::Head || !is_comment(line) {
            self.state = State::Passing;
            self.is_begun = true;
        }
        rename_in(self.rename.as_ref(), line, |bytes| out.put(bytes));
    }

    fn release(&mut self, out: &mut Out<'_>) {
        self.is_begun |= !self.held.is_empty();
        out.put(&self.held);
        self.held.clear();
    }

    /// An event that is taken out leaves its end behind only where its beginning is out.
    fn end(&mut self, out: &mut Out<'_>, end: &[u8]) -> Fate {
        let leaves_nothing = self.state == State::Usage && !self.is_begun;
        self.finish(out);
        self.state = Self::first_state(self.strip_usage);
        self.is_begun = false;
        if leaves_nothing {
            return Fate::Gone;
        }
        out.put(end);
        Fate::Out
    }

    fn first_state(strip_usage: bool) -> State {
        if strip_usage { State::Head } else { State::Passing }
    }
}

/// A line in parts, with the client's name of the model. One that is too long stays as it is.
fn rename_in(rename: Option<&Rename>, line: &[u8], mut put: impl FnMut(&[u8])) {
    match (rename, data_of(line)) {
        (Some(rename), Some(data)) if line.len() <= LINE_MAX => rename.data(line, data, put),
        _ => put(line),
    }
}
