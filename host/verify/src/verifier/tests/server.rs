//! A server on loopback that says the same to everybody, or nothing.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

pub(super) struct Server {
    address: SocketAddr,
    _tasks: JoinSet<()>,
}

impl Server {
    /// With `head` (`200 OK`, and headers) and `body`.
    pub(super) async fn start(head: &str, body: &str) -> Self {
        let length = body.len();
        Self::saying(format!(
            "HTTP/1.1 {head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        ))
        .await
    }

    pub(super) async fn silent() -> Self {
        Self::saying(String::new()).await
    }

    async fn saying(answer: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut open = Vec::new();
            while let Ok((socket, _)) = listener.accept().await {
                open.push(answered(socket, &answer).await);
            }
        });
        Self { address, _tasks: tasks }
    }

    pub(super) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

/// The socket, to keep it open if nothing is said.
async fn answered(mut socket: TcpStream, answer: &str) -> Option<TcpStream> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let byte = socket.read_u8().await.ok()?;
        request.push(byte);
    }
    if answer.is_empty() {
        return Some(socket);
    }
    socket.write_all(answer.as_bytes()).await.ok()?;
    socket.shutdown().await.ok()?;
    None
}
