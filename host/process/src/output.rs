//! The two streams of a child, read at the same time into one bounded queue of lines. When it is full nothing is read,
//! and the child waits with its next write. It must not know how the child is ended.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{Instant, timeout};

use crate::Limits;
use crate::line::{Line, Splitter, Stream};
use crate::watch::Watch;

const READ_BYTES: usize = 16 * 1024;

/// A line, and the room that it takes until it is taken.
type Queued = (Line, OwnedSemaphorePermit);

/// The end where lines are taken.
pub(crate) struct Output {
    queue: mpsc::Receiver<Queued>,
    ended: bool,
}

/// The end where a stream puts its lines. The output has ended when none is left.
#[derive(Clone)]
pub(crate) struct Input {
    queue: mpsc::Sender<Queued>,
    room: Arc<Semaphore>,
    watch: Watch,
    limits: Limits,
}

pub(crate) fn queue(limits: Limits, watch: Watch) -> (Input, Output) {
    let (sender, receiver) = mpsc::channel(limits.lines_max);
    let room = Arc::new(Semaphore::new(limits.output_bytes_max));
    (Input { queue: sender, room, watch, limits }, Output { queue: receiver, ended: false })
}

impl Output {
    /// At most `count` lines, with less than `bytes` before the last one.
    ///
    /// # Cancel safety
    /// A line that was not returned is still there.
    pub(crate) async fn take(&mut self, count: usize, bytes: usize, wait: Duration) -> Vec<Line> {
        if count == 0 || self.ended {
            return Vec::new();
        }
        let Ok(first) = timeout(wait, self.queue.recv()).await else { return Vec::new() };
        self.ended = first.is_none();
        let mut lines: Vec<Line> = first.map(|(line, _)| line).into_iter().collect();
        let mut taken = lines.iter().map(|line| line.text.len()).sum::<usize>();
        while !lines.is_empty() && lines.len() < count && taken < bytes {
            let Ok((line, _)) = self.queue.try_recv() else { break };
            taken += line.text.len();
            lines.push(line);
        }
        lines
    }

    pub(crate) fn ended(&self) -> bool {
        self.ended
    }
}

impl Input {
    /// Reads a stream to its end, or, once the child has ended, for no longer than it may linger.
    pub(crate) async fn pump(self, stream: Stream, mut pipe: impl AsyncRead + Unpin) {
        let mut splitter = Splitter::new(self.limits.line_bytes_max);
        let (mut buffer, mut left) = (vec![0; READ_BYTES], self.limits.linger);
        while let Some(length) = self.read(&mut pipe, &mut buffer, &mut left).await {
            let bytes = buffer.get(..length).unwrap_or_default();
            if !self.put(stream, splitter.push(bytes)).await {
                return;
            }
        }
        self.put(stream, splitter.finish()).await;
    }

    /// None at the end. Only waiting for the pipe counts as lingering, not waiting for room in the queue.
    async fn read(
        &self,
        pipe: &mut (impl AsyncRead + Unpin),
        buffer: &mut [u8],
        left: &mut Duration,
    ) -> Option<usize> {
        if left.is_zero() {
            return None;
        }
        let mut reading = std::pin::pin!(pipe.read(buffer));
        tokio::select! {
            biased;
            length = &mut reading => return length.ok().filter(|length| *length > 0),
            _ = self.watch.exit() => {}
        }
        let since = Instant::now();
        let length = timeout(*left, reading).await;
        *left = left.saturating_sub(since.elapsed());
        length.ok()?.ok().filter(|length| *length > 0)
    }

    async fn put(&self, stream: Stream, lines: Vec<String>) -> bool {
        for text in lines {
            let bytes = u32::try_from(text.len().max(1)).unwrap_or(u32::MAX);
            let Ok(room) = Arc::clone(&self.room).acquire_many_owned(bytes).await else { return false };
            if self.queue.send((Line { stream, text }, room)).await.is_err() {
                return false;
            }
        }
        true
    }
}
