//! `GET /v1/models`: what all providers together serve.

use serde_json::json;

use crate::harness::{Host, Upstream};

#[tokio::test]
async fn the_models_of_all_providers_are_listed_once_in_openais_shape() {
    let upstream = Upstream::good().await;
    let host = Host::start().await;
    let agent = host.agent("tester").await;
    assert_eq!(agent.get("/v1/models").await.json(), json!({"object": "list", "data": []}));
    host.provider("alpha", &upstream, &["--model", "m=native-m", "--model", "vendor/m2"]).await;
    host.provider("beta", &upstream, &["--model", "m", "--pool", "fallback"]).await;
    host.provider("gamma", &upstream, &["--model", "hidden"]).await;
    host.cli(&["provider", "disable", "gamma"]).await.ok();
    let listed = agent.get("/v1/models").await;
    assert_eq!((listed.status, listed.header("content-type")), (200, "application/json"));
    let listed = listed.json();
    let ids: Vec<&str> =
        listed["data"].as_array().unwrap().iter().map(|card| card["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["m", "vendor/m2"]);
    assert!(listed["data"].as_array().unwrap().iter().all(|card| card["object"] == "model"), "{listed}");
    assert_eq!(upstream.count(), 0);
}

#[tokio::test]
async fn one_model_is_shown_by_its_id_also_with_a_slash() {
    let upstream = Upstream::good().await;
    let host = Host::start().await;
    host.provider("alpha", &upstream, &["--model", "m=native-m", "--model", "vendor/m2"]).await;
    let agent = host.agent("tester").await;
    for id in ["m", "vendor/m2"] {
        let shown = agent.get(&format!("/v1/models/{id}")).await;
        assert_eq!((shown.status, &shown.json()["id"]), (200, &json!(id)));
    }
    let missing = agent.get("/v1/models/native-m").await;
    missing.error(404, "invalid_request_error", "model_not_found");
}
