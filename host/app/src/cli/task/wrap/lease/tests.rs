//! A host that refuses, and one that does not answer.

use std::path::Path;

use patchbay_admin::api::LineStream;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;
use tokio::task::JoinSet;

use super::*;
use crate::folder;

/// A host that says this to each request; nothing: it never answers.
fn host(dir: &Path, answer: &'static str) -> JoinSet<()> {
    std::fs::write(dir.join(patchbay_config::FILE_NAME), "").unwrap();
    let listener = UnixListener::bind(folder::socket(dir)).unwrap();
    let mut serving = JoinSet::new();
    serving.spawn(async move {
        let mut kept = Vec::new();
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            // Whoever only looks whether somebody listens says nothing.
            if !answer.is_empty() && stream.read(&mut [0; 16 * 1024]).await.unwrap() > 0 {
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
            kept.push(stream);
        }
    });
    serving
}

fn lease(dir: &Path, lasts: Duration) -> HostLease {
    let now = Instant::now();
    let mut lease = HostLease {
        dir: dir.to_owned(),
        name: "a".parse().unwrap(),
        fence: 1,
        until: now + lasts,
        heard: now,
        lines: Lines::default(),
        told: false,
    };
    lease.say(SaidLine { stream: LineStream::Stdout, text: "one".to_owned() });
    lease
}

#[tokio::test]
async fn lines_that_the_host_refuses_are_left_out_and_the_lease_goes_on() {
    let folder = TempDir::new().unwrap();
    let _host = host(folder.path(), "HTTP/1.1 413 Payload Too Large\r\ncontent-length: 5\r\n\r\nlarge");
    let mut lease = lease(folder.path(), Duration::from_secs(30));
    assert!(lease.renew().await.is_ok(), "the program would be ended");
    assert!(lease.has_said_all());
    assert_eq!(lease.lines.said(), 1);
}

#[tokio::test]
async fn a_stale_fence_ends_the_lease() {
    let folder = TempDir::new().unwrap();
    let answer = "HTTP/1.1 409 Conflict\r\ncontent-type: application/json\r\ncontent-length: 59\r\n\r\n\
                  {\"error\": {\"code\": \"stale-fence\", \"message\": \"it is over\"}}";
    let _host = host(folder.path(), answer);
    let lost = lease(folder.path(), Duration::from_secs(30)).renew().await.err().unwrap();
    assert!(lost.to_string().contains("it is over; the program was ended"), "{lost}");
}

#[tokio::test]
async fn no_answer_is_waited_for_once_the_lease_is_over() {
    let folder = TempDir::new().unwrap();
    let _host = host(folder.path(), "");
    let mut shortest = Duration::MAX;
    for _ in 0..5 {
        let begun = Instant::now();
        let lost = lease(folder.path(), Duration::from_millis(50)).renew().await.err().unwrap();
        assert!(lost.to_string().contains("the lease of a is lost"), "{lost}");
        shortest = shortest.min(begun.elapsed());
    }
    assert!(shortest < Duration::from_millis(400), "{shortest:?}");
}
