//! One key of a text, set and taken out.

use super::*;

#[test]
fn one_key_changes_and_every_other_word_stays_as_it_was_written() {
    let text = "# mine\n[routing]\nwait = \"30s\" # long\n\n[cooldown]\nbase = \"1s\"\n";
    let (same, changed, old) = Text(text.to_owned()).with("routing.wait", &json!("5s")).unwrap();
    assert_eq!((same.as_str(), old), (text, json!("30s")));
    assert!(changed.contains("wait = \"5s\" # long") && changed.contains("# mine\n[routing]"), "{changed}");
    assert!(changed.ends_with("[cooldown]\nbase = \"1s\"\n"), "{changed}");
}

#[test]
fn what_was_not_written_is_taken_out_again() {
    let (_, changed, old) = Text(String::new()).with("plugins.budget.traps", &json!([1, 2.5])).unwrap();
    assert!(changed.contains("traps = [1, 2.5]") && old.is_null(), "{changed}");
    let (_, back, old) = Text(changed).with("plugins.budget.traps", &old).unwrap();
    assert!(!back.contains("traps") && old == json!([1, 2.5]), "{back}");
    assert!(Text(String::new()).with("a.b", &json!({})).is_err());
    assert!(Text("a = 1".to_owned()).with("a.b", &json!(1)).is_err());
}

#[test]
fn a_key_that_was_set_before_a_kill_is_found_and_one_that_was_not_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let found = || found(folder.path(), "fix-7", "routing.wait", &json!("1s")).unwrap();
    file(FILE_NAME, "[routing]\nwait = \"30s\"\n");
    assert_eq!(found(), None);
    let mut before = Before::read(folder.path());
    before.keep("fix-7", "routing.wait", json!("30s"));
    file(before::FILE, &before.text());
    assert_eq!(found(), None, "it was begun, and the key is as it was");
    file(FILE_NAME, "[routing]\nwait = \"1s\"\n");
    assert_eq!(found(), Some(result("routing.wait", &json!("1s"), &json!("30s"))));
    file(FILE_NAME, "[routing]\nwait = \"5s\"\n");
    assert_eq!(found(), None, "somebody else has set it since");
}
