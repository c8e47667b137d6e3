//! Rotations over a whole desk, and what a kill between two steps leaves behind, arranged by hand.

use std::fs;
use std::path::PathBuf;

use patchbay_store::{Key, Record, StoreExt};
use patchbay_types::Secret;
use patchbay_vault::{Binding, Vault};

use super::*;
use crate::api::{Credential, SetSecret};
use crate::desk::{NOW, TestDesk};

const KEY: &str = "sk-canary-0123456789abcdef";
const URL: &str = "https://api.example.com";

/// A provider and a secret.
async fn furnished() -> TestDesk {
    let desk = TestDesk::new().await;
    desk.add("alpha", URL, Some(KEY)).await;
    set(&desk, "telegram", KEY).await;
    desk
}

async fn set(desk: &TestDesk, name: &str, value: &str) {
    let value = Credential(Secret::new(value.to_owned()));
    let request = SetSecret { origins: vec!["api.telegram.org".to_owned()], value };
    desk.operator.set_secret(name, request, "test").await.unwrap();
}

fn file(desk: &TestDesk, suffix: &str) -> PathBuf {
    desk.folder.path().join(format!("identity{suffix}"))
}

/// Everything opens, with the key that was given, and nothing is left half done.
async fn check_whole(desk: &TestDesk) {
    let view = desk.operator.vault().await.unwrap();
    assert_eq!(view.credentials[0].credential.as_deref(), Some("sk-can…cdef"), "{view:?}");
    assert_eq!((&view.credentials[0].reason, &view.secrets[0].reason), (&None, &None), "{view:?}");
    let found = desk.operator.secret_book().find("telegram").unwrap();
    assert_eq!(found.value.expose(), KEY);
    assert_eq!(Vault::open(&file(desk, "")).unwrap().recipient().to_string(), view.identity.recipient);
    assert!(!file(desk, ".pending").exists());
}

/// The provider's row as it lies in the store.
async fn row(desk: &TestDesk) -> ProviderRecord {
    let key = ProviderRecord::key_of(&"alpha".parse().unwrap());
    desk.store.read::<ProviderRecord>(&key).await.unwrap().unwrap().record
}

fn opens(identity: &std::path::Path, row: &ProviderRecord) -> bool {
    let binding = Binding { provider: row.provider.id.clone(), origin: format!("{URL}:443") };
    let vault = Vault::open(identity).unwrap();
    let sealed = row.sealed.as_ref().unwrap();
    vault.is_current(sealed) && vault.unseal(sealed, &binding).is_ok()
}

#[tokio::test]
async fn a_rotation_seals_everything_for_a_new_identity_and_keeps_the_one_before() {
    let desk = furnished().await;
    let (before, first) = (desk.operator.vault().await.unwrap(), row(&desk).await);
    let prints = desk.operator.secret_book().fingerprints(&["telegram"]);
    let rotated = desk.operator.rotate("test").await.unwrap();
    assert_eq!((rotated.credentials, rotated.secrets, &rotated.note), (1, 1, &None));
    assert_eq!(rotated.old.as_deref(), file(&desk, ".old-1").to_str());
    assert_ne!(rotated.recipient, before.identity.recipient);
    let second = row(&desk).await;
    assert!(opens(&file(&desk, ".old-1"), &first) && !opens(&file(&desk, ".old-1"), &second));
    assert!(opens(&file(&desk, ""), &second) && !opens(&file(&desk, ""), &first));
    check_whole(&desk).await;
    // What is written from here on is for the new one alone, and nothing was lost by the new revisions.
    desk.operator.enable_provider("alpha", false, "test").await.unwrap();
    set(&desk, "telegram", KEY).await;
    assert!(!opens(&file(&desk, ".old-1"), &row(&desk).await));
    let audit = desk.operator.audits(10).await.unwrap();
    let audit = &audit.iter().find(|logged| logged.entry.action == "identity.rotate").unwrap().entry;
    assert!(audit.detail.contains(&rotated.recipient) && !audit.detail.contains("canary"), "{audit:?}");
    let desk = desk.again().await;
    check_whole(&desk).await;
    let after = desk.operator.vault().await.unwrap();
    assert_eq!((after.identity.rotated, after.identity.old.len()), (Some(NOW), 1));
    assert_eq!(desk.operator.secret_book().fingerprints(&["telegram"]), prints);
    assert_eq!(after.secrets[0].fingerprint, before.secrets[0].fingerprint);
}

#[tokio::test]
async fn fingerprints_stay_over_many_rotations_and_the_end_of_all_earlier_identities() {
    let mut desk = furnished().await;
    let prints = desk.operator.secret_book().fingerprints(&["telegram"]);
    for round in 0..3 {
        desk.operator.rotate("test").await.unwrap();
        if round == 1 {
            desk.operator.drop_old_identities("test").await.unwrap();
        }
        desk = desk.again().await;
        assert_eq!(desk.operator.secret_book().fingerprints(&["telegram"]), prints);
        check_whole(&desk).await;
    }
}

#[tokio::test]
async fn killed_with_a_pending_identity_before_the_transaction_the_first_stays_in_charge() {
    let desk = furnished().await;
    let before = desk.operator.vault().await.unwrap().identity.recipient;
    let vault = &desk.operator.desk().parts.vault;
    vault.write_pending(&vault.successor(), NOW).unwrap();
    let desk = desk.again().await;
    check_whole(&desk).await;
    assert_eq!(desk.operator.vault().await.unwrap().identity.recipient, before);
    assert!(file(&desk, ".old-1").exists());
    desk.operator.rotate("test").await.unwrap();
    check_whole(&desk.again().await).await;
}

#[tokio::test]
async fn killed_after_the_transaction_the_next_start_ends_the_rotation() {
    for first_has_its_second_name in [false, true] {
        let desk = furnished().await;
        let rotated = desk.operator.rotate("test").await.unwrap();
        // Back to before the last step, or the last two.
        fs::rename(file(&desk, ""), file(&desk, ".pending")).unwrap();
        fs::hard_link(file(&desk, ".old-1"), file(&desk, "")).unwrap();
        if !first_has_its_second_name {
            fs::remove_file(file(&desk, ".old-1")).unwrap();
        }
        let desk = desk.again().await;
        check_whole(&desk).await;
        let view = desk.operator.vault().await.unwrap();
        assert_eq!(view.identity.recipient, rotated.recipient);
        assert_eq!(view.identity.old, [file(&desk, ".old-1").to_str().unwrap()]);
        desk.operator.rotate("test").await.unwrap();
        check_whole(&desk.again().await).await;
    }
}

#[tokio::test]
async fn a_store_from_before_a_rotation_still_opens_until_the_earlier_identity_is_dropped() {
    let desk = furnished().await;
    let old = row(&desk).await;
    desk.operator.rotate("test").await.unwrap();
    desk.store.commit(Batch::new().put(&old).unwrap()).await.unwrap();
    let desk = desk.again().await;
    check_whole(&desk).await;
    let refused = desk.operator.drop_old_identities("test").await.unwrap_err();
    assert_eq!(refused.code(), "old-identity-needed");
    assert!(refused.to_string().contains("the key of alpha") && file(&desk, ".old-1").exists());
    desk.operator.rotate("test").await.unwrap();
    let dropped = desk.operator.drop_old_identities("test").await.unwrap();
    assert_eq!(dropped.dropped.len(), 2);
    assert!(!file(&desk, ".old-1").exists());
    check_whole(&desk.again().await).await;
}

#[tokio::test]
async fn what_does_not_open_is_named_and_nothing_is_done() {
    let desk = furnished().await;
    let mut edited = row(&desk).await;
    edited.provider.base_url = "https://evil.example".parse().unwrap();
    desk.store.commit(Batch::new().put(&edited).unwrap()).await.unwrap();
    let desk = desk.again().await;
    let (before, files) =
        (desk.operator.vault().await.unwrap(), fs::read_dir(desk.folder.path()).unwrap().count());
    let refused = desk.operator.rotate("test").await.unwrap_err();
    assert_eq!(refused.code(), "unopenable");
    let told = refused.to_string();
    assert!(told.contains("alpha") && told.contains("evil.example") && !told.contains("canary"), "{told}");
    assert_eq!(fs::read_dir(desk.folder.path()).unwrap().count(), files);
    assert_eq!(desk.operator.vault().await.unwrap().identity.recipient, before.identity.recipient);
}

#[tokio::test]
async fn more_than_a_transaction_takes_is_refused_before_anything_is_done() {
    let desk = furnished().await;
    let parts = &desk.operator.desk().parts;
    let (value, origins) = (Secret::new("v".repeat(16 * 1024)), vec!["https://h:443".to_owned()]);
    for number in 0..500 {
        let name = format!("s{number}");
        let sealed =
            parts.vault.seal_secret(&value, &SecretBinding { name: &name, origins: &origins }).unwrap();
        let record = SecretRecord { name, origins: origins.clone(), sealed, created: NOW, updated: NOW };
        let row = Stored { revision: Revision(1), record };
        desk.operator.secret_book().put(crate::operator::secret::Kept::open(row, &parts.vault));
    }
    let refused = desk.operator.rotate("test").await.unwrap_err();
    assert_eq!(refused.code(), "too-much", "{refused}");
    assert!(!file(&desk, ".pending").exists() && !file(&desk, ".old-1").exists());
}

/// The most providers and secrets that a host may have, with keys of 200 bytes and ten models.
#[tokio::test]
async fn a_full_host_with_ordinary_keys_fits_into_a_transaction() {
    let desk = furnished().await;
    let (vault, provider) = (&desk.operator.desk().parts.vault, row(&desk).await.provider);
    let models =
        serde_json::json!({"native_id": "vendor/some-model-2026-01-01", "input_price": 2_500_000_000_u64});
    let mut value = serde_json::to_value(&provider).unwrap();
    for number in 0..10 {
        value["models"][format!("some-model-{number}")] = models.clone();
    }
    let provider: patchbay_pool::Provider = serde_json::from_value(value).unwrap();
    let key = Secret::new("k".repeat(200));
    let sealed = vault.seal(&key, &binding(&provider)).unwrap();
    let record = ProviderRecord { provider, sealed: Some(sealed), sealed_at: Some(NOW) };
    let origins = vec!["https://api.telegram.org:443".to_owned()];
    let sealed = vault.seal_secret(&key, &SecretBinding { name: "telegram", origins: &origins }).unwrap();
    let secret = SecretRecord { name: "telegram".to_owned(), origins, sealed, created: NOW, updated: NOW };
    let revision = Revision(1);
    let rows = Rows {
        providers: vec![Stored { revision, record }; 1_000],
        secrets: vec![Stored { revision, record: secret }; 1_000],
    };
    let batch = rows.put(Batch::new()).unwrap();
    println!("a full host comes to {} bytes", batch.measure().unwrap());
    fits(&batch).unwrap();
}

#[tokio::test]
async fn the_row_of_the_identity_has_one_place() {
    let desk = furnished().await;
    desk.operator.rotate("test").await.unwrap();
    desk.operator.rotate("test").await.unwrap();
    let rows: Vec<Stored<VaultRecord>> = desk.store.list(Key::new().prefix(), 10).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].record.key().as_bytes(), Key::new().as_bytes());
}
