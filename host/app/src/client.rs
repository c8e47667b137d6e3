//! How the command line reaches a host's API: through the socket of the server that runs on the folder, or, when none
//! runs, by opening the folder itself for the length of one request. It must not know what any answer means.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{Method, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::rt::TokioIo;
use patchbay_admin::api::{LOAD_CONTENT_TYPE, LoadOptions};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::net::UnixStream;
use tower::ServiceExt;

use crate::folder;
use crate::host::Host;

const ANSWER_BYTES_MAX: usize = 64 << 20;
const QUOTE_CHARACTERS_MAX: usize = 200;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Opening a folder by oneself may compile the component that is in charge.
const OPEN_TIMEOUT: Duration = Duration::from_secs(90);
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
/// An upload is compiled before it is answered.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(360);

/// One request to the API.
#[derive(Clone, Debug)]
pub struct Request {
    method: Method,
    /// With its query; every part is encoded.
    path: String,
    body: Bytes,
    content_type: &'static str,
    timeout: Duration,
    /// Whether it changes what the host is told.
    changes: bool,
}

/// What the API answered, whole.
#[derive(Clone, Debug)]
pub struct Answer {
    body: Bytes,
    /// No server runs: what was changed is seen when one starts.
    pub at_next_start: bool,
}

/// A way to the host. Close it: a folder that was opened here is written out then.
pub enum Connection {
    /// A server runs on the folder and listens on this socket.
    Server(PathBuf),
    /// No server runs; this process has the folder.
    Here(Box<Host>),
}

/// Why there is no answer, or a bad one.
#[derive(thiserror::Error, Debug)]
pub enum ClientError {
    #[error("there is no host in {dir}: {missing} does not exist")]
    NoHost { dir: PathBuf, missing: PathBuf },
    #[error("the socket {path} of the running server cannot be used: {source}")]
    Socket { path: PathBuf, source: io::Error },
    #[error("the folder {dir} cannot be opened: {source:#}")]
    Open { dir: PathBuf, source: anyhow::Error },
    #[error("the folder could not be closed in good order, so the last change may be lost: {0:#}")]
    Close(anyhow::Error),
    #[error("the host did not answer within {0:?}")]
    Timeout(Duration),
    #[error("the connection to the host broke: {0}")]
    Broken(String),
    #[error("{}", .0.message)]
    Refused(Refusal),
    #[error("the host's answer makes no sense here: {0}")]
    Unexpected(String),
}

/// The API's own words for why not.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Refusal {
    pub status: u16,
    pub code: String,
    pub message: String,
    pub field: Option<String>,
    pub hint: Option<String>,
}

/// A text as one segment of a path: `notifiers%2Fops`.
pub fn segment(text: impl std::fmt::Display) -> String {
    let mut segment = String::new();
    for byte in text.to_string().bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                segment.push(char::from(byte))
            }
            _ => segment.push_str(&format!("%{byte:02X}")),
        }
    }
    segment
}

/// Asks once and closes the connection.
///
/// # Errors
/// See [`ClientError`].
pub async fn ask(dir: &Path, request: Request) -> Result<Answer, ClientError> {
    let connection = Connection::open(dir).await?;
    let at_next_start = request.changes && matches!(connection, Connection::Here(_));
    let answer = connection.send(request).await;
    connection.close().await?;
    answer.map(|body| Answer { body, at_next_start })
}

/// Asks the server that runs on `dir`; none runs, none is asked.
///
/// # Errors
/// See [`ClientError`].
pub async fn ask_server(dir: &Path, request: Request) -> Result<Option<Answer>, ClientError> {
    let Some(socket) = Connection::server(dir).await? else { return Ok(None) };
    let body = Connection::Server(socket).send(request).await?;
    Ok(Some(Answer { body, at_next_start: false }))
}

impl Request {
    pub fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            body: Bytes::new(),
            content_type: "application/json",
            timeout: ANSWER_TIMEOUT,
            changes: false,
        }
    }

    /// A change without a body.
    pub fn change(method: Method, path: impl Into<String>) -> Self {
        Self { method, changes: true, ..Self::get(path) }
    }

    /// Something that is done and leaves nothing behind.
    pub fn attempt(path: impl Into<String>) -> Self {
        Self { method: Method::POST, ..Self::get(path) }
    }

    /// The same with a body.
    pub fn attempt_with(path: impl Into<String>, body: &impl Serialize) -> Self {
        Self { changes: false, ..Self::submit(Method::POST, path, body) }
    }

    /// A change with a body.
    pub fn submit(method: Method, path: impl Into<String>, body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body).expect("bodies have text keys only, and no writer can fail");
        Self { body: body.into(), ..Self::change(method, path) }
    }

    /// A text that is looked at, or taken over.
    pub fn text(path: impl Into<String>, text: &str) -> Self {
        Self {
            body: Bytes::copy_from_slice(text.as_bytes()),
            content_type: "application/octet-stream",
            timeout: UPLOAD_TIMEOUT,
            ..Self::attempt(path)
        }
    }

    /// A component, and how it is to be loaded.
    pub fn load(path: impl Into<String>, options: &LoadOptions, component: &[u8]) -> Self {
        let mut body =
            serde_json::to_vec(options).expect("options have text keys only, and no writer can fail");
        body.push(b'\n');
        body.extend_from_slice(component);
        Self {
            body: body.into(),
            content_type: LOAD_CONTENT_TYPE,
            timeout: UPLOAD_TIMEOUT,
            ..Self::change(Method::POST, path)
        }
    }

    /// Waits longer, or less, for the answer.
    pub fn within(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// HTTP/1.1 asks for a Host header; a socket has no name.
    fn into_http(self) -> Result<http::Request<Full<Bytes>>, ClientError> {
        http::Request::builder()
            .method(self.method)
            .uri(self.path)
            .header(HOST, "localhost")
            .header(CONTENT_TYPE, self.content_type)
            .body(Full::new(self.body))
            .map_err(|error| ClientError::Unexpected(error.to_string()))
    }
}

impl Answer {
    /// The answer as it came.
    pub fn bytes(&self) -> &[u8] {
        &self.body
    }

    /// The same as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// # Errors
    /// [`ClientError::Unexpected`]: command line and server are of different versions.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, ClientError> {
        serde_json::from_slice(&self.body).map_err(|error| ClientError::Unexpected(error.to_string()))
    }
}

impl Connection {
    /// The server on `dir`, or the folder itself. A socket that nobody listens on was left by a server that is gone.
    ///
    /// # Errors
    /// There is no host in the folder, or neither way is open.
    pub async fn open(dir: &Path) -> Result<Self, ClientError> {
        match Self::server(dir).await? {
            Some(socket) => Ok(Self::Server(socket)),
            None => Self::here(dir).await,
        }
    }

    /// The socket of the server on `dir`.
    async fn server(dir: &Path) -> Result<Option<PathBuf>, ClientError> {
        require_host(dir)?;
        let path = folder::socket(dir);
        let connecting = tokio::time::timeout(CONNECT_TIMEOUT, UnixStream::connect(&path));
        match connecting.await.map_err(|_| ClientError::Timeout(CONNECT_TIMEOUT))? {
            Ok(_) => Ok(Some(path)),
            Err(error) if nobody_listens(&error) => Ok(None),
            Err(source) => Err(ClientError::Socket { path, source }),
        }
    }

    async fn here(dir: &Path) -> Result<Self, ClientError> {
        let opening = tokio::time::timeout(OPEN_TIMEOUT, Host::open(dir));
        let opened = opening.await.map_err(|_| ClientError::Timeout(OPEN_TIMEOUT))?;
        let host = opened.map_err(|error| ClientError::Open { dir: dir.to_owned(), source: error })?;
        Ok(Self::Here(Box::new(host)))
    }

    /// The body of a good answer.
    ///
    /// # Errors
    /// The host refused, or no answer came in time.
    pub async fn send(&self, request: Request) -> Result<Bytes, ClientError> {
        let timeout = request.timeout;
        let sending = async {
            match self {
                Self::Server(socket) => over(socket, request.into_http()?).await,
                Self::Here(host) => within(host, request.into_http()?).await,
            }
        };
        tokio::time::timeout(timeout, sending).await.unwrap_or(Err(ClientError::Timeout(timeout)))
    }

    /// # Errors
    /// [`ClientError::Close`]: what was answered may not be kept.
    pub async fn close(self) -> Result<(), ClientError> {
        match self {
            Self::Here(host) => host.close().await.map_err(ClientError::Close),
            Self::Server(_) => Ok(()),
        }
    }
}

async fn over(socket: &Path, request: http::Request<Full<Bytes>>) -> Result<Bytes, ClientError> {
    let stream = UnixStream::connect(socket)
        .await
        .map_err(|source| ClientError::Socket { path: socket.to_owned(), source })?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    // The connection ends once its sender is gone, so neither waits for the other in vain.
    let asking = async move { read(sender.send_request(request).await.map_err(broken)?).await };
    let (answer, _) = tokio::join!(asking, connection);
    answer
}

async fn within(host: &Host, request: http::Request<Full<Bytes>>) -> Result<Bytes, ClientError> {
    match host.router().oneshot(request).await {
        Ok(response) => read(response).await,
        Err(never) => match never {},
    }
}

async fn read<B>(response: http::Response<B>) -> Result<Bytes, ClientError>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let status = response.status();
    let body =
        Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await.map_err(broken)?.to_bytes();
    match status.is_success() {
        true => Ok(body),
        false => Err(ClientError::Refused(Refusal::read(status, &body))),
    }
}

impl Refusal {
    /// A body that is not in the API's form is quoted as far as it goes.
    fn read(status: StatusCode, body: &[u8]) -> Self {
        #[derive(Deserialize)]
        struct Whole {
            error: Said,
        }
        #[derive(Deserialize)]
        struct Said {
            code: String,
            message: String,
            field: Option<String>,
            hint: Option<String>,
        }
        let number = status.as_u16();
        match serde_json::from_slice::<Whole>(body) {
            Ok(Whole { error: Said { code, message, field, hint } }) => {
                Self { status: number, code, message, field, hint }
            }
            Err(_) => {
                let quote: String =
                    String::from_utf8_lossy(body).chars().take(QUOTE_CHARACTERS_MAX).collect();
                Self {
                    status: number,
                    message: format!("the host answered {status}: {quote}"),
                    ..Self::default()
                }
            }
        }
    }
}

fn require_host(dir: &Path) -> Result<(), ClientError> {
    let file = dir.join(patchbay_config::FILE_NAME);
    let missing = [dir, &file].into_iter().find(|path| !path.exists());
    missing.map_or(Ok(()), |missing| {
        Err(ClientError::NoHost { dir: dir.to_owned(), missing: missing.to_owned() })
    })
}

fn nobody_listens(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused)
}

fn broken(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ClientError {
    ClientError::Broken(error.into().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_cannot_leave_its_place_in_a_path() {
        assert_eq!(segment("notifiers/ops"), "notifiers%2Fops");
        assert_eq!(segment("req_1#2 é?"), "req_1%232%20%C3%A9%3F");
        assert_eq!(segment("a-b_c.d~9"), "a-b_c.d~9");
    }
}
