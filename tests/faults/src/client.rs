//! A client with a key: writes requests byte by byte, one connection each. It must not know what is answered.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};

use crate::http::{End, Heard, hear};

#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) address: SocketAddr,
    key: String,
}

impl Client {
    pub(crate) fn new(address: SocketAddr, key: &str) -> Self {
        Self { address, key: key.to_owned() }
    }

    /// The same client at a host that was started again.
    pub(crate) fn moved(&self, address: SocketAddr) -> Self {
        Self { address, key: self.key.clone() }
    }

    /// The head of a chat request without the empty line that ends it. `fields` are ended by CRLF each.
    pub(crate) fn head(&self, fields: &str) -> String {
        let (address, key) = (self.address, &self.key);
        format!(
            "POST /v1/chat/completions HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\n\
             Content-Type: application/json\r\n{fields}"
        )
    }

    /// A whole chat request.
    pub(crate) fn request(&self, fields: &str, body: &Value) -> Vec<u8> {
        let body = body.to_string();
        format!("{}Content-Length: {}\r\n\r\n{body}", self.head(fields), body.len()).into_bytes()
    }

    /// Sends bytes over a connection of their own, and hears the answer.
    pub(crate) async fn send(&self, bytes: &[u8], within: Duration) -> Heard {
        match self.connect().await {
            Err(error) => Heard { end: End::Cut(format!("no connection: {error}")), ..Heard::default() },
            Ok(mut stream) => {
                // A host that refuses what it reads may close before it has read all; it is heard all the same.
                let _ = tokio::time::timeout(within, stream.write_all(bytes)).await;
                hear(&mut stream, within).await
            }
        }
    }

    pub(crate) async fn chat(&self, model: &str, stream: bool, within: Duration) -> Heard {
        self.send(&self.request("", &body(model, stream)), within).await
    }

    /// A connection for which the kernel holds little that was not read.
    pub(crate) async fn connect_narrowly(&self, bytes: u32) -> std::io::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(bytes)?;
        socket.connect(self.address).await
    }

    pub(crate) async fn connect(&self) -> std::io::Result<TcpStream> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

/// A chat request. A stream is asked to state its usage, so that what comes back is what the provider sent.
pub(crate) fn body(model: &str, stream: bool) -> Value {
    let messages = json!([{"role": "user", "content": "Say three words."}]);
    match stream {
        false => json!({"model": model, "messages": messages}),
        true => json!({
            "model": model, "messages": messages, "stream": true, "stream_options": {"include_usage": true},
        }),
    }
}
