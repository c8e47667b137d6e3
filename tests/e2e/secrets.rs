//! What is sealed, as the operator sees it. Here: plugins' secrets, set, listed, removed, kept, refused; below: the
//! identity and its rotation, passphrases, exports, and that no key is anywhere to be found.

mod canary;
mod export;
mod kill;
mod passphrase;
mod rotate;
mod store;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::{Value, json};

use crate::harness::{Agent, Host, KEY, KEY_VARIABLE, Output};

const CANARY: &str = "canary-7f3a91c2 in two words";
const SET: [&str; 5] = ["secrets", "set", "telegram", "--origin", "api.telegram.org"];
const TELEGRAM: &str = "https://api.telegram.org:443";

/// Changes the row of `telegram` while nobody has the store.
async fn edit(host: &Host, change: impl FnOnce(&mut Value)) {
    store::edit::<store::Secrets>(host, change).await;
}

/// The secrets of plugins, as they are listed.
async fn listed(host: &Host) -> Value {
    host.json(&["secrets", "list"]).await["secrets"].clone()
}

/// The reasons for which `/health` calls the host degraded.
async fn reasons(host: &Host) -> String {
    Agent::new(host.address(), "").get("/health").await.json()["reasons"].to_string()
}

/// What was done to secrets, by the audit log.
async fn audited(host: &Host) -> Vec<String> {
    let audit = host.json(&["audit", "list"]).await;
    let actions = audit.as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap().to_owned());
    actions.filter(|action| action.starts_with("secret.")).collect()
}

/// Whether any file below `folder` holds these bytes.
fn found_below(folder: &Path, bytes: &[u8]) -> bool {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()).any(|entry| {
        let kind = entry.file_type().unwrap();
        match kind.is_dir() {
            true => found_below(&entry.path(), bytes),
            false => {
                kind.is_file()
                    && fs::read(entry.path()).unwrap().windows(bytes.len()).any(|window| window == bytes)
            }
        }
    })
}

/// What is told of a secret, without its value.
fn check_view(view: &Value, origins: &Value) {
    let fingerprint = view["fingerprint"].as_str().unwrap();
    assert!(fingerprint.len() == 8 && fingerprint.bytes().all(|byte| byte.is_ascii_hexdigit()), "{view}");
    assert_eq!((&view["origins"], &view["reason"]), (origins, &Value::Null), "{view}");
    assert!(view["created"].is_u64() && view["updated"].is_u64() && view.get("value").is_none(), "{view}");
}

#[tokio::test]
async fn a_secret_is_set_from_each_source_listed_and_removed() {
    let host = Host::start().await;
    let file = host.file("token.txt", format!("{KEY}\n").as_bytes());
    let set = |name, more: &[&'static str]| {
        [&["secrets", "set", name, "--origin", "http://h:1", "--origin", "H.example."], more].concat()
    };
    host.cli(&set("by-env", &["--from-env", KEY_VARIABLE])).await.ok();
    host.cli(&[set("by-file", &["--from-file"]), vec![&file]].concat()).await.ok();
    let by_stdin = host.cli_with(&set("by-stdin", &["--json"]), KEY).await.json();
    let origins = json!(["http://h:1", "https://h.example:443"]);
    check_view(&by_stdin, &origins);
    let found = listed(&host).await;
    let views = found.as_array().unwrap();
    assert_eq!(views.iter().map(|view| &view["name"]).collect::<Vec<_>>(), ["by-env", "by-file", "by-stdin"]);
    for view in views {
        check_view(view, &origins);
        assert_eq!(view["fingerprint"], by_stdin["fingerprint"], "the same value");
    }
    let table = host.cli(&["secrets", "list"]).await.ok();
    assert!(table.contains("NAME") && table.contains("https://h.example:443"), "{table}");
    assert_eq!(host.cli_with(&set("by-env", &[]), "another").await.ok(), "");
    assert_ne!(listed(&host).await[0]["fingerprint"], by_stdin["fingerprint"]);
    for name in ["by-env", "by-file", "by-stdin"] {
        assert_eq!(host.json(&["secrets", "remove", name]).await, json!({"removed": name}));
    }
    assert_eq!(listed(&host).await, json!([]));
    let actions = audited(&host).await;
    assert_eq!(actions, [["secret.set"; 4].as_slice(), &["secret.remove"; 3]].concat());
}

#[tokio::test]
async fn without_a_server_a_secret_is_set_for_the_next_start() {
    let mut host = Host::make("").await;
    let set = host.cli_with(&SET, CANARY).await;
    assert!(set.stderr.contains("next start") && set.stderr.contains(TELEGRAM), "{set:?}");
    set.ok();
    let found = listed(&host).await;
    check_view(&found[0], &json!([TELEGRAM]));
    host.serve().await;
    assert_eq!(listed(&host).await, found);
    host.terminate();
    assert!(host.ended().await.success());
    host.cli(&["secrets", "remove", "telegram"]).await.ok();
    host.cli(&["secrets", "remove", "telegram"]).await.failed(4, &["telegram", "no secrets yet"]);
}

#[tokio::test]
async fn a_value_is_in_no_file_no_log_and_no_answer() {
    let mut host = Host::start_with("[log]\nlevel = \"trace\"\n").await;
    let mut said = Vec::new();
    let mut say = |output: Output| said.push(output.stdout + &output.stderr);
    say(host.cli_with(&[&SET[..], &["--json"]].concat(), CANARY).await);
    say(host.cli_with(&SET, CANARY).await);
    // Refused at the host's own desk, where the value has arrived.
    say(host.cli_with(&["secrets", "set", "a", "--origin", "h/path"], CANARY).await);
    say(host.cli_with(&["secrets", "set", "a", "--origin", "h"], &format!("{CANARY}\nmore")).await);
    for what in [&["secrets", "list"][..], &["audit", "list"], &["event", "list"], &["status"]] {
        say(host.cli(what).await);
        say(host.cli(&[what, &["--json"]].concat()).await);
    }
    say(host.cli(&["secrets", "remove", "telegram"]).await);
    say(host.cli_with(&SET, CANARY).await);
    host.restart().await;
    say(host.cli(&["secrets", "list"]).await);
    said.push(host.log());
    said.push(reasons(&host).await);
    for text in &said {
        assert!(!text.contains("canary") && !text.contains("7f3a91c2"), "{text}");
    }
    host.kill9();
    for part in [CANARY, "7f3a91c2"] {
        assert!(!found_below(&host.dir(), part.as_bytes()), "{part} is in a file");
    }
    assert!(found_below(&host.dir(), b"api.telegram.org"), "the search finds nothing at all");
}

#[tokio::test]
async fn a_wrong_secret_is_refused_with_status_2_and_nothing_is_stored() {
    let host = Host::start().await;
    let long = "v".repeat(16 * 1024 + 1);
    let hosts: Vec<String> = (0..11).map(|number| format!("h{number}")).collect();
    let many: Vec<&str> = hosts.iter().flat_map(|host| ["--origin", host]).collect();
    let set = |more: &[&'static str]| [&["secrets", "set", "a"], more].concat();
    let wrong = [
        (set(&["--origin", "ftp://h"]), CANARY, "is not an origin"),
        (set(&["--origin", "https://h/path"]), CANARY, "no path"),
        (set(&["--origin", "*.example.com"]), CANARY, "own name"),
        (set(&["--origin", "https://user:pass@h"]), CANARY, "password"),
        ([&["secrets", "set", "a"], &many[..]].concat(), CANARY, "1 to 10"),
        (set(&["--origin", "h"]), "", "empty"),
        (set(&["--origin", "h"]), "two\nlines\n", "one line"),
        (set(&["--origin", "h"]), &long, "longer"),
        (set(&["--origin", "h", "--from-env", "E2E_NO_SUCH"]), "", "E2E_NO_SUCH"),
        (set(&[]), CANARY, "--origin"),
        (vec!["secrets", "set", "a/b", "--origin", "h"], CANARY, "a/b"),
        (vec!["secrets", "set", "a", CANARY, "--origin", "h"], "", "unexpected"),
    ];
    for (arguments, input, word) in wrong {
        let refused = host.cli_with(&arguments, input).await;
        assert_eq!(refused.status, Some(2), "{arguments:?}: {refused:?}");
        assert!(refused.stderr.contains(word) && refused.stdout.is_empty(), "{arguments:?}: {refused:?}");
    }
    host.cli(&set(&["--origin", "h", "--from-file", "/no/such/file"])).await.failed(4, &["/no/such/file"]);
    host.cli(&["secrets", "remove", "nothing"]).await.failed(4, &["nothing", "hint: "]);
    assert_eq!(listed(&host).await, json!([]));
    assert!(audited(&host).await.is_empty());
}

#[tokio::test]
async fn after_kill_9_a_secret_is_still_there() {
    let mut host = Host::start().await;
    host.cli_with(&SET, CANARY).await.ok();
    let before = listed(&host).await;
    host.restart().await;
    assert_eq!(listed(&host).await, before);
    check_view(&before[0], &json!([TELEGRAM]));
    assert!(!reasons(&host).await.contains("secret"));
}

#[tokio::test]
async fn a_row_whose_origins_were_edited_cannot_be_used_and_the_host_starts_and_says_so() {
    let mut host = Host::make("").await;
    host.cli_with(&SET, CANARY).await.ok();
    edit(&host, |row| row["origins"] = json!(["https://evil.example:443"])).await;
    host.serve().await;
    let found = listed(&host).await;
    let reason = found[0]["reason"].as_str().unwrap();
    assert!(reason.contains("bound to origins") && reason.contains("evil.example"), "{found}");
    assert_eq!(found[0]["fingerprint"], Value::Null);
    assert!(host.cli(&["secrets", "list"]).await.ok().contains("cannot be used"));
    assert!(reasons(&host).await.contains("secret telegram cannot be used"));
    host.cli_with(&SET, CANARY).await.ok();
    assert!(!reasons(&host).await.contains("telegram"));
    check_view(&listed(&host).await[0], &json!([TELEGRAM]));
}

#[tokio::test]
async fn with_another_identity_the_host_starts_and_says_which_secrets_are_lost() {
    let (mut host, other) = (Host::make("").await, Host::make("").await);
    host.cli_with(&SET, CANARY).await.ok();
    let identity = host.dir().join("identity.age");
    fs::copy(other.dir().join("identity.age"), &identity).unwrap();
    fs::set_permissions(&identity, fs::Permissions::from_mode(0o600)).unwrap();
    host.serve().await;
    let found = listed(&host).await;
    assert!(found[0]["reason"].as_str().unwrap().contains("identity.age"), "{found}");
    let reasons = reasons(&host).await;
    assert!(reasons.contains("another identity") && !reasons.contains("identity.age"), "{reasons}");
}
