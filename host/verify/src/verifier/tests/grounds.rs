//! Checks of a change that is not yet where it is meant to be.

use super::*;

fn checks(checks: Value) -> Vec<Check> {
    serde_json::from_value(checks).unwrap()
}

#[tokio::test]
async fn a_change_is_looked_at_where_it_was_made() {
    let desk = desk();
    let (from, to) = (desk.path("lamp"), desk.folder.path().join("beside"));
    for (folder, lamp) in [(&from, "off"), (&to, "on")] {
        fs::create_dir(folder).unwrap();
        fs::write(folder.join("lamp.json"), format!("{{\"lamp\": \"{lamp}\"}}")).unwrap();
    }
    let lamp = from.join("lamp.json");
    let outside = desk.folder.path().join("beside/lamp.json");
    let all = checks(json!([
        {"kind": "json-path", "path": "$.lamp", "file": lamp, "equals": "on"},
        {"kind": "file", "path": lamp},
        {"kind": "command", "program": "/bin/sh", "arguments": ["-c", "grep -q on lamp.json"]},
        {"kind": "http", "url": "http://127.0.0.1:1"},
        {"kind": "file", "path": outside},
    ]));
    let grounds = Grounds { folder: Some(&to), instead: Some((&from, &to)) };
    let matter: Vec<bool> = all.iter().map(|check| grounds.matter_to(check)).collect();
    assert_eq!(matter, [true, true, true, false, false]);
    let (verifier, cancel) = (desk.verifier(), CancellationToken::new());
    let verdict = verifier.verify_in(grounds, &all[..3], &Value::Null, &cancel).await;
    assert!(verdict.passed, "{verdict:?}");
    // The same change is not there yet.
    for check in [&all[0], &all[2]] {
        let there = Grounds { folder: Some(&from), instead: None };
        let verdict = verifier.verify_in(there, std::slice::from_ref(check), &Value::Null, &cancel).await;
        assert!(!verdict.passed, "{verdict:?}");
    }
    // What may be read is judged by where it is meant to be.
    let refused = verifier.verify_in(grounds, &all[4..], &Value::Null, &cancel).await;
    assert!(!refused.passed, "{refused:?}");
}
