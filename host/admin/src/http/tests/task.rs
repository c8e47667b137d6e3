//! Tasks over HTTP, with an engine whose work is played.

use std::time::Duration;

use super::*;

pub(super) async fn working() -> TestDesk {
    let desk = TestDesk::new().await;
    desk.engine.start().await.unwrap();
    desk
}

pub(super) async fn apply(desk: &TestDesk, tasks: Value) -> Value {
    let (status, applied) = ask(desk, "POST", "/api/tasks/apply", Some(json!({"tasks": tasks}))).await;
    assert_eq!(status, StatusCode::OK, "{applied}");
    applied
}

/// The task once it is in this state.
pub(super) async fn until(desk: &TestDesk, name: &str, state: &str) -> Value {
    let waiting = async {
        loop {
            let task = get(desk, &format!("/api/tasks/{name}")).await;
            if task["state"] == state {
                return task;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    match tokio::time::timeout(Duration::from_secs(20), waiting).await {
        Ok(task) => task,
        Err(_) => panic!("{name} is {}", get(desk, &format!("/api/tasks/{name}")).await),
    }
}

pub(super) async fn say(desk: &TestDesk, path: &str, body: Value) -> Value {
    let (status, answer) = ask(desk, "POST", path, Some(body)).await;
    assert_eq!(status, StatusCode::OK, "{path}: {answer}");
    answer
}

pub(super) async fn actions(desk: &TestDesk) -> Vec<String> {
    let audits = get(desk, "/api/audit").await;
    let audits = audits.as_array().unwrap().iter();
    audits.map(|audit| audit["action"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_same_tasks_are_applied_again_and_again() {
    let desk = TestDesk::new().await;
    let task = |priority: &str| json!([{"name": "a", "skill": "s", "priority": priority}]);
    let created = apply(&desk, task("P1")).await;
    assert_eq!(created[0]["outcome"], "created", "{created}");
    assert_eq!(created[0]["state"], "ready");
    assert_eq!(apply(&desk, task("P1")).await[0]["outcome"], "unchanged");
    let changed = apply(&desk, task("P0")).await;
    assert_eq!(changed[0]["outcome"], "changed");
    let shown = get(&desk, "/api/tasks/a").await;
    assert_eq!((&shown["priority"], &shown["type"]), (&json!("P0"), &json!("regular")));
    assert_eq!(actions(&desk).await, ["task.create", "task.set"]);
    let desk = desk.again().await;
    assert_eq!(get(&desk, "/api/tasks").await[0]["name"], "a");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_by_its_field_and_nothing_is_stored() {
    let desk = TestDesk::new().await;
    let check = async |tasks: Value, code: &str, field: &str| {
        let body = Some(json!({"tasks": tasks}));
        let (status, found_code, found) = refused(&desk, "POST", "/api/tasks/apply", body).await;
        assert_eq!((status, &*found_code, found.as_deref()), (422, code, Some(field)), "{tasks}");
    };
    check(json!([{"name": "a", "prority": "P0"}]), "bad-value", "tasks[0].prority").await;
    check(json!([{"name": "a"}, {"name": "b", "priority": "P9"}]), "bad-value", "tasks[1].priority").await;
    check(json!([{"name": "a", "budgets": {"attempts": 0}}]), "bad-value", "budgets.attempts").await;
    check(json!([{"name": "a", "depends_on": ["b"]}]), "bad-graph", "depends_on").await;
    let circle = json!([{"name": "a", "depends_on": ["b"]}, {"name": "b", "depends_on": ["a"]}]);
    check(circle, "bad-graph", "depends_on").await;
    let forbidden = json!([{"name": "a", "checks": [{"kind": "command", "program": "forbidden"}]}]);
    check(forbidden, "bad-value", "checks").await;
    let (status, code, field) = refused(&desk, "GET", "/api/tasks?state=happy", None).await;
    assert_eq!((status, &*code, field.as_deref()), (422, "bad-value", Some("state")));
    assert_eq!(get(&desk, "/api/tasks").await, json!([]));
    assert!(actions(&desk).await.is_empty());
}

#[tokio::test]
async fn what_is_larger_than_all_task_files_is_not_read() {
    let desk = TestDesk::new().await;
    let big = json!([{"name": "a", "description": "x".repeat(9 << 20)}]);
    let (status, code, _) = refused(&desk, "POST", "/api/tasks/apply", Some(json!({"tasks": big}))).await;
    assert_eq!((status, &*code), (413, "too-large"));
}

#[tokio::test]
async fn a_task_that_ran_is_shown_with_its_attempt_and_its_log() {
    let desk = working().await;
    apply(&desk, json!([{"name": "a", "skill": "s", "input": {"say": "hello"}}])).await;
    let task = until(&desk, "a", "succeeded").await;
    assert_eq!((&task["verified"], &task["attempts"]), (&json!(false), &json!(1)));
    assert_eq!(task["input"], json!({"say": "hello"}));
    assert_eq!(task["last_attempt"]["output"], json!({"ok": true}));
    assert_eq!(task["why"]["code"], "ended");
    let log = get(&desk, "/api/tasks/a/log").await;
    assert_eq!((&log["attempt"], &log["over"]), (&json!(1), &json!(true)), "{log}");
    assert_eq!(log["lines"][0]["text"], "hello");
    assert_eq!(get(&desk, "/api/tasks/a/log?after=1").await["lines"], json!([]));
    assert_eq!(get(&desk, "/api/tasks/a/log?tail=1").await["lines"].as_array().unwrap().len(), 1);
    assert_eq!(get(&desk, "/api/tasks/a/attempts").await[0]["outcome"], "succeeded");
    let events = get(&desk, "/api/tasks/a/history?limit=2").await;
    assert_eq!((events.as_array().unwrap().len(), &events[0]["cause"]), (2, &json!("created")));
    assert_eq!(get(&desk, "/api/tasks/a/history?after=1").await[0]["seq"], 2);
    desk.engine.close().await;
}

#[tokio::test]
async fn tasks_are_listed_by_state_and_label_a_page_at_a_time() {
    let desk = TestDesk::new().await;
    let tasks: Vec<Value> = (0..5)
        .map(|n| json!({"name": format!("t{n}"), "labels": {"env": if n < 3 { "dev" } else { "prod" }}}))
        .collect();
    apply(&desk, json!(tasks)).await;
    say(&desk, "/api/tasks/t4/pause", json!({"reason": "later"})).await;
    let names = async |query: &str| -> Vec<String> {
        let tasks = get(&desk, &format!("/api/tasks?{query}")).await;
        tasks.as_array().unwrap().iter().map(|task| task["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("label=env%3Dprod").await, ["t3", "t4"]);
    assert_eq!(names("state=paused").await, ["t4"]);
    assert_eq!(names("state=running").await, Vec::<String>::new());
    assert_eq!(names("state=ready,paused&label=env%3Dprod").await, ["t3", "t4"]);
    let first = get(&desk, "/api/tasks?limit=2").await;
    assert_eq!(names(&format!("limit=2&after={}", first[1]["id"])).await, ["t2", "t3"]);
}

#[tokio::test]
async fn a_word_is_heard_written_down_and_refused_where_it_makes_no_sense() {
    let desk = TestDesk::new().await;
    apply(&desk, json!([{"name": "a", "skill": "s"}])).await;
    let paused = say(&desk, "/api/tasks/a/pause", json!({"reason": "later"})).await;
    assert_eq!((&paused["state"], &paused["stands"]["reason"]), (&json!("paused"), &json!("later")));
    let (status, value) = ask(&desk, "POST", "/api/tasks/a/resume", None).await;
    assert_eq!((status, &value["state"]), (StatusCode::OK, &json!("ready")), "a body may be left out");
    let check = async |verb: &str, body: Value, expect: (u16, &str, Option<&str>)| {
        let path = format!("/api/tasks/{verb}");
        let (status, code, field) = refused(&desk, "POST", &path, Some(body)).await;
        assert_eq!((status, &*code, field.as_deref()), expect, "{verb}");
    };
    check("b/pause", json!({}), (404, "no-task", None)).await;
    check("a/sing", json!({}), (404, "unknown-verb", None)).await;
    check("a%20b/pause", json!({}), (422, "bad-value", Some("name"))).await;
    check("a/resume", json!({}), (409, "illegal", None)).await;
    check("a/pause", json!({"rev": 1}), (409, "old-rev", Some("rev"))).await;
    check("a/pause", json!({"note": "x"}), (422, "bad-value", Some("note"))).await;
    check("a/priority", json!({"set": "P7"}), (422, "bad-value", Some("set"))).await;
    check("a/answer", json!({}), (422, "bad-value", Some("set"))).await;
    let first = say(&desk, "/api/tasks/a/priority", json!({"set": "P0"})).await;
    assert_eq!(first["priority"], "P0");
    say(&desk, "/api/tasks/a/cancel", json!({"reason": "no need"})).await;
    check("a/retry", json!({}), (422, "bad-value", Some("reason"))).await;
    say(&desk, "/api/tasks/a/retry", json!({"reason": "after all"})).await;
    let audit = get(&desk, "/api/audit").await;
    assert_eq!((&audit[1]["action"], &audit[1]["subject"]), (&json!("task.pause"), &json!("task/a")));
    assert_eq!((&audit[1]["detail"], &audit[1]["actor"]), (&json!("later"), &json!("cli")));
    let expected = ["create", "pause", "resume", "priority", "cancel", "retry"];
    assert_eq!(actions(&desk).await, expected.map(|verb| format!("task.{verb}")));
}

#[tokio::test]
async fn a_draft_and_an_end_run_when_they_are_told_to() {
    let desk = working().await;
    let body = json!({"tasks": [{"name": "a", "skill": "s"}], "draft": true});
    let (_, applied) = ask(&desk, "POST", "/api/tasks/apply", Some(body)).await;
    assert_eq!(applied[0]["state"], "draft");
    assert_eq!(get(&desk, "/api/tasks/a/why").await["code"], "draft");
    say(&desk, "/api/tasks/a/run", json!({})).await;
    until(&desk, "a", "succeeded").await;
    say(&desk, "/api/tasks/a/run", json!({})).await;
    let again = async {
        while get(&desk, "/api/tasks/a").await["attempts"] != 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), again).await.expect("it did not run again");
    desk.engine.close().await;
}

#[tokio::test]
async fn a_person_answers_and_approves() {
    let desk = working().await;
    let human = json!([{"kind": "human", "question": "Is it well?"}]);
    apply(&desk, json!([{"name": "a", "skill": "s", "checks": human}])).await;
    let asked = async {
        while get(&desk, "/api/tasks/a/why").await["code"] != "approval" {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), asked).await.expect("nobody was asked");
    assert_eq!(get(&desk, "/api/tasks/a/log").await["over"], true);
    let done = say(&desk, "/api/tasks/a/approve", json!({"reason": "looks good"})).await;
    assert_eq!((&done["state"], &done["verified"]), (&json!("succeeded"), &json!(true)));
    desk.engine.close().await;
}

#[tokio::test]
async fn a_tree_is_told_depth_first() {
    let desk = TestDesk::new().await;
    let tasks = json!([{"name": "root"}, {"name": "b", "parent": "root"}, {"name": "c", "parent": "root"},
                       {"name": "d", "parent": "b"}]);
    apply(&desk, tasks).await;
    let tree = get(&desk, "/api/tasks/root/tree").await;
    let rows = tree["tasks"].as_array().unwrap();
    let shown: Vec<_> =
        rows.iter().map(|row| (row["depth"].as_u64().unwrap(), row["name"].as_str().unwrap())).collect();
    // Children stand in the order in which they were made, and b was made after its own child.
    assert_eq!(shown, [(0, "root"), (1, "c"), (1, "b"), (2, "d")]);
    assert_eq!(get(&desk, "/api/tasks/root").await["children"], 2);
}

#[tokio::test]
async fn a_task_may_be_called_as_a_path_is() {
    let desk = TestDesk::new().await;
    apply(&desk, json!([{"name": "apply"}])).await;
    assert_eq!(get(&desk, "/api/tasks/apply").await["name"], "apply");
}

#[tokio::test]
async fn both_ends_read_a_task_as_it_is_written() {
    let desk = TestDesk::new().await;
    apply(&desk, json!([{"name": "a", "input": {"x": 1}, "labels": {"k": "v"}, "deadline": 1}])).await;
    let text = get(&desk, "/api/tasks/a").await;
    let read: crate::api::TaskView = serde_json::from_value(text.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), text);
}
