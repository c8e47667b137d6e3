//! A gateway that is made up: honest but for one sin. It reads a provider's answer whole before it passes it on.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::http::{End, Heard, head_end, hear};
use crate::matrix::cell::Cell;

const WITHIN: Duration = Duration::from_secs(5);
const ERROR: &str =
    "{\"error\":{\"message\":\"broke\",\"type\":\"AllPoolsExhausted\",\"code\":\"x\",\"param\":null}}";

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sin {
    None,
    /// Appends another provider's answer to one that broke.
    GoesOnElsewhere,
    /// Asks another provider when one broke, and throws its answer away.
    AsksOthersLate,
    SwallowsAnEvent,
    TellsTwice,
    TellsNothing,
    CutsOff,
    PlainErrors,
    AsksTwice,
    TellsNativeNames,
}

pub(super) struct Gateway {
    pub(super) address: SocketAddr,
    _serving: JoinSet<()>,
}

/// What a provider's answer is good for.
enum Worth {
    Nothing,
    Whole,
    Begun,
}

impl Gateway {
    pub(super) async fn start(cell: Cell, providers: Vec<SocketAddr>, sin: Sin) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            while let Ok((stream, _)) = socket.accept().await {
                serve(stream, cell, &providers, sin).await;
            }
        });
        Self { address, _serving: serving }
    }
}

async fn serve(mut client: TcpStream, cell: Cell, providers: &[SocketAddr], sin: Sin) {
    let request = read_request(&mut client).await;
    for (index, provider) in providers.iter().enumerate() {
        let mut heard = ask(*provider, &request).await;
        if sin == Sin::AsksTwice {
            heard = ask(*provider, &request).await;
        }
        if sin != Sin::TellsNativeNames {
            heard.body = cell.for_client(index, &heard.body);
        }
        match worth(cell, &heard) {
            Worth::Nothing => {}
            Worth::Whole => return pass(&mut client, &heard, index, sin, false, providers, &request).await,
            Worth::Begun => return pass(&mut client, &heard, index, sin, true, providers, &request).await,
        }
    }
    let kind = if sin == Sin::PlainErrors { "text/plain" } else { "application/json" };
    let head = format!(
        "HTTP/1.1 503 Unavailable\r\nContent-Type: {kind}\r\nRetry-After: 3\r\nx-patchbay-attempts: {}\r\n\
         Content-Length: {}\r\n\r\n{ERROR}",
        providers.len(),
        ERROR.len()
    );
    client.write_all(head.as_bytes()).await.unwrap();
}

async fn read_request(client: &mut TcpStream) -> Vec<u8> {
    let mut request = Vec::new();
    loop {
        assert!(client.read_buf(&mut request).await.unwrap() > 0);
        if let Some(end) = head_end(&request) {
            let head = String::from_utf8_lossy(&request[..end]).to_lowercase();
            let length = head.split("content-length: ").nth(1).unwrap().split("\r\n").next().unwrap();
            if request.len() >= end + length.parse::<usize>().unwrap() {
                return request;
            }
        }
    }
}

async fn ask(provider: SocketAddr, request: &[u8]) -> Heard {
    match TcpStream::connect(provider).await {
        Err(_) => Heard::default(),
        Ok(mut stream) => {
            stream.write_all(request).await.unwrap();
            hear(&mut stream, WITHIN).await
        }
    }
}

fn worth(cell: Cell, heard: &Heard) -> Worth {
    match (heard.status(), &heard.end, cell.stream) {
        (200, End::Whole, true) if !heard.body.ends_with(b"\n") && cell.fault.renamed => Worth::Begun,
        (200, End::Whole, _) => Worth::Whole,
        (200, _, true) if !heard.body.is_empty() => Worth::Begun,
        _ => Worth::Nothing,
    }
}

async fn pass(
    client: &mut TcpStream,
    heard: &Heard,
    index: usize,
    sin: Sin,
    broken: bool,
    providers: &[SocketAddr],
    request: &[u8],
) {
    let mut body = heard.body.clone();
    if sin == Sin::SwallowsAnEvent {
        let at = body.windows(2).position(|pair| pair == b"\n\n").unwrap() + 2;
        body.drain(..at);
    }
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: x\r\nx-patchbay-attempts: {}\r\nTransfer-Encoding: chunked\r\n\r\n",
        index + 1
    );
    client.write_all(head.as_bytes()).await.unwrap();
    if broken {
        // The client has the head by then.
        tokio::time::sleep(Duration::from_millis(50)).await;
        let other = match sin {
            Sin::GoesOnElsewhere | Sin::AsksOthersLate => ask(providers[1], request).await.body,
            _ => Vec::new(),
        };
        let event = format!("\n\ndata: {ERROR}\n\n");
        match sin {
            Sin::TellsNothing | Sin::CutsOff => {}
            Sin::GoesOnElsewhere => body.extend(other),
            Sin::TellsTwice => body.extend([event.as_bytes(), event.as_bytes()].concat()),
            _ => body.extend(event.as_bytes()),
        }
    }
    client.write_all(format!("{:x}\r\n", body.len()).as_bytes()).await.unwrap();
    client.write_all(&body).await.unwrap();
    client.write_all(if sin == Sin::CutsOff { b"\r\n" } else { b"\r\n0\r\n\r\n" }).await.unwrap();
}
