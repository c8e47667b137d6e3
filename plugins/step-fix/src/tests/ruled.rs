//! Rules: which fits, what it makes, and what is wrong with it.

use super::*;
use crate::pattern::of_name;

fn rules(rules: Value) -> Value {
    json!({ "rules": rules })
}

/// Whether a rule with these patterns fits the problem.
fn fits(mut rule: Value) -> bool {
    rule["name"] = "one".into();
    rule["actions"] = json!([{ "kind": "retry" }]);
    propose(rules(json!([rule])), &problem(), &[]).unwrap().is_some()
}

/// What is said of one bad rule, behind a good one.
fn refused(mut rule: Value) -> String {
    let whole = json!({ "name": "r", "code": "*", "actions": [{ "kind": "retry" }] });
    for (name, value) in whole.as_object().unwrap() {
        rule.as_object_mut().unwrap().entry(name).or_insert_with(|| value.clone());
    }
    let error = propose(rules(json!([whole, rule])), &problem(), &[]).unwrap_err();
    assert_eq!(error.code, "bad-config");
    error.message
}

#[test]
fn every_pattern_of_a_rule_must_fit() {
    assert!(fits(json!({ "task": "TC.*" })));
    assert!(!fits(json!({ "task": "TC" })), "anchored");
    assert!(fits(json!({ "code": "exit:*", "step": "open-page", "message": ".*no such host.*" })));
    assert!(!fits(json!({ "code": "exit:2", "step": "open-page" })));
    assert!(!fits(json!({ "code": "exit:1", "step": "close-page" })));
    assert!(!fits(json!({ "message": "no such host" })));
}

#[test]
fn in_names_a_dash_and_an_underline_are_alike() {
    let table = [
        ("TC_FLOW-001", "TC-FLOW_001", true),
        (r"TC\-FLOW\_.*", "TC_FLOW-1", true),
        ("TC-FLOW-001", "TC.FLOW.001", false),
        (r"[A-Z_]+", "TC_F", true),
        (r"[A-Z_]+", "TC-F", false),
        (r"[]_[:alpha:]-]+_x", "a]-_b-x", true),
        (r"[^]a]-\[b", "c_[b", true),
        (r"(?<the_one>a-b)(?-s:.)(?i)X", "a_b-x", true),
        ("流程_.*", "流程-1", true),
        (r"\w+-\d{1,3}", "flow_12", true),
    ];
    for (pattern, name, expect) in table {
        let compiled = of_name(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
        assert_eq!(compiled.is_match(name), expect, "{pattern} {name}");
    }
}

#[test]
fn what_is_caught_goes_into_texts_and_stays_one() {
    let rule = json!([{
        "name": "move", "task": "TC-(.*)_(\\d+)", "step": "(?<verb>open)_page", "message": ".*host: (\\S+)",
        "reason": "${1} is gone",
        "actions": [
            { "kind": "set-input", "patch": { "host": "${1}", "n": [2, "${task:2} ${step:verb} $1"], "${1}": null } },
            { "kind": "run-skill", "skill": "${step:verb}" },
        ],
        "checks": [{ "kind": "json-path", "path": "$.${step:1}" }],
        "undo": [{ "kind": "set-input", "patch": { "host": "${message}" } }],
    }]);
    let error = propose(rules(rule.clone()), &problem(), &[]).unwrap_err();
    assert!(
        error.message.starts_with("rules[0].undo[0]: ${message} is no group: expected a name"),
        "{error}"
    );
    let mut rule = rule;
    rule[0]["undo"] = json!([]);
    let mut problem = problem();
    problem.attributes = problem
        .attributes
        .iter()
        .map(|(name, value)| (name.to_owned(), value.replace("db.example", "\"},{\"kind\":\"${2}")))
        .collect();
    let plan = propose(rules(rule), &problem, &[]).unwrap().unwrap();
    let caught = "\"},{\"kind\":\"${2}";
    assert_eq!(
        taken(&plan),
        json!([
            { "kind": "set-input", "patch": { "host": caught, "n": [2, "001 open $1"], "${1}": null } },
            { "kind": "run-skill", "skill": "open", "input": null },
        ])
    );
    assert_eq!((plan.title.as_str(), plan.reason.as_str()), ("move", &*format!("{caught} is gone")));
    assert_eq!(plan.checks[0].arguments, json!({ "path": "$.open" }));
    assert_eq!(plan.attributes.get("rule"), Some("move"));
}

#[test]
fn a_rule_that_failed_gives_way_to_the_next_and_never_comes_back() {
    let config = || {
        rules(json!([
            { "name": "first", "task": ".*", "actions": [{ "kind": "notify", "text": "${task:0}" }, { "kind": "retry" }] },
            { "name": "second", "code": "*", "actions": [{ "kind": "retry", "after_ms": 5 }] },
        ]))
    };
    let mut history = Vec::new();
    for expected in [Some("first"), Some("second"), None] {
        let plan = propose(config(), &problem(), &history).unwrap();
        assert_eq!(plan.as_ref().map(|plan| plan.title.as_str()), expected);
        assert_eq!(propose(config(), &problem(), &history).unwrap(), plan, "the same again");
        // As the host writes it down, with every default.
        history.extend(plan.map(|plan| failed(&taken(&plan))));
    }
}

#[test]
fn a_bad_rule_is_refused_with_its_place() {
    let table = [
        (json!({ "message": "(" }), "rules[1].message: "),
        (json!({ "task": "a)(b" }), "rules[1].task: "),
        (json!({ "step": "x".repeat(501) }), "rules[1].step: 501 characters, expected at most 500"),
        (
            json!({ "code": null }),
            "rules[1]: would fit everything, expected one of task, code, message, step",
        ),
        (json!({ "name": "" }), "rules[1].name: is empty"),
        (json!({ "actions": [] }), "rules[1].actions: is empty"),
        (json!({ "actions": [{ "patch": {} }] }), "rules[1].actions[0]: has no kind"),
        (
            json!({ "actions": [{ "kind": "notify", "text": "${1}" }] }),
            "rules[1].actions[0]: ${1} is no group",
        ),
        (
            json!({ "message": "x", "checks": [{ "kind": "human", "question": "${1" }] }),
            "rules[1].checks[0]: a ${ without",
        ),
        (json!({ "task": "x", "reason": "${task:1}" }), "rules[1].reason: ${task:1} is no group"),
        (json!({ "confidence": 2 }), "rules[1].confidence: expected 0 to 1"),
        (json!({ "pattern": "x" }), "rules[1]: unknown field `pattern`"),
        (json!({ "undo": vec![json!({ "kind": "retry" }); 101] }), "rules[1].undo: 101 of them"),
    ];
    for (rule, expected) in table {
        let message = refused(rule);
        assert!(message.starts_with(expected), "{message:?} does not start with {expected:?}");
        assert!(message.len() < 400, "{message}");
    }
    let many = vec![json!({}); 201];
    let error = propose(rules(many.into()), &problem(), &[]).unwrap_err();
    assert_eq!(error.message, "rules: 201 of them, expected at most 200");
}
