//! Size and time.

use std::io::Write;
use std::time::Instant;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};

use super::*;

const SMALL: usize = 64 * 1024;

fn small() -> Egress {
    let limits = EgressLimits { body_bytes_max: SMALL, headers_bytes_max: 4096, ..EgressLimits::default() };
    egress_with(limits, Script::new(&[]))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

async fn send(egress: &Egress, server: &Server, request: Outgoing) -> Result<Incoming, SendError> {
    egress.send(request, &reach(&server.origin(), true, &[]), &Vault::default()).await
}

async fn code(egress: &Egress, server: &Server, request: Outgoing) -> &'static str {
    send(egress, server, request).await.map_or_else(|error| error.code(), |_| "ok")
}

#[tokio::test]
async fn a_body_is_unpacked_and_its_unpacked_bytes_count() {
    let fits = gzip(&vec![b'x'; SMALL]);
    let server =
        Server::start(move |_| Answer::new(200, fits.clone()).with("content-encoding", "gzip")).await;
    let answer = send(&small(), &server, get(&server.url("/"))).await.unwrap();
    assert_eq!((answer.body.len(), header(&answer, "content-encoding")), (SMALL, None));
    assert!(header(&answer, "content-length").is_none_or(|length| length == SMALL.to_string()));

    let bomb = gzip(&vec![0; 50_000_000]);
    assert!(bomb.len() < SMALL, "packed it would fit");
    let server =
        Server::start(move |_| Answer::new(200, bomb.clone()).with("content-encoding", "gzip")).await;
    assert_eq!(code(&small(), &server, get(&server.url("/"))).await, "too-large");
}

#[tokio::test]
async fn deflate_is_unpacked_too_and_rubbish_is_an_error() {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(b"hello").unwrap();
    let packed = packer.finish().unwrap();
    let server =
        Server::start(move |_| Answer::new(200, packed.clone()).with("content-encoding", "deflate")).await;
    assert_eq!(&send(&small(), &server, get(&server.url("/"))).await.unwrap().body[..], b"hello");

    let server = Server::start(|_| Answer::new(200, "not gzip").with("content-encoding", "gzip")).await;
    let error = send(&small(), &server, get(&server.url("/"))).await.unwrap_err();
    assert!(error.code() == "connect" && error.to_string().contains("unpacked"), "{error}");
}

#[tokio::test]
async fn an_answer_to_head_has_no_body_to_unpack() {
    let server = Server::start(|_| Answer::new(200, gzip(b"hello")).with("content-encoding", "gzip")).await;
    let asked = Outgoing { method: "HEAD".to_owned(), ..get(&server.url("/")) };
    let answer = send(&small(), &server, asked).await.unwrap();
    assert_eq!((answer.status, answer.body.len()), (200, 0));
}

#[tokio::test]
async fn what_is_too_large_says_so_in_either_direction() {
    let server = Server::start(|seen| match seen.target.as_str() {
        "/fits" => Answer::new(200, vec![b'x'; SMALL]),
        "/body" => Answer::new(200, vec![b'x'; SMALL + 1]),
        "/header" => Answer::new(200, "").with("x", &"x".repeat(5000)),
        _ => Answer::new(200, ""),
    })
    .await;
    let egress = small();
    let url = |path: &str| server.url(path);
    assert_eq!(code(&egress, &server, get(&url("/fits"))).await, "ok");
    assert_eq!(code(&egress, &server, get(&url("/body"))).await, "too-large");
    assert_eq!(code(&egress, &server, get(&url("/header"))).await, "too-large");
    let seen = server.seen().len();

    let body = Bytes::from(vec![0; SMALL + 1]);
    assert_eq!(code(&egress, &server, Outgoing { body, ..get(&url("/")) }).await, "too-large");
    assert_eq!(code(&egress, &server, get(&url(&format!("/{}", "x".repeat(9000))))).await, "too-large");
    let many = Outgoing { headers: vec![("x".to_owned(), "y".to_owned()); 65], ..get(&url("/")) };
    assert_eq!(code(&egress, &server, many).await, "too-large");
    assert_eq!(code(&egress, &server, with_header(&url("/"), "x", &"y".repeat(5000))).await, "too-large");
    assert_eq!(server.seen().len(), seen, "nothing of it was sent");
}

#[tokio::test]
async fn an_answer_with_too_many_headers_is_not_read() {
    let server =
        Server::start(|_| (0..70).fold(Answer::new(200, ""), |answer, _| answer.with("x", "y"))).await;
    assert_eq!(code(&small(), &server, get(&server.url("/"))).await, "connect");
}

fn hurried(url: &str) -> Outgoing {
    Outgoing { timeout: Some(Duration::from_millis(200)), ..get(url) }
}

#[tokio::test]
async fn time_is_counted_over_the_whole_exchange() {
    let slow = Duration::from_secs(20);
    let server = Server::start(move |_| Answer { after: slow, ..Answer::new(200, "") }).await;
    let since = Instant::now();
    let error = send(&small(), &server, hurried(&server.url("/"))).await.unwrap_err();
    assert_eq!((error.code(), error.to_string().as_str()), ("timeout", "no whole answer within 200 ms"));
    assert!(since.elapsed() < Duration::from_secs(5));
}

/// Sends a head, and then a byte now and then.
#[tokio::test]
async fn a_body_that_drips_does_not_prolong_it() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        // A server that speaks first is no answer.
        let _ = socket.read(&mut [0; 4096]).await;
        let _ = socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n").await;
        while socket.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let sent = egress().send(hurried(&url), &reach(&url, true, &[]), &Vault::default()).await;
    assert_eq!(sent.unwrap_err().code(), "timeout");
}

struct Never;

impl Lookup for Never {
    fn find(&self, _: &str) -> Found {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn a_lookup_and_a_wait_for_a_turn_are_counted_too() {
    let url = "http://h.test";
    let limits = EgressLimits { exchanges_max: 1, ..EgressLimits::default() };
    let (egress, may, vault) =
        (egress_with(limits, Arc::new(Never)), reach(url, true, &[]), Vault::default());
    let both = async {
        tokio::join!(egress.send(hurried(url), &may, &vault), egress.send(hurried(url), &may, &vault))
    };
    let (one, other) = both.await;
    assert_eq!((one.unwrap_err().code(), other.unwrap_err().code()), ("timeout", "timeout"));
}

#[tokio::test]
async fn nobody_has_more_time_than_the_limit() {
    let limits = EgressLimits { timeout_max: Duration::from_millis(100), ..EgressLimits::default() };
    let egress = egress_with(limits, Arc::new(Never));
    let url = "http://h.test";
    for timeout in [None, Some(Duration::from_secs(3600))] {
        let sent =
            egress.send(Outgoing { timeout, ..get(url) }, &reach(url, true, &[]), &Vault::default()).await;
        assert_eq!(sent.unwrap_err(), SendError::Timeout { within: Duration::from_millis(100) });
    }
}
