//! Definitions as text, and what is refused of them.

use serde_json::json;

use super::*;

fn provider() -> Provider {
    let url = "https://h".parse().unwrap();
    Provider::new("alpha".parse().unwrap(), url, Source::Cli, Timestamp(1))
}

#[test]
fn a_provider_survives_its_text() {
    let mut before = provider();
    before.api = Api::AnthropicMessages;
    before.timeouts.silence = Some(std::time::Duration::from_millis(1500));
    before.models.insert("m".to_owned(), Model { reasoning: true, ..Model::new("m-1") });
    before.metadata.insert("region".to_owned(), "eu".to_owned());
    let text = serde_json::to_string(&before).unwrap();
    assert!(text.contains("\"silence_ms\":1500") && text.contains("anthropic-messages"), "{text}");
    assert_eq!(serde_json::from_str::<Provider>(&text).unwrap(), before);
}

#[test]
fn a_row_of_before_is_read_with_what_it_meant() {
    let row = json!({"id": "prv_0123456789abcdef", "name": "alpha", "base_url": "https://h/v1", "pool": "primary",
        "rpm": 40, "enabled": true, "models": {"m": {"native_id": "m-1", "input_price": 5}}, "source": "cli",
        "created": 1, "updated": 1});
    let read: Provider = serde_json::from_value(row).unwrap();
    let mut expected = Provider { id: read.id.clone(), ..provider() };
    let model = Model { input_price: Some(patchbay_types::NanoUsdPerMillion(5)), ..Model::new("m-1") };
    expected.models.insert("m".to_owned(), model);
    assert_eq!(read, expected);
    assert_eq!((read.api, read.probed_path()), (Api::OpenaiCompletions, Some("/models")));
}

#[test]
fn a_field_out_of_range_is_named_and_nothing_is_made() {
    let long = "x".repeat(300);
    let many: BTreeMap<String, String> = (0..33).map(|n| (n.to_string(), String::new())).collect();
    let model = |field: &str, value: serde_json::Value| json!({"m": {"native_id": "x", field: value}});
    for (field, value) in [
        ("rpm", json!(0)),
        ("rpm", json!(1_000_001)),
        ("tpm", json!(0)),
        ("tpm", json!(1_000_000_000_001_u64)),
        ("max_in_flight", json!(0)),
        ("pool", json!("a b")),
        ("label", json!("")),
        ("label", json!(long)),
        ("label", json!("a\nb")),
        ("timeouts", json!({"connect_ms": 9})),
        ("timeouts", json!({"total_ms": 86_400_001})),
        ("health_path", json!("models")),
        ("health_path", json!("/a b")),
        ("metadata", json!({"k": long})),
        ("metadata", json!({"": "v"})),
        ("metadata", json!(many)),
        ("models", json!({"": {"native_id": "x"}})),
        ("models.m.input_modalities", model("input_modalities", json!([]))),
        ("models.m.input_modalities", model("input_modalities", json!(["text,image"]))),
        ("models.m.reasoning_effort", model("reasoning_effort", json!("a b"))),
        ("models.m.context_window", model("context_window", json!(0))),
        ("models.m.max_tokens", model("max_tokens", json!(2_000_000_000))),
        ("models.m.cache_write_price", model("cache_write_price", json!(u64::MAX))),
        ("models.m.compat", model("compat", json!({"x": "y".repeat(4096)}))),
    ] {
        let mut json = serde_json::to_value(provider()).unwrap();
        json[field.split('.').next().unwrap()] = value;
        let error = serde_json::from_value::<Provider>(json).unwrap_err().to_string();
        assert!(error.contains(field) && error.contains("expected"), "{field}: {error}");
    }
    for (field, value) in [("enabled", json!("false")), ("api", json!("soap")), ("timeouts", json!({"x": 1}))]
    {
        let mut json = serde_json::to_value(provider()).unwrap();
        json[field] = value;
        assert!(serde_json::from_value::<Provider>(json).is_err(), "{field}");
    }
}

#[test]
fn probes_can_be_switched_off_or_sent_elsewhere() {
    for (path, expected) in [("", None), ("off", None), ("/health?x=y", Some("/health?x=y"))] {
        let provider = Provider { health_path: Some(path.to_owned()), ..provider() };
        assert!(provider.check().is_ok());
        assert_eq!(provider.probed_path(), expected);
    }
}

#[test]
fn an_api_is_the_word_that_it_is_stored_as() {
    for api in Api::ALL {
        assert_eq!(serde_json::to_value(api).unwrap(), api.as_str());
        assert_eq!(api.as_str().parse(), Ok(api));
    }
    assert!("openai".parse::<Api>().unwrap_err().to_string().contains("anthropic-messages"));
}
