//! Problems and fixes over HTTP, with an engine whose work is played.

use std::time::Duration;

use super::task::{actions, apply, say, until, working};
use super::*;

/// The fix once it is in this state.
async fn fixed(desk: &TestDesk, state: &str) -> Value {
    let waiting = async {
        loop {
            let fixes = get(desk, &format!("/api/fixes?state={state}")).await;
            if let Some(fix) = fixes.as_array().and_then(|fixes| fixes.first()) {
                return fix.clone();
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    match tokio::time::timeout(Duration::from_secs(20), waiting).await {
        Ok(fix) => fix,
        Err(_) => panic!("no fix is {state}: {}", get(desk, "/api/fixes").await),
    }
}

async fn wide(desk: &TestDesk) -> Value {
    let input = json!({"fail": "no such setting", "wide": true});
    apply(desk, json!([{"name": "a", "skill": "s", "input": input}])).await;
    fixed(desk, "waits-for-approval").await
}

#[tokio::test]
async fn a_plan_that_reaches_far_waits_for_a_yes_and_heals_then() {
    let desk = working().await;
    let fix = wide(&desk).await;
    assert_eq!((&fix["task"], &fix["class"]), (&json!("a"), &json!("config")));
    let open = get(&desk, "/api/problems?open=true").await;
    let problem = &open[0];
    assert_eq!((&problem["state"], &problem["class"]), (&json!("open"), &json!("exit:1")), "{open}");
    let fingerprint = problem["fingerprint"].as_str().unwrap();
    let whole = get(&desk, &format!("/api/problems/{fingerprint}")).await;
    assert_eq!((&whole["tasks"][0]["name"], &whole["fixes"][0]["id"]), (&json!("a"), &fix["id"]));
    let read: crate::api::ProblemView = serde_json::from_value(whole.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), whole);
    let task = get(&desk, "/api/tasks/a").await;
    assert_eq!(task["problem"]["problem"]["fingerprint"], fingerprint);
    assert_eq!(task["fix"]["fix"]["id"], fix["id"]);

    let path = format!("/api/fixes/{}", fix["id"]);
    let shown = get(&desk, &path).await;
    let read: crate::api::FixView = serde_json::from_value(shown.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), shown);
    say(&desk, &format!("{path}/approve"), json!({"reason": "go on"})).await;
    until(&desk, "a", "succeeded").await;
    let shown = get(&desk, &path).await;
    assert_eq!(shown["record"]["fix"]["approved_by"], "operator:cli");
    let (status, code, _) = refused(&desk, "POST", &format!("{path}/approve"), Some(json!({}))).await;
    assert_eq!((status, &*code), (409, "illegal"));
    assert!(actions(&desk).await.contains(&"fix.approve".to_owned()));
    desk.engine.close().await;
}

#[tokio::test]
async fn a_plan_is_rejected_with_a_reason_and_a_problem_closed() {
    let desk = working().await;
    let fix = wide(&desk).await;
    let rejected =
        say(&desk, &format!("/api/fixes/{}/reject", fix["id"]), json!({"reason": "too far"})).await;
    assert_eq!(rejected["state"], "failed");
    assert!(rejected["reason"].as_str().unwrap().contains("too far"), "{rejected}");
    let fingerprint = fix["problem"].as_str().unwrap();
    let closed = say(&desk, &format!("/api/problems/{fingerprint}/close"), json!({})).await;
    assert_eq!(closed["fingerprint"], fingerprint);
    let told = actions(&desk).await;
    assert!(told.ends_with(&["fix.reject".to_owned(), "problem.close".to_owned()]), "{told:?}");
    desk.engine.close().await;
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let desk = TestDesk::new().await;
    let check = async |method: &str, path: &str, expect: (u16, &str)| {
        let (status, code, _) = refused(&desk, method, path, None).await;
        assert_eq!((status, &*code), expect, "{path}");
    };
    check("GET", "/api/problems/fp_v1:x", (404, "no-problem")).await;
    check("POST", "/api/problems/fp_v1:x/close", (404, "no-problem")).await;
    check("GET", "/api/fixes?problem=fp_v1:x", (404, "no-problem")).await;
    check("GET", "/api/fixes/7", (404, "no-fix")).await;
    check("POST", "/api/fixes/7/undo", (404, "no-fix")).await;
    check("POST", "/api/fixes/7/sing", (404, "unknown-verb")).await;
    check("GET", "/api/fixes/seven", (422, "bad-value")).await;
    assert_eq!(get(&desk, "/api/problems").await, json!([]));
}
