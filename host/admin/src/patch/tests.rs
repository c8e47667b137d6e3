//! What an operator may type, and which field is named when it is wrong.

use patchbay_types::NanoUsd;

use super::*;

fn add(json: serde_json::Value) -> Result<Provider, OperatorError> {
    let mut whole = serde_json::json!({"name": "alpha", "url": "https://a.example"});
    whole.as_object_mut().unwrap().extend(json.as_object().unwrap().clone());
    provider(serde_json::from_value(whole).unwrap(), Timestamp(1))
}

fn patch(provider: Provider, json: serde_json::Value) -> Result<Provider, OperatorError> {
    patched(provider, &serde_json::from_value(json).unwrap())
}

#[test]
fn a_wrong_field_is_named_with_what_was_found() {
    let check = |json: serde_json::Value, field: &str, found: &str| {
        let error = add(json.clone()).unwrap_err();
        assert_eq!(error.wrong_field(), Some(field), "{json}");
        assert!(error.to_string().contains(found), "{error}");
    };
    check(serde_json::json!({"name": "a b"}), "name", "\"a b\"");
    check(serde_json::json!({"url": "not a url"}), "url", "\"not a url\"");
    check(serde_json::json!({"rpm": 0}), "rpm", "0");
    check(serde_json::json!({"pool": ""}), "pool", "\"\"");
    check(serde_json::json!({"models": {"m": {"input_price": "1e3"}}}), "models.m.input_price", "\"1e3\"");
    check(serde_json::json!({"models": {"m": {"output_price": "20000"}}}), "models.m.output_price", "10,000");
    check(serde_json::json!({"models": {"m": {"native_id": ""}}}), "models.m.native_id", "\"\"");
}

#[test]
fn a_model_without_a_native_id_is_called_by_its_name() {
    let provider = add(serde_json::json!({"models": {"m": {}, "n": {"native_id": "n-1"}}})).unwrap();
    assert_eq!((&*provider.models["m"].native_id, &*provider.models["n"].native_id), ("m", "n-1"));
}

#[test]
fn what_a_patch_does_not_name_stays() {
    let before = add(
        serde_json::json!({"rpm": 7, "models": {"m": {"native_id": "m-1", "input_price": "2.5"}, "n": {}}}),
    )
    .unwrap();
    let after = patch(
        before.clone(),
        serde_json::json!({"models": {"m": {"native_id": "m-2"}, "o": {}}, "remove_models": ["n"]}),
    );
    let after = after.unwrap();
    assert_eq!((after.rpm, &after.base_url, &*after.pool), (7, &before.base_url, "primary"));
    assert_eq!(after.models.keys().collect::<Vec<_>>(), ["m", "o"]);
    assert_eq!(
        (&*after.models["m"].native_id, after.models["m"].input_price),
        ("m-2", before.models["m"].input_price)
    );
}

#[test]
fn a_price_is_only_set_of_a_model_that_is_there() {
    let provider = add(serde_json::json!({"models": {"m": {"cached_price": "1"}}})).unwrap();
    let price =
        |model: &str| serde_json::json!({"prices": {model: {"input_price": "2", "output_price": "8"}}});
    let error = patch(provider.clone(), price("typo")).unwrap_err();
    assert_eq!((error.code(), error.wrong_field()), ("unknown-model", Some("prices")));
    assert!(error.to_string().contains("typo") && error.to_string().contains("there are: m"), "{error}");
    let priced = patch(provider, price("m")).unwrap();
    assert_eq!(priced.models["m"].cached_price, None);
    assert_eq!(priced.models["m"].output_price.map(price_text), Some("8".to_owned()));
}

#[test]
fn a_credential_that_no_header_holds_is_refused_and_not_repeated() {
    for wrong in ["", "two words", "line\nbreak", "schlüssel", &"x".repeat(CREDENTIAL_BYTES_MAX + 1)] {
        let error = credential(&Secret::new(wrong.to_owned())).unwrap_err().to_string();
        assert!(wrong.is_empty() || !error.contains(wrong), "{error}");
    }
    assert!(credential(&Secret::new("sk-1_2.3+/=".to_owned())).is_ok());
}

#[test]
fn money_for_people_has_no_zeros_at_its_end() {
    for (nano, text) in [(0, "0"), (2_500_000_000, "2.5"), (12_500_000, "0.0125"), (10_000_000_000, "10")] {
        assert_eq!(usd_text(NanoUsd(nano)), text);
    }
}
