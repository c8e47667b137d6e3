//! Who may sign what, and what is loaded without a signature.

use std::fs;

use patchbay_types::KvGrant;

use super::*;
use crate::sign::tests::{key, plugin};
use crate::{Plugin, SigningKey};

const COMPONENT: &[u8] = b"the bytes of a component";

fn trust(text: &str) -> Trust {
    file::parse(text, Path::new(TRUST_FILE)).unwrap()
}

fn entry(name: &str, key: &PublicKey, names: &str, grants: &str) -> String {
    let line = key.line();
    format!("[[key]]\nname = \"{name}\"\npublic_key = \"{line}\"\nnames = [{names}]\ngrants = [{grants}]\n")
}

fn with_kv() -> Grants {
    Grants { kv: Some(KvGrant { max_bytes: 1 }), ..Grants::default() }
}

/// What a policy says of `acme-route` 1.0.0, with these grants and a signature by each of these keys.
fn judge(trust: &Trust, grants: &Grants, by: &[&SigningKey]) -> Result<Trusted, TrustError> {
    let plugin: Plugin = plugin("acme-route", "1.0.0");
    let signatures: Vec<Signature> = by.iter().map(|key| key.sign(COMPONENT, &plugin).unwrap()).collect();
    trust.check(&Candidate { component: COMPONENT, plugin: &plugin, grants }, &signatures)
}

fn signed(key: &str) -> Result<Trusted, TrustError> {
    Ok(Trusted::Signed { key: key.to_owned() })
}

#[test]
fn without_a_policy_what_is_not_signed_is_loaded() {
    let dir = tempfile::tempdir().unwrap();
    let trust = Trust::load(dir.path()).unwrap();
    assert!(!trust.requires_signatures() && !trust.has_keys());
    assert_eq!(judge(&trust, &Grants::default(), &[]), Ok(Trusted::Unsigned));
    assert_eq!(judge(&trust, &with_kv(), &[&key().0]), Ok(Trusted::Unsigned));
}

#[test]
fn a_policy_that_does_not_say_requires_a_signature() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(TRUST_FILE), "").unwrap();
    let trust = Trust::load(dir.path()).unwrap();
    assert!(matches!(judge(&trust, &Grants::default(), &[]), Err(TrustError::Unsigned { .. })));
    let stranger = judge(&trust, &Grants::default(), &[&key().0]).unwrap_err();
    assert!(stranger.to_string().contains("has no such key"), "{stranger}");
}

#[test]
fn a_key_is_trusted_within_its_scopes() {
    let (secret, public) = key();
    let check = |names: &str, grants: &str, given: &Grants, words: Option<&str>| {
        let found = judge(&trust(&entry("acme", &public, names, grants)), given, &[&secret]);
        match words {
            None => assert_eq!(found, signed("acme")),
            Some(words) => assert!(found.unwrap_err().to_string().contains(words), "{names} {grants}"),
        }
    };
    let none = Grants::default();
    check("\"acme-*\"", "", &none, None);
    check("\"acme-route\"", "\"kv\"", &with_kv(), None);
    check("\"*\"", "\"*\"", &with_kv(), None);
    check("", "\"*\"", &none, Some("trusted for no name"));
    check("\"acme\", \"other-*\"", "\"*\"", &none, Some("trusted for acme, other-*, not for this name"));
    check("\"*\"", "\"http\"", &with_kv(), Some("grants for http, and this one gets kv"));
    check("\"*\"", "", &with_kv(), Some("with no grants, and this one gets kv"));
}

#[test]
fn one_good_signature_is_enough_and_a_key_may_stand_there_twice() {
    let ((narrow, narrow_key), (wide, wide_key)) = (key(), key());
    let text = [
        entry("narrow", &narrow_key, "\"other\"", ""),
        entry("wide", &wide_key, "\"*\"", ""),
        entry("wide-kv", &wide_key, "\"acme-*\"", "\"kv\""),
    ];
    let trust = trust(&text.concat());
    assert_eq!(judge(&trust, &Grants::default(), &[&key().0, &narrow, &wide]), signed("wide"));
    assert_eq!(judge(&trust, &with_kv(), &[&wide]), signed("wide-kv"));
    assert!(matches!(judge(&trust, &Grants::default(), &[&narrow]), Err(TrustError::Name { .. })));
}

#[test]
fn a_known_key_that_does_not_hold_is_refused_even_where_none_is_needed() {
    let (secret, public) = key();
    let trust = trust(&format!("require_signatures = false\n{}", entry("acme", &public, "\"*\"", "\"*\"")));
    let (plugin, grants) = (plugin("acme-route", "1.0.0"), Grants::default());
    let signature = secret.sign(b"other bytes", &plugin).unwrap();
    let candidate = Candidate { component: COMPONENT, plugin: &plugin, grants: &grants };
    let error = trust.check(&candidate, &[signature]).unwrap_err();
    assert!(matches!(error, TrustError::Signature { .. }), "{error}");
    assert_eq!(judge(&trust, &grants, &[]), Ok(Trusted::Unsigned));
    assert_eq!(judge(&trust, &grants, &[&key().0]), Ok(Trusted::Unsigned));
}

#[test]
fn what_came_with_the_host_needs_no_signature() {
    let came = |name: &'static str, component: &'static [u8]| {
        trust("").with_bundled(move |asked| (asked == name).then(|| Digest::of(component)))
    };
    assert_eq!(judge(&came("acme-route", COMPONENT), &with_kv(), &[]), Ok(Trusted::Bundled));
    for (name, component) in [("another", COMPONENT), ("acme-route", b"other bytes".as_slice())] {
        let judged = judge(&came(name, component), &with_kv(), &[]);
        assert!(matches!(judged, Err(TrustError::Unsigned { .. })), "{judged:?}");
    }
}

#[test]
fn signatures_have_a_largest_number() {
    let (secret, _) = key();
    let error = judge(&Trust::absent(), &Grants::default(), &[&secret; SIGNATURES_MAX + 1]).unwrap_err();
    assert!(matches!(error, TrustError::TooMany { count: 17, .. }));
}

#[test]
fn a_wrong_policy_is_refused_with_its_line() {
    let (_, public) = key();
    let good = entry("acme", &public, "\"*\"", "");
    let check = |text: &str, words: &str| {
        let error = file::parse(text, Path::new(TRUST_FILE)).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    };
    check("require_signature = true", "line 1: unknown field `require_signature`");
    check(&good.replace("\"*\"", "\"a*b\""), "line 4: \"a*b\": expected a name of a plugin");
    check(&good.replace("grants = []", "grants = [\"https\"]"), "line 5: \"https\": expected *, or one of");
    check(&good.replace("public_key = \"R", "public_key = \"!"), "line 3: not a public key");
    check(&good.replace("names", "name_s"), "unknown field `name_s`");
    check(&good.replace("grants = []\n", ""), "missing field `grants`");
    check(&format!("{good}{good}"), "two keys named \"acme\"");
    let many: String = (0..101).map(|n| entry(&format!("k{n}"), &public, "", "")).collect();
    check(&many, "101 keys, expected at most 100");
}
