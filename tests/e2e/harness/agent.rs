//! An agent: a client of one key that sees every byte, one connection a request unless it says otherwise.

use std::net::SocketAddr;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderMap, Method, Request};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::wait::bounded;

pub(crate) struct Agent {
    pub(crate) address: SocketAddr,
    pub(crate) key: String,
}

/// An answer, whole.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// An answer whose body is read bit by bit. Dropping it closes the connection.
pub(crate) struct Live {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    body: Incoming,
    _connection: Connection,
}

/// One connection, kept for many requests.
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    driver: JoinHandle<()>,
}

/// The smallest chat request for a model.
pub(crate) fn body_of(model: &str, stream: bool) -> String {
    json!({"model": model, "stream": stream, "messages": [{"role": "user", "content": "Hello"}]}).to_string()
}

/// What [`form_of`] makes.
const FORM: &str = "multipart/form-data; boundary=e2e";

/// A form with a file and the model's name.
pub(crate) fn form_of(model: &str) -> String {
    format!(
        "--e2e\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\nRIFF\r\n\
         --e2e\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n{model}\r\n--e2e--\r\n"
    )
}

impl Agent {
    pub(crate) fn new(address: SocketAddr, key: &str) -> Self {
        Self { address, key: key.to_owned() }
    }

    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// A request with the agent's key.
    pub(crate) fn request(&self, method: Method, path: &str) -> http::request::Builder {
        let request = Request::builder().method(method).uri(path).header(HOST, self.address.to_string());
        match self.key.is_empty() {
            true => request,
            false => request.header(AUTHORIZATION, format!("Bearer {}", self.key)),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(self.request(Method::GET, path).body(Full::default()).unwrap()).await
    }

    /// None when nobody answers.
    pub(crate) async fn try_get(&self, path: &str) -> Option<Reply> {
        let request = self.request(Method::GET, path).body(Full::default()).unwrap();
        Connection::open(self.address).await?.ask(request).await
    }

    pub(crate) async fn post(&self, path: &str, body: impl Into<Bytes>) -> Reply {
        self.send(self.call(path, body)).await
    }

    /// A chat request that is no stream.
    pub(crate) async fn chat(&self, model: &str) -> Reply {
        self.post("/v1/chat/completions", body_of(model, false)).await
    }

    /// A chat request for a stream of events.
    pub(crate) async fn stream(&self, model: &str) -> Live {
        self.open(self.call("/v1/chat/completions", body_of(model, true))).await
    }

    pub(crate) fn call(&self, path: &str, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
        let request = self.request(Method::POST, path).header(CONTENT_TYPE, "application/json");
        request.body(Full::new(body.into())).unwrap()
    }

    /// The same as a form.
    pub(crate) fn form(&self, path: &str, model: &str) -> Request<Full<Bytes>> {
        let request = self.request(Method::POST, path).header(CONTENT_TYPE, FORM);
        request.body(Full::new(form_of(model).into())).unwrap()
    }

    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> Reply {
        let answered = bounded("an answer", async { self.connect().await.ask(request).await });
        answered.await.expect("the answer is whole")
    }

    pub(crate) async fn open(&self, request: Request<Full<Bytes>>) -> Live {
        let mut connection = self.connect().await;
        let sending = connection.sender.send_request(request);
        let (head, body) = bounded("the head of an answer", sending).await.unwrap().into_parts();
        Live { status: head.status.as_u16(), headers: head.headers, body, _connection: connection }
    }

    pub(crate) async fn connect(&self) -> Connection {
        Connection::open(self.address).await.expect("the host accepts connections")
    }
}

impl Connection {
    async fn open(address: SocketAddr) -> Option<Self> {
        let socket = TcpStream::connect(address).await.ok()?;
        let (sender, connection) = handshake(TokioIo::new(socket)).await.ok()?;
        // How it ends is seen by whoever reads the answer.
        let driver = tokio::spawn(async move { drop(connection.await) });
        Some(Self { sender, driver })
    }

    /// None when the connection breaks before the answer is whole.
    pub(crate) async fn ask(&mut self, request: Request<Full<Bytes>>) -> Option<Reply> {
        self.sender.ready().await.ok()?;
        let (head, body) = self.sender.send_request(request).await.ok()?.into_parts();
        let body = body.collect().await.ok()?.to_bytes();
        Some(Reply { status: head.status.as_u16(), headers: head.headers, body })
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Reply {
    /// Empty if it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        text(&self.headers, name)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Checks that it is an error in OpenAI's shape. Returns what it says.
    pub(crate) fn error(&self, status: u16, kind: &str, code: &str) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        assert!(self.header("content-type").starts_with("application/json"), "{self:?}");
        let error = self.json()["error"].clone();
        assert_eq!((error["type"].as_str(), error["code"].as_str()), (Some(kind), Some(code)), "{error}");
        let fields: Vec<&String> = error.as_object().unwrap().keys().collect();
        assert!(
            ["message", "type", "code", "param"].iter().all(|field| fields.iter().any(|f| f == field)),
            "{error}"
        );
        error
    }
}

impl Live {
    pub(crate) fn header(&self, name: &str) -> &str {
        text(&self.headers, name)
    }

    /// The next bytes; none at the end.
    ///
    /// # Errors
    /// The connection broke.
    pub(crate) async fn next(&mut self) -> Option<Result<Bytes, hyper::Error>> {
        loop {
            match bounded("the next bytes", self.body.frame()).await? {
                Err(error) => return Some(Err(error)),
                Ok(frame) => {
                    if let Some(data) = frame.into_data().ok().filter(|data| !data.is_empty()) {
                        return Some(Ok(data));
                    }
                }
            }
        }
    }

    /// As many bytes as `expected` has, which may come in several pieces.
    pub(crate) async fn expect(&mut self, expected: &str) {
        let mut read = Vec::new();
        while read.len() < expected.len() {
            read.extend_from_slice(&self.next().await.expect("the stream goes on").unwrap());
        }
        assert_eq!(String::from_utf8_lossy(&read), expected);
    }

    /// All that is left.
    ///
    /// # Panics
    /// The connection breaks.
    pub(crate) async fn rest(&mut self) -> String {
        let mut read = Vec::new();
        while let Some(bytes) = self.next().await {
            read.extend_from_slice(&bytes.unwrap());
        }
        String::from_utf8(read).unwrap()
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}
