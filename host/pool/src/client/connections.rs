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
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{self, SendRequest};
use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use tokio::time::Instant;
use tower_service::Service;

use super::connect::{BoxError, Connector};

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
    connections: Vec<(Connection, Instant)>,
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

/// Dropped, it closes once it has nothing more to send.
#[derive(Debug)]
struct Connection {
    sender: SendRequest<Full<Bytes>>,
    /// Sends and reads.
    task: AbortHandle,
}

/// A connection that is in use. Dropped, it is closed at once: what is left of its request is not sent, and a provider that
/// reads no more holds nobody.
#[derive(Debug)]
struct Lease {
    /// Until it is given back.
    connection: Option<Connection>,
    /// Where it goes back to: its owner may be gone by then.
    home: Weak<Shared>,
}

/// How long a provider may take to read the rest of a request that it has answered.
const REST: Duration = Duration::from_secs(5);

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
            let connection = match waited {
                Some(connection) => connection,
                // On the heap: it is large, and hardly any request needs it.
                None => Box::pin(self.shared.connect()).await?,
            };
            let mut lease = Lease { connection: Some(connection), home: Arc::downgrade(&self.shared) };
            match lease.send(request).await {
                Ok(response) => return Ok(response.map(|body| Answer { body, lease: Some(lease) })),
                Err(mut failed) => match failed.take_message() {
                    Some(unsent) if !is_new => request = unsent,
                    _ => return Err(Failure::Exchange(failed.into_error())),
                },
            }
        }
    }
}

impl Shared {
    #[allow(clippy::disallowed_methods, reason = "it ends with the connection that its owner holds")]
    async fn connect(&self) -> Result<Connection, Failure> {
        let mut connector = self.connector.clone();
        std::future::poll_fn(|context| connector.poll_ready(context)).await.map_err(Failure::Connect)?;
        let stream = connector.call(self.target.clone()).await.map_err(Failure::Connect)?;
        let (sender, connection) = http1::handshake(stream).await.map_err(Failure::Exchange)?;
        // How it ends is told by the request that it breaks.
        let task = tokio::spawn(async move { drop(connection.await) });
        Ok(Connection { sender, task: task.abort_handle() })
    }

    fn take(&self) -> Option<Connection> {
        let mut waiting = self.lock();
        while let Some((connection, since)) = waiting.connections.pop() {
            if connection.sender.is_ready() && since.elapsed() < self.idle {
                return Some(connection);
            }
        }
        None
    }

    fn put(self: Arc<Self>, connection: Connection) {
        let mut waiting = self.lock();
        if waiting.connections.len() >= self.idle_max {
            return;
        }
        waiting.connections.push((connection, Instant::now()));
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
        self.connections.retain(|(waits, since)| waits.sender.is_ready() && since.elapsed() < idle);
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
    async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, TrySendError<Request<Full<Bytes>>>> {
        let connection = self.connection.as_mut().expect("it is given back when it is over");
        connection.sender.try_send_request(request).await
    }

    /// All of the answer has been read: the connection is ready, or will be once the provider has read all of the request,
    /// or is closed.
    fn give_back(mut self) {
        let Some(home) = self.home.upgrade().filter(|home| home.idle_max > 0) else { return };
        if let Some(ready) = self.connection.take_if(|connection| connection.sender.is_ready()) {
            return home.put(ready);
        }
        let closed = self.connection.as_ref().is_none_or(|connection| connection.sender.is_closed());
        if let Ok(runtime) = Handle::try_current()
            && !closed
        {
            runtime.spawn(self.give_back_in(home.idle.min(REST)));
        }
    }

    /// As [`Lease::give_back`], once the provider has read the rest of the request, if that is soon.
    async fn give_back_in(mut self, time: Duration) {
        let Some(connection) = &mut self.connection else { return };
        let ready = tokio::time::timeout(time, connection.sender.ready()).await;
        if let (Ok(Ok(())), Some(home)) = (ready, self.home.upgrade())
            && let Some(ready) = self.connection.take()
        {
            home.put(ready);
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(connection) = &self.connection {
            connection.task.abort();
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
