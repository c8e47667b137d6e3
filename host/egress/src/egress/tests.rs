//! Exchanges with a server on this machine.

mod address;
mod limit;
mod secret;
mod server;

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::IpAddr;
use std::sync::Mutex;

use bytes::Bytes;
use patchbay_types::{HttpGrant, Secret};

use super::*;
use crate::Bound;
use crate::resolve::Found;
use server::{Answer, Server};

/// Answers of a name server, one after the other; the last one stays.
struct Script {
    answers: Mutex<VecDeque<Vec<IpAddr>>>,
    asked: Mutex<Vec<String>>,
}

impl Script {
    fn new(answers: &[&[&str]]) -> Arc<Self> {
        let parsed = answers.iter().map(|answer| answer.iter().map(|ip| ip.parse().unwrap()).collect());
        Arc::new(Self { answers: Mutex::new(parsed.collect()), asked: Mutex::default() })
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Lookup for Script {
    fn find(&self, name: &str) -> Found {
        self.asked.lock().unwrap().push(name.to_owned());
        let mut answers = self.answers.lock().unwrap();
        let answer = match answers.len() {
            0 => Err(io::Error::other("no such name")),
            1 => Ok(answers[0].clone()),
            _ => Ok(answers.pop_front().unwrap()),
        };
        Box::pin(async move { answer })
    }
}

#[derive(Default)]
struct Vault(BTreeMap<String, Bound>);

impl Vault {
    fn with(mut self, name: &str, value: &str, origins: &[&str]) -> Self {
        let origins = origins.iter().map(|origin| (*origin).to_owned()).collect();
        self.0.insert(name.to_owned(), Bound { value: Secret::new(value.to_owned()), origins });
        self
    }
}

impl Secrets for Vault {
    fn find(&self, name: &str) -> Option<Bound> {
        self.0.get(name).cloned()
    }
}

/// With the TLS provider that `main` would install.
fn egress_with(limits: EgressLimits, lookup: Arc<dyn Lookup>) -> Egress {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Egress::with(limits, lookup)
}

fn egress() -> Egress {
    egress_with(EgressLimits::default(), Script::new(&[]))
}

fn reach(origin: &str, private: bool, secrets: &[&str]) -> Reach {
    let grant = HttpGrant::Detailed { origin: origin.to_owned(), private };
    let secrets: Vec<String> = secrets.iter().map(|name| (*name).to_owned()).collect();
    Reach::new(&[grant], &secrets).unwrap()
}

fn get(url: &str) -> Outgoing {
    Outgoing {
        method: "GET".to_owned(),
        url: url.to_owned(),
        headers: Vec::new(),
        body: Bytes::new(),
        timeout: None,
    }
}

fn with_header(url: &str, name: &str, value: &str) -> Outgoing {
    Outgoing { headers: vec![(name.to_owned(), value.to_owned())], ..get(url) }
}

fn header<'a>(answer: &'a Incoming, name: &str) -> Option<&'a str> {
    answer.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
}

/// Sends to a server on this machine that was granted, without secrets.
async fn ask(server: &Server, request: Outgoing) -> Result<Incoming, SendError> {
    egress().send(request, &reach(&server.origin(), true, &[]), &Vault::default()).await
}

async fn refusal(server: &Server, request: Outgoing) -> (&'static str, String) {
    let error = ask(server, request).await.unwrap_err();
    (error.code(), error.to_string())
}

#[tokio::test]
async fn what_preflight_refuses_is_not_sent_and_nothing_is_looked_up_for_it() {
    let names = Script::new(&[&["127.0.0.1"]]);
    let egress = egress_with(EgressLimits::default(), Arc::clone(&names) as Arc<dyn Lookup>);
    let may = Reach::new(&[HttpGrant::Origin("h.test".to_owned())], &[]).unwrap();
    assert_eq!(egress.preflight("https://h.test/x", &may), Ok(()));
    for url in ["https://other.test/", "http://h.test/", "h.test", "https://h.test:1/"] {
        let said = egress.preflight(url, &may).unwrap_err();
        assert_eq!(egress.send(get(url), &may, &Vault::default()).await, Err(said), "{url}");
    }
    assert!(names.asked().is_empty());
}

#[tokio::test]
async fn a_request_goes_out_as_it_was_asked_and_its_answer_comes_back() {
    let server =
        Server::start(|_| Answer::new(418, "short").with("X-Kind", "teapot").with("x-kind", "two")).await;
    let asked = Outgoing {
        method: "POST".to_owned(),
        url: format!("{}/a%20b/../c?q=1&r={{}}#part", server.origin()),
        headers: vec![("X-One".to_owned(), "1".to_owned()), ("x-one".to_owned(), "2".to_owned())],
        body: Bytes::from_static(b"stout"),
        timeout: None,
    };
    let answer = ask(&server, asked).await.unwrap();
    assert_eq!((answer.status, &answer.body[..]), (418, &b"short"[..]));
    let kinds: Vec<_> = answer.headers.iter().filter(|(name, _)| name == "x-kind").collect();
    assert_eq!(kinds.len(), 2, "{:?}", answer.headers);

    let seen = server.only();
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/c?q=1&r={}"));
    assert_eq!((&seen.body[..], seen.all("x-one")), (&b"stout"[..], vec!["1", "2"]));
    assert_eq!(seen.all("user-agent"), [concat!("patchbay/", env!("CARGO_PKG_VERSION"))]);
    assert!(seen.all("cookie").is_empty() && seen.all("referer").is_empty());
}

#[tokio::test]
async fn a_redirect_is_an_answer() {
    let server = Server::start(|_| Answer::new(302, "").with("location", "/elsewhere")).await;
    let answer = ask(&server, get(&server.url("/"))).await.unwrap();
    assert_eq!((answer.status, header(&answer, "location")), (302, Some("/elsewhere")));
    server.only();
}

/// Runs another test of this file as a process of its own, in which every proxy leads nowhere.
#[test]
fn a_proxy_of_the_environment_is_not_asked() {
    let mut test = std::process::Command::new(std::env::current_exe().unwrap());
    for name in ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        test.env(name, "http://127.0.0.1:1");
    }
    let test = test.env_remove("no_proxy").env_remove("NO_PROXY");
    let done = test.args(["--exact", "egress::tests::a_redirect_is_an_answer"]).output().unwrap();
    let text = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success() && text.contains("1 passed"), "{text}");
}

#[tokio::test]
async fn what_was_not_granted_is_neither_looked_up_nor_reached() {
    let server = Server::start(|_| Answer::new(200, "")).await;
    let names = Script::new(&[&["127.0.0.1"]]);
    let egress = egress_with(EgressLimits::default(), Arc::clone(&names) as Arc<dyn Lookup>);
    let may = reach("api.example.com", true, &[]);
    for url in
        [server.url("/"), format!("http://api.example.com:{}/", server.port()), "https://h.test".to_owned()]
    {
        let error = egress.send(get(&url), &may, &Vault::default()).await.unwrap_err();
        assert_eq!(error.code(), "refused", "{url}");
        assert!(error.to_string().contains("was not granted: add it to `http`"), "{error}");
    }
    assert!(names.asked().is_empty() && server.seen().is_empty());
}

#[tokio::test]
async fn a_url_that_is_none_or_has_a_user_in_it_is_invalid() {
    let server = Server::start(|_| Answer::new(200, "")).await;
    for url in [
        "",
        "/path",
        "127.0.0.1",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "data:,x",
        "http://",
        "http://h:99999/",
        "http://[fe80::1%25lo]/",
        "http://a b/",
        "http://127.0.0.1/\r\nx",
        "http://127.0.0.1/a b",
        "http://{{secret:t}}/",
        "http://x.{{secret:t}}.test/",
    ] {
        let (code, text) = refusal(&server, get(url)).await;
        assert_eq!((code, text.contains("is no URL for a request")), ("invalid", true), "{url:?}: {text}");
    }
    for user in ["user:hunter2", "hunter2", ":hunter2"] {
        let (code, text) =
            refusal(&server, get(&format!("http://{user}@127.0.0.1:{}/", server.port()))).await;
        assert!(code == "invalid" && !text.contains("hunter2") && text.contains("authorization"), "{text}");
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_header_of_the_connection_is_refused_by_its_name() {
    let server = Server::start(|_| Answer::new(200, "")).await;
    for name in [
        "Host",
        "connection",
        "Content-Length",
        "transfer-encoding",
        "TE",
        "trailer",
        "upgrade",
        "proxy-authorization",
        "Proxy-Connection",
        "keep-alive",
        "expect",
        "accept-encoding",
    ] {
        let (code, text) = refusal(&server, with_header(&server.url("/"), name, "x")).await;
        let named = text.contains(&format!("header {name:?} cannot be sent"));
        assert_eq!((code, named), ("invalid", true), "{text}");
    }
    for (name, value) in [
        ("x", "a\r\nb: c"),
        ("x", "a\nb"),
        ("x", "a\0"),
        ("a b", "x"),
        ("", "x"),
        ("a\r\nb", "x"),
        ("x:", "y"),
    ] {
        let (code, text) = refusal(&server, with_header(&server.url("/"), name, value)).await;
        assert_eq!((code, text.contains("cannot be sent")), ("invalid", true), "{name:?} {value:?}: {text}");
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_method_that_opens_a_tunnel_or_sends_back_is_refused() {
    let server = Server::start(|_| Answer::new(200, "")).await;
    for method in ["CONNECT", "TRACE", "connect", "", "G T", "GET\r\n"] {
        let (code, _) =
            refusal(&server, Outgoing { method: method.to_owned(), ..get(&server.url("/")) }).await;
        assert_eq!(code, "invalid", "{method:?}");
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_server_that_is_not_there_or_speaks_no_tls_is_a_connect_error() {
    let server = Server::start(|_| Answer::new(200, "")).await;
    let tls = format!("127.0.0.1:{}", server.port());
    let sent =
        egress().send(get(&format!("https://{tls}/path")), &reach(&tls, true, &[]), &Vault::default()).await;
    let error = sent.unwrap_err();
    assert_eq!(error.code(), "connect", "{error}");
    assert!(!error.to_string().contains("/path"), "{error}");

    let nobody = "http://127.0.0.1:1";
    let error = egress().send(get(nobody), &reach(nobody, true, &[]), &Vault::default()).await.unwrap_err();
    assert!(
        error.to_string().starts_with("no answer from http://127.0.0.1:1: no connection (Connection refused"),
        "{error}"
    );
}
