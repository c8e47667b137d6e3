//! Health probes to servers that answer as they are told.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::*;

/// Answers each request with a status; 0: with nothing.
struct Server {
    address: SocketAddr,
    status: Arc<AtomicU16>,
    asked: Arc<AtomicUsize>,
    /// The first request.
    seen: Arc<Mutex<String>>,
    _tasks: JoinSet<()>,
}

async fn serve(status: u16) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (status, asked) = (Arc::new(AtomicU16::new(status)), Arc::new(AtomicUsize::new(0)));
    let (address, seen) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(String::new())));
    let (mut tasks, says, counts, log) =
        (JoinSet::new(), Arc::clone(&status), Arc::clone(&asked), Arc::clone(&seen));
    tasks.spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let mut bytes = vec![0; 4096];
            let length = connection.read(&mut bytes).await.unwrap_or(0);
            if counts.fetch_add(1, Ordering::SeqCst) == 0 {
                *log.lock().unwrap() = String::from_utf8_lossy(&bytes[..length]).into_owned();
            }
            let status = says.load(Ordering::SeqCst);
            if status > 0 {
                let answer = format!("HTTP/1.1 {status} x\r\ncontent-length: 2\r\n\r\nok");
                drop(connection.write_all(answer.as_bytes()).await);
            }
        }
    });
    Server { address, status, asked, seen, _tasks: tasks }
}

const INTERVAL: Duration = Duration::from_millis(20);

fn at(server: &Server, name: &str) -> Definition {
    let mut definition = wide(name);
    definition.provider.base_url = format!("http://{}", server.address).parse().unwrap();
    definition
}

/// A world whose probes run.
fn watched(definitions: Vec<Definition>) -> (World, JoinSet<()>) {
    let (world, mut tasks) = (world(definitions), JoinSet::new());
    tasks.spawn(world.pool.watch_health(std::future::pending()));
    world.pool.reconfigure(PoolConfig { health_interval: INTERVAL, jitter: 0.0, ..PoolConfig::default() });
    (world, tasks)
}

async fn until(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..500 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never was so: {what}");
}

async fn rounds(server: &Server, count: usize) {
    let before = server.asked.load(Ordering::SeqCst);
    until("more probes", || server.asked.load(Ordering::SeqCst) >= before + count).await;
}

#[tokio::test]
async fn failed_probes_take_a_provider_out_and_a_good_one_brings_it_back_by_and_by() {
    let (good, bad) = (serve(200).await, serve(500).await);
    let (world, _tasks) = watched(vec![at(&good, "a"), at(&bad, "b")]);
    until("b is down", || world.health("b") == (Health::Down, false)).await;
    assert_eq!(world.try_take("b").err(), Some(Unavailable::Down));
    assert_eq!(world.health("a"), (Health::Healthy, true));
    let shown = world.pool.status();
    assert_eq!((shown[0].probe.success_rate, shown[1].probe.success_rate), (Some(1.0), Some(0.0)));
    assert!(shown[1].probe.failures_in_a_row >= 3 && shown[0].probe.latency_ms.is_some());
    assert_eq!(shown[0].requests_used + shown[0].in_flight, 0, "a probe costs nothing");
    let returned = world.pool.returned();
    bad.status.store(200, Ordering::SeqCst);
    returned.await;
    assert_eq!((world.health("b"), world.pool.status()[1].ramp), ((Health::Degraded, true), Some(1)));
    let seen = good.seen.lock().unwrap();
    assert!(
        seen.starts_with("GET /v1/models HTTP/1.1\r\n") && seen.contains("authorization: Bearer sk-secret"),
        "{seen}"
    );
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_down_and_one_request_that_is_served_ends_that() {
    let silent = serve(0).await;
    let (world, _tasks) = watched(vec![at(&silent, "a")]);
    let open = world.take("a");
    until("a is down", || world.health("a").0 == Health::Down).await;
    open.succeeded(Duration::ZERO);
    assert_eq!((world.health("a"), world.pool.status()[0].ramp), ((Health::Degraded, true), Some(1)));
    rounds(&silent, 5).await;
    assert_eq!(world.health("a"), (Health::Degraded, true), "the clock stands: it was served just now");
    world.pass(1);
    until("a is down again", || world.health("a").0 == Health::Down).await;
}

#[tokio::test]
async fn answers_without_a_verdict_take_nobody_out() {
    for status in [404, 405, 501, 429] {
        let server = serve(status).await;
        let (world, _tasks) = watched(vec![at(&server, "a")]);
        rounds(&server, 5).await;
        assert_eq!(world.health("a"), (Health::Healthy, true), "{status}");
        assert_eq!(world.pool.status()[0].probe.success_rate, None);
    }
}

#[tokio::test]
async fn who_is_dead_disabled_or_not_to_be_probed_is_left_alone() {
    let servers = [serve(500).await, serve(500).await, serve(500).await, serve(200).await];
    let [mut dead, mut disabled, mut off, probed] =
        [("a", 0), ("b", 1), ("c", 2), ("d", 3)].map(|(name, index)| at(&servers[index], name));
    dead.credential_error = Some("sealed for another origin".to_owned());
    disabled.provider.enabled = false;
    off.provider.health_path = Some("off".to_owned());
    let (world, _tasks) = watched(vec![dead, disabled, off, probed]);
    rounds(&servers[3], 5).await;
    let asked: usize = servers[..3].iter().map(|server| server.asked.load(Ordering::SeqCst)).sum();
    assert_eq!((asked, world.health("c")), (0, (Health::Healthy, true)));
}

#[tokio::test]
async fn without_probes_nobody_stays_down() {
    let bad = serve(500).await;
    let (world, mut tasks) = watched(vec![at(&bad, "a")]);
    until("a is down", || world.health("a").0 == Health::Down).await;
    world.pool.reconfigure(PoolConfig { health_interval: Duration::ZERO, ..PoolConfig::default() });
    assert_eq!(world.health("a"), (Health::Healthy, true));
    let asked = bad.asked.load(Ordering::SeqCst);
    tokio::time::sleep(INTERVAL * 5).await;
    assert!(bad.asked.load(Ordering::SeqCst) <= asked + 1, "the round that was under way, and no other");
    tasks.abort_all();
}

#[tokio::test]
async fn no_more_than_sixteen_are_asked_at_one_time_and_all_in_the_end() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let definitions = (0..40).map(|number| {
        let mut definition = wide(&format!("p{number}"));
        definition.provider.base_url = format!("http://{address}").parse().unwrap();
        definition
    });
    let (_world, _tasks) = watched(definitions.collect());
    let (mut open, mut asked) = (Vec::new(), 0);
    while asked < 40 {
        while open.len() < 16.min(40 - asked) {
            open.push(listener.accept().await.unwrap().0);
        }
        let more = tokio::time::timeout(Duration::from_millis(60), listener.accept()).await;
        assert!(more.is_err(), "{} were asked at one time", open.len() + 1);
        asked += open.len();
        open.clear();
    }
}

#[tokio::test]
async fn it_waits_an_interval_first_and_ends_when_it_is_told_to() {
    let server = serve(200).await;
    let world = world(vec![at(&server, "a")]);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let mut watch = std::pin::pin!(world.pool.watch_health(async move { drop(stopped.await) }));
    assert!(tokio::time::timeout(INTERVAL * 5, &mut watch).await.is_err());
    assert_eq!(server.asked.load(Ordering::SeqCst), 0, "the first round is a minute after the start");
    drop(stop);
    watch.await;
}
