//! `patchbay serve`: the ports, the operator's socket, and an end in good order.

use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use patchbay_config::Environment;
use patchbay_proxy::Listener;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cli::ServeOptions;
use crate::folder::InUse;
use crate::host::Host;
use crate::log;
use crate::reload::Outside;

/// The ports of a host, bound but not served.
pub struct Ports {
    pub main: Listener,
    metrics: TcpListener,
    operator: UnixListener,
}

/// Connections of the operator's tools and of the metrics reader at one time.
const SIDE_CONNECTIONS_MAX: usize = 64;
const SIDE_HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// What the operator's tools get to end, once the agents' requests have.
const SIDE_DRAIN: Duration = Duration::from_secs(2);

/// Serves the host in `dir` until a signal to end: SIGTERM and SIGINT let requests come to their end, a second one does
/// not. SIGHUP has it read its configuration again.
///
/// # Errors
/// [`InUse`] when the folder or a port is; else what does not open.
pub async fn run(dir: PathBuf, options: ServeOptions, log: log::Level) -> anyhow::Result<()> {
    let environment = Environment::of_process()
        .with_option("--listen", "PATCHBAY_LISTEN", options.listen)
        .with_option("--metrics-listen", "PATCHBAY_METRICS_LISTEN", options.metrics_listen);
    let mut signals = Signals::new()?;
    let mut hangups = signal(SignalKind::hangup())?;
    let host = Host::open_with(&dir, Outside { environment, log: Some(log) }).await?;
    let ports = match Ports::bind(&host).await {
        Ok(ports) => ports,
        Err(error) => {
            host.close().await?;
            return Err(error);
        }
    };
    host.engine.start().await?;
    announce(&dir, &host, &ports)?;
    serve_until(&host, ports, &mut signals, &mut hangups).await;
    // The socket's file would look like a server that hangs.
    let _ = std::fs::remove_file(host.folder().socket());
    host.close().await
}

/// Serves until the first signal, drains until the second.
async fn serve_until(host: &Host, ports: Ports, signals: &mut Signals, hangups: &mut Signal) {
    let (stop, cut) = (CancellationToken::new(), CancellationToken::new());
    let following = host.reload.follow(&host.operator, hangups, &stop);
    let serving = async {
        tokio::join!(serve(host, ports, stop.clone(), cut.clone()), following);
    };
    tokio::pin!(serving);
    tokio::select! {
        () = signals.next() => tracing::info!("ending: requests that run may finish; a second signal cuts them"),
        () = &mut serving => return,
    }
    stop.cancel();
    tokio::select! {
        () = &mut serving => return,
        () = signals.next() => tracing::warn!("cut short by a second signal"),
    }
    cut.cancel();
    // What is cut is settled, and only then is the store closed; a third signal does not wait for that.
    tokio::select! {
        () = &mut serving => {}
        () = signals.next() => tracing::warn!("cut short by a third signal"),
    }
}

/// Serves all ports until `stop`, then drains, until `cut` at the longest: agents first, so that the operator can watch.
pub async fn serve(host: &Host, ports: Ports, stop: CancellationToken, cut: CancellationToken) {
    let Ports { main, metrics, operator } = ports;
    let agents_gone = CancellationToken::new();
    let agents = async {
        let left = main.serve(host.gateway.clone(), host.serving.clone(), stop, cut.clone()).await;
        if left > 0 {
            tracing::warn!(connections = left, "still running at the end of the time to drain: cut");
        }
        agents_gone.cancel();
    };
    let metrics = side(
        metrics,
        patchbay_admin::metrics_router(host.operator.clone()),
        agents_gone.clone(),
        cut.clone(),
    );
    let operator = side(operator, host.router(), agents_gone.clone(), cut.clone());
    tokio::join!(agents, metrics, operator);
}

impl Ports {
    /// # Errors
    /// [`InUse`] when one of them is; else what the system says, with the address.
    pub async fn bind(host: &Host) -> anyhow::Result<Self> {
        let server = &host.config.server;
        let main =
            Listener::bind(server.listen).await.map_err(|error| taken(server.listen, "listen", error))?;
        let metrics = TcpListener::bind(server.metrics_listen)
            .await
            .map_err(|error| taken(server.metrics_listen, "metrics_listen", error))?;
        Ok(Self { main, metrics, operator: operator_socket(&host.folder().socket())? })
    }

    /// # Errors
    /// When the system does not say which port it gave.
    pub fn metrics_address(&self) -> io::Result<SocketAddr> {
        self.metrics.local_addr()
    }
}

fn taken(address: SocketAddr, key: &str, error: io::Error) -> anyhow::Error {
    match error.kind() {
        io::ErrorKind::AddrInUse => InUse { what: format!("the address {address} ([server] {key})") }.into(),
        _ => anyhow::Error::new(error).context(format!("cannot listen on {address} ([server] {key})")),
    }
}

/// A socket that is there belongs to a server that died: the folder's lock says that no other lives.
fn operator_socket(path: &Path) -> anyhow::Result<UnixListener> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot remove the old {}", path.display()));
        }
        _ => {}
    }
    let socket =
        UnixListener::bind(path).with_context(|| format!("cannot make the socket {}", path.display()))?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(socket)
}

fn announce(dir: &Path, host: &Host, ports: &Ports) -> anyhow::Result<()> {
    let api = format!("http://{}/v1", ports.main.address());
    let metrics = format!("http://{}/metrics", ports.metrics_address()?);
    tracing::info!(version = env!("CARGO_PKG_VERSION"), api, metrics, dir = %dir.display(), "patchbay is ready");
    host.operator.announce(serde_json::json!({ "api": api, "metrics": metrics }));
    Ok(())
}

/// Waits for a signal to end.
///
/// # Errors
/// When signals cannot be listened to.
pub async fn ended() -> io::Result<()> {
    Signals::new()?.next().await;
    Ok(())
}

/// The two signals that mean an end.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// What the side ports need of a listener.
trait Accept {
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    async fn accept(&self) -> io::Result<Self::Stream>;
}

impl Accept for TcpListener {
    type Stream = tokio::net::TcpStream;

    async fn accept(&self) -> io::Result<Self::Stream> {
        Ok(self.accept().await?.0)
    }
}

impl Accept for UnixListener {
    type Stream = tokio::net::UnixStream;

    async fn accept(&self) -> io::Result<Self::Stream> {
        Ok(self.accept().await?.0)
    }
}

/// Serves a router with the timers that axum's own loop lacks.
async fn side<L: Accept>(listener: L, router: Router, stop: CancellationToken, cut: CancellationToken) {
    let (graceful, connections, cut) = (GracefulShutdown::new(), TaskTracker::new(), cut.child_token());
    let places = Arc::new(Semaphore::new(SIDE_CONNECTIONS_MAX));
    loop {
        let accepted = async {
            let place = places.clone().acquire_owned().await;
            (Accept::accept(&listener).await, place)
        };
        let (stream, place) = tokio::select! {
            () = stop.cancelled() => break,
            accepted = accepted => accepted,
        };
        let Ok(stream) = stream else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(SIDE_HEADER_TIMEOUT)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router.clone()));
        let (connection, cut) = (graceful.watch(connection), cut.clone());
        connections.spawn(async move {
            tokio::select! {
                () = cut.cancelled() => {}
                _ = connection => {}
            }
            drop(place);
        });
    }
    connections.close();
    tokio::select! {
        _ = tokio::time::timeout(SIDE_DRAIN, graceful.shutdown()) => {}
        () = cut.cancelled() => {}
    }
    cut.cancel();
    connections.wait().await;
}
