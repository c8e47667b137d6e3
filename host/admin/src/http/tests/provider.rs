//! All that may be said of a provider.

use super::*;

fn whole() -> Value {
    json!({"name": "claude", "url": "https://api.example.com/v1/", "api": "anthropic-messages", "label": "Claude",
           "tpm": 5_000, "max_in_flight": 4, "timeouts": {"connect_ms": 250, "total_ms": null},
           "health_path": "/up", "keep_native_model": true, "no_usage_option": true,
           "metadata": {"owner": "ops", "note": "n"},
           "models": {"m": {"native_id": "m-1", "input_price": "3", "cache_write_price": "3.75", "reasoning": true,
                            "reasoning_effort": "high", "input_modalities": ["text", "image"],
                            "context_window": 5, "max_tokens": 4, "compat": {"a": 1}}}})
}

#[tokio::test]
async fn all_that_is_said_of_a_provider_is_shown_and_kept() {
    let desk = TestDesk::new().await;
    let (status, added) = ask(&desk, "POST", "/api/providers", Some(whole())).await;
    assert_eq!(status, StatusCode::CREATED, "{added}");
    let same = ["name", "api", "label", "tpm", "max_in_flight", "health_path", "metadata"];
    for field in same {
        assert_eq!(added[field], whole()[field], "{field}");
    }
    assert_eq!(
        (&added["url"], &added["timeouts"]["connect_ms"]),
        (&json!("https://api.example.com/v1"), &json!(250))
    );
    assert_eq!(
        added["probe"],
        json!({"state": "healthy", "success_rate": null, "failures_in_a_row": 0, "latency_ms": null})
    );
    let model = &added["models"]["m"];
    for (field, said) in whole()["models"]["m"].as_object().unwrap() {
        assert_eq!(&model[field], said, "{field}");
    }
    let desk = desk.again().await;
    assert_eq!(get(&desk, "/api/providers/claude").await, added);
}

#[tokio::test]
async fn a_patch_takes_back_what_is_null_and_leaves_the_rest() {
    let desk = TestDesk::new().await;
    ask(&desk, "POST", "/api/providers", Some(whole())).await;
    let patch = json!({"label": null, "tpm": null, "timeouts": {"connect_ms": null, "silence_ms": 900},
                       "health_path": null, "keep_native_model": false, "metadata": {"note": null, "team": "x"},
                       "change_models": {"m": {"context_window": 9, "reasoning_effort": null}}});
    let (status, found) = ask(&desk, "PATCH", "/api/providers/claude", Some(patch)).await;
    assert_eq!(status, StatusCode::OK, "{found}");
    assert_eq!(
        (&found["label"], &found["tpm"], &found["max_in_flight"]),
        (&Value::Null, &Value::Null, &json!(4))
    );
    assert_eq!(
        found["timeouts"],
        json!({"connect_ms": null, "first_byte_ms": null, "silence_ms": 900, "total_ms": null})
    );
    assert_eq!((&found["health_path"], &found["keep_native_model"]), (&json!("/models"), &json!(false)));
    assert_eq!(
        (&found["metadata"], &found["no_usage_option"]),
        (&json!({"owner": "ops", "team": "x"}), &json!(true))
    );
    let model = &found["models"]["m"];
    assert_eq!(
        (&model["context_window"], &model["reasoning_effort"], &model["max_tokens"]),
        (&json!(9), &Value::Null, &json!(4))
    );
}

#[tokio::test]
async fn what_a_provider_must_not_be_is_named_and_nothing_is_stored() {
    let desk = TestDesk::new().await;
    let check = async |change: Value, field: &str| {
        let mut body = whole();
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let (status, code, found) = refused(&desk, "POST", "/api/providers", Some(body)).await;
        assert_eq!((status, &*code, found.as_deref()), (422, "bad-value", Some(field)), "{change}");
    };
    check(json!({"api": "nothing"}), "api").await;
    check(json!({"label": ""}), "label").await;
    check(json!({"tpm": 0}), "tpm").await;
    check(json!({"tpm": -1}), "tpm").await;
    check(json!({"max_in_flight": 1_000_000}), "max_in_flight").await;
    check(json!({"timeouts": {"connect_ms": 1}}), "timeouts.connect_ms").await;
    check(json!({"timeouts": {"connect": 1}}), "timeouts.connect").await;
    check(json!({"health_path": "up"}), "health_path").await;
    check(json!({"metadata": {"": "x"}}), "metadata.").await;
    check(json!({"models": {"m": {"context_window": 0}}}), "models.m.context_window").await;
    check(json!({"models": {"m": {"input_modalities": []}}}), "models.m.input_modalities").await;
    check(json!({"models": {"m": {"cache_write_price": "10001"}}}), "models.m.cache_write_price").await;
    assert_eq!(get(&desk, "/api/providers").await, json!([]));
    ask(&desk, "POST", "/api/providers", Some(whole())).await;
    let typo = Some(json!({"change_models": {"typo": {"context_window": 9}}}));
    let found = refused(&desk, "PATCH", "/api/providers/claude", typo).await;
    assert_eq!(found, (422, "unknown-model".to_owned(), Some("change_models".to_owned())));
}

#[tokio::test]
async fn a_provider_of_another_api_is_tested_with_the_header_that_it_wants() {
    let desk = TestDesk::new().await;
    let (address, mut asked) = desk::upstream(desk::http("200 OK", "{\"data\":[]}")).await;
    let body = json!({"name": "claude", "url": format!("http://{address}"), "credential": SECRET,
                      "api": "anthropic-messages", "models": {"m": {}}});
    ask(&desk, "POST", "/api/providers", Some(body)).await;
    let (_, test) = ask(&desk, "POST", "/api/providers/claude/test", None).await;
    assert_eq!(test["ok"], true, "{test}");
    let question = asked.recv().await.unwrap().to_lowercase();
    let key = format!("x-api-key: {SECRET}").to_lowercase();
    assert!(question.contains(&key) && question.contains("anthropic-version: "), "{question}");
    assert!(!question.contains("authorization"), "{question}");
}

#[tokio::test]
async fn a_provider_whose_requests_falter_is_degraded_and_still_serves() {
    let desk = TestDesk::new().await;
    desk.add("alpha", "http://127.0.0.1:9", None).await;
    desk.permit().failed(&patchbay_pool::Verdict::ServerError, "broken");
    assert_eq!(get(&desk, "/api/providers/alpha").await["health"], "degraded");
    let status = get(&desk, "/api/status").await;
    assert_eq!((&status["providers"]["degraded"], &status["providers"]["down"]), (&json!(1), &json!(0)));
    assert!(!status["health"]["reasons"].to_string().contains("no provider"), "{status}");
    let metrics = crate::metrics(&desk.operator).await;
    for line in [
        "patchbay_provider_up{provider=\"alpha\",pool=\"primary\"} 1.0",
        "patchbay_provider_health{provider=\"alpha\",pool=\"primary\",health=\"degraded\"} 1.0",
        "patchbay_provider_requests_left{provider=\"alpha\",pool=\"primary\"} 3.0",
    ] {
        assert!(metrics.contains(line), "{line} is missing in\n{metrics}");
    }
}
