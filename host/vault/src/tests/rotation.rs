//! One identity after another, and a kill between any two steps.

use std::fs;

use super::{Place, age, age_is_missing, binding, key, path};
use crate::{Binding, FileError, IDENTITIES_OLD_MAX, Recipient, Sealed, Vault, VaultOptions};
use patchbay_types::{Secret, Timestamp};

/// What lay in a store before and after a rotation.
struct Rows {
    binding: Binding,
    before: Sealed,
    after: Sealed,
}

/// A rotation up to the transaction.
fn begun(vault: &Vault) -> (Rows, crate::Successor) {
    let binding = binding();
    let before = vault.seal(&key(), &binding).unwrap();
    let successor = vault.successor();
    let after = vault.reseal(&before, &binding, &successor).unwrap();
    vault.write_pending(&successor, Timestamp(0)).unwrap();
    (Rows { binding, before, after }, successor)
}

fn rotate(vault: &Vault) -> Rows {
    let (rows, successor) = begun(vault);
    vault.take_charge(successor);
    vault.finish().unwrap();
    rows
}

fn opens(vault: &Vault, sealed: &Sealed, rows: &Rows) -> bool {
    vault.unseal(sealed, &rows.binding).is_ok_and(|found| found.expose() == key().expose())
}

fn names(place: &Place) -> Vec<String> {
    let entries = fs::read_dir(place.folder.path()).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn after_a_rotation_the_identity_before_opens_nothing_new_and_is_kept() {
    let place = Place::new();
    let first = place.vault.recipient();
    let rows = rotate(&place.vault);
    assert_eq!(names(&place), ["identity.txt", "identity.txt.old-1"]);
    let old = Vault::open(&place.folder.path().join("identity.txt.old-1")).unwrap();
    assert_eq!(old.recipient(), first);
    let new = place.vault.seal(&key(), &rows.binding).unwrap();
    assert!(
        opens(&old, &rows.before, &rows) && !opens(&old, &rows.after, &rows) && !opens(&old, &new, &rows)
    );
    let place = place.again();
    assert!([&rows.before, &rows.after, &new].iter().all(|sealed| opens(&place.vault, sealed, &rows)));
    assert!(place.vault.is_current(&rows.after) && !place.vault.is_current(&rows.before));
    place.vault.drop_old().unwrap();
    assert!(!opens(&place.vault, &rows.before, &rows) && opens(&place.vault, &rows.after, &rows));
    assert_eq!(names(&place), ["identity.txt"]);
}

#[test]
fn a_pending_identity_opens_and_the_store_says_who_is_in_charge() {
    let place = Place::new();
    let (rows, successor) = begun(&place.vault);
    let next = successor.recipient();
    drop(successor);
    // Killed before the transaction or behind it: both open.
    let place = place.again();
    assert_eq!(place.vault.pending(), Some(next.clone()));
    assert!(opens(&place.vault, &rows.before, &rows) && opens(&place.vault, &rows.after, &rows));
    assert!(place.vault.is_current(&place.vault.seal(&key(), &rows.binding).unwrap()));
    place.vault.accept_pending();
    place.vault.finish().unwrap();
    assert_eq!((place.vault.recipient(), place.vault.pending()), (next.clone(), None));
    assert_eq!(names(&place), ["identity.txt", "identity.txt.old-1"]);
    let place = place.again();
    assert_eq!(place.vault.recipient(), next);
    assert!(opens(&place.vault, &rows.before, &rows) && opens(&place.vault, &rows.after, &rows));
}

#[test]
fn a_kill_between_the_two_moves_leaves_no_second_copy() {
    let place = Place::new();
    let (rows, successor) = begun(&place.vault);
    let folder = place.folder.path();
    fs::hard_link(place.identity(), folder.join("identity.txt.old-1")).unwrap();
    drop(successor);
    let place = place.again();
    place.vault.accept_pending();
    place.vault.finish().unwrap();
    assert_eq!(names(&place), ["identity.txt", "identity.txt.old-1"]);
    let place = place.again();
    assert!(opens(&place.vault, &rows.before, &rows) && opens(&place.vault, &rows.after, &rows));
}

#[test]
fn a_pending_identity_that_is_not_in_charge_is_kept_and_opens() {
    let place = Place::new();
    let (rows, successor) = begun(&place.vault);
    drop(successor);
    let first = place.vault.recipient();
    let place = place.again();
    place.vault.set_aside_pending().unwrap();
    assert_eq!(names(&place), ["identity.txt", "identity.txt.old-1"]);
    for vault in [&place.vault, &Vault::open(&place.identity()).unwrap()] {
        assert_eq!((vault.recipient(), vault.pending()), (first.clone(), None));
        assert!(opens(vault, &rows.after, &rows) && !vault.is_current(&rows.after));
    }
}

#[test]
fn a_vault_in_charge_whose_files_were_not_moved_moves_them_later() {
    let place = Place::new();
    let (rows, successor) = begun(&place.vault);
    place.vault.take_charge(successor);
    assert!(opens(&place.vault, &rows.after, &rows) && place.vault.is_current(&rows.after));
    assert!(matches!(
        place.vault.write_pending(&place.vault.successor(), Timestamp(0)),
        Err(FileError::Create(_))
    ));
    assert!(place.vault.finish().unwrap().is_some());
    assert!(place.vault.finish().unwrap().is_none());
    assert!(opens(&place.vault, &rows.before, &rows));
}

#[test]
fn earlier_identities_are_counted_and_the_next_number_is_free() {
    let place = Place::new();
    let rows: Vec<Rows> = (0..3).map(|_| rotate(&place.vault)).collect();
    let numbered = |numbers: &[usize]| -> Vec<_> {
        numbers.iter().map(|n| place.folder.path().join(format!("identity.txt.old-{n}"))).collect()
    };
    assert_eq!(place.vault.old_files().unwrap(), numbered(&[1, 2, 3]));
    assert!(rows.iter().all(|rows| opens(&place.vault, &rows.before, rows)));
    fs::remove_file(&numbered(&[1])[0]).unwrap();
    (0..13).for_each(|_| drop(rotate(&place.vault)));
    assert_eq!(place.vault.old_files().unwrap().last(), numbered(&[16]).last());
    rotate(&place.vault);
    let error = place.vault.write_pending(&place.vault.successor(), Timestamp(0)).unwrap_err();
    assert!(matches!(&error, FileError::TooMany { max: IDENTITIES_OLD_MAX, .. }), "{error}");
    assert_eq!(place.vault.drop_old().unwrap().len(), IDENTITIES_OLD_MAX);
}

#[test]
fn a_fingerprint_outlives_the_identity_that_it_was_made_under() {
    let place = Place::new();
    let text = Secret::new("a".to_owned());
    let print = place.vault.fingerprint(&text);
    let successor = place.vault.successor();
    let key = place.vault.fingerprints_for(&successor).unwrap();
    place.vault.write_pending(&successor, Timestamp(0)).unwrap();
    place.vault.take_charge(successor);
    place.vault.finish().unwrap();
    assert_eq!(place.vault.fingerprint(&text), print);
    let place = place.again();
    place.vault.use_fingerprints(&key).unwrap();
    assert_eq!(place.vault.fingerprint(&text), print);
    let second = place.vault.fingerprints_for(&place.vault.successor()).unwrap();
    assert!(place.vault.use_fingerprints(&second).is_err(), "it is sealed for another");
    assert!(!format!("{key:?}").contains("AGE"));
}

#[test]
fn a_recipient_opens_everything_and_is_named_when_it_is_none() {
    let (place, rescue) = (Place::new(), Place::new());
    let recipients = vec![rescue.vault.recipient()];
    let vault = Vault::open_with(VaultOptions { recipients, ..VaultOptions::of(&place.identity()) }).unwrap();
    let rows = rotate(&vault);
    for sealed in [&rows.before, &rows.after] {
        assert!(opens(&rescue.vault, sealed, &rows));
    }
    let error = |text: &str| text.parse::<Recipient>().unwrap_err().to_string();
    assert!(error("age1xyz").contains("\"age1xyz\""));
    let secret = fs::read_to_string(place.identity()).unwrap();
    let secret = secret.lines().find(|line| line.starts_with("AGE-SECRET-KEY-1")).unwrap();
    assert!(
        !error(secret).contains(&secret[16..])
            && !error(&secret.to_lowercase()).contains(&secret.to_lowercase()[16..])
    );
}

#[test]
fn the_age_tool_opens_a_row_with_the_identity_or_a_recipient_and_not_with_an_earlier_one() {
    if age_is_missing() {
        return;
    }
    let (place, rescue) = (Place::new(), Place::new());
    let recipients = vec![rescue.vault.recipient()];
    let vault = Vault::open_with(VaultOptions { recipients, ..VaultOptions::of(&place.identity()) }).unwrap();
    let rows = rotate(&vault);
    let plain = age(&["-d", "-i", path(&place.identity())], rows.after.as_str());
    assert_eq!(age(&["-d", "-i", path(&rescue.identity())], rows.after.as_str()), plain);
    let old = place.folder.path().join("identity.txt.old-1");
    let mut refused = std::process::Command::new("age");
    let row = place.folder.path().join("row");
    fs::write(&row, rows.after.as_str()).unwrap();
    let refused = refused.args(["-d", "-i", path(&old), path(&row)]).output().unwrap();
    assert!(!refused.status.success() && refused.stdout.is_empty(), "{refused:?}");
}

#[test]
fn what_is_exported_opens_for_its_recipients_alone() {
    let (one, other, third) = (Place::new(), Place::new(), Place::new());
    let file = crate::export(b"hello", &[one.vault.recipient(), other.vault.recipient()]).unwrap();
    for place in [&one, &other] {
        assert_eq!(&**place.vault.import(file.as_bytes()).unwrap(), b"hello");
    }
    assert!(third.vault.import(file.as_bytes()).unwrap_err().to_string().contains(path(&third.identity())));
    assert!(one.vault.import(b"hello").unwrap_err().to_string().contains("no age file"));
    assert!(crate::export(b"hello", &[]).is_err());
}
