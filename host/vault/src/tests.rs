//! What a vault promises, and what the `age` tool says to it where it is installed.

mod passphrase;
mod rotation;
mod secret;

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Binding, CreateError, IdentityError, OpenError, Sealed, Vault};
use patchbay_types::{ProviderId, Secret, Timestamp};
use tempfile::TempDir;

const KEY: &str = "sk-canary-\"quoted\"-\u{e9}-0123456789";

struct Place {
    folder: TempDir,
    vault: Vault,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::create(&folder.path().join("identity.txt"), Timestamp(0)).unwrap();
        Self { folder, vault }
    }

    /// The same files, as after a restart.
    fn again(self) -> Self {
        let vault = Vault::open(&self.identity()).unwrap();
        Self { vault, ..self }
    }

    fn identity(&self) -> PathBuf {
        self.folder.path().join("identity.txt")
    }
}

fn binding() -> Binding {
    Binding { provider: ProviderId::fresh(), origin: "https://api.example.com:443".to_owned() }
}

fn key() -> Secret<String> {
    Secret::new(KEY.to_owned())
}

/// A sealed text as a store would hand it back.
fn sealed(text: &str) -> Sealed {
    serde_json::from_value(serde_json::Value::from(text)).unwrap()
}

fn age_is_missing() -> bool {
    let missing = Command::new("age").arg("--version").output().is_err();
    if missing {
        println!("SKIPPED: the `age` tool is not installed (Debian: apt-get install age)");
    }
    missing
}

#[test]
fn what_is_sealed_opens_again_after_a_restart() {
    let place = Place::new();
    let binding = binding();
    let sealed = place.vault.seal(&key(), &binding).unwrap();
    let reopened = Vault::open(&place.identity()).unwrap();
    assert_eq!(reopened.unseal(&sealed, &binding).unwrap().expose(), KEY);
}

#[test]
fn the_same_credential_is_never_sealed_to_the_same_text() {
    let place = Place::new();
    let binding = binding();
    let seal = || place.vault.seal(&key(), &binding).unwrap();
    assert_ne!(seal(), seal());
}

#[test]
fn a_record_moved_to_another_provider_is_refused() {
    let place = Place::new();
    let binding = binding();
    let sealed = place.vault.seal(&key(), &binding).unwrap();
    let moved = Binding { provider: ProviderId::fresh(), ..binding.clone() };
    let error = place.vault.unseal(&sealed, &moved).unwrap_err();
    assert!(matches!(&error, OpenError::Bound { what: "provider", .. }));
    assert!(error.to_string().contains(binding.provider.as_str()));
}

#[test]
fn a_changed_origin_is_refused_and_the_message_has_both_but_not_the_key() {
    let place = Place::new();
    let binding = binding();
    let sealed = place.vault.seal(&key(), &binding).unwrap();
    let changed = Binding { origin: "https://evil.example.com:443".to_owned(), ..binding };
    let error = place.vault.unseal(&sealed, &changed).unwrap_err();
    let told = format!("{error} {error:?}");
    assert!(told.contains("https://evil.example.com:443") && told.contains("https://api.example.com:443"));
    assert!(!told.contains("canary"));
}

#[test]
fn another_identity_cannot_open_it_and_the_message_names_the_file() {
    let (place, other) = (Place::new(), Place::new());
    let binding = binding();
    let sealed = place.vault.seal(&key(), &binding).unwrap();
    let error = other.vault.unseal(&sealed, &binding).unwrap_err();
    assert!(matches!(&error, OpenError::OtherIdentity { identity, .. } if *identity == other.identity()));
}

#[test]
fn no_changed_or_cut_text_opens() {
    let place = Place::new();
    let binding = binding();
    let text = place.vault.seal(&key(), &binding).unwrap().as_str().to_owned();
    for at in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = sealed(&String::from_utf8(bytes).unwrap());
        assert!(place.vault.unseal(&changed, &binding).is_err(), "opened with byte {at} changed");
        let cut = place.vault.unseal(&sealed(&text[..at]), &binding);
        assert!(cut.is_err() || text[at..].trim().is_empty(), "opened after {at} bytes");
    }
}

#[test]
fn a_sealed_text_keeps_its_key_to_itself() {
    let place = Place::new();
    let sealed = place.vault.seal(&key(), &binding()).unwrap();
    assert_eq!(format!("{sealed:?}"), "Sealed(…)");
    assert!(!serde_json::to_string(&sealed).unwrap().contains("canary"));
    assert!(!format!("{:?}", place.vault).contains("AGE-SECRET"));
}

#[test]
fn the_age_tool_opens_what_patchbay_seals() {
    if age_is_missing() {
        return;
    }
    let place = Place::new();
    let binding = binding();
    let sealed = place.vault.seal(&key(), &binding).unwrap();
    let plain = age(&["-d", "-i", path(&place.identity())], sealed.as_str());
    let payload: serde_json::Value = serde_json::from_str(&plain).unwrap();
    let expected = serde_json::json!({
        "version": 1, "provider": binding.provider, "origin": binding.origin, "key": KEY,
    });
    assert_eq!(payload, expected);
}

#[test]
fn what_the_age_tool_seals_for_another_purpose_is_not_a_credential() {
    if age_is_missing() {
        return;
    }
    let place = Place::new();
    let file = fs::read_to_string(place.identity()).unwrap();
    let public = file.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap();
    let open = |plain: &str| {
        let text = age(&["-a", "-r", public], plain);
        place.vault.unseal(&sealed(&text), &binding()).unwrap_err()
    };
    assert!(matches!(open("hello"), OpenError::Damaged { .. }));
    assert!(matches!(open(r#"{"version":2,"key":["other"]}"#), OpenError::Version { found: 2, .. }));
    assert!(!open(r#"{"version":1,"key":"sk-canary"}"#).to_string().contains("canary"));
    assert!(!open(r#"{"version":"sk-canary"}"#).to_string().contains("canary"));
}

#[test]
fn an_identity_file_is_private_and_says_what_it_is() {
    let place = Place::new();
    let mode = fs::metadata(place.identity()).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
    let text = fs::read_to_string(place.identity()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "# created: 1970-01-01T00:00:00Z");
    assert!(lines[1].starts_with("# public key: age1"));
    assert!(lines[2].starts_with("AGE-SECRET-KEY-1"));
    assert_eq!(fs::read_dir(place.folder.path()).unwrap().count(), 1, "a temporary file was left behind");
}

#[test]
fn an_identity_file_that_exists_is_never_replaced() {
    let place = Place::new();
    let before = fs::read(place.identity()).unwrap();
    let error = Vault::create(&place.identity(), Timestamp(0)).unwrap_err();
    assert!(matches!(error, CreateError::Exists { .. }));
    assert_eq!(fs::read(place.identity()).unwrap(), before);
    assert_eq!(fs::read_dir(place.folder.path()).unwrap().count(), 1, "a temporary file was left behind");
}

#[test]
fn an_identity_file_that_others_may_read_is_refused_with_what_to_type() {
    let place = Place::new();
    for mode in [0o640, 0o604, 0o660] {
        fs::set_permissions(place.identity(), fs::Permissions::from_mode(mode)).unwrap();
        let error = Vault::open(&place.identity()).unwrap_err();
        assert!(matches!(&error, IdentityError::Exposed { mode: found, .. } if *found == mode));
        assert!(error.to_string().contains(&format!("chmod 600 {}", path(&place.identity()))));
    }
}

#[test]
fn what_is_not_an_identity_is_refused_by_kind() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("identity.txt");
    assert!(matches!(Vault::open(&file).unwrap_err(), IdentityError::Missing { .. }));
    assert!(matches!(Vault::open(folder.path()).unwrap_err(), IdentityError::NotAnIdentity { .. }));
    let texts = ["", "# only a comment\n", "hello\n", "AGE-SECRET-KEY-1XYZ\n", "AGE-SECRET-KEY-1\nhello\n"];
    for text in texts {
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        let error = Vault::open(&file).unwrap_err();
        assert!(matches!(&error, IdentityError::NotAnIdentity { .. }), "{text:?} gave {error}");
    }
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn age(arguments: &[&str], input: &str) -> String {
    let mut child =
        Command::new("age").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "age {arguments:?} failed");
    String::from_utf8(output.stdout).unwrap()
}
