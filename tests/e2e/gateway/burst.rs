//! Requests that come at one time: each is decided by what those before it have taken.

use std::fs;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{Agent, Host, Upstream, body_of, bounded, head, until};

const CONNECTIONS: usize = 12;
/// One more than there are threads on a small machine: threads that take turns exactly do not each have a provider of
/// their own.
const PROVIDERS: [&str; 3] = ["alpha", "beta", "gamma"];

#[tokio::test]
async fn those_that_are_ready_at_one_moment_do_not_all_go_to_one_provider() {
    let (host, upstream) = (Host::start().await, Upstream::good().await);
    for provider in PROVIDERS {
        host.provider(provider, &upstream, &["--model", "m", "--rpm", "6000"]).await;
    }
    let agent = host.agent("tester").await;
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut connection = TcpStream::connect(agent.address).await.unwrap();
        ask(&agent, &mut connection).await;
        provider_of(&mut connection).await;
        connections.push(connection);
    }
    signal(&host, Signal::STOP);
    until("the host to stand still", async || is_stopped(&host).then_some(())).await;
    for connection in &mut connections {
        ask(&agent, connection).await;
    }
    signal(&host, Signal::CONT);
    let mut providers = Vec::new();
    for connection in &mut connections {
        providers.push(provider_of(connection).await);
    }
    // Threads have connections in turn; what one thread has is ready for it at one moment.
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    for thread in 0..threads {
        let of_thread: Vec<&String> = providers.iter().skip(thread).step_by(threads).collect();
        let same = of_thread.iter().all(|provider| *provider == of_thread[0]);
        assert!(of_thread.len() < PROVIDERS.len() || !same, "thread {thread}: {providers:?}");
    }
}

async fn ask(agent: &Agent, connection: &mut TcpStream) {
    let body = body_of("m", false);
    let head = head(agent, &format!("Content-Length: {}\r\n", body.len()));
    connection.write_all(format!("{head}\r\n{body}").as_bytes()).await.unwrap();
}

/// Reads one answer: who gave it.
async fn provider_of(connection: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let read = bounded("an answer", connection.read(&mut piece)).await.unwrap();
        answer.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&answer);
        assert!(read > 0, "{text}");
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let value = |name: &str| {
            let mut fields = head.lines().filter_map(|line| line.split_once(": "));
            fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
        };
        let length: usize = value("content-length").expect("a whole answer").parse().unwrap();
        if body.len() >= length {
            assert!(head.starts_with("HTTP/1.1 200"), "{text}");
            return value("x-patchbay-provider").unwrap();
        }
    }
}

fn signal(host: &Host, signal: Signal) {
    kill_process(Pid::from_raw(i32::try_from(host.pid()).unwrap()).unwrap(), signal).unwrap();
}

fn is_stopped(host: &Host) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", host.pid())).unwrap();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('T'))
}
