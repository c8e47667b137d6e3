//! The connections to one provider that one thread keeps: each serves one request at a time, and waits for the next one
//! until it has been idle for too long. It must not know what is asked over them.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use tokio::runtime::Handle;
use tokio::time::Instant;
use tower_service::Service;

use super::connect::{BoxError, Connector};

type Sender = SendRequest<Full<Bytes>>;

/// A clone shares the connections.
#[derive(Clone)]
pub(crate) struct Connections {
    shared: Arc<Shared>,
}

struct Shared {
    connector: Connector,
    target: Uri,
    /// The most that wait at one time.
    idle_max: usize,
    /// How long one waits.
    idle: Duration,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    /// Those that were used last are last, and are taken first.
    connections: Vec<(Sender, Instant)>,
    /// Whether a task closes those that have waited for too long.
    swept: bool,
}

/// A body that comes over one of the connections, which waits for the next request once all of it is read. Dropped before
/// that, it closes the connection.
#[derive(Debug)]
pub struct Answer {
    body: Incoming,
    lease: Option<Lease>,
}

/// A connection that is in use.
#[derive(Debug)]
struct Lease {
    sender: Sender,
    /// Where it goes back to: its owner may be gone by then.
    home: Weak<Shared>,
}

/// Why there is no answer.
pub(super) enum Failure {
    Connect(BoxError),
    /// The connection broke; the provider may have seen the request.
    Exchange(hyper::Error),
}

impl Connections {
    pub(super) fn new(connector: Connector, target: Uri, idle_max: usize, idle: Duration) -> Self {
        let shared = Shared { connector, target, idle_max, idle, waiting: Mutex::default() };
        Self { shared: Arc::new(shared) }
    }

    /// Sends over a connection that waits, or over a new one. If the provider has closed it before the first byte was
    /// written, another is tried; as each of them is one that waited, or the last, that ends.
    pub(super) async fn request(
        &self,
        mut request: Request<Full<Bytes>>,
    ) -> Result<Response<Answer>, Failure> {
        loop {
            let waited = self.shared.take();
            let is_new = waited.is_none();
            let mut sender = match waited {
                Some(sender) => sender,
                None => self.shared.connect().await?,
            };
            match sender.try_send_request(request).await {
                Ok(response) => {
                    let lease = Lease { sender, home: Arc::downgrade(&self.shared) };
                    return Ok(response.map(|body| Answer { body, lease: Some(lease) }));
                }
                Err(mut failed) => match failed.take_message() {
                    Some(unsent) if !is_new => request = unsent,
                    _ => return Err(Failure::Exchange(failed.into_error())),
                },
            }
        }
    }
}

impl Shared {
    #[allow(
        clippy::disallowed_methods,
        reason = "it ends with the sender and the answer that its owner holds"
    )]
    async fn connect(&self) -> Result<Sender, Failure> {
        let mut connector = self.connector.clone();
        std::future::poll_fn(|context| connector.poll_ready(context)).await.map_err(Failure::Connect)?;
        let stream = connector.call(self.target.clone()).await.map_err(Failure::Connect)?;
        let (sender, connection) = http1::handshake(stream).await.map_err(Failure::Exchange)?;
        // How it ends is told by the request that it breaks.
        tokio::spawn(async move { drop(connection.await) });
        Ok(sender)
    }

    fn take(&self) -> Option<Sender> {
        let mut waiting = self.lock();
        while let Some((sender, since)) = waiting.connections.pop() {
            if sender.is_ready() && since.elapsed() < self.idle {
                return Some(sender);
            }
        }
        None
    }

    fn put(self: Arc<Self>, sender: Sender) {
        let mut waiting = self.lock();
        if waiting.connections.len() >= self.idle_max {
            return;
        }
        waiting.connections.push((sender, Instant::now()));
        // What is dropped while its runtime ends may be dropped outside of it.
        if !waiting.swept
            && let Ok(runtime) = Handle::try_current()
        {
            waiting.swept = true;
            runtime.spawn(sweep(Arc::downgrade(&self), self.idle));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// Closes those that have waited for that long, or that the provider has closed. None: no other waits.
    fn sweep(&mut self, idle: Duration) -> Option<Instant> {
        self.connections.retain(|(sender, since)| sender.is_ready() && since.elapsed() < idle);
        let next = self.connections.iter().map(|(_, since)| *since + idle).min();
        self.swept = next.is_some();
        next
    }
}

/// Closes connections that have waited for too long, as long as there are any.
async fn sweep(home: Weak<Shared>, idle: Duration) {
    let mut next = Instant::now() + idle;
    loop {
        tokio::time::sleep_until(next).await;
        let Some(shared) = home.upgrade() else { return };
        match shared.lock().sweep(idle) {
            Some(due) => next = due,
            None => return,
        }
    }
}

impl Lease {
    /// All of the answer has been read: the connection is ready, or will be in a moment, or is closed.
    fn give_back(mut self) {
        let Some(home) = self.home.upgrade().filter(|home| home.idle_max > 0) else { return };
        if self.sender.is_ready() {
            home.put(self.sender);
        } else if !self.sender.is_closed()
            && let Ok(runtime) = Handle::try_current()
        {
            drop(home);
            runtime.spawn(async move {
                if self.sender.ready().await.is_ok()
                    && let Some(home) = self.home.upgrade()
                {
                    home.put(self.sender);
                }
            });
        }
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if frame.is_none() {
            self.lease.take().into_iter().for_each(Lease::give_back);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// One that was read to its end without asking whether more comes, or that is empty, gives its connection back, too.
impl Drop for Answer {
    fn drop(&mut self) {
        if self.body.is_end_stream() {
            self.lease.take().into_iter().for_each(Lease::give_back);
        }
    }
}

#[cfg(test)]
mod tests;
