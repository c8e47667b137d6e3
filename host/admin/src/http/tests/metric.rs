//! The metrics against their page and against Prometheus' own checker.

use std::io::Write;
use std::process::{Command, Stdio};

use super::*;

/// With a value in nearly every family.
async fn told() -> String {
    let desk = TestDesk::new().await;
    let body = json!({"name": "alpha", "url": "http://127.0.0.1:9", "tpm": 10, "models": {"m": {}}});
    ask(&desk, "POST", "/api/providers", Some(body)).await;
    desk.record("alpha", "m", "scout");
    let counts = [1; patchbay_proxy::STAGE_EDGES_US.len() + 1];
    let sum = std::time::Duration::from_secs(20);
    let stages = Box::new(move || vec![patchbay_proxy::StageTimes { stage: "admit", counts, sum }]);
    desk.operator.watch(crate::GatewayCounts { stages, waiting: Box::new(|| 1) });
    crate::metrics(&desk.operator).await
}

#[tokio::test]
async fn the_page_of_the_metrics_has_every_family_with_its_type() {
    let page = include_str!("../../../../../docs/metrics.md");
    let text = told().await;
    let families = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    let missing: Vec<_> =
        families.filter(|(name, kind)| !page.contains(&format!("| `{name}` | {kind} |"))).collect();
    assert!(missing.is_empty(), "docs/metrics.md lacks {missing:?}");
}

#[tokio::test]
async fn promtool_finds_nothing_wrong() {
    let mut checker = Command::new("promtool");
    let checker = checker.args(["check", "metrics"]).stdin(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut checking) = checker.stdout(Stdio::piped()).spawn() else {
        println!("SKIPPED: promtool is not installed (Debian: apt-get install prometheus)");
        return;
    };
    let mut input = checking.stdin.take().unwrap();
    input.write_all(told().await.as_bytes()).unwrap();
    drop(input);
    let found = checking.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&[found.stdout, found.stderr].concat()).into_owned();
    assert!(found.status.success() && said.is_empty(), "{said}");
}
