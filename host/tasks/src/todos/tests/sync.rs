//! Two sides that are brought into step, by hand and by chance.

use patchbay_types::Timestamp;
use serde_json::json;

use super::*;

const FILE: &str = r#"{
  "version": 3,
  "todos": [
    {
      "id": "TC-1",
      "owner": "登录 A",
      "title": "Log in",
      "status": "NEW",
      "execution_log": [
        {
          "timestamp": "2026-11-21 10:00:00.123456",
          "stage": "planning",
          "message": "begun",
          "details": { "n": 1.0 }
        }
      ],
      "execution_metrics": { "retries": 2, "host": "h" }
    },
    {
      "id": 7,
      "title": "Pay",
      "status": "END"
    }
  ],
  "tail": null
}
"#;

fn entry(at: u64, message: &str) -> LogEntry {
    LogEntry {
        timestamp: json!(at),
        stage: "executing".into(),
        message: message.into(),
        ..LogEntry::default()
    }
}

fn ours(id: &str, title: &str, status: Shown, changed: u64) -> TodoOf {
    TodoOf {
        id: id.into(),
        title: title.into(),
        status,
        changed: Timestamp(changed),
        log: Vec::new(),
        metrics: None,
        artifacts: None,
        base: None,
    }
}

fn ready() -> Shown {
    Shown::As(StateName::Ready)
}

fn done() -> Shown {
    Shown::As(StateName::Succeeded)
}

/// As a host would take the changes over.
fn apply(host: &mut Vec<TodoOf>, changes: &[HostChange], now: u64) {
    for change in changes {
        if change.new.is_some() {
            host.push(ours(&change.id, "", ready(), now));
        }
        let todo = host.iter_mut().find(|todo| todo.id == change.id).unwrap();
        todo.changed = Timestamp(now);
        todo.title = change.title.clone().unwrap_or(std::mem::take(&mut todo.title));
        todo.status = change.status.unwrap_or(todo.status);
        todo.log = unite(&todo.log, &change.log);
    }
}

#[test]
fn a_file_that_nobody_changed_comes_back_to_the_byte() {
    assert_eq!(read(FILE).unwrap().to_text(), FILE);
    let todos = [ours("TC-1", "Log in", ready(), 0), ours("7", "Pay", Shown::Unverified, 0)];
    let merged = merge(&todos, &read(FILE).unwrap());
    assert_eq!(merged.file.to_text(), FILE);
    assert!(merged.conflicts.is_empty() && merged.changes_for_host.len() == 1, "{merged:?}");
    assert_eq!(merged.changes_for_host[0].log[0].at().unwrap().0 % 1000, 123);
}

#[test]
fn what_the_host_has_goes_in_and_unknown_fields_stay() {
    let mut todo = ours("TC-1", "Log in", Shown::Running, u64::MAX);
    todo.log = vec![entry(1, "first")];
    todo.metrics = Some(json!({ "seconds": 3, "retries": 4 }));
    let merged = merge(&[todo, ours("new", "Neu", done(), 1)], &read(FILE).unwrap());
    let text = merged.file.to_text();
    for part in [
        "\"owner\": \"登录 A\"",
        "\"PROCESSING\"",
        "\"host\": \"h\"",
        "\"seconds\": 3",
        "\"retries\": 4",
        "\"version\": 3",
    ] {
        assert!(text.contains(part), "no {part} in {text}");
    }
    let list = read(&text).unwrap().todos;
    assert_eq!(list[0].get("execution_log").unwrap().as_array().unwrap().len(), 2);
    assert_eq!(list[0].get("execution_log").unwrap()[0]["message"], "first");
    assert_eq!((list[2].id().unwrap().as_str(), list[2].get("status").unwrap()), ("new", json!("END")));
    assert!(merged.changes_for_host.iter().any(|change| change.id == "7" && change.new.is_some()));
}

#[test]
fn who_changed_it_wins_then_who_was_later_and_an_end_is_not_weakened() {
    let case = |status: Shown, changed: u64, base: Option<&str>, word: &str, updated: Option<u64>| {
        let mut todo = ours("a", "t", status, changed);
        todo.base = base.map(|status| Base { title: "t".into(), status: status.into() });
        let file = json!([{ "id": "a", "title": "t", "status": word, "updated_at": updated }]).to_string();
        let merged = merge(&[todo], &read(&file).unwrap());
        let host = merged.changes_for_host.first().and_then(|change| change.status);
        (host, merged.file.todos[0].get("status").unwrap(), merged.conflicts.len())
    };
    let dead = Shown::As(StateName::Dead);
    // Only the file was changed, only the host was.
    assert_eq!(case(ready(), 9, Some("pending"), "done", None), (Some(done()), json!("done"), 0));
    assert_eq!(case(dead, 9, Some("pending"), "pending", Some(99)), (None, json!("failed"), 0));
    // Both were, or nobody knows.
    assert_eq!(
        case(ready(), 9, None, "blocked", Some(10)),
        (Some(Shown::As(StateName::NeedsHuman)), json!("blocked"), 1)
    );
    assert_eq!(case(ready(), 9, None, "blocked", Some(8)), (None, json!("pending"), 1));
    assert_eq!(case(ready(), 9, None, "blocked", None), (None, json!("pending"), 1));
    // Ends.
    assert_eq!(case(done(), 9, None, "pending", Some(99)), (None, json!("done"), 1));
    assert_eq!(case(done(), 9, Some("done"), "pending", Some(99)), (None, json!("done"), 1));
    assert_eq!(case(dead, 9, None, "done", Some(99)), (None, json!("failed"), 1));
    assert_eq!(case(ready(), 9, None, "done", Some(1)), (Some(done()), json!("done"), 0));
    // A word that is none.
    assert_eq!(case(ready(), 9, None, "DONE!", Some(99)), (None, json!("DONE!"), 1));
}

#[test]
fn a_new_task_of_the_file_is_read_in_old_words() {
    let file = json!({ "tasks": [{
        "id": "a", "title": "T", "status": "VOID", "type": "修复", "log_type": "dev_task", "priority": 2,
        "success_criteria": ["It logs in", ""], "analysis": "because", "execution_metrics": { "retries": 1 }
    }] });
    let merged = merge(&[], &read(&file.to_string()).unwrap());
    let change = &merged.changes_for_host[0];
    let new = change.new.as_ref().unwrap();
    assert_eq!(
        (new.kind, new.priority, change.status),
        (TaskType::Fix, Priority::P0, Some(Shown::As(StateName::Voided)))
    );
    assert_eq!(new.checks, [crate::Check::Human { question: "It logs in".into() }]);
    assert_eq!((new.labels["env"].as_str(), &new.provenance["analysis"]), ("dev", &json!("because")));
    assert_eq!(new.metrics, Some(json!({ "retries": 1 })));
}

#[test]
fn what_is_no_todos_file_says_what_to_do() {
    let said = |text: &str| read(text).unwrap_err().to_string();
    assert!(said("{\n<<<<<<< HEAD").contains("line 2 column 1"), "{}", said("{\n<<<<<<< HEAD"));
    assert!(said("{}").contains("expected one, or an object with one under `todos`"));
    assert!(said("[1]").contains("expected an object"));
    let merged = merge(&[], &read("[{}, {\"id\": \"a\"}, {\"id\": \"a\"}]").unwrap());
    let whys: Vec<_> = merged.conflicts.iter().map(|conflict| conflict.field).collect();
    assert_eq!(whys, ["id", "status", "id"]);
}

/// Some of these, by chance.
fn some(ids: &[&'static str], random: &mut fastrand::Rng) -> Vec<&'static str> {
    ids.iter().copied().filter(|_| random.bool()).collect()
}

fn any_log(random: &mut fastrand::Rng) -> Vec<LogEntry> {
    let times = [json!(1), json!("1970-01-01T00:00:00.001Z"), json!(2), json!("?"), json!(null)];
    let one = |random: &mut fastrand::Rng| {
        let mut entry = entry(0, ["a", "b"][random.usize(..2)]);
        entry.timestamp = times[random.usize(..times.len())].clone();
        if random.bool() {
            entry.more.insert("x".into(), json!(random.u8(..2)));
        }
        entry
    };
    (0..random.usize(..5)).map(|_| one(random)).collect()
}

#[test]
fn logs_unite_in_any_order_and_again_without_change() {
    let mut random = fastrand::Rng::with_seed(30);
    for _ in 0..2_000 {
        let [a, b, c] = std::array::from_fn(|_| any_log(&mut random));
        assert_eq!(unite(&a, &b), unite(&b, &a));
        assert_eq!(unite(&unite(&a, &b), &c), unite(&a, &unite(&b, &c)));
        let both = unite(&a, &b);
        assert_eq!(unite(&both, &b), both);
        assert_eq!(unite(&both, &both), both);
    }
}

#[test]
fn merged_again_nothing_changes() {
    let mut random = fastrand::Rng::with_seed(31);
    let words = ["NEW", "END", "VOID", "PROCESSING", "claimed", "done", "failed", "blocked", "?"];
    for _ in 0..2_000 {
        let mut host: Vec<TodoOf> = Vec::new();
        for id in some(&["a", "b", "c"], &mut random) {
            let status = Shown::As(StateName::ALL[random.usize(..StateName::ALL.len())]);
            let mut todo = ours(id, ["t", "u"][random.usize(..2)], status, random.u64(..4));
            todo.log = any_log(&mut random);
            todo.metrics = random.bool().then(|| json!({ "retries": random.u8(..3) }));
            todo.artifacts = random.bool().then(|| json!(["x", random.u8(..3)]));
            let word = words[random.usize(..words.len())].to_owned();
            todo.base = random.bool().then_some(Base { title: "t".into(), status: word });
            host.push(todo);
        }
        let mut file = Vec::new();
        for id in some(&["a", "b", "d", "d"], &mut random) {
            let title = if random.bool() { "t" } else { "v" };
            file.push(json!({
                "id": id, "title": title, "status": words[random.usize(..words.len())],
                "updated_at": random.bool().then(|| random.u64(1..5)), "execution_log": any_log(&mut random),
                "artifacts": ["y"], "other": { "kept": [1, 2] }
            }));
        }
        let first = merge(&host, &read(&json!(file).to_string()).unwrap());
        apply(&mut host, &first.changes_for_host, 9);
        let text = first.file.to_text();
        let again = merge(&host, &read(&text).unwrap());
        assert_eq!(again.changes_for_host, [], "{host:?} {text}");
        assert_eq!(again.file.to_text(), text);
    }
}
