//! Values in files and in the output of an attempt, which is `{"rows": 3}`.

use super::*;

fn path(path: &str) -> Value {
    json!({"kind": "json-path", "path": path})
}

fn equals(path: &str, value: Value) -> Value {
    json!({"kind": "json-path", "path": path, "equals": value})
}

#[tokio::test]
async fn a_value_is_looked_for_in_the_output() {
    let desk = desk();
    assert_eq!(desk.ended(path("$.rows")).await, Ended::Held);
    assert_eq!(desk.ended(equals("$.rows", json!(3))).await, Ended::Held);
    assert_eq!(desk.ended(equals("$.rows", json!(3.0))).await, Ended::Held);
    let (ended, text) = desk.one(equals("$.rows", json!("3"))).await;
    assert_eq!((ended, text.as_str()), (Ended::Failed, "$.rows finds 3 in the output, expected \"3\""));
    let (ended, text) = desk.one(path("$.columns")).await;
    assert_eq!(
        (ended, text.as_str()),
        (Ended::Failed, "$.columns finds nothing in the output, expected a value")
    );
}

#[tokio::test]
async fn a_value_is_looked_for_in_a_file() {
    let desk = desk();
    desk.write("all", r#"{"items": [{"name": "a", "ok": true}, {"name": "b", "ok": true}], "none": null}"#);
    desk.write("text", "all is well");
    let held = |path: &str, value: Value| {
        let mut check = equals(path, value);
        check["file"] = json!(desk.text("all"));
        check
    };
    for (path, value, ended) in [
        ("$.items[*].ok", json!(true), Ended::Held),
        ("$.items[*].name", json!("a"), Ended::Failed),
        ("$..name", json!("a"), Ended::Failed),
        ("$.items[?@.name == 'b'].ok", json!(true), Ended::Held),
        ("$.items[?count(@.*) == 2 && length(@.name) == 1].ok", json!(true), Ended::Held),
        ("$.items[-1]", json!({"ok": true, "name": "b"}), Ended::Held),
    ] {
        assert_eq!(desk.ended(held(path, value)).await, ended, "{path}");
    }
    let in_file =
        |path: &str, name: &str| json!({"kind": "json-path", "path": path, "file": desk.text(name)});
    assert_eq!(desk.ended(in_file("$.none", "all")).await, Ended::Held);
    let null = |path: &str| held(path, Value::Null);
    assert_eq!(desk.ended(null("$.none")).await, Ended::Held);
    assert_eq!(desk.ended(null("$.items")).await, Ended::Failed);
    assert_eq!(desk.ended(null("$.missing")).await, Ended::Failed);
    assert_eq!(desk.ended(in_file("$", "text")).await, Ended::Failed);
    assert_eq!(desk.ended(in_file("$", "missing")).await, Ended::Failed);
    assert_eq!(desk.ended(in_file("$", "")).await, Ended::Failed);
}

#[tokio::test]
async fn a_path_that_cannot_be_used_is_refused() {
    let desk = desk();
    for (text, word) in [
        ("rows", "cannot be used"),
        ("$.", "cannot be used"),
        ("$.a b", "cannot be used"),
        ("$[?match(@.a, 'x')]", "cannot be used"),
        ("$..a..b", "`..`"),
        ("$[?@.a == $.b]", "which a filter would look up for each value"),
        ("$[0,0][0,0][0,0][0,0][0,0]", "commas"),
        (&format!("$[?{}@.a{}]", "(".repeat(500), ")".repeat(500)), "brackets and parentheses"),
        (&"$[?@".repeat(9), "brackets and parentheses"),
        (&format!("$.{}", "a".repeat(2_000)), "bytes"),
    ] {
        let said = desk.refusal(path(text)).await;
        assert!(said.starts_with("check `json-path`: ") && said.contains(word), "{text}: {said}");
    }
    desk.verifier().preflight(&check(path("$['a, .. $ [[[[[[[[[[ b']"))).unwrap();
    let outside = json!({"kind": "json-path", "path": "$.a", "file": "/etc/passwd"});
    assert!(desk.refusal(outside).await.contains("check `json-path`: \"/etc/passwd\" lies in no folder"));
}

#[tokio::test]
async fn the_worst_paths_that_are_taken_end_soon() {
    let desk = desk();
    let deep = (0..120).fold(Value::from(vec![0; 100]), |inner, _| json!([inner, 1]));
    desk.write("deep", serde_json::to_string(&deep).unwrap());
    let nested = format!("$[?{}@{}]", "@[?".repeat(7), "]".repeat(7));
    let groups = format!("$[?{}{}{}]", "(".repeat(7), "@.a && ".repeat(120) + "@.a", ")".repeat(7));
    for text in ["$..[*,*,*,*,*]", "$[*,*][*,*][*,*][*,*]", "$[?count(@..*) > 1]", &nested, &groups] {
        let check = json!({"kind": "json-path", "path": text, "file": desk.text("deep")});
        let ended = desk.ended(check).await;
        assert!(matches!(ended, Ended::Held | Ended::Failed), "{text}: {ended:?}");
    }
}
