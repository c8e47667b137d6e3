//! One connection to a played provider: request after request, each answered by its script.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::time::{Instant, sleep};

use super::{Asked, Play, Seen};
use crate::http::{Framing, HEAD_BYTES_MAX, Head, head_end};
use crate::script::{Script, Step};

/// The largest body that is read.
const BODY_BYTES_MAX: usize = 64 << 20;
const PIECE_BYTES: usize = 16 * 1024;
/// What of junk is kept, in characters.
const JUNK_CHARACTERS_MAX: usize = 200;
/// Longest answer to junk.
const NO_REQUEST: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
const MODELS: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 27\r\n\r\n\
                        {\"object\":\"list\",\"data\":[]}";

struct Connection {
    stream: TcpStream,
    /// What came and was not read yet.
    buffer: Vec<u8>,
}

/// What becomes of the connection after a script.
#[derive(PartialEq, Eq)]
enum After {
    Kept,
    Closed,
    /// The client was gone before.
    Left,
}

pub(super) async fn serve(stream: TcpStream, seen: Arc<Seen>, play: Arc<Play>) {
    // A socket that refuses is slower, no more.
    let _ = stream.set_nodelay(true);
    let mut connection = Connection { stream, buffer: Vec::new() };
    loop {
        let (head, body) = match connection.request().await {
            Ok(Some(request)) => request,
            Ok(None) => return,
            Err(junk) => return connection.refuse(&seen, &junk).await,
        };
        // How a host looks whether a provider is well: no request of anybody.
        if head.method() == "GET" && head.second_word().ends_with("/models") {
            if connection.stream.write_all(MODELS).await.is_err() {
                return;
            }
            continue;
        }
        let asked = seen.remember(head, body);
        if connection.answer(&asked, play(&asked), &seen).await != After::Kept {
            return;
        }
    }
}

impl Connection {
    /// The next request, read strictly; none when the client closes between two.
    ///
    /// # Errors
    /// What came is no request of one framing.
    async fn request(&mut self) -> Result<Option<(Head, Vec<u8>)>, String> {
        let end = loop {
            match head_end(&self.buffer) {
                Some(end) => break end,
                None if self.buffer.len() > HEAD_BYTES_MAX => return Err(self.shown("a head without an end")),
                None if self.more().await => {}
                None if self.buffer.is_empty() => return Ok(None),
                None => return Err(self.shown("cut inside a head")),
            }
        };
        let head = Head::parse(self.buffer.get(..end).unwrap_or_default())?;
        if !head.first.ends_with(" HTTP/1.1") || head.first.split(' ').count() != 3 {
            return Err(self.shown("no request line"));
        }
        self.buffer.drain(..end);
        let mut framing = Framing::of_request(&head)?;
        let mut body = Vec::new();
        loop {
            if let Some(taken) = framing.push(&self.buffer, &mut body)? {
                self.buffer.drain(..taken);
                return Ok(Some((head, body)));
            }
            self.buffer.clear();
            if body.len() > BODY_BYTES_MAX {
                return Err(format!("a body of more than {BODY_BYTES_MAX} bytes"));
            }
            if !self.more().await {
                return Err(format!("cut inside a body, after {} bytes: {}", body.len(), head.first));
            }
        }
    }

    /// False at the end of the connection.
    async fn more(&mut self) -> bool {
        self.buffer.reserve(PIECE_BYTES);
        matches!(self.stream.read_buf(&mut self.buffer).await, Ok(1..))
    }

    async fn refuse(&mut self, seen: &Seen, junk: &str) {
        seen.complain(junk.to_owned());
        // Whoever sent junk may be gone.
        let _ = self.stream.write_all(NO_REQUEST).await;
        let _ = self.stream.shutdown().await;
    }

    async fn answer(&mut self, asked: &Asked, script: Script, seen: &Seen) -> After {
        // Halves that are borrowed: owned ones would close in order, and no connection could be reset.
        let (mut read, mut write) = self.stream.split();
        let after = tokio::select! {
            after = perform(&script, &mut write) => after.unwrap_or(After::Left),
            () = gone(&mut read, &mut self.buffer) => After::Left,
        };
        seen.note(asked.number, |asked| match after {
            After::Left => asked.left = Some(Instant::now()),
            _ => asked.ended = Some(Instant::now()),
        });
        after
    }

    fn shown(&self, what: &str) -> String {
        let text: String = String::from_utf8_lossy(&self.buffer).chars().take(JUNK_CHARACTERS_MAX).collect();
        format!("{what}: {text:?}")
    }
}

/// Waits for the client to go. What it sends meanwhile is kept for the next request.
async fn gone(read: &mut ReadHalf<'_>, buffer: &mut Vec<u8>) {
    while buffer.len() < HEAD_BYTES_MAX && matches!(read.read_buf(buffer).await, Ok(1..)) {}
}

async fn perform(script: &Script, write: &mut WriteHalf<'_>) -> io::Result<After> {
    for step in &script.steps {
        match step {
            Step::Send(bytes) => write.write_all(bytes).await?,
            Step::Wait(time) => sleep(*time).await,
            Step::Repeat { bytes, every, times } => repeat(write, bytes, *every, *times).await?,
            Step::RepeatUntil { bytes, every, over } => {
                while !over.load(Ordering::SeqCst) {
                    repeat(write, bytes, *every, 1).await?;
                }
            }
            Step::Drip { bytes, every } => drip(write, bytes, *every).await?,
            Step::Stall => std::future::pending().await,
            Step::Close => {
                write.shutdown().await?;
                return Ok(After::Closed);
            }
            Step::Reset => {
                write.as_ref().set_zero_linger()?;
                return Ok(After::Closed);
            }
        }
    }
    Ok(After::Kept)
}

async fn repeat(write: &mut WriteHalf<'_>, bytes: &[u8], every: Duration, times: u64) -> io::Result<()> {
    for _ in 0..times {
        if !every.is_zero() {
            sleep(every).await;
        }
        write.write_all(bytes).await?;
    }
    Ok(())
}

async fn drip(write: &mut WriteHalf<'_>, bytes: &[u8], every: Duration) -> io::Result<()> {
    // A few at a time, so that the first event is there well before its deadline on a busy machine.
    for piece in bytes.chunks(4) {
        write.write_all(piece).await?;
        sleep(every).await;
    }
    Ok(())
}
