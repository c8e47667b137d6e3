//! Cases as text: defaults, mistakes, comparison.

use super::*;

const TWO: &str = r#"{
    "name": "two",
    "candidates": [{ "provider": "a" }, { "provider": "b", "requests_left": 3 }],
    "expect": { "order": ["b", 0] }
}"#;

fn answer(order: &[usize]) -> Result<Decision, PluginError> {
    Ok(Decision::new(order.iter().copied(), "because"))
}

#[test]
fn what_is_left_out_is_the_default() {
    let case = Case::parse(TWO).unwrap();
    assert_eq!(case.config, json!({}));
    assert_eq!(case.request, Request::default());
    let expected = Candidate { provider: "b".into(), requests_left: 3, ..Candidate::default() };
    assert_eq!(case.candidates[1], expected);
}

#[test]
fn an_order_is_expected_by_name_or_by_index() {
    let case = Case::parse(TWO).unwrap();
    assert_eq!(case.check(&answer(&[1, 0])), Ok(()));
}

#[test]
fn a_wrong_order_is_told_with_both_orders_and_the_reason() {
    let difference = Case::parse(TWO).unwrap().check(&answer(&[0, 1])).unwrap_err();
    assert_eq!(difference, "  expected  [b[1], a[0]]\n  found     [a[0], b[1]] because: because");
}

#[test]
fn a_decision_that_the_host_would_refuse_fails_whatever_is_expected() {
    let case = Case::parse(TWO).unwrap();
    assert!(case.check(&answer(&[1, 1])).unwrap_err().contains("1 twice: the host refuses this decision"));
    assert!(case.check(&answer(&[2])).unwrap_err().contains("2, of 2 candidates"));
}

#[test]
fn an_error_is_expected_by_its_code() {
    let case = Case { expect: Expect::Error("bad-config".into()), ..Case::parse(TWO).unwrap() };
    assert_eq!(case.check(&Err(PluginError::new("bad-config", "no"))), Ok(()));
    let other = case.check(&Err(PluginError::new("failed", "no"))).unwrap_err();
    assert_eq!(other, "  expected  an error with the code bad-config\n  found     the error failed: no");
    assert!(case.check(&answer(&[0])).is_err());
}

#[test]
fn a_misspelt_key_is_refused() {
    let error = Case::parse(&TWO.replace("requests_left", "requests_lef")).unwrap_err().to_string();
    assert!(error.contains("unknown field `requests_lef`"), "{error}");
}

#[test]
fn a_case_that_expects_a_candidate_it_does_not_have_is_refused() {
    let named = Case::parse(&TWO.replace(r#"["b", 0]"#, r#"["c"]"#)).unwrap_err();
    assert_eq!(named.to_string(), "`expect` names \"c\", which is not in `candidates`");
    let counted = Case::parse(&TWO.replace(r#"["b", 0]"#, "[2]")).unwrap_err();
    assert_eq!(counted.to_string(), "`expect` names index 2, which is not in `candidates`");
}

#[test]
fn a_case_survives_being_written_and_read() {
    let case = Case::parse(TWO).unwrap();
    assert_eq!(Case::parse(&serde_json::to_string(&case).unwrap()).unwrap(), case);
}

#[test]
fn attributes_are_an_object_of_strings() {
    let candidate: Candidate = serde_json::from_str(r#"{ "attributes": { "region": "eu" } }"#).unwrap();
    assert_eq!(candidate.attributes.get("region"), Some("eu"));
    assert_eq!(candidate.attributes.get("zone"), None);
}
