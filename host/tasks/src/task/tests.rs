//! Definitions, checks and notes as they are read and refused.

use patchbay_types::Timestamp;

use super::*;

fn definition(json: &str) -> Result<Definition, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}

#[test]
fn a_definition_needs_a_name_only_and_refuses_a_field_that_nobody_knows() {
    let plain = definition(r#"{"name": "TC-FLOW-001"}"#).unwrap();
    assert_eq!(plain, Definition::named("TC-FLOW-001".parse().unwrap()));
    assert_eq!(plain.check(), Ok(()));
    assert!(definition(r#"{"name": "a", "prority": "P0"}"#).unwrap_err().contains("unknown field `prority`"));
    let check = r#"{"name": "a", "checks": [{"kind": "http", "url": "x", "stauts": 200}]}"#;
    assert!(definition(check).unwrap_err().contains("unknown field `stauts`"), "{check}");
}

#[test]
fn a_definition_comes_back_from_json_as_it_was() {
    let text = r#"{"name": "TC-1", "title": "登录", "type": "creative", "priority": "P0", "parent": "TC-0",
        "depends_on": ["TC-2"], "skill": "exec", "input": {"program": "make"}, "deadline": 1000,
        "checks": [{"kind": "command", "program": "true"}, {"kind": "human", "question": "Is it well?"}],
        "schedule": {"when": "0 * * * *"}, "budgets": {"attempts": 3}, "labels": {"env": "dev"}}"#;
    let read = definition(text).unwrap();
    let written = serde_json::to_string(&read).unwrap();
    assert_eq!(definition(&written).unwrap(), read);
    assert!(read.wants_person() && read.wants_checks());
}

#[test]
fn a_null_that_is_written_must_be_there() {
    let path = |equals| Check::JsonPath { path: "$.none".to_owned(), file: None, equals };
    let null = path(Some(serde_json::Value::Null));
    assert_eq!(Check::from_parts("json-path", r#"{"path": "$.none", "equals": null}"#), Ok(null.clone()));
    assert_eq!(Check::from_parts("json-path", r#"{"path": "$.none"}"#), Ok(path(None)));
    for check in [null, path(None)] {
        let text = serde_json::to_string(&check).unwrap();
        assert_eq!(serde_json::from_str::<Check>(&text).unwrap(), check);
    }
}

#[test]
fn what_nobody_can_have_meant_is_refused_by_name() {
    let base = || Definition::named("a".parse().unwrap());
    let wrong = [
        (Definition { depends_on: vec!["a".parse().unwrap()], ..base() }, "depends_on"),
        (Definition { parent: Some("a".parse().unwrap()), ..base() }, "parent"),
        (
            Definition { budgets: Budgets { attempts: 0, ..Budgets::default() }, ..base() },
            "budgets.attempts is 0",
        ),
        (Definition { input: "x".repeat(300_000).into(), ..base() }, "input has 300002 bytes of JSON"),
        (Definition { labels: [(String::new(), String::new())].into(), ..base() }, "label"),
        (Definition { assignee: Some(" ann".to_owned()), ..base() }, "assignee"),
    ];
    for (definition, word) in wrong {
        let message = definition.check().unwrap_err().to_string();
        assert!(message.contains(word), "{message}");
    }
}

#[test]
fn a_plugins_check_is_read_by_kind_and_its_error_names_the_field() {
    let http = Check::from_parts("http-status", r#"{"url": "http://localhost", "status": 204}"#).unwrap();
    assert_eq!(http, Check::Http { url: "http://localhost".into(), status: 204, contains: None });
    let messages = [
        ("command", "{}", "field `program` of check `command`"),
        ("http", r#"{"url": "x", "status": "ok"}"#, "field `status` of check `http`"),
        ("file", r#"{"path": "x", "hash": 1}"#, "field `hash` of check `file`"),
        ("guess", "{}", "`guess`: expected one of"),
        ("file", "[]", "no JSON object"),
        ("file", r#"{"kind": "http"}"#, "leave it out"),
    ];
    for (kind, arguments, word) in messages {
        let message = Check::from_parts(kind, arguments).unwrap_err().to_string();
        assert!(message.contains(word), "{message}");
    }
}

#[test]
fn a_note_keeps_its_end_and_a_task_its_latest_notes() {
    let long = format!("{}end", "x".repeat(5_000));
    let note = Note::new(Timestamp(1), 1, NoteKind::Failure, &long);
    assert_eq!(note.text.chars().count(), Note::CHARS_MAX);
    assert!(note.text.ends_with("end"));
}
