//! Handle, queue, task and HTTP together, against a collector that answers from a script.

mod collector;

use std::time::Instant;

use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::trace::v1::Span as Wire;
use patchbay_types::{Secret, Timestamp};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::{Context, Event, Kind, Span, Status, Telemetry, TelemetryStatus, UnixNanos};

use super::*;
use collector::{Answer, Collector};

/// So long that nothing is sent by time alone.
const NEVER: Duration = Duration::from_secs(60);
const SOON: Duration = Duration::from_millis(20);

/// A running exporter, as the host holds one.
struct Running {
    telemetry: Telemetry,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    #[allow(clippy::disallowed_methods, reason = "`stop` waits for it")]
    fn start(options: TelemetryOptions) -> Self {
        let (telemetry, exporter) = Telemetry::new(options).unwrap();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(exporter.run(async {
            let _ = stopped.await;
        }));
        Self { telemetry, stop, task }
    }

    fn send(&self, spans: usize) {
        (0..spans).for_each(|_| self.telemetry.send(span(&self.telemetry)));
    }

    async fn stop(self) -> TelemetryStatus {
        let _ = self.stop.send(());
        self.task.await.unwrap();
        self.telemetry.status()
    }
}

fn options(collector: &Collector) -> TelemetryOptions {
    TelemetryOptions { endpoint: collector.endpoint(), flush_every: NEVER, ..TelemetryOptions::default() }
}

fn span(telemetry: &Telemetry) -> Span {
    let start = UnixNanos::from(Timestamp(1_000));
    Span::new(&telemetry.begin(None), "chat", Kind::Server, start, start + Duration::from_nanos(7))
}

fn counts(status: &TelemetryStatus) -> (u64, u64, u64) {
    (status.sent, status.dropped, status.failed)
}

fn value(wire: &Wire, key: &str) -> Any {
    let found = wire.attributes.iter().find(|attribute| attribute.key == key).unwrap();
    found.value.clone().unwrap().value.unwrap()
}

#[tokio::test]
async fn a_span_arrives_as_it_was_described() {
    let collector = Collector::start([]).await;
    let running = Running::start(TelemetryOptions { instance: "one".into(), ..options(&collector) });
    let root = running.telemetry.begin(Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
    let mut span = Span { kind: Kind::Client, ..self::span(&running.telemetry) };
    (span.trace, span.span, span.parent) = (root.trace, root.span, root.parent);
    span.set("text", "a");
    span.set("int", 5_u64);
    span.set("float", 0.5);
    span.set("bool", true);
    span.set("texts", vec!["stop".to_owned()]);
    span.status = Status::Error("no".to_owned());
    span.events = vec![Event { name: "e".into(), at: UnixNanos(9), attributes: vec![] }];
    running.telemetry.send(span);
    running.stop().await;

    let seen = collector.seen().remove(0);
    let resource = seen.request.resource_spans[0].resource.clone().unwrap();
    let named: Vec<&str> = resource.attributes.iter().map(|attribute| attribute.key.as_str()).collect();
    assert_eq!(named, ["service.name", "service.version", "service.instance.id"]);
    let wire = seen.spans().remove(0);
    assert_eq!(wire.trace_id, root.trace.0);
    assert_eq!(wire.parent_span_id, [0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7]);
    assert_eq!((wire.name.as_str(), wire.kind), ("chat", 3));
    assert_eq!((wire.start_time_unix_nano, wire.end_time_unix_nano), (1_000_000_000, 1_000_000_007));
    assert_eq!(value(&wire, "text"), Any::StringValue("a".to_owned()));
    assert_eq!(value(&wire, "int"), Any::IntValue(5));
    assert_eq!(value(&wire, "float"), Any::DoubleValue(0.5));
    assert_eq!(value(&wire, "bool"), Any::BoolValue(true));
    assert!(matches!(value(&wire, "texts"), Any::ArrayValue(texts) if texts.values.len() == 1));
    assert_eq!(wire.status.unwrap().code, 2);
    assert_eq!((wire.events[0].name.as_str(), wire.events[0].time_unix_nano), ("e", 9));
}

#[tokio::test]
async fn headers_go_with_each_batch() {
    let collector = Collector::start([]).await;
    let headers = vec![("authorization".to_owned(), Secret::new("Bearer hunter2".to_owned()))];
    let running = Running::start(TelemetryOptions { headers, ..options(&collector) });
    running.send(1);
    running.stop().await;
    let seen = collector.seen().remove(0);
    assert_eq!(seen.path, "/v1/traces");
    assert_eq!(seen.headers["authorization"], "Bearer hunter2");
    assert_eq!(seen.headers["content-type"], "application/x-protobuf");
}

#[tokio::test]
async fn a_whole_batch_goes_at_once_and_the_rest_at_the_end() {
    let collector = Collector::start([]).await;
    let running = Running::start(TelemetryOptions { batch_max: 10, ..options(&collector) });
    running.send(25);
    collector.saw(2).await;
    assert_eq!(collector.sizes(), [10, 10]);
    assert_eq!(counts(&running.stop().await), (25, 0, 0));
    assert_eq!(collector.sizes(), [10, 10, 5]);
}

#[tokio::test]
async fn a_span_that_waits_alone_goes_after_a_while() {
    let collector = Collector::start([]).await;
    let running = Running::start(TelemetryOptions { flush_every: SOON, ..options(&collector) });
    running.send(1);
    collector.saw(1).await;
    running.send(2);
    collector.saw(2).await;
    assert_eq!(collector.sizes(), [1, 2]);
    running.stop().await;
}

#[tokio::test]
async fn what_finds_no_room_is_dropped_and_counted() {
    let collector = Collector::start([]).await;
    let running = Running::start(TelemetryOptions { queue_max: 20, batch_max: 20, ..options(&collector) });
    // The exporter has not run yet: this test has one thread, and has not waited.
    running.send(30);
    assert_eq!(running.telemetry.status().dropped, 10);
    assert_eq!(counts(&running.stop().await), (20, 10, 0));
}

#[tokio::test]
async fn a_busy_collector_gets_the_same_batch_again_after_the_pause_it_asked_for() {
    let collector = Collector::start([Answer::Status(429, "1"), Answer::Status(503, "0")]).await;
    let running = Running::start(TelemetryOptions { batch_max: 2, ..options(&collector) });
    running.send(2);
    collector.saw(3).await;
    let seen = collector.seen();
    assert!(seen[1].at - seen[0].at >= Duration::from_secs(1));
    assert!(seen.iter().all(|seen| seen.request == collector.seen()[0].request));
    assert_eq!(counts(&running.stop().await), (2, 0, 0));
}

#[tokio::test]
async fn after_three_more_tries_a_batch_is_lost_and_the_next_one_goes() {
    let collector = Collector::start([Answer::Status(503, "0"); 4]).await;
    let running = Running::start(TelemetryOptions { batch_max: 2, ..options(&collector) });
    running.send(2);
    collector.saw(4).await;
    running.send(2);
    collector.saw(5).await;
    let status = running.stop().await;
    assert_eq!((counts(&status), status.last_error), ((2, 0, 2), None));
}

#[tokio::test]
async fn a_batch_that_was_refused_is_not_sent_again() {
    let collector = Collector::start([Answer::Status(400, "")]).await;
    let running = Running::start(options(&collector));
    running.send(3);
    let status = running.stop().await;
    assert_eq!((counts(&status), collector.sizes()), ((0, 0, 3), vec![3]));
    assert!(status.last_error.unwrap().contains("/v1/traces answered 400"));
}

#[tokio::test]
async fn spans_that_the_collector_did_not_take_are_no_sent_ones() {
    let collector = Collector::start([Answer::Partly(2)]).await;
    let running = Running::start(options(&collector));
    running.send(5);
    let status = running.stop().await;
    assert_eq!(counts(&status), (3, 0, 2));
    assert!(status.last_error.unwrap().contains("too old"));
}

#[tokio::test]
async fn a_silent_collector_holds_up_neither_requests_nor_the_end() {
    let collector = Collector::start([Answer::Never; 9]).await;
    let timeout = Duration::from_millis(200);
    let sizes = TelemetryOptions { queue_max: 4, batch_max: 2, timeout, ..options(&collector) };
    let running = Running::start(sizes);
    running.send(2);
    collector.saw(1).await;
    let begun = Instant::now();
    running.send(1000);
    assert!(begun.elapsed() < Duration::from_millis(100));
    let status = running.stop().await;
    assert!(begun.elapsed() < timeout * 5, "{:?}", begun.elapsed());
    assert_eq!(status.sent, 0);
    assert_eq!(status.dropped + status.failed, 1002);
    assert!(status.failed >= 2);
}

#[tokio::test]
async fn an_end_cuts_a_pause_short_and_tries_once_more() {
    let collector = Collector::start([Answer::Status(503, "60")]).await;
    let running = Running::start(TelemetryOptions { batch_max: 1, ..options(&collector) });
    running.send(1);
    collector.saw(1).await;
    let begun = Instant::now();
    assert_eq!(counts(&running.stop().await), (1, 0, 0));
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_span_after_the_end_is_dropped_and_counted() {
    let collector = Collector::start([]).await;
    let running = Running::start(options(&collector));
    let telemetry = running.telemetry.clone();
    running.stop().await;
    telemetry.send(span(&telemetry));
    assert_eq!(counts(&telemetry.status()), (0, 1, 0));
}

#[tokio::test]
async fn a_collector_that_is_not_there_is_named() {
    let gone = Collector::start([]).await.endpoint();
    let running = Running::start(TelemetryOptions { endpoint: gone.clone(), ..TelemetryOptions::default() });
    running.send(1);
    let status = running.stop().await;
    assert_eq!(counts(&status), (0, 0, 1));
    assert!(status.last_error.unwrap().starts_with(&format!("no answer from {gone}/v1/traces: ")));
}

#[tokio::test]
async fn a_collector_that_speaks_no_tls_gets_nothing_in_the_clear() {
    let collector = Collector::start([]).await;
    let endpoint = collector.endpoint().replace("http:", "https:");
    let timeout = Duration::from_millis(500);
    let running = Running::start(TelemetryOptions { endpoint, timeout, ..options(&collector) });
    running.send(1);
    let status = running.stop().await;
    assert_eq!((counts(&status), collector.seen().len()), ((0, 0, 1), 0));
    assert!(status.last_error.is_some());
}

fn begun(telemetry: &Telemetry, traceparent: Option<&str>) -> Vec<Context> {
    (0..2000).map(|_| telemetry.begin(traceparent)).collect()
}

#[tokio::test]
async fn the_share_of_traces_is_kept_and_a_caller_decides_for_its_own() {
    let sampled = |contexts: &[Context]| contexts.iter().filter(|context| context.sampled).count();
    let of = |sample| Telemetry::new(TelemetryOptions { sample, ..TelemetryOptions::default() }).unwrap().0;
    assert_eq!(sampled(&begun(&of(0.0), None)), 0);
    assert_eq!(sampled(&begun(&of(1.0), None)), 2000);
    assert!((350..650).contains(&sampled(&begun(&of(0.25), None))));
    let caller = |flag| format!("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0{flag}");
    assert_eq!(sampled(&begun(&of(0.0), Some(&caller(1)))), 2000);
    assert_eq!(sampled(&begun(&of(1.0), Some(&caller(0)))), 0);
}

#[tokio::test]
async fn a_malformed_header_begins_a_new_trace() {
    let (telemetry, _exporter) = Telemetry::new(TelemetryOptions::default()).unwrap();
    let malformed = "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-00";
    let contexts = begun(&telemetry, Some(malformed));
    assert!(contexts.iter().all(|context| context.parent.is_none() && context.sampled));
    assert_ne!(contexts[0].trace, contexts[1].trace);
}
