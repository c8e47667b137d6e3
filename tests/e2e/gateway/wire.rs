//! Requests that no library sends: bombs, slow ones, and two that want to be taken for one.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{Agent, Host, Upstream, body_of, bounded, head, talk};

async fn alone(config: &str) -> (Host, Agent, Upstream) {
    let upstream = Upstream::good().await;
    let host = Host::start_with(config).await;
    host.provider("alpha", &upstream, &["--model", "m"]).await;
    let agent = host.agent("tester").await;
    (host, agent, upstream)
}

#[tokio::test]
async fn too_many_or_too_large_headers_are_431() {
    let (_host, agent, upstream) = alone("").await;
    let many: String = (0..100).map(|number| format!("X-{number}: 1\r\n")).collect();
    let large = format!("X-Large: {}\r\n", "x".repeat(64 * 1024));
    for bomb in [many, large] {
        let answer = talk(agent.address, head(&agent, &format!("{bomb}\r\n")).as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    }
    assert_eq!(upstream.count(), 0);
    assert_eq!(agent.chat("m").await.status, 200);
}

#[tokio::test]
async fn a_client_that_sends_its_headers_too_slowly_is_cut_off() {
    let (_host, agent, upstream) = alone("[server]\nheader_timeout = \"300ms\"\n").await;
    let mut socket = TcpStream::connect(agent.address).await.unwrap();
    socket.write_all(head(&agent, "X-Slow: ").as_bytes()).await.unwrap();
    let began = Instant::now();
    let mut rest = Vec::new();
    let _ = bounded("the end of the connection", socket.read_to_end(&mut rest)).await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!((upstream.count(), agent.chat("m").await.status), (0, 200));
}

#[tokio::test]
async fn a_client_that_sends_its_body_too_slowly_is_cut_off() {
    let (_host, agent, upstream) = alone("[server]\nbody_timeout = \"300ms\"\n").await;
    let request = head(&agent, "Content-Length: 100\r\n\r\n{\"model\":");
    let answer = talk(agent.address, request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert_eq!(upstream.count(), 0);
}

#[tokio::test]
async fn two_framings_of_one_body_never_make_a_second_request() {
    let (_host, agent, upstream) = alone("").await;
    let body = body_of("m", false);
    let chunked = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let hidden = "POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}";
    // By its length the body would hold the hidden request; by its chunks it ends before it.
    let both =
        format!("Transfer-Encoding: chunked\r\nContent-Length: {}\r\n\r\n", chunked.len() + hidden.len());
    let answer = talk(agent.address, format!("{}{chunked}{hidden}", head(&agent, &both)).as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200 ") || answer.starts_with("HTTP/1.1 400 "), "{answer}");
    // By its length the body would end at once, and its chunks would be the next request.
    let short = "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n";
    talk(agent.address, format!("{}{chunked}", head(&agent, short)).as_bytes()).await;
    assert!(upstream.count() <= 2, "{:?}", upstream.requests());
    for asked in upstream.requests() {
        assert_eq!(asked.body, body);
        assert_eq!(asked.header("content-length"), body.len().to_string());
        assert_eq!(asked.header("transfer-encoding"), "");
    }
}

#[tokio::test]
async fn a_framing_that_could_be_read_in_two_ways_is_refused() {
    let (_host, agent, upstream) = alone("").await;
    let body = body_of("m", false);
    let (length, chunked) = (body.len(), format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len()));
    let vectors = [
        (format!("Content-Length: {length}\r\nContent-Length: 3\r\n\r\n"), &body),
        (format!("Content-Length: +{length}\r\n\r\n"), &body),
        (format!("Content-Length: {length}, 3\r\n\r\n"), &body),
        (format!("Content-Length : {length}\r\n\r\n"), &body),
        ("Transfer-Encoding: xchunked\r\n\r\n".to_owned(), &chunked),
        ("Transfer-Encoding: chunked, identity\r\n\r\n".to_owned(), &chunked),
        ("Transfer-Encoding: chunked\r\n\r\n".to_owned(), &chunked.replacen("\r\n", "\n", 1)),
        ("Transfer-Encoding: chunked\r\n\r\n".to_owned(), &format!("-{chunked}")),
        ("Transfer-Encoding: chunked\r\n\r\n".to_owned(), &format!("ffffffffffffffff1{chunked}")),
        ("X: 1\r\n folded: 2\r\nContent-Length: 3\r\n\r\n".to_owned(), &body),
    ];
    for (framing, body) in vectors {
        let answer = talk(agent.address, format!("{}{body}", head(&agent, &framing)).as_bytes()).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 "), "{framing:?}: {answer}");
        assert_eq!(upstream.count(), 0, "{framing:?}");
    }
    assert_eq!(agent.chat("m").await.status, 200);
}
