//! Programs that say a lot, or nothing for long, in the real binary.

use std::time::{Duration, Instant};

use super::{SH, apply, reaches, shell};
use crate::harness::Host;

#[tokio::test]
async fn a_program_that_prints_two_hundred_thousand_lines_succeeds_with_all_of_them() {
    let host = Host::start_with(SH).await;
    let loud = "seq 1 200000 | sed 's/^/a line of some program, number /'; echo the last one";
    let began = Instant::now();
    apply(&host, &[shell("loud", loud)]).await;
    reaches(&host, "loud", "succeeded").await;
    let took = began.elapsed();
    let log = host.json(&["task", "log", "loud"]).await;
    let lines = log["lines"].as_array().unwrap();
    let numbered = |line: &serde_json::Value| line["number"].as_u64().unwrap();
    assert_eq!(lines.iter().map(numbered).max(), Some(200_001), "after {took:?}");
    let texts: Vec<&str> = lines.iter().filter_map(|line| line["text"].as_str()).collect();
    assert!(texts.contains(&"a line of some program, number 200000"), "{:?}", texts.last());
    assert!(texts.contains(&"the last one"));
    println!("200,000 lines in {took:?}");
}

#[tokio::test]
async fn one_that_is_silent_is_cancelled_at_once_all_the_same() {
    let host = Host::start_with(SH).await;
    apply(&host, &[shell("silent", "echo begun; exec sleep 300")]).await;
    reaches(&host, "silent", "running").await;
    let began = Instant::now();
    host.cli(&["task", "cancel", "silent"]).await.ok();
    // Its program is gone when its end is written.
    crate::harness::until("the attempt to be over", async || {
        let shown = host.json(&["task", "show", "silent"]).await;
        shown["last_attempts"].as_array().is_some_and(|attempts| !attempts.is_empty()).then_some(())
    })
    .await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}
