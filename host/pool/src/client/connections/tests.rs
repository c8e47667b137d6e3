//! Which connections are kept, and for how long, against a server that counts those that are open.

use http_body_util::BodyExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::*;
use crate::client::tls_without_roots;

/// Answers each request with the same text.
struct Server {
    target: Uri,
    /// Connections that were accepted, and those that have ended.
    counts: watch::Receiver<(usize, usize)>,
    _tasks: JoinSet<()>,
}

const LONG: Duration = Duration::from_secs(60);
const WHOLE: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const EMPTY: &str = "HTTP/1.1 204 No Content\r\n\r\n";
const PARTS: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
const BEGUN: &str = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nok";

async fn server(answer: &'static str) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let (tell, counts) = watch::channel((0, 0));
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((connection, _)) = listener.accept().await {
            tell.send_modify(|(opened, _)| *opened += 1);
            let tell = tell.clone();
            connections.spawn(async move {
                converse(connection, answer).await;
                tell.send_modify(|(_, ended)| *ended += 1);
            });
        }
    });
    Server { target, counts, _tasks: tasks }
}

async fn converse(mut connection: TcpStream, answer: &str) {
    let mut request = [0; 4096];
    while connection.read(&mut request).await.is_ok_and(|length| length > 0) {
        if connection.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

impl Server {
    fn connections(&self, idle_max: usize, idle: Duration) -> Connections {
        let connector = Connector::new(tls_without_roots(), LONG);
        Connections::new(connector, self.target.clone(), idle_max, idle)
    }

    fn opened(&self) -> usize {
        self.counts.borrow().0
    }

    async fn until_ended(&mut self, count: usize) {
        let all = self.counts.wait_for(|(_, ended)| *ended >= count);
        tokio::time::timeout(LONG, all).await.expect("they are closed in time").unwrap();
    }
}

async fn ask(connections: &Connections) -> Response<Answer> {
    let mut request = Request::new(Full::new(Bytes::new()));
    request.headers_mut().insert(http::header::HOST, http::HeaderValue::from_static("h"));
    match connections.request(request).await {
        Ok(response) => response,
        Err(Failure::Connect(error)) => panic!("{error}"),
        Err(Failure::Exchange(error)) => panic!("{error}"),
    }
}

async fn read(response: Response<Answer>) {
    response.into_body().collect().await.unwrap();
}

#[tokio::test]
async fn a_connection_serves_one_request_after_the_other() {
    for answer in [WHOLE, EMPTY, PARTS] {
        let server = server(answer).await;
        let connections = server.connections(4, LONG);
        for _ in 0..20 {
            read(ask(&connections).await).await;
            // One that has no runtime to wait for gives way here.
            tokio::task::yield_now().await;
        }
        assert_eq!(server.opened(), 1, "{answer:?}");
    }
}

#[tokio::test]
async fn an_empty_answer_that_nobody_reads_gives_its_connection_back() {
    let server = server(EMPTY).await;
    let connections = server.connections(4, LONG);
    for _ in 0..5 {
        drop(ask(&connections).await);
        tokio::task::yield_now().await;
    }
    assert_eq!(server.opened(), 1);
}

#[tokio::test]
async fn requests_at_one_time_have_a_connection_each_and_no_more_are_kept_than_may_wait() {
    let mut server = server(WHOLE).await;
    let connections = server.connections(2, LONG);
    let mut answers = Vec::new();
    for _ in 0..5 {
        answers.push(ask(&connections).await);
    }
    assert_eq!(server.opened(), 5);
    for answer in answers {
        read(answer).await;
    }
    server.until_ended(3).await;
    for _ in 0..2 {
        read(ask(&connections).await).await;
    }
    assert_eq!(server.opened(), 5, "those that waited were used");
}

#[tokio::test]
async fn one_that_waits_for_too_long_is_closed() {
    let mut server = server(WHOLE).await;
    let connections = server.connections(4, Duration::from_millis(20));
    for round in 1..=3 {
        read(ask(&connections).await).await;
        server.until_ended(round).await;
        assert!(connections.shared.lock().connections.is_empty());
    }
}

#[tokio::test]
async fn an_answer_that_is_dropped_before_its_end_closes_its_connection() {
    let mut server = server(BEGUN).await;
    let connections = server.connections(4, LONG);
    let mut answer = ask(&connections).await;
    assert!(answer.body_mut().frame().await.unwrap().is_ok());
    drop(answer);
    server.until_ended(1).await;
    drop(ask(&connections).await);
    server.until_ended(2).await;
}

#[tokio::test]
async fn when_the_provider_is_gone_so_are_its_connections() {
    let mut server = server(WHOLE).await;
    let connections = server.connections(4, LONG);
    let late = ask(&connections).await;
    read(ask(&connections).await).await;
    drop(connections);
    server.until_ended(1).await;
    read(late).await;
    server.until_ended(2).await;
}

/// More than the buffers of two sockets hold.
const LARGE: usize = 64 << 20;

/// A connection to a server that reads nothing of a large request but its beginning, and what it answers; then what of it
/// arrives once nobody sends any more.
async fn arrives(answer: &'static str, ask: impl AsyncFnOnce(&Connections, Request<Full<Bytes>>)) -> usize {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let connections =
        Connections::new(Connector::new(tls_without_roots(), LONG), target, 4, Duration::from_millis(50));
    let mut request = Request::new(Full::new(Bytes::from(vec![b'a'; LARGE])));
    request.headers_mut().insert(http::header::HOST, http::HeaderValue::from_static("h"));
    let server = async {
        let (mut connection, _) = listener.accept().await.unwrap();
        let mut chunk = vec![0; 4096];
        let begun = connection.read(&mut chunk).await.unwrap();
        connection.write_all(answer.as_bytes()).await.unwrap();
        (connection, begun)
    };
    let ((mut connection, mut arrived), ()) = tokio::join!(server, ask(&connections, request));
    let running = tokio::runtime::Handle::current().metrics();
    let ended = async {
        while running.num_alive_tasks() > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(LONG, ended).await.expect("what sends it ends");
    let mut chunk = vec![0; 1 << 20];
    while let Ok(length @ 1..) = connection.read(&mut chunk).await {
        arrived += length;
    }
    arrived
}

#[tokio::test]
async fn what_is_left_of_a_request_that_was_given_up_is_not_sent() {
    let arrived = arrives("", async |connections, request| {
        let answer = connections.request(request);
        let in_time = tokio::time::timeout(Duration::from_millis(50), answer).await;
        assert!(in_time.is_err(), "there was no answer");
    });
    assert!(arrived.await < LARGE);
}

#[tokio::test]
async fn one_whose_provider_has_answered_and_reads_no_more_is_closed() {
    let arrived = arrives(WHOLE, async |connections, request| {
        let Ok(answer) = connections.request(request).await else { panic!("there was an answer") };
        read(answer).await;
    });
    assert!(arrived.await < LARGE);
}
