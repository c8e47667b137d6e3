//! Tasks that somebody outside works on, and todos files, over HTTP.

use super::task::{actions, apply, say};
use super::*;

#[tokio::test]
async fn a_task_is_claimed_heard_of_and_ended_and_a_stale_fence_is_counted() {
    let desk = TestDesk::new().await;
    apply(&desk, json!([{"name": "a", "skill": "wrap"}])).await;
    assert_eq!(get(&desk, "/api/tasks/a/why").await["code"], "claim");
    let claimed = say(&desk, "/api/tasks/a/claim", json!({"agent": "ann", "pid": 7, "started": 1})).await;
    let read: crate::api::TaskClaimed = serde_json::from_value(claimed.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), claimed);
    assert_eq!((read.attempt, read.lease.lease_ms, &*read.definition.name.to_string()), (1, 30_000, "a"));
    let fence = read.fence;
    let lines =
        json!([{"text": "one"}, {"stream": "stderr", "text": "two"}, {"stream": "note", "text": "three"}]);
    let heartbeat = json!({"fence": fence, "from": 0, "lines": lines});
    say(&desk, "/api/tasks/a/heartbeat", heartbeat.clone()).await;
    // Its answer was lost, so it is said again.
    say(&desk, "/api/tasks/a/heartbeat", heartbeat).await;
    let log = get(&desk, "/api/tasks/a/log").await;
    let texts: Vec<&Value> = log["lines"].as_array().unwrap().iter().map(|line| &line["text"]).collect();
    assert_eq!(texts, ["one", "two", "three"]);
    let ended = say(&desk, "/api/tasks/a/end", json!({"fence": fence, "outcome": "succeeded"})).await;
    assert_eq!(ended["state"], "succeeded");
    let again = say(&desk, "/api/tasks/a/end", json!({"fence": fence, "outcome": "succeeded"})).await;
    assert_eq!((&again["state"], &again["rev"]), (&ended["state"], &ended["rev"]));
    for (verb, body) in [
        ("heartbeat", json!({"fence": fence})),
        ("end", json!({"fence": fence, "outcome": "failed", "class": "exit:1"})),
    ] {
        let (status, code, field) = refused(&desk, "POST", &format!("/api/tasks/a/{verb}"), Some(body)).await;
        assert_eq!((status, &*code, field.as_deref()), (409, "stale-fence", Some("fence")), "{verb}");
    }
    let text = crate::metrics(&desk.operator).await;
    assert!(text.contains("patchbay_task_stale_fences_total 2"), "{text}");
    assert_eq!(actions(&desk).await, ["task.create", "task.claim", "task.end", "task.end"]);
}

#[tokio::test]
async fn what_makes_no_sense_of_a_claim_is_refused_by_its_field() {
    let desk = TestDesk::new().await;
    let a = json!({"name": "a", "skill": "wrap", "assignee": "ann"});
    apply(&desk, json!([a, {"name": "own", "skill": "s"}])).await;
    let check = async |path: &str, body: Value, expect: (u16, &str, Option<&str>)| {
        let (status, code, field) = refused(&desk, "POST", &format!("/api/tasks/{path}"), Some(body)).await;
        assert_eq!((status, &*code, field.as_deref()), expect, "{path}");
    };
    check("b/claim", json!({"agent": "ann"}), (404, "no-task", None)).await;
    check("a/claim", json!({"agent": "bob"}), (409, "not-yours", Some("agent"))).await;
    check("own/claim", json!({"agent": "bob"}), (409, "not-yours", Some("agent"))).await;
    check("a/claim", json!({"agent": " "}), (422, "bad-value", Some("agent"))).await;
    check("a/assign", json!({"set": "a\nb"}), (422, "bad-value", Some("set"))).await;
    let claimed = say(&desk, "/api/tasks/a/claim", json!({"agent": "ann"})).await;
    check("a/claim", json!({"agent": "ann"}), (409, "illegal", None)).await;
    check("a/assign", json!({}), (409, "illegal", None)).await;
    let fence = &claimed["fence"];
    check("a/end", json!({"fence": fence, "outcome": "failed"}), (422, "bad-value", Some("class"))).await;
    let body = json!({"fence": fence, "outcome": "released", "again": true});
    check("a/end", body, (422, "bad-value", Some("again"))).await;
    let many: Vec<Value> = (0..1_001).map(|_| json!({"text": "x"})).collect();
    check("a/heartbeat", json!({"fence": fence, "lines": many}), (422, "bad-value", Some("lines"))).await;
    let released = say(&desk, "/api/tasks/a/end", json!({"fence": fence, "outcome": "released"})).await;
    assert_eq!((&released["state"], &released["tally"]["charged"]), (&json!("ready"), &json!(0)));
    let none = say(&desk, "/api/tasks/a/assign", json!({})).await;
    assert_eq!((none.get("assignee"), &none["skill"]), (None, &json!("wrap")));
    assert_eq!(get(&desk, "/api/tasks?assignee=ann").await, json!([]));
}

async fn exchange(desk: &TestDesk, path: &str, text: &str) -> (StatusCode, Value) {
    let request = Request::builder().method("POST").uri(path).body(HttpBody::from(text.to_owned())).unwrap();
    let response = router(desk.operator.clone()).oneshot(request).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn a_todos_file_is_exchanged_as_a_text() {
    let desk = TestDesk::new().await;
    let file =
        r#"[{"id": "a", "title": "A", "status": "done"}, {"id": "b c", "title": "B", "status": "pending"}]"#;
    let (status, imported) = exchange(&desk, "/api/todos/import?file=f", file).await;
    assert_eq!((status, &imported["made"]), (StatusCode::OK, &json!(["a"])), "{imported}");
    assert_eq!(imported["refused"][0]["id"], "b c");
    assert_eq!(get(&desk, "/api/tasks/a").await["state"], "succeeded");
    let (_, exported) = exchange(&desk, "/api/todos/export?file=f", file).await;
    let read: crate::api::TodosExported = serde_json::from_value(exported.clone()).unwrap();
    assert!(read.changed && read.text.contains("\"b c\"") && read.tasks == 1, "{exported}");
    assert_eq!(exchange(&desk, "/api/todos/agreed?file=f", &read.text).await, (StatusCode::OK, Value::Null));
    let (status, refused) = exchange(&desk, "/api/todos/export?file=f", "{\n<<<<<<< HEAD").await;
    assert_eq!((status, &refused["error"]["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("body")));
    let (status, refused) = exchange(&desk, "/api/todos/import?file=", "[]").await;
    assert_eq!((status, &refused["error"]["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("file")));
    assert_eq!(actions(&desk).await, ["todos.import"]);
}
