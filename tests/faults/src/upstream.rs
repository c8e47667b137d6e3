//! A provider that is played on bare sockets: it reads requests strictly, answers each by a script, and remembers who
//! asked what, when, and when they left. It must not know what is being tested.

mod connection;
mod seen;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::script::Script;

pub(crate) use seen::{Asked, Seen};

/// Connections of one provider at one time; more wait in the kernel's queue.
const CONNECTIONS_MAX: usize = 8192;

/// What a request is answered with.
pub(crate) type Play = dyn Fn(&Asked) -> Script + Send + Sync;

/// What happens to a connection that is opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Door {
    Open,
    /// It is closed before a byte of an answer.
    Slammed,
}

/// How often, and how long apart, a port is asked for that a passing connection of somebody else's may hold.
const BINDS: u32 = 150;
const BIND_AGAIN: Duration = Duration::from_millis(20);

/// A provider that comes back does so at the same port.
async fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    for _ in 1..BINDS {
        match TcpListener::bind(address).await {
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
                tokio::time::sleep(BIND_AGAIN).await
            }
            bound => return bound,
        }
    }
    TcpListener::bind(address).await
}

/// Stops when dropped, and closes every connection.
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    seen: Arc<Seen>,
    play: Arc<Play>,
    serving: JoinSet<()>,
}

impl Upstream {
    /// A provider on a free port of 127.0.0.1.
    pub(crate) async fn start(
        play: impl Fn(&Asked) -> Script + Send + Sync + 'static,
    ) -> anyhow::Result<Self> {
        Self::start_at(Ipv4Addr::LOCALHOST, Door::Open, play).await
    }

    /// A provider on a free port of one of the machine's own addresses.
    pub(crate) async fn start_at(
        ip: Ipv4Addr,
        door: Door,
        play: impl Fn(&Asked) -> Script + Send + Sync + 'static,
    ) -> anyhow::Result<Self> {
        let mut upstream = Self {
            address: SocketAddr::from((ip, 0)),
            seen: Arc::default(),
            play: Arc::new(play),
            serving: JoinSet::new(),
        };
        upstream.open(door).await?;
        Ok(upstream)
    }

    /// Listens (again), where it was before if it was anywhere.
    pub(crate) async fn open(&mut self, door: Door) -> anyhow::Result<()> {
        let socket = bind(self.address).await.context("no port for a played provider")?;
        self.address = socket.local_addr()?;
        self.serving.spawn(accept(socket, door, self.seen.clone(), self.play.clone()));
        Ok(())
    }

    /// Refuses connections from now on, and closes those that are open.
    pub(crate) async fn close(&mut self) {
        self.serving.shutdown().await;
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    pub(crate) fn seen(&self) -> &Seen {
        &self.seen
    }
}

async fn accept(socket: TcpListener, door: Door, seen: Arc<Seen>, play: Arc<Play>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = socket.accept(), if connections.len() < CONNECTIONS_MAX => {
                // Out of descriptors: whoever counts the requests sees what is missing.
                let Ok((stream, _)) = accepted else { tokio::task::yield_now().await; continue };
                if door == Door::Open {
                    connections.spawn(connection::serve(stream, seen.clone(), play.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

#[cfg(test)]
mod tests;
