//! The client against sockets that answer oddly or not at all.

use std::net::SocketAddr;
use std::sync::Mutex;

use http_body_util::BodyExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use patchbay_types::{Secret, Timestamp};

use super::*;
use crate::{Api, Definition, Provider, Source};

/// A server that answers each request on a connection with the next of `answers`, then closes the connection.
struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
    _tasks: JoinSet<()>,
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

async fn serve(answers: &'static [&'static str]) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, seen) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
    let (mut tasks, log) = (JoinSet::new(), Arc::clone(&seen));
    tasks.spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            for answer in answers {
                let Some(request) = read(&mut connection).await else { break };
                log.lock().unwrap().push(request);
                connection.write_all(answer.as_bytes()).await.unwrap();
            }
        }
    });
    Server { address, seen, _tasks: tasks }
}

/// One request with its body, which is taken to end with the first packet that ends with `}` or has none.
async fn read(connection: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let length = connection.read(&mut chunk).await.ok().filter(|length| *length > 0)?;
        bytes.extend_from_slice(&chunk[..length]);
        let text = String::from_utf8_lossy(&bytes);
        let whole = match text.contains("content-length: ") && !text.contains("content-length: 0") {
            true => text.ends_with('}'),
            false => text.ends_with("\r\n\r\n"),
        };
        if whole {
            return Some(text.into_owned());
        }
    }
}

fn client(address: SocketAddr) -> Client {
    client_to(&format!("http://{address}/prefix"), PoolConfig::default())
}

fn client_to(url: &str, config: PoolConfig) -> Client {
    Client::new(&url.parse().unwrap(), tls_without_roots(), Settings::new(config.connect_timeout, &config))
}

fn credential(api: Api, secret: Option<&str>) -> Credential {
    let url = "http://h".parse().unwrap();
    let provider = Provider { api, ..Provider::new("a".parse().unwrap(), url, Source::Cli, Timestamp(0)) };
    let credential = secret.map(|secret| Secret::new(secret.to_owned()));
    Credential::of(&Definition { provider, credential, credential_error: None })
}

fn none() -> Credential {
    credential(Api::default(), None)
}

fn call(headers: &[(&'static str, &'static str)]) -> Call<'static> {
    let pair = |(name, value): &(&'static str, &'static str)| {
        (name.parse().unwrap(), HeaderValue::from_static(value))
    };
    Call {
        method: Method::POST,
        path_and_query: "/chat/completions?x=y",
        headers: headers.iter().map(pair).collect::<HeaderMap>(),
        body: Bytes::from_static(b"{\"a\":1}"),
    }
}

const LONG: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_request_is_framed_here_and_carries_the_providers_credential() {
    let server = serve(&[OK, OK]).await;
    let client = client(server.address);
    let smuggled = call(&[
        ("authorization", "Bearer clients-own"),
        ("x-api-key", "clients-own"),
        ("host", "evil"),
        ("content-length", "999"),
        ("transfer-encoding", "chunked"),
        ("x-kept", "1"),
    ]);
    let credential = credential(Api::OpenaiCompletions, Some("sk"));
    let response = client.send(smuggled, &credential, LONG).await.unwrap();
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "ok");
    drop(client.send(call(&[("authorization", "Bearer clients-own")]), &none(), LONG).await.unwrap());
    let seen = server.seen.lock().unwrap();
    assert!(seen[0].starts_with("POST /prefix/v1/chat/completions?x=y HTTP/1.1\r\n"), "{}", seen[0]);
    for line in [
        format!("host: {}", server.address),
        "authorization: Bearer sk".into(),
        "content-length: 7".into(),
        "x-kept: 1".into(),
    ] {
        assert!(seen[0].contains(&format!("{line}\r\n")), "{line} is not in {}", seen[0]);
    }
    // The whole line: a port may have the same digits.
    for gone in ["clients-own", "evil", "content-length: 999", "chunked"] {
        assert!(!seen[0].contains(gone) && !seen[1].contains("clients-own"), "{gone} went out");
    }
}

#[tokio::test]
async fn another_api_wants_the_credential_in_another_header() {
    let server = serve(&[OK, OK]).await;
    let (client, key) = (client(server.address), credential(Api::AnthropicMessages, Some("sk-ant")));
    let own = call(&[("authorization", "Bearer clients-own"), ("anthropic-version", "2024-01-01")]);
    for call in [call(&[("x-api-key", "clients-own")]), own] {
        client.send_beside(call, &key, LONG).await.unwrap().into_body().collect().await.unwrap();
    }
    let seen = server.seen.lock().unwrap();
    for (seen, version) in seen.iter().zip(["2023-06-01", "2024-01-01"]) {
        assert!(seen.contains("x-api-key: sk-ant\r\n") && !seen.contains("clients-own"), "{seen}");
        assert!(seen.contains(&format!("anthropic-version: {version}\r\n")), "{seen}");
        assert!(!seen.contains("authorization"), "{seen}");
    }
    assert_eq!(seen.len(), 2);
    assert_eq!(key.redact("no such key: sk-ant"), "no such key: …");
}

#[tokio::test]
async fn a_connection_that_was_closed_while_idle_fails_no_request() {
    let server = serve(&[OK]).await;
    let client = client(server.address);
    for _ in 0..20 {
        let response = client.send(call(&[]), &none(), LONG).await.unwrap();
        response.into_body().collect().await.unwrap();
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(server.seen.lock().unwrap().len(), 20, "each request reached the server once");
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_request_is_not_tried_again() {
    let server = serve(&["HTTP/1.1 "]).await;
    let error = client(server.address).send(call(&[]), &none(), LONG).await.unwrap_err();
    assert!(matches!(error, SendError::Reset { .. }) && error.may_have_reached(), "{error}");
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(server.seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_redirect_is_the_answer() {
    let server = serve(&["HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n"]).await;
    let response = client(server.address).send(call(&[]), &none(), LONG).await.unwrap();
    assert_eq!((response.status().as_u16(), server.seen.lock().unwrap().len()), (302, 1));
}

#[tokio::test]
async fn a_refused_connection_says_so_and_never_reached() {
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = client(address).send(call(&[]), &none(), LONG).await.unwrap_err();
    assert!(matches!(error, SendError::Connect { .. }) && !error.may_have_reached());
    assert!(
        error.to_string().contains("refused") && error.to_string().contains(&address.to_string()),
        "{error}"
    );
    assert_eq!(error.verdict(), Verdict::Unreachable);
}

#[tokio::test]
async fn a_silent_server_is_left_at_the_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = client(listener.local_addr().unwrap());
    let error = client.send(call(&[]), &none(), Duration::from_millis(50)).await.unwrap_err();
    assert!(matches!(error, SendError::Timeout { .. }) && error.may_have_reached(), "{error}");
}

#[tokio::test]
async fn a_handshake_that_stalls_ends_at_the_connect_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let config = PoolConfig { connect_timeout: Duration::from_millis(50), ..PoolConfig::default() };
    let error = client_to(&url, config).send(call(&[]), &none(), LONG).await.unwrap_err();
    assert!(matches!(error, SendError::Connect { .. }) && !error.may_have_reached(), "{error}");
    assert!(error.to_string().contains("not connected within 50ms"), "{error}");
}

#[tokio::test]
async fn a_path_cannot_change_where_a_request_goes() {
    let server = serve(&[OK]).await;
    for path in ["", "chat", "@evil/x", "/with space", "/line\nbreak"] {
        let wrong = Call { path_and_query: path, ..call(&[]) };
        let error = client(server.address).send(wrong, &none(), LONG).await.unwrap_err();
        assert!(matches!(error, SendError::Path(_)) && error.verdict() == Verdict::ClientError, "{path:?}");
    }
    assert!(server.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn the_machines_roots_or_the_bundled_ones_make_a_tls_client() {
    assert!(tls().alpn_protocols.is_empty());
}
