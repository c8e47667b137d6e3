//! What leaves a host opens with `age`, and fits into another host as far as it goes to the same places.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use super::rotate::{age, identity, recipient_of};
use super::{CANARY, SET, TELEGRAM};
use crate::harness::{Host, KEY, Upstream};

/// A file with everything of `host`, for itself and for `other`.
async fn exported(host: &Host, other: &Host) -> String {
    let file = host.scratch().join("secrets.age").into_os_string().into_string().unwrap();
    let (own, other) = (recipient_of(host).await, recipient_of(other).await);
    let done = host.cli(&["secrets", "export", "--to", &own, "--to", &other, "--output", &file]).await;
    assert!(done.stderr.contains("wrote 1 keys and 1 secrets"), "{done:?}");
    done.ok();
    file
}

async fn furnished(upstream: &Upstream) -> Host {
    let host = Host::start().await;
    host.provider("alpha", upstream, &["--model", "m"]).await;
    host.cli_with(&SET, CANARY).await.ok();
    host
}

fn without_key(upstream: &Upstream) -> [String; 8] {
    let url = upstream.url();
    ["provider", "add", "alpha", "--url", &url, "--no-key", "--model", "m"].map(str::to_owned)
}

async fn add(host: &Host, arguments: &[String]) {
    host.cli(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).await.ok();
}

#[tokio::test]
async fn age_opens_an_export_and_the_file_is_private_and_never_written_over() {
    let upstream = Upstream::good().await;
    let (host, other) = (furnished(&upstream).await, Host::make("").await);
    let file = exported(&host, &other).await;
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("-----BEGIN AGE ENCRYPTED FILE-----") && !text.contains("canary"));
    let to = recipient_of(&other).await;
    host.cli(&["secrets", "export", "--to", &to, "--output", &file]).await.failed(2, &["exists", "hint: "]);
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
    let shown = host.cli(&["secrets", "export", "--to", &to]).await.ok();
    assert!(age(&identity(&host, ""), &shown, host.scratch()).is_none_or(|(opened, _)| !opened));
    host.cli(&["secrets", "export", "--to", "age1x"]).await.failed(2, &["age1x", "recipients"]);
    let audit = host.json(&["audit", "list"]).await.to_string();
    assert!(audit.contains("secrets.export") && audit.contains(&to), "{audit}");
    let Some((opened, plain)) = age(&identity(&other, ""), &text, host.scratch()) else { return };
    let found: Value = serde_json::from_str(&plain).unwrap();
    assert!(opened && found["exported"].is_u64() && found["version"] == 1, "{found}");
    let origin = format!("http://{}", upstream.address);
    let id = &host.json(&["provider", "show", "alpha"]).await["id"];
    assert_eq!(found["providers"], json!([{"name": "alpha", "id": id, "origin": origin, "key": KEY}]));
    assert_eq!(found["secrets"], json!([{"name": "telegram", "origins": [TELEGRAM], "value": CANARY}]));
}

#[tokio::test]
async fn another_host_takes_what_goes_to_the_same_places() {
    let upstream = Upstream::good().await;
    let (host, mut other) = (furnished(&upstream).await, Host::make("").await);
    let file = exported(&host, &other).await;
    add(&other, &without_key(&upstream)).await;
    let looked = other.cli(&["secrets", "import", &file, "--dry-run"]).await;
    assert!(looked.stderr.contains("would set the keys of alpha, and the secrets telegram"), "{looked:?}");
    assert_eq!(other.json(&["secrets", "list"]).await["credentials"], json!([]));
    other.serve().await;
    let imported = other.json(&["secrets", "import", &file]).await;
    assert_eq!(imported, json!({"dry_run": false, "credentials": ["alpha"], "secrets": ["telegram"]}));
    assert_eq!(other.agent("tester").await.chat("m").await.status, 200);
    assert_eq!(upstream.only().header("authorization"), format!("Bearer {KEY}"));
    assert_ne!(
        host.json(&["provider", "show", "alpha"]).await["id"],
        other.json(&["provider", "show", "alpha"]).await["id"]
    );
    let third = Host::make("").await;
    let (fits, other_one) = (identity(&host, ""), identity(&third, ""));
    other.cli(&["secrets", "import", &file, "--identity", fits.to_str().unwrap()]).await.ok();
    let refused = other.cli(&["secrets", "import", &file, "--identity", other_one.to_str().unwrap()]).await;
    refused.failed(2, &["secrets.age", "another identity", "--identity"]);
}

#[tokio::test]
async fn what_does_not_fit_is_named_and_nothing_is_set() {
    let (upstream, elsewhere) = (Upstream::good().await, Upstream::good().await);
    let (host, other) = (furnished(&upstream).await, Host::make("").await);
    let file = exported(&host, &other).await;
    other.cli(&["secrets", "import", &file]).await.failed(1, &["provider alpha", "none of that name"]);
    add(&other, &without_key(&elsewhere)).await;
    let addresses = [upstream.address.to_string(), elsewhere.address.to_string()];
    let refused = other.cli(&["secrets", "import", &file]).await;
    refused.failed(1, &["provider alpha", &addresses[0], &addresses[1]]);
    let sealed = other.json(&["secrets", "list"]).await;
    assert_eq!((&sealed["credentials"], &sealed["secrets"]), (&json!([]), &json!([])), "{sealed}");
    let text = other.file("text", b"hello");
    other.cli(&["secrets", "import", &text]).await.failed(2, &["no age file"]);
    other.cli(&["secrets", "import", "/no/such"]).await.failed(4, &["/no/such"]);
}
