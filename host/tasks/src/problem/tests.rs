//! Actions, plans and patches as they are read.

mod decisions;

use serde_json::json;

use super::*;

fn part(kind: &str, arguments: &str) -> OfferedPart {
    OfferedPart { kind: kind.to_owned(), arguments: arguments.to_owned() }
}

fn offered(actions: &[(&str, &str)]) -> Offered {
    let actions = actions.iter().map(|(kind, arguments)| part(kind, arguments)).collect();
    Offered { title: "t".into(), reason: "r".into(), actions, confidence: 0.5, ..Offered::default() }
}

fn plan(actions: &[(&str, &str)]) -> Plan {
    Plan::from_contract(&offered(actions)).unwrap()
}

#[test]
fn every_action_of_the_design_is_read_from_the_contract_and_has_its_class() {
    let digest = Digest::of(b"x");
    let load = |slot: &str| format!(r#"{{"slot": "{slot}", "digest": "{digest}", "mode": "canary"}}"#);
    let (skill, policy) = (load("skills/exec"), load("routing"));
    let rows: [(&str, &str, Class); 14] = [
        ("retry", "", Class::Data),
        ("set-input", r#"{"patch": {"a": 1}}"#, Class::Data),
        ("run-skill", r#"{"skill": "exec"}"#, Class::Data),
        ("run-script", r#"{"language": "javascript", "source": "1"}"#, Class::Data),
        ("set-config", r#"{"key": "a.b", "value": 1}"#, Class::Config),
        ("cool-provider", r#"{"provider": "openai", "for_ms": 1000}"#, Class::Config),
        ("kill", "{}", Class::Data),
        ("revive-session", r#"{"agent": "a", "session": "s"}"#, Class::Data),
        ("load-plugin", &skill, Class::SkillVersion),
        ("load-plugin", &policy, Class::PolicyVersion),
        ("patch", r#"{"repo": "tools", "diff": "-a"}"#, Class::SkillVersion),
        ("subtask", r#"{"task": {"name": "b"}}"#, Class::Data),
        ("notify", r#"{"text": "look"}"#, Class::Data),
        ("escalate", r#"{"reason": "I do not know"}"#, Class::Data),
    ];
    for (kind, arguments, class) in rows {
        let action = Action::from_parts(kind, arguments).unwrap();
        assert_eq!(action.class(), class, "{kind}");
        let text = serde_json::to_string(&action).unwrap();
        assert_eq!(serde_json::from_str::<Action>(&text).unwrap(), action, "{text}");
    }
    assert!(Class::Data < Class::Config && Class::SkillVersion < Class::PolicyVersion);
}

#[test]
fn what_is_wrong_with_a_plan_is_said_with_the_action_and_the_field() {
    let rows = [
        (("set-input", "{}"), "number 2 of the plan's actions: field `patch` of action `set-input`"),
        (
            ("cool-provider", r#"{"provider": "a", "for_ms": "1 h"}"#),
            "field `for_ms` of action `cool-provider`",
        ),
        (("retry", r#"{"after": 3}"#), "field `after` of action `retry`"),
        (("restart", "{}"), "`restart`: expected one of"),
        (("subtask", r#"{"task": {"name": "a", "depends_on": ["a"]}}"#), "a subtask that makes no sense"),
    ];
    for (action, word) in rows {
        let error = Plan::from_contract(&offered(&[("retry", ""), action])).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
    assert_eq!(Plan::from_contract(&offered(&[])), Err(PlanError::Empty));
    let unsure = Offered { confidence: f64::NAN, ..offered(&[("retry", "")]) };
    assert!(matches!(Plan::from_contract(&unsure), Err(PlanError::Confidence { .. })));
    let many = vec![("retry", ""); 101];
    assert!(matches!(Plan::from_contract(&offered(&many)), Err(PlanError::Many { found: 101, .. })));
}

#[test]
fn plans_are_the_same_whatever_they_are_called_and_however_their_keys_lie() {
    let one = plan(&[("set-input", r#"{"patch": {"a": 1, "b": {"c": [1, 2], "d": 2}}}"#)]);
    let mut same = plan(&[("set-input", r#"{"patch": {"b": {"d": 2, "c": [1, 2]}, "a": 1}}"#)]);
    same.title = "another title".into();
    same.confidence = 0.9;
    assert_eq!(one.digest(), same.digest());
    let other = plan(&[("set-input", r#"{"patch": {"a": 1, "b": {"c": [2, 1], "d": 2}}}"#)]);
    assert_ne!(one.digest(), other.digest());
    let twice = plan(&[("retry", ""), ("retry", "")]);
    assert_ne!(plan(&[("retry", "")]).digest(), twice.digest());
}

#[test]
fn a_merge_patch_does_what_the_examples_of_rfc_7396_say() {
    let rows = [
        (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
        (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
        (json!({"a": "b"}), json!({"a": null}), json!({})),
        (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
        (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
        (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
        (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
        (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
        (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
        (json!({"a": "b"}), json!(["c"]), json!(["c"])),
        (json!({"a": "foo"}), json!(null), json!(null)),
        (json!({"a": "foo"}), json!("bar"), json!("bar")),
        (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
        (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
        (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
    ];
    for (target, patch, expected) in rows {
        assert_eq!(merge_patch(&target, &patch), expected, "{target} with {patch}");
    }
}

#[test]
fn a_plan_that_no_row_could_hold_is_refused() {
    let part = |bytes: usize| OfferedPart {
        kind: "set-input".to_owned(),
        arguments: serde_json::json!({ "patch": "x".repeat(bytes) }).to_string(),
    };
    let plan = |actions| Plan::from_contract(&Offered { actions, confidence: 0.5, ..Offered::default() });
    assert!(plan(vec![part(250_000)]).is_ok());
    let refused = plan(vec![part(250_000), part(250_000)]).unwrap_err().to_string();
    assert!(refused.contains("expected at most 393216"), "{refused}");
}
