//! Bytes as they are put on the wire, for requests that no client library would send.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::agent::Agent;

/// The longest that a side says nothing before the talk counts as over.
const SILENCE: Duration = Duration::from_secs(2);

/// Sends `bytes`, and reads until the host closes the connection or says nothing more.
pub(crate) async fn talk(address: SocketAddr, bytes: &[u8]) -> String {
    let mut socket = TcpStream::connect(address).await.unwrap();
    // A host that refuses what it reads may close before it has read all.
    let _ = socket.write_all(bytes).await;
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(Ok(read @ 1..)) = timeout(SILENCE, socket.read(&mut piece)).await {
        answer.extend_from_slice(&piece[..read]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// The head of a chat request with the agent's key, without the empty line that ends it.
pub(crate) fn head(agent: &Agent, more: &str) -> String {
    let (address, key) = (agent.address, &agent.key);
    format!(
        "POST /v1/chat/completions HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\n{more}"
    )
}

/// Whether nobody listens there.
pub(crate) async fn is_refused(address: SocketAddr) -> bool {
    TcpStream::connect(address).await.is_err()
}
