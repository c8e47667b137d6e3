//! The operator's API through the host's own socket: what the command line does, without a process for each request.

use std::path::PathBuf;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::UnixStream;

use super::wait::bounded;

pub(crate) struct Operator {
    socket: PathBuf,
}

impl Operator {
    pub(crate) fn new(socket: PathBuf) -> Self {
        Self { socket }
    }

    /// Puts a component in charge. Returns its generation.
    pub(crate) async fn load(&self, component: &[u8]) -> Value {
        let component = Bytes::copy_from_slice(component);
        self.ask(Method::POST, "/api/slots/routing/load", "application/wasm", component).await
    }

    /// Has the configuration read again. Returns what changed.
    pub(crate) async fn reload_config(&self) -> Value {
        self.ask(Method::POST, "/api/config/reload", "application/json", Bytes::new()).await
    }

    /// What the API says, as it is.
    pub(crate) async fn get(&self, path: &str) -> String {
        let request = Request::builder().uri(path).header(HOST, "localhost").body(Full::default()).unwrap();
        let (success, body) = bounded(path, self.exchange(request)).await;
        let text = String::from_utf8_lossy(&body).into_owned();
        assert!(success, "{path}: {text}");
        text
    }

    /// Whether it was done. None when nobody answers.
    pub(crate) async fn post(&self, path: &str) -> Option<bool> {
        let request = Request::post(path).header(HOST, "localhost").body(Full::<Bytes>::default()).unwrap();
        let socket = UnixStream::connect(&self.socket).await.ok()?;
        let (mut sender, connection) = handshake(TokioIo::new(socket)).await.ok()?;
        let asking = async move { Some(sender.send_request(request).await.ok()?.status().is_success()) };
        tokio::join!(asking, connection).0
    }

    async fn ask(&self, method: Method, path: &str, kind: &str, body: Bytes) -> Value {
        let request = Request::builder().method(method).uri(path).header(HOST, "localhost");
        let request = request.header(CONTENT_TYPE, kind).body(Full::new(body)).unwrap();
        let (success, body) = bounded(path, self.exchange(request)).await;
        let text = String::from_utf8_lossy(&body);
        assert!(success, "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> (bool, Bytes) {
        let socket = UnixStream::connect(&self.socket).await.unwrap();
        let (mut sender, connection) = handshake(TokioIo::new(socket)).await.unwrap();
        let asking = async move {
            let (head, body) = sender.send_request(request).await.unwrap().into_parts();
            (head.status.is_success(), body.collect().await.unwrap().to_bytes())
        };
        tokio::join!(asking, connection).0
    }
}
