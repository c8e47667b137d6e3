//! What a played provider puts on the wire, byte by byte. It must not know why.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// An answer, or what stands in its place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script {
    pub(crate) steps: Vec<Step>,
    /// What of it is body, without its framing.
    pub(crate) body: Vec<u8>,
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Send(Arc<[u8]>),
    Wait(Duration),
    /// The same bytes again and again, each time after a pause.
    Repeat {
        bytes: Arc<[u8]>,
        every: Duration,
        times: u64,
    },
    /// The same, until this becomes true.
    RepeatUntil {
        bytes: Arc<[u8]>,
        every: Duration,
        over: Arc<AtomicBool>,
    },
    /// One byte at a time.
    Drip {
        bytes: Arc<[u8]>,
        every: Duration,
    },
    /// Nothing more, and no end either.
    Stall,
    /// The connection is closed in order.
    Close,
    /// The connection is reset.
    Reset,
}

impl Script {
    /// Bytes as they are.
    pub(crate) fn raw(bytes: impl AsRef<[u8]>) -> Self {
        Self::default().then(Step::Send(bytes.as_ref().into()))
    }

    /// A status line and fields, each ended by CRLF.
    pub(crate) fn head(status: &str, fields: &str) -> Self {
        Self::raw(format!("HTTP/1.1 {status}\r\n{fields}\r\n"))
    }

    /// A whole answer with its length.
    pub(crate) fn whole(status: &str, fields: &str, body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let head = format!("{fields}Content-Length: {}\r\n", body.len());
        Self::head(status, &head).plain(body)
    }

    /// 200 and a chunked body of this type, which has not begun yet.
    pub(crate) fn chunked(content_type: &str) -> Self {
        Self::head("200 OK", &format!("Content-Type: {content_type}\r\nTransfer-Encoding: chunked\r\n"))
    }

    pub(crate) fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// Bytes beside the body: framing, and what is wrong with it.
    pub(crate) fn wire(self, bytes: impl AsRef<[u8]>) -> Self {
        self.then(Step::Send(bytes.as_ref().into()))
    }

    /// Body bytes without a frame of their own.
    pub(crate) fn plain(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.body.extend_from_slice(bytes.as_ref());
        self.wire(bytes)
    }

    /// A chunk of the body.
    pub(crate) fn chunk(mut self, bytes: impl AsRef<[u8]>) -> Self {
        let bytes = bytes.as_ref();
        self.body.extend_from_slice(bytes);
        let frame = [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat();
        self.wire(frame)
    }

    /// A chunk of the body, again and again until this becomes true.
    pub(crate) fn chunks_until(self, bytes: &str, every: Duration, over: Arc<AtomicBool>) -> Self {
        let frame = format!("{:x}\r\n{bytes}\r\n", bytes.len());
        self.then(Step::RepeatUntil { bytes: frame.as_bytes().into(), every, over })
    }

    /// The end of a chunked body.
    pub(crate) fn end(self) -> Self {
        self.wire("0\r\n\r\n")
    }

    pub(crate) fn wait(self, time: Duration) -> Self {
        self.then(Step::Wait(time))
    }
}
