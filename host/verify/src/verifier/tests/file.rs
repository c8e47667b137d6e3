//! Files in a folder of their own.

use std::os::unix::fs::symlink;

use patchbay_types::Digest;

use super::*;

const SCHEMA: &str =
    r#"{"type": "object", "required": ["rows"], "properties": {"rows": {"type": "integer"}}}"#;

fn with(path: &str, key: &str, value: Value) -> Value {
    let mut check = json!({"kind": "file", "path": path});
    check[key] = value;
    check
}

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

#[tokio::test]
async fn a_file_is_there_or_is_not() {
    let desk = desk();
    desk.write("one", "");
    let exists = |path: &str, exists: bool| with(&desk.text(path), "exists", json!(exists));
    assert_eq!(desk.ended(exists("one", true)).await, Ended::Held);
    assert_eq!(desk.ended(exists("one", false)).await, Ended::Failed);
    assert_eq!(desk.ended(exists("two", true)).await, Ended::Failed);
    assert_eq!(desk.ended(exists("two", false)).await, Ended::Held);
    assert_eq!(desk.ended(exists("one/below", false)).await, Ended::Held);
    assert_eq!(desk.ended(exists("", true)).await, Ended::Held);
}

#[tokio::test]
async fn a_files_bytes_are_compared_by_digest() {
    let desk = desk();
    let bytes = "x".repeat(200_000);
    desk.write("one", &bytes);
    let digest = |bytes: &str| with(&desk.text("one"), "digest", json!(Digest::of(bytes.as_bytes())));
    assert_eq!(desk.ended(digest(&bytes)).await, Ended::Held);
    let (ended, text) = desk.one(digest("else")).await;
    assert_eq!(ended, Ended::Failed);
    let (found, expected) = (Digest::of(bytes.as_bytes()), Digest::of(b"else"));
    assert!(text.ends_with(&format!("has the digest {found}, expected {expected}")), "{text}");
    let folder = with(&desk.text(""), "digest", json!(Digest::of(b"")));
    assert_eq!(desk.ended(folder).await, Ended::Failed);
}

#[tokio::test]
async fn a_file_that_is_too_large_is_not_read() {
    let desk = desk();
    let sized = |name: &str, bytes: u64| fs::File::create(desk.path(name)).unwrap().set_len(bytes).unwrap();
    sized("huge", (1 << 30) + 1);
    sized("large", (16 << 20) + 1);
    let (ended, text) = desk.one(with(&desk.text("huge"), "digest", json!(Digest::of(b"")))).await;
    assert_eq!((ended, text.contains("expected at most 1073741824")), (Ended::Failed, true), "{text}");
    let (ended, text) = desk.one(with(&desk.text("large"), "schema", schema())).await;
    assert_eq!((ended, text.contains("expected at most 16777216")), (Ended::Failed, true), "{text}");
}

#[tokio::test]
async fn a_digest_that_takes_too_long_is_stopped() {
    let mut desk = desk();
    fs::File::create(desk.path("huge")).unwrap().set_len(1 << 30).unwrap();
    desk.limits.look = Duration::from_millis(1);
    assert_eq!(desk.ended(with(&desk.text("huge"), "digest", json!(Digest::of(b"")))).await, Ended::TimedOut);
}

#[tokio::test]
async fn a_file_is_held_against_a_schema() {
    let desk = desk();
    desk.write("good", r#"{"rows": 3}"#);
    desk.write("bad", r#"{"rows": "three"}"#);
    desk.write("text", "three rows");
    let file = |name: &str| with(&desk.text(name), "schema", schema());
    assert_eq!(desk.ended(file("good")).await, Ended::Held);
    let (ended, text) = desk.one(file("bad")).await;
    assert_eq!(ended, Ended::Failed);
    assert!(text.contains("at \"/rows\": found \"three\", expected otherwise: "), "{text}");
    let (ended, text) = desk.one(file("text")).await;
    assert_eq!((ended, text.contains("holds no JSON")), (Ended::Failed, true), "{text}");
    assert_eq!(desk.ended(file("missing")).await, Ended::Failed);
}

#[tokio::test]
async fn a_document_of_very_many_values_is_not_parsed() {
    let desk = desk();
    desk.write("many", format!("[{}0]", "0,".repeat(1_000_001)));
    desk.write("commas", format!("[\"{}\\\",\"]", ",".repeat(2_000_000)));
    let (ended, text) = desk.one(with(&desk.text("many"), "schema", json!(true))).await;
    assert_eq!((ended, text.contains("expected at most 1000000")), (Ended::Failed, true), "{text}");
    assert_eq!(desk.ended(with(&desk.text("commas"), "schema", json!(true))).await, Ended::Held);
}

#[tokio::test]
async fn a_schema_that_cannot_be_used_is_refused() {
    let desk = desk();
    let doubling: serde_json::Map<String, Value> = (0..30)
        .map(|at| {
            let next = json!({"$ref": format!("#/$defs/{}", at + 1)});
            (at.to_string(), json!({"allOf": [next, next]}))
        })
        .chain([("30".to_owned(), json!(true))])
        .collect();
    for (schema, word) in [
        (json!({"type": "objekt"}), "at \"/type\""),
        (json!({"$ref": "https://example.com/schema"}), "leads out"),
        (json!({"$ref": "#"}), "goes round"),
        (json!({"$ref": "#/$defs/none"}), "leads to nothing"),
        (json!({"$defs": doubling, "$ref": "#/$defs/0"}), "as often as it is referred to"),
        (json!({"pattern": "("}), "no JSON Schema"),
        (json!({"pattern": "(((a{1000}){1000}){1000})"}), "no JSON Schema"),
    ] {
        let said = desk.refusal(with(&desk.text("one"), "schema", schema.clone())).await;
        assert!(said.starts_with("check `file`: `schema`") && said.contains(word), "{schema}: {said}");
    }
}

#[tokio::test]
async fn a_path_outside_of_the_folders_is_refused() {
    let desk = desk();
    fs::create_dir(desk.folder.path().join("opened")).unwrap();
    let beside = desk.folder.path().join("opened/x").to_str().unwrap().to_owned();
    let said = desk.refusal(with(&beside, "exists", json!(true))).await;
    assert!(said.contains("lies in no folder that checks may read (listed are \""), "{said}");
    for path in ["one", "", &desk.text("../x"), &desk.text("a\0b")] {
        let said = desk.refusal(with(path, "exists", json!(true))).await;
        assert!(said.contains("expected an absolute one without `..`"), "{path:?}: {said}");
    }
    let mut both = with(&desk.text("one"), "schema", schema());
    both["exists"] = json!(false);
    let said = desk.refusal(both).await;
    assert!(said.contains("expected one of both"), "{said}");
}

#[tokio::test]
async fn a_link_that_leads_out_is_not_followed() {
    let desk = desk();
    fs::write(desk.folder.path().join("secret"), "x").unwrap();
    desk.write("one", "x");
    symlink("../secret", desk.path("out")).unwrap();
    symlink("/etc/passwd", desk.path("away")).unwrap();
    symlink("one", desk.path("in")).unwrap();
    symlink("..", desk.path("up")).unwrap();
    for name in ["out", "away", "up/secret"] {
        for exists in [true, false] {
            let (ended, text) = desk.one(with(&desk.text(name), "exists", json!(exists))).await;
            assert_eq!((ended, text.contains("leads out")), (Ended::NotRun, true), "{name}: {text}");
        }
    }
    assert_eq!(desk.ended(with(&desk.text("in"), "digest", json!(Digest::of(b"x")))).await, Ended::Held);
}

#[tokio::test]
async fn a_pipe_is_not_opened() {
    let desk = desk().hasty();
    rustix::fs::mkfifoat(rustix::fs::CWD, desk.path("pipe"), rustix::fs::Mode::RUSR).unwrap();
    assert_eq!(desk.ended(with(&desk.text("pipe"), "digest", json!(Digest::of(b"")))).await, Ended::Failed);
    assert_eq!(desk.ended(with(&desk.text("pipe"), "schema", json!(true))).await, Ended::Failed);
}
