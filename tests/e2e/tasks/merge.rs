//! Problems that a person knows to be one.

use serde_json::{Value, json};

use super::reaches;
use crate::harness::{Host, until};

async fn fail(host: &Host, name: &str, says: &str) -> String {
    let line = format!("echo '{says}' >&2; exit 3");
    host.cli(&["task", "wrap", name, "--", "sh", "-c", &line]).await.failed(3, &["exit status 3"]);
    let task = reaches(host, name, "needs-human").await;
    task["problem"]["problem"]["fingerprint"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn two_problems_become_one_and_are_taken_apart_again() {
    let host = Host::start_with("").await;
    let from = fail(&host, "a", "ValueError: wrong lamp").await;
    let into = fail(&host, "b", "DoorError: it is shut").await;
    host.cli(&["problem", "merge", &from, &into, "--reason", "one proxy"]).await.ok();
    let whole = host.json(&["problem", "show", &into]).await;
    assert_eq!((&whole["parts"][0]["problem"], &whole["failures"]), (&json!(from), &json!(2)), "{whole}");
    assert!(host.cli(&["problem", "show", &into]).await.ok().contains(&format!("merged    {from}, since")));
    assert_eq!(host.json(&["problem", "show", &from]).await["part_of"]["into"], json!(into));
    let moved = async || {
        let task = host.json(&["task", "show", "a"]).await;
        (task["problem"]["problem"]["fingerprint"] == json!(into)).then_some(())
    };
    until("its task to be the other one's", moved).await;
    host.cli(&["problem", "merge", &from, &into]).await.failed(1, &["split it from that first"]);
    host.cli(&["problem", "merge", "fp_v1:none", &into]).await.failed(4, &["fp_v1:none"]);

    let own: Value = host.json(&["problem", "split", &from]).await;
    assert_eq!((&own["fingerprint"], &own["part_of"]), (&json!(from), &Value::Null));
    host.cli(&["problem", "split", &from]).await.failed(1, &["nothing to split"]);
    let audits = host.json(&["audit", "list"]).await.to_string();
    assert!(audits.contains("problem.merge") && audits.contains("problem.split"), "{audits}");
}
