//! What a vault promises of plugins' secrets.

use super::{KEY, Place, age, age_is_missing, binding, key, path, sealed};
use crate::{Kind, OpenError, Sealed, SecretBinding, Vault};

const NAME: &str = "telegram-token";

fn origins(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn two() -> Vec<String> {
    origins(&["https://api.telegram.org:443", "http://127.0.0.1:8080"])
}

fn seal(place: &Place) -> Sealed {
    place.vault.seal_secret(&key(), &SecretBinding { name: NAME, origins: &two() }).unwrap()
}

fn open(vault: &Vault, text: &Sealed, name: &str, bound: &[String]) -> Result<String, OpenError> {
    vault.unseal_secret(text, &SecretBinding { name, origins: bound }).map(|value| value.expose().clone())
}

#[test]
fn a_secret_opens_again_for_its_name_and_its_origins_in_any_order() {
    let place = Place::new();
    let text = seal(&place);
    let reopened = Vault::open(&place.identity()).unwrap();
    assert_eq!(open(&reopened, &text, NAME, &two()).unwrap(), KEY);
    let mut turned = two();
    turned.reverse();
    assert_eq!(open(&reopened, &text, NAME, &turned).unwrap(), KEY);
}

#[test]
fn a_secret_is_refused_for_any_other_set_of_origins() {
    let place = Place::new();
    let text = seal(&place);
    let [first, second] = <[String; 2]>::try_from(two()).unwrap();
    let evil = "https://evil.example.com:443".to_owned();
    let sets = [
        vec![],
        vec![first.clone()],
        vec![first.clone(), evil.clone()],
        vec![first.clone(), second.clone(), evil],
        vec![format!("{second}, {first}")],
    ];
    for set in sets {
        let error = open(&place.vault, &text, NAME, &set).unwrap_err();
        assert!(matches!(&error, OpenError::Bound { kind: Kind::Secret, what: "origins", .. }), "{set:?}");
        let told = format!("{error} {error:?}");
        assert!(told.contains(&first) && told.contains(&second) && !told.contains("canary"), "{told}");
    }
}

#[test]
fn a_secret_is_refused_under_another_name() {
    let place = Place::new();
    let error = open(&place.vault, &seal(&place), "other", &two()).unwrap_err();
    assert!(matches!(&error, OpenError::Bound { what: "name", .. }));
    assert!(error.to_string().contains(NAME) && error.to_string().contains("secret"), "{error}");
}

#[test]
fn what_an_edited_row_says_is_cut() {
    let place = Place::new();
    let error = open(&place.vault, &seal(&place), &"é".repeat(5000), &two()).unwrap_err();
    assert!(error.to_string().len() < 600, "{error}");
}

#[test]
fn a_credential_is_no_secret_and_a_secret_no_credential() {
    let place = Place::new();
    let credential = place.vault.seal(&key(), &binding()).unwrap();
    let error = open(&place.vault, &credential, NAME, &two()).unwrap_err();
    assert!(matches!(error, OpenError::Damaged { kind: Kind::Secret, .. }));
    let error = place.vault.unseal(&seal(&place), &binding()).unwrap_err();
    assert!(matches!(error, OpenError::Damaged { kind: Kind::Credential, .. }));
}

#[test]
fn another_identity_opens_no_secret() {
    let (place, other) = (Place::new(), Place::new());
    let error = open(&other.vault, &seal(&place), NAME, &two()).unwrap_err();
    assert!(matches!(&error, OpenError::OtherIdentity { kind: Kind::Secret, .. }));
    assert!(!error.in_short().contains(path(&other.identity())));
}

#[test]
fn a_fingerprint_follows_the_value_and_the_identity_and_says_nothing_of_them() {
    let (place, other) = (Place::new(), Place::new());
    let text = |word: &str| patchbay_types::Secret::new(word.to_owned());
    let print = place.vault.fingerprint(&text("a"));
    assert_eq!(print, Vault::open(&place.identity()).unwrap().fingerprint(&text("a")));
    assert_ne!(print, place.vault.fingerprint(&text("b")));
    assert_ne!(print, other.vault.fingerprint(&text("a")));
    assert_ne!(print.hex(), patchbay_types::Digest::of(b"a").hex());
    assert_eq!((print.hex().len(), print.to_string()), (64, print.hex()[..8].to_owned()));
}

#[test]
fn the_age_tool_opens_a_secret_and_what_it_seals_otherwise_is_none() {
    if age_is_missing() {
        return;
    }
    let place = Place::new();
    let plain = age(&["-d", "-i", path(&place.identity())], seal(&place).as_str());
    let payload: serde_json::Value = serde_json::from_str(&plain).unwrap();
    let expected = serde_json::json!({
        "version": 1, "kind": "plugin-secret", "name": NAME, "origins": two(), "value": KEY,
    });
    assert_eq!(payload, expected);
    let file = std::fs::read_to_string(place.identity()).unwrap();
    let public = file.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap().to_owned();
    let other_kind = plain.replace("plugin-secret", "something-else");
    let text = sealed(&age(&["-a", "-r", &public], &other_kind));
    let error = open(&place.vault, &text, NAME, &two()).unwrap_err();
    assert!(matches!(&error, OpenError::Damaged { .. }) && !error.to_string().contains("canary"), "{error}");
}
