//! An answer as a client sees it, to the byte, and how it ended. It must not know what should have come.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::{Instant, timeout};

use super::{Framing, HEAD_BYTES_MAX, Head, head_end};

const PIECE_BYTES: usize = 16 * 1024;

/// How an answer ended.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) enum End {
    /// As its own framing says.
    Whole,
    /// The connection ended before the answer, or what came was no answer.
    Cut(String),
    /// It had not ended when the time was up.
    #[default]
    Silent,
}

/// What a client heard.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard {
    /// Without those of 1xx answers.
    pub(crate) head: Option<Head>,
    pub(crate) body: Vec<u8>,
    pub(crate) end: End,
    /// When the first byte came, 1xx answers left out.
    pub(crate) first: Option<Instant>,
    /// From when it was listened to its end.
    pub(crate) took: Duration,
}

/// Listens to one answer until it ends or the time is up.
pub(crate) async fn hear(stream: &mut (impl AsyncRead + Unpin), within: Duration) -> Heard {
    let mut heard = Heard::default();
    let begun = Instant::now();
    match timeout(within, listen(stream, &mut heard)).await {
        Ok(Ok(())) => heard.end = End::Whole,
        Ok(Err(why)) => heard.end = End::Cut(why),
        Err(_) => heard.end = End::Silent,
    }
    heard.took = begun.elapsed();
    heard
}

impl Heard {
    /// Zero if nothing came that has one.
    pub(crate) fn status(&self) -> u16 {
        self.head.as_ref().and_then(|head| head.second_word().parse().ok()).unwrap_or_default()
    }

    /// Empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.head.as_ref().and_then(|head| head.get(name)).unwrap_or_default()
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.end == End::Whole
    }

    /// The beginning of what came, for people.
    pub(crate) fn shown(&self) -> String {
        let body: String = String::from_utf8_lossy(&self.body).chars().take(160).collect();
        format!("{} {:?}, {body:?}", self.status(), self.end)
    }
}

async fn listen(stream: &mut (impl AsyncRead + Unpin), heard: &mut Heard) -> Result<(), String> {
    let mut buffer = Vec::new();
    let head = loop {
        let head = next_head(stream, &mut buffer, heard).await?;
        if !head.second_word().starts_with('1') {
            break head;
        }
    };
    let mut framing = Framing::of_answer(&head)?;
    heard.head = Some(head);
    loop {
        if framing.push(&buffer, &mut heard.body)?.is_some() {
            return Ok(());
        }
        buffer.clear();
        match more(stream, &mut buffer).await {
            Ok(()) => {}
            Err(_) if framing.may_end_with_connection() => return Ok(()),
            Err(why) => return Err(format!("{why} inside the body")),
        }
    }
}

async fn next_head(
    stream: &mut (impl AsyncRead + Unpin),
    buffer: &mut Vec<u8>,
    heard: &mut Heard,
) -> Result<Head, String> {
    loop {
        if let Some(end) = head_end(buffer) {
            let head = Head::parse(buffer.get(..end).unwrap_or_default())?;
            heard.first = Some(Instant::now());
            buffer.drain(..end);
            return Ok(head);
        }
        if buffer.len() > HEAD_BYTES_MAX {
            return Err(format!("a head of more than {HEAD_BYTES_MAX} bytes"));
        }
        more(stream, buffer).await.map_err(|why| format!("{why} before the body"))?;
    }
}

async fn more(stream: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>) -> Result<(), String> {
    buffer.reserve(PIECE_BYTES);
    match stream.read_buf(buffer).await {
        Ok(0) => Err("closed".to_owned()),
        Ok(_) => Ok(()),
        Err(error) => Err(error.kind().to_string()),
    }
}
