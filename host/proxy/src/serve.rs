//! The main port: accepts connections, bounds them, drains them.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use arc_swap::ArcSwap;
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::body::AnswerBody;
use crate::gateway::Gateway;
use crate::rarely::Rarely;
use crate::rescue::{Refusal, json, plain};
use crate::workers::Workers;
use crate::{flow, models};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ServeOptions {
    /// Until a request's header is there.
    pub header_timeout: Duration,
    pub header_bytes_max: usize,
    pub header_lines_max: usize,
    pub connections_max: usize,
    /// From the signal to stop until connections that still run are cut.
    pub drain_timeout: Duration,
}

/// Options that may be replaced while the port is served. Clones share them.
#[derive(Clone)]
pub struct SharedServeOptions(Arc<ArcSwap<ServeOptions>>);

/// A bound port that is not served yet.
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    workers: Workers,
}

/// What a connection is served with, and how it is made to end.
struct Port {
    gateway: Gateway,
    options: SharedServeOptions,
    connections: TaskTracker,
    workers: Workers,
    /// Tells each connection to end after what it is doing.
    ending: CancellationToken,
    /// Cuts what has not ended by itself.
    cut: CancellationToken,
}

/// Places for connections: as many as the options say, which may change.
struct Places {
    free: Arc<Semaphore>,
    /// Free ones and those that are taken.
    all: usize,
}

/// Connections that the system keeps until they are accepted: thousands of streams may begin at once.
const BACKLOG: u32 = 4096;
/// How long it takes at most until the port sees that it may have more connections.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How often it looks whether connections have ended that are too many.
const SHED_AGAIN: Duration = Duration::from_millis(100);

impl SharedServeOptions {
    #[must_use]
    pub fn new(options: ServeOptions) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(options)))
    }

    /// Connections that are opened from now on are served with these.
    pub fn set(&self, options: ServeOptions) {
        self.0.store(Arc::new(options));
    }

    #[must_use]
    pub fn get(&self) -> ServeOptions {
        **self.0.load()
    }
}

impl Places {
    /// False while there are more connections than that: as they end, their places go.
    fn become_many(&mut self, wanted: usize) -> bool {
        if wanted > self.all {
            self.free.add_permits(wanted - self.all);
            self.all = wanted;
        } else {
            self.all -= self.free.forget_permits(self.all - wanted);
        }
        self.all == wanted
    }

    async fn next(&mut self, options: &SharedServeOptions) -> OwnedSemaphorePermit {
        loop {
            if !self.become_many(options.get().connections_max) {
                tokio::time::sleep(SHED_AGAIN).await;
                continue;
            }
            let place = self.free.clone().acquire_owned();
            if let Ok(place) = tokio::time::timeout(LOOK_AGAIN, place).await {
                return place.expect("nobody closes it");
            }
        }
    }
}

impl Listener {
    /// # Errors
    /// When the address cannot be bound: in use, or not this machine's; or when no threads are to be had.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = listen(address)?;
        let address = socket.local_addr()?;
        Ok(Self { socket, address, workers: Workers::start()? })
    }

    /// The address with the port that it has got.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` is cancelled, then accepts nothing more, lets what runs come to its end, and cuts what is left
    /// at the drain timeout, or when `cut` is cancelled. Returns how many connections were cut.
    pub async fn serve(
        self,
        gateway: Gateway,
        options: SharedServeOptions,
        stop: CancellationToken,
        cut: CancellationToken,
    ) -> usize {
        let Self { socket, workers, .. } = self;
        let mut port = Port {
            gateway,
            options: options.clone(),
            connections: TaskTracker::new(),
            workers,
            ending: CancellationToken::new(),
            cut,
        };
        let mut places = Places { free: Arc::new(Semaphore::new(0)), all: 0 };
        while let Some(stream) = next(&socket, &mut places, &options, &stop).await {
            port.open(stream);
        }
        drop(socket);
        port.drain().await
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // As std does: the port of a host that has just ended is free.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// The next connection, once there is a place for it; none when it is time to stop.
async fn next(
    socket: &TcpListener,
    places: &mut Places,
    options: &SharedServeOptions,
    stop: &CancellationToken,
) -> Option<Placed> {
    loop {
        let accepted = async {
            let place = places.next(options).await;
            (socket.accept().await, place)
        };
        let accepted = tokio::select! {
            () = stop.cancelled() => return None,
            accepted = accepted => accepted,
        };
        // It is taken out of this runtime's events, and put into its worker's.
        match (accepted.0.and_then(|(stream, _)| stream.into_std()), accepted.1) {
            (Ok(stream), place) => return Some(Placed { stream, place }),
            (Err(error), _) => {
                // Out of file descriptors, mostly: others must end first.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

struct Placed {
    stream: std::net::TcpStream,
    place: OwnedSemaphorePermit,
}

impl Port {
    fn open(&mut self, Placed { stream, place }: Placed) {
        // Small answers must not wait for a full packet; a socket that refuses is served all the same.
        let _ = stream.set_nodelay(true);
        let worker = self.workers.next();
        let entered = worker.enter();
        let Ok(stream) = TcpStream::from_std(stream) else { return };
        drop(entered);
        let options = self.options.get();
        let (gateway, limit) = (self.gateway.apart(), options.header_bytes_max);
        let service = service_fn(move |request| {
            let gateway = gateway.clone();
            async move { Ok::<_, std::convert::Infallible>(route(&gateway, limit, request).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(options.header_timeout)
            .max_buf_size(options.header_bytes_max)
            .max_headers(options.header_lines_max)
            .serve_connection(TokioIo::new(stream), service);
        let mut ending = Rarely::new(self.ending.clone().cancelled_owned());
        let mut cut = Rarely::new(self.cut.clone().cancelled_owned());
        let connection = async move {
            let mut connection = pin!(connection);
            let ended = poll_fn(|context| {
                if ending.has_come(context) {
                    connection.as_mut().graceful_shutdown();
                }
                if cut.has_come(context) {
                    return Poll::Ready(Ok(()));
                }
                connection.as_mut().poll(context)
            });
            if let Err(error) = ended.await {
                tracing::debug!(%error, "a connection ended badly");
            }
            drop(place);
        };
        self.connections.spawn_on(connection, worker);
    }

    async fn drain(self) -> usize {
        self.connections.close();
        let ended = async {
            self.ending.cancel();
            self.connections.wait().await;
        };
        let in_time = tokio::select! {
            in_time = tokio::time::timeout(self.options.get().drain_timeout, ended) => in_time.is_ok(),
            () = self.cut.cancelled() => false,
        };
        let left = if in_time { 0 } else { self.connections.len() };
        self.cut.cancel();
        self.connections.wait().await;
        self.workers.end();
        left
    }
}

async fn route(gateway: &Gateway, limit: usize, request: Request<Incoming>) -> Response<AnswerBody> {
    // The library's own limit is that of a buffer: it lets more through.
    if header_bytes(&request) > limit {
        return plain(&Refusal::HeaderTooLarge { limit });
    }
    match request.uri().path() {
        "/health" => json(StatusCode::OK, (gateway.health)().to_string().into()),
        path if path == models::PATH || path.starts_with("/v1/models/") => models::serve(gateway, &request),
        path if path.starts_with("/v1/") => flow::serve(gateway, request).await,
        path => plain(&Refusal::NoSuchPath(path.to_owned())),
    }
}

/// The request's line and its header lines, as they came over the wire or nearly.
fn header_bytes(request: &Request<Incoming>) -> usize {
    const LINE: usize = "GET  HTTP/1.1\r\n\r\n".len();
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    let lines =
        request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len());
    LINE + target + lines.sum::<usize>()
}
