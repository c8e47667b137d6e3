//! A server on loopback that answers every request with the same status and body, and keeps what it saw.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    /// Method, path and body.
    seen: Arc<Mutex<Vec<(String, String, Bytes)>>>,
    _tasks: JoinSet<()>,
}

impl Server {
    pub(crate) async fn start(status: u16, body: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, seen) = (listener.local_addr().unwrap(), Arc::<Mutex<Vec<_>>>::default());
        let (log, mut tasks) = (seen.clone(), JoinSet::new());
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                let log = log.clone();
                let service = service_fn(move |request| answer(request, log.clone(), status, body));
                connections.spawn(async move {
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(socket), service).await;
                });
            }
        });
        Self { address, seen, _tasks: tasks }
    }

    pub(crate) fn seen(&self) -> Vec<(String, String, Bytes)> {
        self.seen.lock().unwrap().clone()
    }
}

async fn answer(
    request: Request<Incoming>,
    log: Arc<Mutex<Vec<(String, String, Bytes)>>>,
    status: u16,
    body: &'static str,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, asked) = request.into_parts();
    let asked = asked.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    log.lock().unwrap().push((head.method.to_string(), head.uri.path().to_owned(), asked));
    let response = Response::builder().status(status).header("content-type", "application/json");
    Ok(response.body(Full::new(Bytes::from_static(body.as_bytes()))).unwrap())
}
