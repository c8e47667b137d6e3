//! Task files as they are read, and what is said of those that are not.

use super::*;
use crate::{Budgets, Check, Priority, TaskType};

fn check(text: &str, expected: &str) {
    let found = read(text).expect_err(text).to_string();
    assert!(found.starts_with(expected), "for {text:?}:\n{found}\nexpected\n{expected}");
}

#[test]
fn a_whole_task_is_read() {
    let text = r#"
name: TC-FLOW-001
title: 登录
type: creative
priority: P0
depends_on: [TC-0]
skill: exec
input: { program: make, arguments: [-j, 2], flag: true, ratio: 0.5, none: null, wide: 18446744073709551615 }
deadline: 2027-03-01T09:00:00+01:00
schedule: 0 9 * * 1-5 Europe/Berlin
checks:
  - kind: command
    program: "true"
  - { kind: human, question: Is it well? }
budgets: { attempts: 3, usd: "2.50", wall: 2h }
labels: { env: dev, answer: no }
"#;
    let task = read(text).unwrap().remove(0);
    assert_eq!((task.kind, task.priority, task.title.as_str()), (TaskType::Creative, Priority::P0, "登录"));
    assert_eq!(task.deadline.unwrap().to_string(), "2027-03-01T08:00:00Z");
    assert_eq!(task.schedule.unwrap().when, "0 9 * * 1-5 Europe/Berlin");
    let input = serde_json::json!({ "program": "make", "arguments": ["-j", 2], "flag": true, "ratio": 0.5, "none": null,
        "wide": u64::MAX });
    assert_eq!(task.input, input);
    assert!(matches!(task.checks[0], Check::Command { .. }) && task.checks[1].is_human());
    let Budgets { attempts, usd, wall_ms, .. } = task.budgets;
    assert_eq!((attempts, usd.unwrap().0, wall_ms), (3, 2_500_000_000, Some(7_200_000)));
    assert_eq!(task.labels["answer"], "no");
}

#[test]
fn a_check_for_null_is_read_as_one() {
    let equals = |text: &str| match read(&format!("name: a\nchecks: [{text}]\n"))
        .unwrap()
        .remove(0)
        .checks
        .remove(0)
    {
        Check::JsonPath { equals, .. } => equals,
        other => panic!("{other:?}"),
    };
    assert_eq!(equals("{kind: json-path, path: $.none, equals: null}"), Some(serde_json::Value::Null));
    assert_eq!(
        equals("{\"kind\": \"json-path\", \"path\": \"$.none\", \"equals\": null}"),
        Some(serde_json::Value::Null)
    );
    assert_eq!(equals("{kind: json-path, path: $.none}"), None);
}

#[test]
fn documents_lists_and_tables_of_tasks_come_in_their_order() {
    let text = "# first\nname: a\n---\n- name: b\n- name: c\n---\n---\ntasks:\n  - name: d\n...\n";
    let names: Vec<_> = read(text).unwrap().into_iter().map(|task| task.name.to_string()).collect();
    assert_eq!(names, ["a", "b", "c", "d"]);
}

#[test]
fn json_is_read_as_it_was_written_also_with_tabs() {
    let task = read(
        "{\n\t\"name\": \"a\",\n\t\"input\": {\"text\": \"x\\u00e9\\n\\/ \\ud83d\\ude00\", \"n\": 1e3}\n}",
    )
    .unwrap()
    .remove(0);
    assert_eq!(task.input, serde_json::json!({ "text": "xé\n/ 😀", "n": 1000.0 }));
    let written = serde_json::to_string_pretty(&vec![task.clone()]).unwrap();
    assert_eq!(read(&written).unwrap(), [task]);
}

#[test]
fn anchors_and_merge_keys_are_read() {
    let text = "- &base\n  name: a\n  skill: exec\n  labels: {env: dev}\n- <<: *base\n  name: b\n";
    let tasks = read(text).unwrap();
    assert_eq!((tasks[1].name.as_str(), tasks[1].skill.as_deref()), ("b", Some("exec")));
}

#[test]
fn broken_yaml_names_document_line_and_column() {
    let rows = [
        ("name: a\n---\nname: [b\n", "document 2, line 3, column 7"),
        ("name: a\nname: b\n", "document 1, line 2, column 1"),
        ("name: \"a", "document 1, line 1, column 7"),
        ("name: a\n  title: b\n", "document 1, line 2, column 8"),
        ("name: *nobody\n", "document 1, line 1, column 7"),
        ("name: !secret a\n", "document 1, line 1, column 15"),
        ("name: a\ninput: .nan\n", "document 1, line 2, column 8"),
    ];
    let said: Vec<String> = rows.iter().map(|(text, _)| read(text).unwrap_err().to_string()).collect();
    for ((_, place), said) in rows.iter().zip(&said) {
        assert!(said.starts_with(&format!("{place}: broken YAML: ")), "{said:#?}");
    }
}

#[test]
fn an_unknown_field_names_the_nearest_known_one() {
    check(
        "name: a\nprority: P0\n",
        "document 1, line 2, column 1: unknown field `prority` of task a; did you mean `priority`?",
    );
    check(
        "name: a\ncolour: red\n",
        "document 1, line 2, column 1: unknown field `colour` of task a; known here: name, ",
    );
    check(
        "name: a\nbudgets:\n  atempts: 1\n",
        "document 1, line 3, column 3: unknown field `budgets.atempts` of task a; did you mean `budgets.attempts`?",
    );
    check("tasks: []\nname: a\n", "document 1, line 2, column 1: unknown field `name`; a document is either");
}

#[test]
fn a_wrong_value_names_its_field_what_was_found_and_what_is_expected() {
    let at = |place: &str, rest: &str| format!("document 1, {place}: field {rest}");
    let rows = [
        (
            "name: 1",
            at("line 1, column 7", "`name`: found 1, expected a task's name as a text: put it in quotes"),
        ),
        ("name: a b", at("line 1, column 7", "`name` of task a b: \"a b\" is not a task name")),
        ("title: x", at("line 1, column 1", "`name` is missing")),
        (
            "name: a\npriority: 1",
            at("line 2, column 11", "`priority` of task a: found 1, expected P0, P1 or P2"),
        ),
        (
            "name: a\ntype: big",
            at("line 2, column 7", "`type` of task a: found \"big\", expected fix, regular or creative"),
        ),
        (
            "name: a\ndeadline: 2026-02-30",
            at(
                "line 2, column 11",
                "`deadline` of task a: \"2026-02-30\" is no time: expected a date that exists",
            ),
        ),
        (
            "name: a\ndepends_on: b",
            at("line 2, column 13", "`depends_on` of task a: found a text, expected a list"),
        ),
        ("name: a\ndepends_on:\n- b\n- 2", at("line 4, column 3", "`depends_on[1]` of task a: found 2")),
        (
            "name: a\nlabels: {v: 1.10}",
            at("line 2, column 13", "`labels.v` of task a: found 1.1, expected a text: put it in quotes"),
        ),
        ("name: a\nbudgets: {usd: 5}", at("line 2, column 16", "`budgets.usd` of task a: found 5 nano-USD")),
        (
            "name: a\nbudgets: {wall: 2w}",
            at("line 2, column 17", "`budgets.wall` of task a: \"2w\" is no time"),
        ),
        (
            "name: a\nschedule: {cron: x, every: y}",
            at("line 2, column 11", "`schedule` of task a: expected exactly one of"),
        ),
        (
            "name: a\nschedule: {every: 1h, jitter: soon}",
            at("line 2, column 11", "`schedule` of task a: `jitter`: \"soon\" is no time"),
        ),
        (
            "name: a\nchecks:\n- kind: http\n  url: x\n  status: ok",
            at("line 5, column 11", "`checks[0].status` of task a: "),
        ),
        ("name: a\nchecks:\n- program: x", at("line 3, column 3", "`checks[0]` of task a: it has no `kind`")),
    ];
    for (text, expected) in rows {
        check(text, &expected);
    }
    check("just words", "document 1, line 1, column 1: found a text where a task is expected");
    check("- a", "document 1, line 1, column 3: found a text where a task is expected");
    check(
        "name: a\n---\nname: a\n",
        "document 2, line 3, column 1: task a is there already at document 1, line 1, column 1",
    );
    check("name: a\ndepends_on: [a]\n", "document 1, line 1, column 1: task a names itself in depends_on");
    check("# nothing\n", "there is no task in the file");
    check("", "there is no task in the file");
}

#[test]
fn a_schedule_has_a_short_form_for_each_kind() {
    let when = |schedule: &str| {
        let task = read(&format!("name: a\nschedule: {schedule}\n")).unwrap().remove(0);
        task.schedule.map(|schedule| (schedule.when, schedule.overlap.unwrap_or_default()))
    };
    let is = |when: &str, overlap: &str| Some((when.to_owned(), overlap.to_owned()));
    assert_eq!(
        when("{cron: 0 9 * * *, zone: Asia/Tokyo, overlap: skip}"),
        is("0 9 * * * Asia/Tokyo", "skip")
    );
    assert_eq!(when("{every: 10m}"), is("every 10m", ""));
    assert_eq!(when("{at: 2027-03-01T09:00:00Z}"), is("at 2027-03-01T09:00:00Z", ""));
    assert_eq!(when("{when: \"@daily\"}"), is("@daily", ""));
    assert_eq!(when("null"), None);
    let task = read("name: a\nschedule: {every: 1h, catch_up: 2m, jitter: 30s, pause_after: 3}\n")
        .unwrap()
        .remove(0);
    let schedule = task.schedule.unwrap();
    assert_eq!(
        (schedule.catch_up_ms, schedule.jitter_ms, schedule.pause_after),
        (Some(120_000), Some(30_000), Some(3))
    );
}

#[test]
fn a_day_as_deadline_is_over_at_its_end() {
    let deadline =
        |text: &str| read(&format!("name: a\ndeadline: {text}\n")).unwrap().remove(0).deadline.unwrap();
    assert_eq!(deadline("2027-03-01").to_string(), "2027-03-02T00:00:00Z");
    assert_eq!(deadline("1000").0, 1000);
}

#[test]
fn what_is_too_much_is_refused_and_costs_little() {
    let bomb: String = std::iter::once("a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned())
        .chain((1..12).map(|n| format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 9].join(", "))))
        .collect();
    check(&format!("name: a\ninput:\n  {}", bomb.replace('\n', "\n  ")), "document 1, line ");
    check(
        &format!("name: a\ninput: {}{}", "[".repeat(2000), "]".repeat(2000)),
        "document 1, line 2, column ",
    );
    let deep: String = (0..200).map(|n| format!("{}- \n", " ".repeat(n * 2))).collect();
    check(&format!("- name: a\n  input:\n{deep}"), "document 1, line ");
    check(&"#".repeat(TEXT_BYTES_MAX + 1), "the file has 1048577 bytes");
    let many: String = (0..=TASKS_MAX).map(|n| format!("- name: t{n}\n")).collect();
    check(&many, "document 1, line 10001, column 3: there are more than 10000 tasks");
    assert_eq!(read(&many[..many.rfind("- ").unwrap()]).unwrap().len(), TASKS_MAX);
}

#[test]
fn a_cut_file_is_tasks_or_an_error_but_never_a_panic() {
    let text = "a: &x {b: [1, \"two\", 3.5]}\nname: \"x\\ty\"\ninput: |\n  lines\n---\n- name: *x\n  checks: [{kind: human}]\n";
    for end in 0..text.len() {
        let _ = text.get(..end).map(read);
        let _ = text.get(end..).map(read);
    }
}
