//! What a signature holds for, and what it does not.

use patchbay_types::Secret;

use super::*;
use crate::Manifest;

const COMPONENT: &[u8] = b"the bytes of a component";

pub(crate) fn plugin(name: &str, version: &str) -> Plugin {
    let text = format!(
        "[plugin]\nname = \"{name}\"\nversion = \"{version}\"\nworld = \"routing-policy\"\ncontract = \"0.2.0\"\n"
    );
    Manifest::parse(&text, "plugin.toml").unwrap().plugin
}

pub(crate) fn key() -> (SigningKey, PublicKey) {
    let new = NewKey::generate(Password::None).unwrap();
    (KeyFile::parse(new.secret).unwrap().open(Password::None).unwrap(), new.key)
}

fn signed() -> (String, PublicKey) {
    let (secret, public) = key();
    (secret.sign(COMPONENT, &plugin("acme-route", "1.2.3")).unwrap().text().to_owned(), public)
}

fn line(text: &str, number: usize, to: &str) -> String {
    let lines = text.lines().enumerate().map(|(at, line)| if at == number { to } else { line });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_signature_holds_for_what_was_signed() {
    let (text, key) = signed();
    let signature = Signature::parse(&text).unwrap();
    assert_eq!(signature.check(&key, COMPONENT, &plugin("acme-route", "1.2.3")), Ok(()));
    assert_eq!(signature.key(), key.id());
    assert!(text.contains("trusted comment: patchbay name=acme-route version=1.2.3 sha256="), "{text}");
}

#[test]
fn a_changed_component_comment_or_signature_is_refused() {
    let (text, key) = signed();
    let plugin = plugin("acme-route", "1.2.3");
    let broken = Err(SignatureError::Broken { key: key.id() });
    let signature = Signature::parse(&text).unwrap();
    assert_eq!(signature.check(&key, b"the bytes of a compOnent", &plugin), broken);
    let comment = Signature::parse(&text.replace("1.2.3", "1.2.4")).unwrap();
    assert_eq!(comment.check(&key, COMPONENT, &plugin), broken);
    let (other, _) = signed();
    let foreign = other.lines().nth(3).unwrap().to_owned();
    assert_eq!(Signature::parse(&line(&text, 3, &foreign)).unwrap().check(&key, COMPONENT, &plugin), broken);
}

#[test]
fn a_signature_is_not_replayed_on_another_name_or_version() {
    let (text, key) = signed();
    let signature = Signature::parse(&text).unwrap();
    let check = |name: &str, version: &str, words: &str| {
        let error = signature.check(&key, COMPONENT, &plugin(name, version)).unwrap_err();
        assert!(matches!(error, SignatureError::Claim { .. }), "{error}");
        assert!(error.to_string().contains(words), "{error}");
    };
    check("acme-other", "1.2.3", "name \"acme-route\", and this is \"acme-other\"");
    check("acme-route", "1.2.4", "version \"1.2.3\", and this is \"1.2.4\"");
}

#[test]
fn a_comment_says_each_thing_once() {
    let (secret, public) = key();
    let plugin = plugin("acme-route", "1.2.3");
    let check = |comment: &str, expect: Option<&str>| {
        let signature = minisign::sign(None, &secret_of(&secret), COMPONENT, Some(comment), None).unwrap();
        let found = Signature::parse(&signature.into_string()).unwrap().check(&public, COMPONENT, &plugin);
        match expect {
            None => assert_eq!(found, Ok(()), "{comment}"),
            Some(words) => assert!(found.unwrap_err().to_string().contains(words), "{comment}"),
        }
    };
    let sha256 = format!("sha256={}", patchbay_types::Digest::of(COMPONENT).hex());
    check(&format!("{sha256} built by hand version=1.2.3 name=acme-route"), None);
    check("timestamp:1700000000\tfile:x.wasm\thashed", Some("0 times name="));
    check(&format!("name=acme-route name=b version=1.2.3 {sha256}"), Some("2 times name="));
    check(&format!("name=acme-route version=1.2.3 {sha256}0"), Some("sha256"));
}

fn secret_of(key: &SigningKey) -> minisign::SecretKey {
    key.inner().clone()
}

#[test]
fn a_text_of_another_shape_is_refused_without_a_panic() {
    let (text, _) = signed();
    let check = |text: &str, words: &str| {
        let error = Signature::parse(text).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    };
    check("", "0 lines");
    check(&text[..text.len() / 2], "lines, expected 4");
    check(&line(&text, 1, "AAAA"), "line 2 holds 3 bytes");
    check(&line(&text, 3, "AAAA"), "line 4 holds 3 bytes");
    check(&line(&text, 3, "!"), "line 4 is not base64");
    check(&line(&text, 2, "comment"), "Trusted comment should start with");
    check(&"x".repeat(SIGNATURE_BYTES_MAX + 1), "expected at most");
    let signature = STANDARD.decode(text.lines().nth(1).unwrap()).unwrap();
    let legacy = STANDARD.encode([b"Ed", &signature[2..]].concat());
    assert_eq!(Signature::parse(&line(&text, 1, &legacy)).unwrap_err(), SignatureError::Legacy);
}

#[test]
fn a_cut_signature_is_refused_wherever_it_is_cut() {
    let (text, key) = signed();
    let text = text.trim_end();
    for end in 0..text.len() {
        let cut = Signature::parse(&text[..end]);
        let held = cut.map(|signature| signature.check(&key, COMPONENT, &plugin("acme-route", "1.2.3")));
        assert!(!matches!(held, Ok(Ok(()))), "cut at {end}");
    }
}

#[test]
fn another_key_is_named() {
    let (text, _) = signed();
    let (_, other) = key();
    let error = Signature::parse(&text).unwrap().check(&other, COMPONENT, &plugin("a", "1.0.0")).unwrap_err();
    assert!(error.to_string().contains(&format!("expected key {}", other.id())), "{error}");
}

#[test]
fn a_locked_key_opens_with_its_password_alone() {
    let password = |text: &str| Password::Given(Secret::new(text.to_owned()));
    let new = NewKey::generate(password("open sesame")).unwrap();
    let file = KeyFile::parse(new.secret).unwrap();
    assert!(file.is_locked());
    let refused = |password| file.open(password).err().unwrap().to_string();
    assert!(refused(password("open barley")).contains("Wrong password"));
    assert!(refused(Password::None).contains("needs a password"));
    assert_eq!(file.open(password("open sesame")).unwrap().public().unwrap().id(), new.key.id());
}

#[test]
fn a_public_key_is_its_file_or_its_line() {
    let new = NewKey::generate(Password::None).unwrap();
    for text in [new.public.clone(), new.key.line(), format!("\n{}\n", new.key.line())] {
        assert_eq!(PublicKey::parse(&text).unwrap().id(), new.key.id());
    }
    for text in ["", "RWQ", "a\nb\nc", &new.key.line()[4..]] {
        assert!(PublicKey::parse(text).is_err(), "{text}");
    }
    assert!(KeyFile::parse(Secret::new(new.public)).is_ok_and(|file| file.open(Password::None).is_err()));
    assert!(KeyFile::parse(Secret::new("no key".to_owned())).is_err());
}
