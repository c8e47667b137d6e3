//! What leaves a host, and what is said of it.

use patchbay_types::{Secret, Timestamp};
use patchbay_vault::Vault;

use super::*;
use crate::api::SetSecret;
use crate::desk::TestDesk;

const KEY: &str = "sk-canary-\"0123456789\"";

async fn furnished() -> TestDesk {
    let desk = TestDesk::new().await;
    desk.add("alpha", "https://api.example.com", Some(KEY)).await;
    desk.add("open", "http://127.0.0.1:9", None).await;
    let value = Credential(Secret::new("canary in two words".to_owned()));
    let request = SetSecret { origins: vec!["api.telegram.org".to_owned()], value };
    desk.operator.set_secret("telegram", request, "test").await.unwrap();
    desk
}

fn asked(recipients: &[&str]) -> ExportSecrets {
    ExportSecrets { recipients: recipients.iter().map(|text| (*text).to_owned()).collect() }
}

#[tokio::test]
async fn an_export_holds_every_key_and_opens_for_its_recipients_alone() {
    let desk = furnished().await;
    let folder = tempfile::tempdir().unwrap();
    let rescue = Vault::create(&folder.path().join("rescue"), Timestamp(0)).unwrap();
    let to = rescue.recipient().to_string();
    let exported = desk.operator.export(asked(&[&to]), "test").await.unwrap();
    assert_eq!((exported.credentials, exported.secrets), (1, 1));
    assert!(!exported.file.contains("canary"));
    assert!(desk.operator.desk().parts.vault.import(exported.file.as_bytes()).is_err());
    let plain = rescue.import(exported.file.as_bytes()).unwrap();
    let found: serde_json::Value = serde_json::from_slice(&plain).unwrap();
    let id = desk.operator.provider("alpha").unwrap().id;
    let expected = serde_json::json!({
        "version": 1,
        "exported": crate::desk::NOW,
        "providers": [{"name": "alpha", "id": id, "origin": "https://api.example.com:443", "key": KEY}],
        "secrets": [{
            "name": "telegram", "origins": ["https://api.telegram.org:443"], "value": "canary in two words"
        }],
    });
    assert_eq!(found, expected);
    let audit = desk.operator.audits(1).await.unwrap();
    assert_eq!(audit[0].entry.action, "secrets.export");
    assert!(audit[0].entry.detail.contains(&to) && !audit[0].entry.detail.contains("canary"));
}

#[tokio::test]
async fn a_recipient_that_is_none_is_refused() {
    let desk = furnished().await;
    for recipients in [&[][..], &["age1wrong"], &[""; 11]] {
        let refused = desk.operator.export(asked(recipients), "test").await.unwrap_err();
        assert_eq!(refused.wrong_field(), Some("recipients"), "{refused}");
    }
    assert!(
        desk.operator.audits(10).await.unwrap().iter().all(|logged| logged.entry.action != "secrets.export")
    );
}
