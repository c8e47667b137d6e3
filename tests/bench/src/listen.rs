//! The accept loop of the roles that serve: says where it listens, serves until its parent is gone.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Context;
use bytes::Bytes;
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

/// Connections at one time; more wait in the kernel's queue.
const CONNECTIONS_MAX: usize = 1 << 14;

/// Connections that wait to be accepted; the kernel drops more, and their clients try again a second later.
const BACKLOG: u32 = 1 << 12;

/// Serves on a free port, whose address is the one line on standard output, until standard input ends.
pub(crate) async fn until_parent_goes<H, A, B, E>(handle: H) -> anyhow::Result<()>
where
    H: Fn(Request<Incoming>) -> A + Clone + Send + 'static,
    A: Future<Output = Result<Response<B>, E>> + Send + 'static,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
    E: Into<Box<dyn Error + Send + Sync>> + 'static,
{
    let (listener, address) = bind()?;
    writeln!(std::io::stdout(), "{address}")?;
    tokio::select! {
        failure = serve(listener, handle) => failure,
        () = parent_gone()? => Ok(()),
    }
}

pub(crate) fn bind() -> anyhow::Result<(TcpListener, SocketAddr)> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).context("no free port on 127.0.0.1")?;
    let listener = socket.listen(BACKLOG)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Serves for ever. Dropping the future drops every connection.
pub(crate) async fn serve<H, A, B, E>(listener: TcpListener, handle: H) -> anyhow::Result<()>
where
    H: Fn(Request<Incoming>) -> A + Clone + Send + 'static,
    A: Future<Output = Result<Response<B>, E>> + Send + 'static,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
    E: Into<Box<dyn Error + Send + Sync>> + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if connections.len() < CONNECTIONS_MAX => {
                let (stream, _) = accepted.context("the listener failed")?;
                connections.spawn(converse(stream, handle.clone()));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn converse<H, A, B, E>(stream: TcpStream, handle: H)
where
    H: Fn(Request<Incoming>) -> A + Send,
    A: Future<Output = Result<Response<B>, E>> + Send,
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    // What breaks a connection is counted by the client at its other end.
    let _ = stream.set_nodelay(true);
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(handle)).await;
}

/// The parent holds the other end of standard input and writes nothing: it ends when the parent does, however it ends.
pub(crate) fn parent_gone() -> std::io::Result<impl Future<Output = ()>> {
    let (gone, wait) = oneshot::channel();
    std::thread::Builder::new().name("parent".into()).spawn(move || {
        let _ = std::io::stdin().lock().read(&mut [0]);
        let _ = gone.send(());
    })?;
    Ok(async move { drop(wait.await) })
}
