//! What would become wider, line by line.

use super::*;

fn grants(json: &str) -> Grants {
    serde_json::from_str(json).unwrap()
}

#[test]
fn what_would_become_wider_is_named() {
    let before = grants(r#"{"kv": {"max_bytes": 100}, "http": ["a.example"]}"#);
    let after = grants(
        r#"{"kv": {"max_bytes": 200}, "http": ["a.example", {"origin": "b.example", "private": true}]}"#,
    );
    assert_eq!(after.beyond(&before), ["kv up to 200 bytes", "http b.example (private addresses too)"]);
    assert!(before.beyond(&after).is_empty(), "less is not wider");
}

#[test]
fn a_folder_that_may_now_be_written_is_wider() {
    let before = grants(r#"{"files": [{"root": "/srv/notes"}]}"#);
    let after = grants(r#"{"files": [{"root": "/srv/notes", "write": true}]}"#);
    assert_eq!(after.beyond(&before), ["files /srv/notes (read and write)"]);
}

#[test]
fn a_grant_that_is_not_known_is_refused() {
    for wrong in [r#"{"sockets": true}"#, r#"{"http": [{"origin": "a.example", "privat": true}]}"#] {
        assert!(serde_json::from_str::<Grants>(wrong).is_err(), "{wrong} was taken");
    }
}
