//! What keys may use.

use patchbay_meter::{Flush, Ledger, Spent};
use patchbay_quota::Now;
use patchbay_types::{NanoUsd, Timestamp, Tokens};

use super::*;
use crate::StoreLedger;

async fn create(desk: &TestDesk, body: Value) -> Value {
    let (status, created) = ask(desk, "POST", "/api/keys", Some(body)).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    created
}

fn path(created: &Value) -> String {
    format!("/api/keys/{}", created["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_key_has_its_limits_after_a_restart() {
    let desk = TestDesk::new().await;
    desk.add("alpha", "http://127.0.0.1:9", None).await;
    let limits = json!({"rpm": 2, "tpm": 100, "concurrency": 3, "usd_per_day": "2.50", "usd_per_month": "100.000000001"});
    let created = create(&desk, json!({"agent": "scout", "models": ["x*", "m"], "limits": limits})).await;
    assert_eq!(created["limits"]["usd_per_day"], "2.5");
    assert_eq!(created["warnings"], json!(["no provider that is switched on serves x*"]));
    let desk = desk.again().await;
    let shown = get(&desk, &path(&created)).await;
    assert_eq!((&shown["limits"], &shown["models"]), (&created["limits"], &json!(["m", "x*"])));
    assert_eq!(shown["limits"]["usd_per_month"], "100.000000001");
    let entry = desk.keyring.find(created["key"].as_str().unwrap()).unwrap();
    assert!(entry.allows("m") && entry.allows("x1") && !entry.allows("n"));
    assert_eq!(&*entry.id, created["id"].as_str().unwrap());
}

#[tokio::test]
async fn a_change_of_limits_keeps_what_is_counted() {
    let desk = TestDesk::new().await;
    let created = create(&desk, json!({"agent": "scout", "limits": {"rpm": 2, "usd_per_day": "5"}})).await;
    let key = created["key"].as_str().unwrap();
    let old = desk.keyring.find(key).unwrap();
    let now = Now::of(&desk.clock);
    let stay = old.account.enter(now).unwrap();
    let patch = Some(json!({"limits": {"rpm": 1, "usd_per_day": null}, "models": ["m"]}));
    let (status, set) = ask(&desk, "PATCH", &path(&created), patch).await;
    assert_eq!(status, StatusCode::OK, "{set}");
    assert_eq!((&set["limits"]["rpm"], &set["limits"]["usd_per_day"]), (&json!(1), &Value::Null));
    assert_eq!((&set["used"]["requests"], &set["used"]["in_flight"]), (&json!(1), &json!(1)));
    let new = desk.keyring.find(key).unwrap();
    assert!(std::sync::Arc::ptr_eq(&old.account, &new.account));
    assert!(new.account.enter(now).is_err(), "one a minute, and one has come");
    drop(stay);
    let (_, all) = ask(&desk, "PATCH", &path(&created), Some(json!({"models": []}))).await;
    assert_eq!((&all["models"], &all["limits"]["rpm"]), (&json!([]), &json!(1)));
    let audit = get(&desk, "/api/audit").await.to_string();
    assert!(audit.contains("key.set") && audit.contains("models=m rpm=1"), "{audit}");
}

#[tokio::test]
async fn limits_that_nobody_can_mean_are_refused_by_name() {
    let desk = TestDesk::new().await;
    let created = create(&desk, json!({"agent": "scout"})).await;
    let check = async |body: Value, field: &str| {
        let (status, code, found) = refused(&desk, "PATCH", &path(&created), Some(body.clone())).await;
        assert_eq!((status, &*code, found.as_deref()), (422, "bad-value", Some(field)), "{body}");
    };
    check(json!({"limits": {"rpm": 0}}), "limits.rpm").await;
    check(json!({"limits": {"rpm": -1}}), "limits.rpm").await;
    check(json!({"limits": {"tpm": 2_000_000_000_000_u64}}), "limits.tpm").await;
    check(json!({"limits": {"concurrency": "many"}}), "limits.concurrency").await;
    for wrong in ["-1", "NaN", "1e3", "", ".5", "0", "0.0000000001", "99999999999", "1000001"] {
        check(json!({"limits": {"usd_per_day": wrong}}), "limits.usd_per_day").await;
    }
    check(json!({"limits": {"usd_per_day": "5", "usd_per_month": "4"}}), "limits.usd_per_day").await;
    check(json!({"limits": {"surprise": 1}}), "limits.surprise").await;
    for wrong in [json!(["a*b"]), json!([""]), json!(["a", "a"]), json!(["a\n"])] {
        check(json!({"models": wrong}), "models").await;
    }
    let unknown = refused(&desk, "PATCH", "/api/keys/scout", Some(json!({}))).await;
    assert_eq!((unknown.0, &*unknown.1), (404, "unknown-key"));
    assert_eq!(get(&desk, &path(&created)).await["limits"], created["limits"]);
}

#[tokio::test]
async fn what_was_spent_before_the_start_counts() {
    let desk = TestDesk::new().await;
    let created = create(&desk, json!({"agent": "scout", "limits": {"usd_per_day": "5"}})).await;
    let free = create(&desk, json!({"agent": "free"})).await;
    let id = |created: &Value| created["id"].as_str().unwrap().to_owned();
    let yesterday = Timestamp(desk::NOW.0 - 24 * 3_600_000);
    let spent = |key: String, day: Timestamp, cost: u64| Spent {
        key,
        day: day.day(),
        cost: NanoUsd(cost),
        tokens: Tokens(1),
    };
    let spent = vec![
        spent(id(&created), desk::NOW, 1_500_000_000),
        spent(id(&created), yesterday, 500_000_000),
        spent(id(&free), desk::NOW, 1),
        spent("key_gone".to_owned(), desk::NOW, 1),
    ];
    let ledger = StoreLedger::new(desk.store.clone());
    ledger.add(Flush { rows: Vec::new(), spent }).await.unwrap();
    let desk = desk.again().await;
    let used = get(&desk, &path(&created)).await["used"].clone();
    assert_eq!((&used["usd_today"], &used["usd_this_month"]), (&json!("1.5"), &json!("2")));
    assert_eq!(get(&desk, &path(&free)).await["used"]["usd_today"], "0");
}
