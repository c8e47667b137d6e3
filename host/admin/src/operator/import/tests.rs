//! Secrets of one host on another.

use patchbay_types::Timestamp;

use super::*;
use crate::desk::TestDesk;

const KEY: &str = "sk-canary-0123456789abcdef";
const ALPHA: &str = "https://api.example.com:443";
const TELEGRAM: &str = "https://api.telegram.org:443";

fn secret(text: &str) -> Credential {
    Credential(Secret::new(text.to_owned()))
}

fn credential(name: &str, origin: &str, key: &str) -> ExportedCredential {
    let id = "prv_ANOTHERHOST00000".to_owned();
    ExportedCredential { name: name.to_owned(), id, origin: origin.to_owned(), key: secret(key) }
}

fn of_plugin(name: &str, origin: &str, value: &str) -> ExportedSecret {
    ExportedSecret { name: name.to_owned(), origins: vec![origin.to_owned()], value: secret(value) }
}

fn file(providers: Vec<ExportedCredential>, secrets: Vec<ExportedSecret>) -> SecretsFile {
    SecretsFile { providers, secrets, ..SecretsFile::of(Timestamp(0)) }
}

async fn import(desk: &TestDesk, file: SecretsFile, dry_run: bool) -> Result<Imported, OperatorError> {
    desk.operator.import(ImportSecrets { file, dry_run }, "test").await
}

async fn two_providers() -> TestDesk {
    let desk = TestDesk::new().await;
    desk.add("alpha", "https://api.example.com/v1", None).await;
    desk.add("beta", "http://127.0.0.1:9", Some("sk-before-0123456789")).await;
    desk
}

fn shown(desk: &TestDesk, name: &str) -> Option<String> {
    desk.operator.provider(name).unwrap().credential
}

#[tokio::test]
async fn what_fits_is_set_at_once_and_is_there_after_a_restart() {
    let desk = two_providers().await;
    let whole = || {
        let providers = vec![credential("alpha", ALPHA, KEY), credential("beta", "http://127.0.0.1:9", KEY)];
        file(providers, vec![of_plugin("telegram", TELEGRAM, "canary")])
    };
    let looked = import(&desk, whole(), true).await.unwrap();
    assert_eq!(
        (looked.credentials, shown(&desk, "alpha")),
        (vec!["alpha".to_owned(), "beta".to_owned()], None)
    );
    assert!(!desk.operator.secret_book().exists("telegram"));
    import(&desk, whole(), false).await.unwrap();
    // Once more: the same is no mismatch.
    let imported = import(&desk, whole(), false).await.unwrap();
    assert_eq!((imported.credentials.len(), imported.secrets), (2, vec!["telegram".to_owned()]));
    let check = |desk: &TestDesk| {
        assert_eq!(shown(desk, "alpha").as_deref(), Some("sk-can…cdef"));
        assert_eq!(shown(desk, "beta").as_deref(), Some("sk-can…cdef"));
        assert_eq!(desk.operator.secret_book().find("telegram").unwrap().value.expose(), "canary");
    };
    check(&desk);
    let audits = desk.operator.audits(100).await.unwrap();
    assert_eq!(audits.iter().filter(|logged| logged.entry.action == "provider.import").count(), 4);
    check(&desk.again().await);
}

#[tokio::test]
async fn every_mismatch_is_named_and_nothing_is_set() {
    let desk = two_providers().await;
    import(&desk, file(vec![], vec![of_plugin("telegram", TELEGRAM, "before")]), false).await.unwrap();
    let providers = vec![
        credential("alpha", "https://evil.example:443", KEY),
        credential("beta", "http://127.0.0.1:9", KEY),
        credential("beta", "http://127.0.0.1:9", KEY),
        credential("nobody", ALPHA, KEY),
        credential("no name", ALPHA, KEY),
    ];
    let secrets = vec![
        of_plugin("telegram", "https://evil.example:443", "canary"),
        of_plugin("a/b", TELEGRAM, "canary"),
        of_plugin("empty", TELEGRAM, ""),
        of_plugin("good", TELEGRAM, "canary"),
    ];
    let refused =
        import(&desk, SecretsFile { version: 2, ..file(providers, secrets) }, false).await.unwrap_err();
    assert_eq!(refused.code(), "import-refused");
    let told = refused.to_string();
    for words in [
        "version 2, expected 1",
        "provider alpha: it leads to https://api.example.com:443 here, and its key is bound to https://evil.example:443",
        "provider beta: it is in the file twice",
        "provider nobody: there is none",
        "provider no name: there is none",
        "secret telegram: it is bound to https://api.telegram.org:443 here",
        "secret a/b: name",
        "secret empty: value",
    ] {
        assert!(told.contains(words), "no {words:?} in {told}");
    }
    assert!(!told.contains("canary") && !told.contains("good"), "{told}");
    assert_eq!((shown(&desk, "alpha"), shown(&desk, "beta").as_deref()), (None, Some("sk-bef…6789")));
    assert_eq!(desk.operator.secret_book().find("telegram").unwrap().value.expose(), "before");
    assert!(!desk.operator.secret_book().exists("good"));
}
