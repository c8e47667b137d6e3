//! What a model is asked, what of its answers is taken, and what is made of its silence.

use super::*;

/// A model that answers so, one answer after the other.
fn model(answers: &[&str], config: Value) -> Mock {
    let mut mock = Mock::new();
    for answer in answers {
        mock = mock.llm().answer(answer);
    }
    mock.task(task()).config(config)
}

fn config() -> Value {
    json!({ "model": "small" })
}

const GOOD: &str = r#"{"title": "Other host", "reason": "it moved", "actions": [{"kind": "set-input", "patch": {"url": "https://b.example"}}, {"kind": "retry"}], "checks": [{"kind": "json-path", "path": "$.ok", "equals": true}]}"#;

/// What was said to the model, call by call, as one text each.
fn said(mock: &Mock) -> Vec<String> {
    let text = |call: &Value| {
        let messages = call["messages"].as_array().unwrap();
        messages
            .iter()
            .map(|message| message["content"].as_str().unwrap())
            .collect::<Vec<_>>()
            .join("\n---\n")
    };
    mock.calls_of("llm.complete").iter().map(text).collect()
}

/// What the second question says was wrong with this answer.
fn wrong_with(answer: &str) -> String {
    let mock = model(&[answer, GOOD], config());
    assert!(StepFix::propose(&problem()).unwrap().is_some(), "{answer}");
    said(&mock).pop().unwrap()
}

#[test]
fn a_good_answer_is_a_plan_that_the_host_takes() {
    let mock = model(&[GOOD], config());
    let plan = StepFix::propose(&problem()).unwrap().unwrap();
    assert_eq!(
        taken(&plan),
        json!([{ "kind": "set-input", "patch": { "url": "https://b.example" } }, { "kind": "retry", "after_ms": 0 }])
    );
    assert_eq!(plan.attributes.get("model"), Some("small"));
    let call = &mock.calls_of("llm.complete")[0];
    assert_eq!(call["options"]["temperature"], 0.0);
    let text = &said(&mock)[0];
    for part in [
        "Failing step: open_page",
        "| no such host: db.example",
        "|   \"url\": \"https://a.example\"",
        "skills: browse.",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert!(!text.contains("{{"), "{text}");
}

#[test]
fn an_answer_may_have_words_around_it_and_arguments_of_the_contract() {
    let answer = format!(
        "Sure!\n```json\n{}\n```",
        GOOD.replace(r#""patch": {"url": "https://b.example"}"#, r#""arguments": {"patch": {"url": "c"}}"#)
    );
    let _mock = model(&[&answer], config());
    let plan = StepFix::propose(&problem()).unwrap().unwrap();
    assert_eq!(taken(&plan)[0], json!({ "kind": "set-input", "patch": { "url": "c" } }));
}

#[test]
fn what_is_wrong_is_named_and_asked_once_more() {
    let action = |action: &str| wrong_with(&format!(r#"{{"actions": [{action}]}}"#));
    assert!(wrong_with("I do not know").contains("there is no JSON object in it"));
    assert!(wrong_with("{}").contains("missing field `actions`"));
    assert!(
        action(r#"{"kind": "kill"}"#)
            .contains("actions[0]: the kind \"kill\", expected one of set-input, retry, run-skill")
    );
    assert!(
        action(r#"{"kind": "retry"}, {"kind": "set-input"}"#)
            .contains("actions[1]: the field patch is missing")
    );
    assert!(
        action(r#"{"kind": "set-input", "patch": {}}"#)
            .contains("patch: expected an object with something in it")
    );
    assert!(action(r#"{"kind": "set-input", "patch": {"a": "[hidden]"}}"#).contains("not shown"));
    assert!(
        action(r#"{"kind": "retry", "after_ms": 86400001}"#)
            .contains("after_ms: expected a whole number from 0 to 86400000")
    );
    assert!(action(r#"{"kind": "retry", "when": 1}"#).contains("retry has no field \"when\""));
    assert!(action(r#"{"kind": "run-skill", "skill": "exec"}"#).contains("expected one of browse"));
    assert!(action(&[r#"{"kind": "retry"}"#; 11].join(",")).contains("11 of them"));
    let check = r#"{"actions": [{"kind": "retry"}], "checks": [{"kind": "command", "program": "rm"}]}"#;
    assert!(wrong_with(check).contains("checks[0]: the kind \"command\", expected one of json-path"));
}

#[test]
fn after_two_answers_that_cannot_be_used_there_is_none() {
    let mock = model(&["?", "?"], config());
    assert_eq!(StepFix::propose(&problem()), Ok(None));
    assert_eq!(mock.calls_of("llm.complete").len(), 2);
    let _mock = model(&[r#"{"actions": []}"#], config());
    assert_eq!(StepFix::propose(&problem()), Ok(None), "it knows nothing, and says so");
}

#[test]
fn what_failed_is_told_and_not_taken_again() {
    let tried = json!([{ "kind": "retry", "after_ms": 0 }]);
    let answer = r#"{"actions": [{"kind": "retry"}]}"#;
    let mock = model(&[answer, answer], config()).past_fix(failed(&tried));
    assert_eq!(StepFix::propose(&problem()), Ok(None));
    let said = said(&mock);
    assert!(said[0].contains("| [{\"kind\":\"retry\"}]"), "{}", said[0]);
    assert!(said[1].contains("were tried before"), "{}", said[1]);
}

#[test]
fn a_model_is_asked_at_every_step_and_told_the_cause_that_was_found() {
    for step in ["step-fix", "root-cause", "fix-task"] {
        let mut problem = Problem { cause: "the name has moved".into(), ..problem() };
        problem.attributes.push("step", step);
        let mock = model(&[GOOD], config());
        assert!(StepFix::propose(&problem).unwrap().is_some(), "{step}");
        assert!(said(&mock)[0].contains("the name has moved"), "{step}");
    }
}

#[test]
fn a_rule_comes_before_the_model_and_costs_nothing() {
    let rule = json!([{ "name": "r", "code": "*", "actions": [{ "kind": "retry" }] }]);
    let mock = model(&[], json!({ "model": "small", "rules": rule }));
    assert_eq!(StepFix::propose(&problem()).unwrap().unwrap().title, "r");
    assert!(mock.calls_of("llm.complete").is_empty());
}

#[test]
fn what_is_long_is_cut_and_said_and_no_line_of_it_is_the_prompts() {
    let mut problem = problem();
    let message = format!("begin\n{}\nTask: another\nend", "频".repeat(5000));
    problem.attributes = problem
        .attributes
        .iter()
        .map(|(name, value)| {
            (name.to_owned(), if name == "message" { message.clone() } else { value.to_owned() })
        })
        .collect();
    let mock = model(&[GOOD], config());
    StepFix::propose(&problem).unwrap().unwrap();
    let text = &said(&mock)[0];
    assert!(text.contains("| [... ") && text.contains("bytes left out]"), "{text}");
    assert!(text.contains("| Task: another\n| end") && !text.contains("begin\n"), "{text}");
    assert!(text.len() < 10_000, "{}", text.len());
}

#[test]
fn the_operators_template_is_filled() {
    let with = |extra: Value| {
        let mut config = config();
        config.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let mock = model(&[GOOD], config).file("/srv/step.md", "from a file: {{ code }}");
        StepFix::propose(&problem()).map(|_| said(&mock).pop().unwrap())
    };
    assert!(
        with(json!({ "template": "{{task}} at {{step}}" }))
            .unwrap()
            .ends_with("---\nTC-FLOW_001 at open_page")
    );
    assert!(with(json!({ "template_file": "/srv/step.md" })).unwrap().ends_with("from a file: exit:1"));
    assert_eq!(with(json!({ "template_file": "/srv/none.md" })).unwrap_err().code, "not-found");
    let bad = |extra: Value| {
        let error = with(extra).unwrap_err();
        assert_eq!(error.code, "bad-config");
        error.message
    };
    assert!(bad(json!({ "template": "{{tusk}}" })).contains("\"tusk\", expected one of task, skill"));
    assert!(bad(json!({ "template": "{{task" })).contains("without its }}"));
    assert!(bad(json!({ "template": "x", "template_file": "/y" })).contains("expected one of them"));
    assert!(bad(json!({ "template": "x".repeat(16 * 1024 + 1) })).contains("expected at most 16384"));
}

#[test]
fn a_model_that_cannot_be_asked_now_is_no_failure_and_one_that_was_not_granted_is() {
    for code in ["budget", "timeout", "upstream", "closed"] {
        let _mock = Mock::new().llm().fail(code, "no").task(task()).config(config());
        assert_eq!(StepFix::propose(&problem()), Ok(None), "{code}");
    }
    let _mock = Mock::new().llm().fail("refused", "not granted").task(task()).config(config());
    assert_eq!(StepFix::propose(&problem()).unwrap_err().code, "refused");
}
