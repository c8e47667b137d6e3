//! A todos file that Git syncs, and the tasks of the host.

use serde_json::{Value, json};

use super::{apply, shown};
use crate::harness::{Host, Output};

const FILE: &str = r#"{
  "version": 3,
  "todos": [
    {
      "id": "TC-1",
      "owner": "登录 A",
      "title": "Log in",
      "status": "NEW",
      "execution_log": [
        {
          "timestamp": "2026-11-21T10:00:00.123Z",
          "stage": "planning",
          "message": "thought about",
          "details": { "n": 1.0 }
        }
      ]
    },
    {
      "id": "TC-2",
      "title": "Pay",
      "status": "END",
      "success_criteria": "it is paid",
      "analysis": "the bank was shut"
    }
  ]
}
"#;

struct Todos<'a> {
    host: &'a Host,
    file: String,
}

impl Todos<'_> {
    async fn sync(&self, verb: &str) -> Value {
        self.host.json(&["task", verb, "--todos", &self.file]).await
    }

    async fn cli(&self, verb: &str) -> Output {
        self.host.cli(&["task", verb, "--todos", &self.file]).await
    }

    fn text(&self) -> String {
        std::fs::read_to_string(&self.file).unwrap()
    }

    fn entry(&self, id: &str) -> Value {
        let file: Value = serde_json::from_str(&self.text()).unwrap();
        let entries = file["todos"].as_array().unwrap();
        entries.iter().find(|entry| entry["id"] == id).unwrap_or(&Value::Null).clone()
    }

    /// As somebody elsewhere would change it.
    fn edit(&self, id: &str, field: &str, value: Value) {
        let mut file: Value = serde_json::from_str(&self.text()).unwrap();
        let entries = file["todos"].as_array_mut().unwrap();
        entries.iter_mut().find(|entry| entry["id"] == id).unwrap()[field] = value;
        std::fs::write(&self.file, serde_json::to_string_pretty(&file).unwrap()).unwrap();
    }
}

#[tokio::test]
async fn a_file_and_the_host_are_kept_in_step_both_ways() {
    let host = Host::start_with("").await;
    let todos = Todos { host: &host, file: host.file("todos.json", FILE.as_bytes()) };
    apply(&host, &[json!({"name": "own", "title": "Own", "skill": "wrap"})]).await;

    let imported = todos.sync("import").await;
    assert_eq!(
        (&imported["made"], &imported["conflicts"]),
        (&json!(["TC-1", "TC-2"]), &json!([])),
        "{imported}"
    );
    assert_eq!(todos.text(), FILE, "import leaves the file alone");
    let (one, two) = (shown(&host, "TC-1").await, shown(&host, "TC-2").await);
    assert_eq!(
        (&one["state"], &one["skill"], &one["title"]),
        (&json!("ready"), &json!("wrap"), &json!("Log in"))
    );
    assert_eq!((&two["state"], &two["verified"]), (&json!("succeeded"), &json!(true)), "{two}");
    assert_eq!(two["imported"]["provenance"]["analysis"], "the bank was shut");
    assert_eq!(todos.sync("import").await["changed"], json!([]), "again nothing changes");

    let exported = todos.sync("export").await;
    assert_eq!(
        (&exported["changed"], &exported["tasks"], &exported["waiting"]),
        (&json!(true), &json!(3), &json!(0))
    );
    assert_eq!(todos.entry("own")["status"], "NEW");
    let text = todos.text();
    assert_eq!(todos.sync("export").await["changed"], false);
    assert_eq!(todos.text(), text);

    // The host works: the file follows, and what it does not know stays.
    host.cli(&["task", "wrap", "TC-1", "--", "echo", "hello"]).await.ok();
    assert!(todos.cli("export").await.ok().contains("changed, 3 tasks, 0 conflicts"));
    let one = todos.entry("TC-1");
    assert_eq!((&one["status"], &one["owner"]), (&json!("END"), &json!("登录 A")));
    assert_eq!(one["execution_metrics"]["retries"], 0);
    let log = one["execution_log"].as_array().unwrap();
    assert_eq!(log[0]["message"], "thought about");
    assert!(log.iter().any(|entry| entry["stage"] == "executing"), "{log:?}");

    // Somebody elsewhere works: the host follows, as far as a file may say it.
    todos.edit("own", "status", json!("REQUIRES_MANUAL"));
    todos.edit("own", "title", json!("Mine"));
    todos.edit("TC-1", "status", json!("NEW"));
    let told = todos.cli("import").await;
    assert_eq!(told.status, Some(0), "{told:?}");
    assert!(told.stdout.contains("0 made, 1 changed, 0 not taken over, 1 conflicts"), "{told:?}");
    assert!(
        told.stderr.contains("conflict: TC-1 status: host \"END\", file \"NEW\"; kept the host's"),
        "{told:?}"
    );
    let own = shown(&host, "own").await;
    assert_eq!((&own["state"], &own["title"]), (&json!("paused"), &json!("Mine")));
    todos.sync("export").await;
    assert_eq!(
        (&todos.entry("TC-1")["status"], &todos.entry("own")["status"]),
        (&json!("END"), &json!("REQUIRES_MANUAL"))
    );
    todos.edit("own", "status", json!("END"));
    assert_eq!(todos.sync("import").await["changed"], json!(["own"]));
    assert_eq!(shown(&host, "own").await["state"], "succeeded");

    // A title is no part of an end.
    todos.sync("export").await;
    todos.edit("own", "title", json!("Done well"));
    let told = todos.cli("import").await;
    assert!(told.stdout.contains("0 made, 1 changed, 0 not taken over, 0 conflicts"), "{told:?}");
    let own = shown(&host, "own").await;
    assert_eq!((&own["state"], &own["title"]), (&json!("succeeded"), &json!("Done well")));
    assert_eq!(todos.sync("export").await["waiting"], 0);

    // What nobody may say in a file is reported, and nothing else.
    apply(&host, &[json!({"name": "new", "skill": "wrap"})]).await;
    todos.sync("export").await;
    todos.edit("new", "status", json!("PROCESSING"));
    let imported = todos.sync("import").await;
    assert!(
        imported["refused"][0]["reason"].as_str().unwrap().contains("only by what happens"),
        "{imported}"
    );
    let audits = host.json(&["audit", "list"]).await.to_string();
    assert!(audits.contains("todos.import"), "{audits}");
}

#[tokio::test]
async fn what_is_no_todos_file_is_refused_with_its_place_and_nothing_is_changed() {
    let host = Host::start_with("").await;
    apply(&host, &[json!({"name": "own", "skill": "wrap"})]).await;
    let rows: [(&str, &[&str]); 3] = [
        ("[\n<<<<<<< HEAD\n{\"id\": \"a\"}\n=======\n]\n", &["line 2 column 1", "conflict of Git"]),
        ("{\"a\": 1}", &["no list"]),
        ("[1]", &["expected an object"]),
    ];
    for (text, words) in rows {
        let todos = Todos { host: &host, file: host.file("broken.json", text.as_bytes()) };
        for verb in ["export", "import"] {
            todos.cli(verb).await.failed(2, words);
        }
        assert_eq!(todos.text(), text);
    }
    let missing = host.scratch().join("missing.json").to_str().unwrap().to_owned();
    let todos = Todos { host: &host, file: missing };
    todos.cli("import").await.failed(4, &["missing.json"]);
    assert_eq!(todos.sync("export").await["tasks"], 1);
    let entries: Value = serde_json::from_str(&todos.text()).unwrap();
    assert_eq!((entries.as_array().unwrap().len(), &entries[0]["id"]), (1, &json!("own")));
    assert_eq!(host.json(&["task", "list"]).await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn only_what_is_labelled_comes_into_a_file_that_says_so() {
    let host = Host::start_with("").await;
    let task = |name: &str, team: &str| json!({"name": name, "skill": "wrap", "labels": {"team": team}});
    apply(&host, &[task("a", "shop"), task("b", "bank")]).await;
    let file = host.file("shop.json", b"[]");
    let exported = host.json(&["task", "export", "--todos", &file, "--label", "team=shop"]).await;
    assert_eq!(exported["tasks"], 1);
    assert!(!std::fs::read_to_string(&file).unwrap().contains("\"b\""));
}
