//! What `/metrics` says of the time that requests take, stage by stage.

use crate::harness::{Host, Upstream};

const NAME: &str = "patchbay_request_stage_seconds";

#[tokio::test]
async fn every_stage_has_a_histogram() {
    let upstream = Upstream::good().await;
    let host = Host::start().await;
    host.provider("alpha", &upstream, &["--model", "m"]).await;
    let agent = host.agent("tester").await;
    for _ in 0..3 {
        assert_eq!(agent.chat("m").await.status, 200);
    }
    let text = host.metrics_text().await;
    assert!(text.contains(&format!("# TYPE {NAME} histogram")), "{text}");
    for stage in ["admit", "decode", "decide", "relay", "answer", "overhead"] {
        let counts = buckets(&text, stage);
        assert!(counts.len() > 3 && counts.is_sorted(), "{stage}: {counts:?}");
        assert_eq!(counts.last(), Some(&3), "{stage}: {counts:?}");
        let one = |end: &str| {
            let line =
                text.lines().find(|line| line.starts_with(&format!("{NAME}_{end}{{stage=\"{stage}\"}}")));
            line.and_then(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
                .unwrap_or_else(|| panic!("{text}"))
        };
        assert_eq!(one("count"), 3.0, "{stage}");
        assert!(one("sum") > 0.0 && one("sum") < 30.0, "{stage}: {}", one("sum"));
    }
    assert!(text.lines().any(|line| line == "patchbay_waiting_requests 0.0"), "{text}");
}

/// How many were counted up to each edge.
fn buckets(text: &str, stage: &str) -> Vec<u64> {
    let (start, label) = (format!("{NAME}_bucket{{"), format!("stage=\"{stage}\""));
    let lines = text.lines().filter(|line| line.starts_with(&start) && line.contains(&label));
    lines.map(|line| line.rsplit(' ').next().unwrap().parse().unwrap()).collect()
}
