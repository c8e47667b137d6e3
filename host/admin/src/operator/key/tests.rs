//! Keys as earlier versions wrote them, and what is told of limits.

use patchbay_types::NanoUsd;

use super::*;

#[test]
fn a_key_of_an_earlier_version_has_no_limits() {
    let hash = patchbay_proxy::KeyHash::of("pbk_1");
    let old = serde_json::json!({"id": "key_1", "agent": "a", "hash": hash, "shown": "pbk_…", "created": 1});
    let record: KeyRecord = serde_json::from_value(old).unwrap();
    assert!(record.limits.is_none() && record.models.is_empty());
}

#[test]
fn the_audit_is_told_what_is_limited_and_nothing_else() {
    let limits = Limits { rpm: Some(40), usd_per_day: Some(NanoUsd(2_500_000_000)), ..Limits::default() };
    assert_eq!(told(&["a".to_owned(), "b*".to_owned()], limits), " models=a,b* rpm=40 usd_per_day=2.5");
    assert_eq!(told(&[], Limits::default()), "");
}

#[test]
fn a_model_that_nobody_serves_is_told_of() {
    let models = ["gpt-5".to_owned()];
    let allowed = ["gpt-*", "gpt-5", "claude*", "gpt"].map(str::to_owned);
    let told = unserved(&allowed, &models);
    assert_eq!(told.len(), 2);
    assert!(told[0].ends_with("claude*") && told[1].ends_with("gpt"), "{told:?}");
}
