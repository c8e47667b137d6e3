//! An identity that a passphrase locks.

use super::{Place, binding, key, path};
use crate::{IdentityError, Vault, VaultOptions, is_locked, passphrase};
use patchbay_types::{Secret, Timestamp};

const PASSPHRASE: &str = "correct horse battery staple";

fn options(place: &Place, passphrase: Option<&str>) -> VaultOptions {
    let passphrase = passphrase.map(|text| Secret::new(text.to_owned()));
    VaultOptions { passphrase, ..VaultOptions::of(&place.folder.path().join("locked")) }
}

fn locked() -> Place {
    let place = Place::new();
    let vault = Vault::create_with(options(&place, Some(PASSPHRASE)), Timestamp(0)).unwrap();
    Place { vault, ..place }
}

fn open(place: &Place, passphrase: Option<&str>) -> Result<Vault, IdentityError> {
    Vault::open_with(options(place, passphrase))
}

#[test]
fn a_locked_identity_opens_with_its_passphrase_alone() {
    let place = locked();
    let binding = binding();
    let sealed = place.vault.seal(&key(), &binding).unwrap();
    let file = place.folder.path().join("locked");
    assert!(is_locked(&file).unwrap() && !is_locked(&place.identity()).unwrap());
    let vault = open(&place, Some(PASSPHRASE)).unwrap();
    assert!(vault.is_locked());
    assert_eq!(vault.unseal(&sealed, &binding).unwrap().expose(), key().expose());
    let error = open(&place, Some("wrong")).unwrap_err();
    assert!(matches!(&error, IdentityError::WrongPassphrase { .. }), "{error}");
    assert!(error.to_string().contains(path(&file)) && !error.to_string().contains("wrong"), "{error}");
    assert!(matches!(open(&place, None).unwrap_err(), IdentityError::Locked { .. }));
    assert!(!std::fs::read_to_string(&file).unwrap().contains("AGE-SECRET"));
}

#[test]
fn the_next_identity_of_a_locked_one_is_locked_with_the_same_passphrase() {
    let place = locked();
    let binding = binding();
    let sealed = place.vault.seal(&key(), &binding).unwrap();
    let successor = place.vault.successor();
    place.vault.write_pending(&successor, Timestamp(0)).unwrap();
    assert!(is_locked(&place.folder.path().join("locked.pending")).unwrap());
    place.vault.take_charge(successor);
    place.vault.finish().unwrap();
    let vault = open(&place, Some(PASSPHRASE)).unwrap();
    assert_eq!(vault.recipient(), place.vault.recipient());
    // The earlier one is locked as well, and opens.
    assert_eq!(vault.unseal(&sealed, &binding).unwrap().expose(), key().expose());
}

#[test]
fn a_file_that_asks_for_too_much_work_is_not_opened() {
    let place = Place::new();
    let file = passphrase::lock("hello", &Secret::new(PASSPHRASE.to_owned())).unwrap();
    let heavy = file_with_work_factor(&file, 40);
    let (place_of, text) = (place.folder.path().join("locked"), heavy);
    std::fs::write(&place_of, text).unwrap();
    std::fs::set_permissions(&place_of, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let error = open(&place, Some(PASSPHRASE)).unwrap_err();
    assert!(matches!(&error, IdentityError::TooMuchWork { found: 40, max: 20, .. }), "{error}");
}

#[test]
fn a_file_that_is_sealed_for_a_recipient_is_no_locked_identity() {
    let place = Place::new();
    let text = crate::export(b"hello", &[place.vault.recipient()]).unwrap();
    let file = place.folder.path().join("locked");
    std::fs::write(&file, text).unwrap();
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let error = open(&place, Some(PASSPHRASE)).unwrap_err();
    assert!(error.to_string().contains("not with a passphrase"), "{error}");
}

/// The same file in binary with another number in its header. Its MAC no longer fits, which is seen only later.
fn file_with_work_factor(armored: &str, factor: u8) -> Vec<u8> {
    use std::io::Read;
    let mut binary = Vec::new();
    age::armor::ArmoredReader::new(armored.as_bytes()).read_to_end(&mut binary).unwrap();
    let at = binary.windows(4).position(|bytes| bytes == b" 10\n").unwrap();
    binary.splice(at..at + 4, format!(" {factor}\n").into_bytes());
    binary
}
