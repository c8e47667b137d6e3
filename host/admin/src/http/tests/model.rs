//! Models over all providers, and aliases.

use super::*;

fn fast(targets: Value) -> Option<Value> {
    Some(json!({"name": "fast", "targets": targets}))
}

async fn two() -> TestDesk {
    let desk = TestDesk::new().await;
    desk.add("alpha", "http://127.0.0.1:9", None).await;
    desk.add("beta", "http://127.0.0.1:9", None).await;
    desk
}

#[tokio::test]
async fn an_alias_is_asked_for_until_it_is_removed() {
    let desk = two().await;
    let targets =
        json!([{"provider": "alpha", "model": "m", "weight": 3}, {"provider": "beta", "model": "m"}]);
    let (status, added) = ask(&desk, "POST", "/api/aliases", fast(targets)).await;
    assert_eq!((status, &added["by"]), (StatusCode::CREATED, &json!("weights")), "{added}");
    assert_eq!(added["targets"][1], json!({"provider": "beta", "model": "m", "weight": 1, "served": true}));
    assert!(desk.pool.serves("fast"));
    let desk = desk.again().await;
    assert!(desk.pool.serves("fast"));
    assert_eq!(get(&desk, "/api/aliases/fast").await, added);
    assert_eq!(get(&desk, "/api/aliases").await, json!([added]));
    ask(&desk, "DELETE", "/api/providers/beta", None).await;
    assert!(desk.pool.serves("fast"), "a change of providers keeps the aliases");
    assert_eq!(get(&desk, "/api/aliases/fast").await["targets"][1]["served"], false);
    let (_, removed) = ask(&desk, "DELETE", "/api/aliases/fast", None).await;
    assert_eq!((&removed, desk.pool.serves("fast")), (&json!({"removed": "fast"}), false));
    assert_eq!(refused(&desk, "GET", "/api/aliases/fast", None).await.1, "unknown-alias");
    assert!(!desk.again().await.pool.serves("fast"));
}

#[tokio::test]
async fn an_alias_that_cannot_be_is_refused_by_its_field() {
    let desk = two().await;
    let check = async |body: Option<Value>, field: &str| {
        let (status, code, found) = refused(&desk, "POST", "/api/aliases", body.clone()).await;
        assert_eq!((status, &*code, found.as_deref()), (422, "bad-value", Some(field)), "{body:?}");
    };
    let target = |provider: &str, model: &str| json!({"provider": provider, "model": model});
    check(Some(json!({"name": "m", "targets": [target("alpha", "m")]})), "name").await;
    check(Some(json!({"name": "", "targets": [target("alpha", "m")]})), "name").await;
    check(fast(json!([])), "targets").await;
    check(fast(json!([target("gamma", "m")])), "targets.0.provider").await;
    check(fast(json!([target("alpha", "typo")])), "targets.0.model").await;
    check(fast(json!([target("alpha", "m"), target("alpha", "m")])), "targets.1").await;
    for weight in [json!(0), json!(1_001)] {
        check(fast(json!([{"provider": "alpha", "model": "m", "weight": weight}])), "targets.0.weight").await;
    }
    assert_eq!(get(&desk, "/api/aliases").await, json!([]));
    ask(&desk, "POST", "/api/aliases", fast(json!([target("alpha", "m")]))).await;
    let twice = refused(&desk, "POST", "/api/aliases", fast(json!([target("beta", "m")]))).await;
    assert_eq!(twice, (409, "alias-exists".to_owned(), Some("name".to_owned())));
    check(Some(json!({"name": "faster", "targets": [target("alpha", "fast")]})), "targets.0.model").await;
    let model = Some(json!({"models": {"fast": {}}}));
    let found = refused(&desk, "PATCH", "/api/providers/beta", model).await;
    assert_eq!(found, (422, "bad-value".to_owned(), Some("models.fast".to_owned())));
    let new = Some(json!({"name": "gamma", "url": "https://h", "models": {"fast": {}}}));
    assert_eq!(refused(&desk, "POST", "/api/providers", new).await.2.as_deref(), Some("models.fast"));
}

#[tokio::test]
async fn all_models_are_listed_with_those_who_serve_them() {
    let desk = two().await;
    ask(&desk, "POST", "/api/aliases", fast(json!([{"provider": "beta", "model": "m", "weight": 5}]))).await;
    ask(&desk, "POST", "/api/providers/alpha/disable", None).await;
    let models = get(&desk, "/api/models").await;
    assert_eq!((&models[0]["name"], &models[0]["alias"]), (&json!("fast"), &json!(true)));
    let target = &models[0]["providers"][0];
    assert_eq!(
        (&target["provider"], &target["model"], &target["weight"]),
        (&json!("beta"), &json!("m"), &json!(5))
    );
    assert_eq!((&models[1]["name"], &models[1]["alias"]), (&json!("m"), &json!(false)));
    let serving = models[1]["providers"].as_array().unwrap();
    let shown = |at: usize| (serving[at]["provider"].clone(), serving[at]["health"].clone());
    assert_eq!(
        [shown(0), shown(1)],
        [(json!("alpha"), json!("disabled")), (json!("beta"), json!("healthy"))]
    );
    assert_eq!((&serving[0]["native_id"], &serving[0]["context_window"]), (&json!("m-1"), &json!(128_000)));
}
