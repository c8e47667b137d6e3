//! Secrets over a whole desk: what is kept, what is told, and what a row that was edited comes to.

use patchbay_store::{Batch, Key, Record, StoreExt, Stored, Table};
use patchbay_types::Secret;
use patchbay_vault::Vault;
use serde::{Deserialize, Serialize};

use super::*;
use crate::api::Credential;
use crate::desk::TestDesk;

const CANARY: &str = "canary-0123456789 with \"quotes\"";
const TELEGRAM: &str = "https://api.telegram.org:443";

/// A row as somebody who can write the store's file sees it.
#[derive(Clone, Serialize, Deserialize)]
struct Edited(serde_json::Value);

impl Record for Edited {
    const TABLE: Table = Table("plugin-secrets");
    const VERSION: u8 = 1;

    fn key(&self) -> Key {
        Key::new().text("telegram")
    }
}

async fn set(desk: &TestDesk, name: &str, origins: &[&str], value: &str) -> SecretView {
    let origins = origins.iter().map(|origin| (*origin).to_owned()).collect();
    let request = SetSecret { origins, value: Credential(Secret::new(value.to_owned())) };
    desk.operator.set_secret(name, request, "test").await.unwrap()
}

async fn edit(desk: &TestDesk, change: impl FnOnce(&mut serde_json::Value)) {
    let key = Edited(serde_json::Value::Null).key();
    let row: Stored<Edited> = desk.store.read(&key).await.unwrap().unwrap();
    let mut row = row.record;
    change(&mut row.0);
    desk.store.commit(Batch::new().put(&row).unwrap()).await.unwrap();
}

#[tokio::test]
async fn a_secret_is_found_with_its_origins_now_and_after_a_restart() {
    let desk = TestDesk::new().await;
    let book = desk.operator.secret_book();
    assert!(book.find("telegram").is_none() && !book.exists("telegram"));
    let view = set(&desk, "telegram", &["api.telegram.org"], CANARY).await;
    assert_eq!((&*view.origins, view.reason), (&[TELEGRAM.to_owned()][..], None));
    let desk = desk.again().await;
    for book in [book, desk.operator.secret_book()] {
        let found = book.find("telegram").unwrap();
        assert_eq!((found.value.expose().as_str(), &*found.origins), (CANARY, &[TELEGRAM.to_owned()][..]));
        assert!(!format!("{found:?}").contains("canary"));
    }
    let audits = desk.operator.audits(10).await.unwrap();
    let (fingerprint, audit) = (view.fingerprint.unwrap(), &audits[0].entry);
    assert_eq!((&*audit.action, &*audit.subject), ("secret.set", "secret/telegram"));
    assert_eq!(audit.detail, format!("origins={TELEGRAM} fingerprint={fingerprint}"));
    assert_eq!(desk.operator.events(10).await.unwrap()[0].entry.kind, "secret.set");
}

#[tokio::test]
async fn a_secret_that_is_set_again_is_replaced_whole_and_keeps_its_first_day() {
    let desk = TestDesk::new().await;
    let first = set(&desk, "telegram", &["api.telegram.org"], CANARY).await;
    desk.clock.advance(std::time::Duration::from_secs(60));
    let second = set(&desk, "telegram", &["other.example"], "another").await;
    assert_ne!(first.fingerprint, second.fingerprint);
    assert_eq!((second.created, second.updated.0), (first.created, first.updated.0 + 60_000));
    let found = desk.operator.secret_book().find("telegram").unwrap();
    assert_eq!((found.value.expose().as_str(), &*found.origins[0]), ("another", "https://other.example:443"));
    assert_eq!(desk.operator.secrets(), [second]);
}

#[tokio::test]
async fn a_removed_secret_is_gone_and_is_removed_once() {
    let desk = TestDesk::new().await;
    set(&desk, "telegram", &["api.telegram.org"], CANARY).await;
    desk.operator.remove_secret("telegram", "test").await.unwrap();
    assert!(!desk.operator.secret_book().exists("telegram"));
    let error = desk.operator.remove_secret("telegram", "test").await.unwrap_err();
    assert_eq!((error.code(), error.wrong_field()), ("unknown-secret", None));
    let desk = desk.again().await;
    assert!(desk.operator.secrets().is_empty());
    assert_eq!(desk.operator.audits(10).await.unwrap()[1].entry.action, "secret.remove");
}

#[tokio::test]
async fn a_row_whose_origins_were_edited_is_refused_and_the_host_says_so() {
    let desk = TestDesk::new().await;
    set(&desk, "telegram", &["api.telegram.org"], CANARY).await;
    set(&desk, "other", &["other.example"], "another").await;
    edit(&desk, |row| row["origins"] = serde_json::json!(["https://evil.example:443"])).await;
    let desk = desk.again().await;
    let book = desk.operator.secret_book();
    assert!(book.find("telegram").is_none() && book.exists("telegram") && book.find("other").is_some());
    let view = desk.operator.secrets().into_iter().find(|view| view.name == "telegram").unwrap();
    let reason = view.reason.unwrap();
    assert!(reason.contains("evil.example") && reason.contains(TELEGRAM), "{reason}");
    assert_eq!(view.fingerprint, None);
    let reasons = desk.operator.health().reasons;
    let said = "secret telegram cannot be used: it is bound to something else";
    assert!(reasons.iter().any(|reason| reason == said), "{reasons:?}");
    set(&desk, "telegram", &["api.telegram.org"], CANARY).await;
    assert!(book.find("telegram").is_some());
    assert!(!desk.operator.health().reasons.iter().any(|reason| reason.contains("telegram")));
}

#[tokio::test]
async fn a_row_under_another_name_is_refused_and_can_be_set_again() {
    let desk = TestDesk::new().await;
    set(&desk, "telegram", &["api.telegram.org"], CANARY).await;
    edit(&desk, |row| row["name"] = "slack".into()).await;
    let desk = desk.again().await;
    let book = desk.operator.secret_book();
    assert!(book.find("telegram").is_none() && book.find("slack").is_none());
    set(&desk, "telegram", &["api.telegram.org"], CANARY).await;
    assert!(desk.again().await.operator.secret_book().find("telegram").is_some());
}

#[tokio::test]
async fn a_host_with_another_identity_starts_and_uses_none_of_them() {
    let desk = TestDesk::new().await;
    set(&desk, "telegram", &["api.telegram.org"], CANARY).await;
    let identity = desk.folder.path().join("identity");
    std::fs::remove_file(&identity).unwrap();
    Vault::create(&identity, crate::desk::NOW).unwrap();
    let desk = desk.again().await;
    assert!(desk.operator.secret_book().find("telegram").is_none());
    let folder = desk.folder.path().to_str().unwrap();
    assert!(desk.operator.secrets()[0].reason.as_ref().unwrap().contains(folder));
    assert!(desk.operator.health().reasons.iter().all(|reason| !reason.contains(folder)));
}

#[tokio::test]
async fn the_fingerprint_of_a_set_changes_with_whatever_a_plugin_could_notice() {
    let desk = TestDesk::new().await;
    let book = desk.operator.secret_book();
    let names = ["telegram", "other"];
    let mut seen = vec![book.fingerprints(&names)];
    set(&desk, "telegram", &["api.telegram.org"], CANARY).await;
    seen.push(book.fingerprints(&names));
    set(&desk, "telegram", &["api.telegram.org"], "another").await;
    seen.push(book.fingerprints(&names));
    set(&desk, "telegram", &["api.telegram.org", "other.example"], "another").await;
    seen.push(book.fingerprints(&names));
    assert_eq!(seen.iter().collect::<std::collections::HashSet<_>>().len(), 4, "{seen:?}");
    assert_eq!(book.fingerprints(&["other", "telegram", "other"]), seen[3]);
    set(&desk, "unnamed", &["other.example"], "third").await;
    assert_eq!(desk.again().await.operator.secret_book().fingerprints(&names), seen[3]);
    // A name that is asked for is part of it, set or not.
    assert_ne!(book.fingerprints(&names[..1]), seen[3]);
    assert_ne!(book.fingerprints(&names[..0]), book.fingerprints(&names[1..]));
}

#[tokio::test]
async fn there_are_at_most_a_thousand_secrets_and_each_can_still_be_changed() {
    let desk = TestDesk::new().await;
    set(&desk, "first", &["a.example"], "v").await;
    let row = desk.operator.secret_book().require("first").unwrap();
    for number in 1..SECRETS_MAX {
        let record = SecretRecord { name: format!("s{number}"), ..row.record().clone() };
        let kept = Stored { revision: row.revision(), record };
        desk.operator.secret_book().put(Kept::open(kept, &desk.operator.desk().parts.vault));
    }
    let request =
        SetSecret { origins: vec!["a.example".to_owned()], value: Credential(Secret::new("v".to_owned())) };
    let error = desk.operator.set_secret("more", request, "test").await.unwrap_err();
    assert_eq!(error.code(), "too-many");
    set(&desk, "first", &["b.example"], "w").await;
}
