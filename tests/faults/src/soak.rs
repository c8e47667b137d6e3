//! Mixed traffic for a while, good and bad: what grows that should not. Told as a slope with its interval.

mod traffic;

use std::path::Path;
use std::time::Duration;

use clap::Args;
use tokio::time::{Instant, sleep};

use crate::alone::{MODEL, NATIVE, PATIENCE, register};
use crate::host::Host;
use crate::report::Report;
use crate::say::say;
use crate::script::{Script, Step};
use crate::statistics::slope;
use crate::upstream::{Asked, Upstream};
use crate::words;

const CONFIG: &str = "[cooldown]\nbase = \"100ms\"\nmax = \"500ms\"\n[ejection]\nduration = \"1s\"\n\
                      [upstream]\nsilence_timeout = \"500ms\"\n[usage]\nflush_interval = \"100ms\"\n";
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// The first part of the time is left out: pools, caches and the store fill up once.
const WARM_UP_SHARE: u32 = 3;
/// What may grow a second, at the low end of the interval: memory and store in bytes, and so many of the others. At
/// some hundred requests a second, a leak of a few hundred bytes a request is beyond it.
const RESIDENT_BYTES: f64 = 32.0 * 1024.0;
const STORE_BYTES: f64 = 32.0 * 1024.0;
/// A run that is shorter than this sees a host that still warms up, which may grow as much faster.
const WARM: Duration = Duration::from_secs(90);
const WARMING: f64 = 16.0;
const DESCRIPTORS: f64 = 0.5;
const THREADS: f64 = 0.1;

#[derive(Args, Clone)]
pub(crate) struct Order {
    /// Seconds of traffic.
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u64).range(10..=86_400))]
    pub(crate) seconds: u64,
}

/// What was seen over time, each as (seconds, value).
#[derive(Default)]
struct Curves {
    resident: Vec<(f64, f64)>,
    store: Vec<(f64, f64)>,
    descriptors: Vec<(f64, f64)>,
    threads: Vec<(f64, f64)>,
}

pub(crate) async fn run(binary: &Path, order: &Order) -> anyhow::Result<Report> {
    let mut report = Report::new("soak");
    say(&format!("soak: {} s", order.seconds));
    let bad = Upstream::start(misbehave).await?;
    let good = Upstream::start(|asked| words::good(NATIVE, asked.is_stream())).await?;
    let host = Host::start(binary, CONFIG).await?;
    register(&host, "bad", &bad, &[]).await?;
    register(&host, "good", &good, &["--pool", "fallback"]).await?;
    let client = host.client("soak").await?;
    let length = Duration::from_secs(order.seconds);
    let traffic = traffic::run(&client, Instant::now() + length);
    let (sent, curves) = tokio::join!(traffic, watch(&host, length, [&bad, &good]));
    report.line(format!("{} requests: {}", sent.count, sent.told()));
    report.expect(sent.count > 0, || "expected traffic, there was none".to_owned());
    let allowance = if length < WARM { WARMING } else { 1.0 };
    curves.judge(allowance, &mut report);
    let next = client.chat(MODEL, false, PATIENCE).await;
    report.expect(next.status() == 200, || {
        format!("expected the host to serve afterwards, found {}", next.shown())
    });
    report.expect(!host.log_has("panicked"), || format!("expected no panic in the log: {}", host.log_tail()));
    Ok(report)
}

/// Mostly well, and now and then in every way that the next provider makes up for.
fn misbehave(asked: &Asked) -> Script {
    let begun = || Script::chunked(words::EVENTS).chunk(words::text(NATIVE, "one "));
    match asked.number % 40 {
        3 => Script::whole("500 Internal Server Error", "", "broke"),
        9 => Script::whole("429 Too Many Requests", "retry-after-ms: 50\r\n", ""),
        15 => Script::default().then(Step::Reset),
        21 => begun().wait(Duration::from_millis(20)).then(Step::Reset),
        27 => begun().then(Step::Stall),
        33 => Script::whole("200 OK", words::JSON, "not JSON"),
        _ => words::good(NATIVE, asked.is_stream()),
    }
}

async fn watch(host: &Host, length: Duration, providers: [&Upstream; 2]) -> Curves {
    let (begun, mut curves) = (Instant::now(), Curves::default());
    while begun.elapsed() < length {
        sleep(LOOK_EVERY).await;
        if begun.elapsed() > length / WARM_UP_SHARE {
            curves.look(host, begun.elapsed().as_secs_f64());
        }
        providers.iter().for_each(|provider| provider.seen().forget());
    }
    curves
}

impl Curves {
    fn look(&mut self, host: &Host, at: f64) {
        let facts = host.facts();
        self.resident.push((at, float(facts.resident)));
        self.store.push((at, float(host.store_bytes())));
        self.descriptors.push((at, float(facts.descriptors)));
        self.threads.push((at, float(facts.threads)));
    }

    fn judge(&self, allowance: f64, report: &mut Report) {
        let kinds = [
            ("memory, bytes", &self.resident, RESIDENT_BYTES * allowance),
            ("store, bytes", &self.store, STORE_BYTES * allowance),
            ("descriptors", &self.descriptors, DESCRIPTORS * allowance),
            ("threads", &self.threads, THREADS * allowance),
        ];
        for (what, points, bound) in kinds {
            let Some(slope) = slope(points) else {
                report.failures.push(format!("{what}: expected more than two looks; ask for more --seconds"));
                continue;
            };
            let at = |point: Option<&(f64, f64)>| point.map_or(0.0, |point| point.1);
            let (first, last) = (at(points.first()), at(points.last()));
            report.line(format!(
                "{what}: {:.3} a second (95 %: {:.3} to {:.3}), from {first:.0} after warm-up to {last:.0}",
                slope.mid, slope.low, slope.high
            ));
            report.expect(slope.low <= bound, || {
                format!("{what}: expected at most {bound} a second, found at least {:.3}", slope.low)
            });
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "figures for people, far below 2^52")]
fn float(value: u64) -> f64 {
    value as f64
}
