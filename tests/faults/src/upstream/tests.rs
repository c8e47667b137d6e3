//! A provider that plays must itself see and do what it says.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::Upstream;
use crate::http::{End, hear};
use crate::script::{Script, Step};

const WITHIN: Duration = Duration::from_secs(5);
const REQUEST: &[u8] = b"POST /v1/x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi";

#[tokio::test]
async fn two_requests_on_one_connection_are_two() {
    let upstream = Upstream::start(|_| Script::whole("200 OK", "", "ok")).await.unwrap();
    let mut stream = TcpStream::connect(upstream.address).await.unwrap();
    for _ in 0..2 {
        stream.write_all(REQUEST).await.unwrap();
        assert_eq!(hear(&mut stream, WITHIN).await.body, b"ok");
    }
    assert_eq!(upstream.seen().count(), 2);
    assert!(upstream.seen().junk().is_empty() && upstream.seen().is_quiet());
}

#[tokio::test]
async fn a_request_with_two_framings_is_junk() {
    let upstream = Upstream::start(|_| Script::whole("200 OK", "", "ok")).await.unwrap();
    let mut stream = TcpStream::connect(upstream.address).await.unwrap();
    let both = b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    stream.write_all(both).await.unwrap();
    assert_eq!(hear(&mut stream, WITHIN).await.status(), 400);
    assert_eq!((upstream.seen().count(), upstream.seen().junk().len()), (0, 1));
}

#[tokio::test]
async fn a_client_that_leaves_is_noticed_and_a_reset_is_one() {
    let upstream = Upstream::start(|asked| match asked.number {
        0 => Script::default().then(Step::Stall),
        _ => Script::raw("HTTP/1.1 2").wait(Duration::from_millis(50)).then(Step::Reset),
    })
    .await
    .unwrap();
    let mut stream = TcpStream::connect(upstream.address).await.unwrap();
    stream.write_all(REQUEST).await.unwrap();
    assert_eq!(hear(&mut stream, Duration::from_millis(50)).await.end, End::Silent);
    drop(stream);
    while upstream.seen().asked()[0].left.is_none() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let mut stream = TcpStream::connect(upstream.address).await.unwrap();
    stream.write_all(REQUEST).await.unwrap();
    let heard = hear(&mut stream, WITHIN).await;
    assert_eq!(heard.end, End::Cut("connection reset before the body".to_owned()));
}
