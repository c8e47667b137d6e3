//! Into a registry and out of it: the same bytes, in a layout that others know, from nobody but the right ones.

use serde_json::json;

use super::{Author, Server};
use crate::harness::{Output, say};

const TOOL: &str = include_str!("oras.py");

/// The digest at the end of a reference.
fn digest_of(reference: &str) -> &str {
    reference.trim().split_once('@').unwrap().1
}

#[tokio::test]
async fn what_was_pushed_is_pulled_by_its_digest() {
    let Some(server) = Server::start("what_was_pushed_is_pulled_by_its_digest").await else { return };
    let author = Author::new();
    author.key("release").await;
    author.run(&["plugin", "sign", "acme-route.wasm", "--key", "release.key"]).await.ok();
    let place = server.place("acme/route:1.0.0");
    let push = ["plugin", "push", &place, "acme-route.wasm", "--plain-http"];
    let pushed = author.run(&push).await.ok();
    assert!(pushed.starts_with(&format!("{place}@sha256:")), "{pushed}");

    let other = tempfile::tempdir().unwrap();
    let file = other.path().join("pulled.wasm").display().to_string();
    let by_digest = server.place(&format!("acme/route@{}", digest_of(&pushed)));
    let pull = ["plugin", "pull", &by_digest, "-o", &file, "--plain-http", "--json"];
    let pulled = author.run(&pull).await.json();
    assert_eq!((&pulled["name"], &pulled["version"]), (&json!("acme-route"), &json!("1.0.0")));
    assert_eq!(pulled["reference"], json!(by_digest));
    assert_eq!(std::fs::read(&file).unwrap(), author.read("acme-route.wasm"));
    assert_eq!(std::fs::read(format!("{file}.minisig")).unwrap(), author.read("acme-route.wasm.minisig"));
    author.run(&["plugin", "verify", &file, "--key", "release.pub"]).await.ok();
}

#[tokio::test]
async fn what_is_pushed_has_the_layout_of_the_cncf() {
    let Some(server) = Server::start("what_is_pushed_has_the_layout_of_the_cncf").await else { return };
    let author = Author::new();
    let place = server.place("acme/route:1.0.0");
    let pushed = author.run(&["plugin", "push", &place, "acme-route.wasm", "--plain-http"]).await.ok();
    let component = author.read("acme-route.wasm");
    let manifest = server.json(digest_of(&pushed));
    assert_eq!(manifest["mediaType"], "application/vnd.oci.image.manifest.v1+json");
    assert_eq!(manifest["config"]["mediaType"], "application/vnd.wasm.config.v0+json");
    assert_eq!(manifest["annotations"]["org.opencontainers.image.version"], "1.0.0");
    let [layer] = &manifest["layers"].as_array().unwrap()[..] else { panic!("{manifest}") };
    assert_eq!((&layer["mediaType"], &layer["size"]), (&json!("application/wasm"), &json!(component.len())));
    let digest = layer["digest"].as_str().unwrap();
    assert_eq!(std::fs::read(server.blob(digest)).unwrap(), component);
    let config = server.json(manifest["config"]["digest"].as_str().unwrap());
    assert_eq!((&config["architecture"], &config["os"]), (&json!("wasm"), &json!("wasip2")));
    assert_eq!(config["layerDigests"], json!([digest]));
    assert_eq!(config["component"]["exports"], json!(["patchbay:plugin/routing@0.2.0"]));
    assert_eq!(config["component"]["target"], "patchbay:plugin/routing-policy@0.2.0");
}

#[tokio::test]
async fn another_tool_reads_what_is_pushed_and_the_other_way_round() {
    let test = "another_tool_reads_what_is_pushed_and_the_other_way_round";
    let Some(server) = Server::start(test).await else { return };
    let author = Author::new();
    let Some(python) = python(&author).await else {
        return say(&format!(
            "SKIPPED {test}: no Python with the package oras. Install it: pip install oras; set PATCHBAY_TEST_PYTHON"
        ));
    };
    author.key("release").await;
    author.run(&["plugin", "sign", "acme-route.wasm", "--key", "release.key"]).await.ok();
    let ours = server.place("acme/route:ours");
    author.run(&["plugin", "push", &ours, "acme-route.wasm", "--plain-http"]).await.ok();
    tool(&author, &python, &["pull", &ours, "theirs"]).await.ok();
    assert_eq!(author.read("theirs/acme-route.wasm"), author.read("acme-route.wasm"));

    let theirs = server.place("acme/route:theirs");
    author.write("config.json", b"{}");
    let config = "config.json:application/vnd.wasm.config.v0+json";
    let layer = "acme-route.wasm:application/wasm";
    tool(&author, &python, &["push", &theirs, config, "acme-route.wasm.minisig", layer]).await.ok();
    let pull = ["plugin", "pull", &theirs, "-o", "pulled.wasm", "--plain-http", "--allow-tag"];
    author.run(&pull).await.ok();
    assert_eq!(author.read("pulled.wasm"), author.read("acme-route.wasm"));
    author.run(&["plugin", "verify", "pulled.wasm", "--key", "release.pub"]).await.ok();

    let kinds = [
        ("config.json:application/vnd.oci.image.config.v1+json", vec![layer], "another kind of artefact"),
        (config, vec![], "0 layers, expected one"),
        (config, vec![layer, "config.json:text/plain"], "2 layers, expected one"),
        (config, vec!["config.json:text/plain"], "its layer is \"text/plain\""),
    ];
    for (config, layers, words) in kinds {
        let push = [&["push", &theirs, config, ""], &layers[..]].concat();
        tool(&author, &python, &push).await.ok();
        let refused = author.run(&["plugin", "pull", &theirs, "--plain-http", "--allow-tag"]).await;
        refused.failed(1, &["is not a plugin", words]);
    }
}

#[tokio::test]
async fn other_bytes_than_were_pushed_are_never_written() {
    let Some(server) = Server::start("other_bytes_than_were_pushed_are_never_written").await else { return };
    let author = Author::new();
    let push = ["plugin", "push", &server.place("acme/route:1"), "acme-route.wasm", "--plain-http", "--json"];
    let pushed = author.run(&push).await.json();
    let reference = pushed["reference"].as_str().unwrap();
    let pull = ["plugin", "pull", reference, "-o", "pulled.wasm", "--plain-http"];
    let component = server.blob(pushed["digest"].as_str().unwrap());
    let mut bytes = std::fs::read(&component).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&component, &bytes).unwrap();
    author.run(&pull).await.failed(1, &["the content that came has digest sha256:", "expected sha256:"]);
    std::fs::write(&component, [&bytes[..], b"more"].concat()).unwrap();
    author.run(&pull).await.failed(1, &["larger than"]);
    std::fs::write(&component, &bytes[..last]).unwrap();
    author.run(&pull).await.failed(1, &["digest"]);
    let manifest = server.blob(digest_of(reference));
    let text = std::fs::read_to_string(&manifest).unwrap().replace("acme-route", "acme-other");
    std::fs::write(&manifest, text).unwrap();
    author.run(&pull).await.failed(1, &[]);
    assert!(!author.file("pulled.wasm").exists());
}

#[tokio::test]
async fn a_registry_that_asks_who_one_is_is_told() {
    let Some(server) = Server::locked("a_registry_that_asks_who_one_is_is_told").await else { return };
    let author = Author::new();
    let place = server.place("acme/route:1.0.0");
    let push = ["plugin", "push", &place, "acme-route.wasm", "--plain-http"];
    author.run(&push).await.failed(1, &["refuses", "PATCHBAY_REGISTRY_USER"]);
    let user = ("PATCHBAY_REGISTRY_USER", super::server::USER);
    let wrong = [user, ("PATCHBAY_REGISTRY_PASSWORD", "open barley")];
    author.run_as(&push, &wrong).await.failed(1, &["refuses"]);
    author.run_as(&push, &[user]).await.failed(2, &["go together"]);
    let right = [user, ("PATCHBAY_REGISTRY_PASSWORD", super::server::PASSWORD)];
    let pushed = author.run_as(&push, &right).await.ok();

    let pull = ["plugin", "pull", pushed.trim(), "-o", "pulled.wasm", "--plain-http"];
    author.run(&pull).await.failed(1, &["refuses"]);
    std::fs::create_dir(author.file(".docker")).unwrap();
    // carol:open sesame
    let auth = json!({"auths": {&server.address: {"auth": "Y2Fyb2w6b3BlbiBzZXNhbWU="}}});
    author.write(".docker/config.json", auth.to_string().as_bytes());
    author.run(&pull).await.ok();
    assert_eq!(author.read("pulled.wasm"), author.read("acme-route.wasm"));
}

#[tokio::test]
async fn nothing_is_pulled_from_where_nothing_is() {
    let author = Author::new();
    let far = ["plugin", "pull", "registry.example.com/acme/route:1", "--allow-tag", "--plain-http"];
    author.run(&far).await.failed(2, &["this machine", "registry.example.com"]);
    let nobody = ["plugin", "pull", "127.0.0.1:1/acme/route:1", "--allow-tag", "--plain-http"];
    author.run(&nobody).await.failed(1, &["cannot reach registry 127.0.0.1:1"]);
    author.run(&["plugin", "pull", "acme/route:1"]).await.failed(2, &["no registry"]);
    let Some(server) = Server::start("nothing_is_pulled_from_where_nothing_is").await else { return };
    let place = server.place("acme/route:1");
    author.run(&["plugin", "pull", &place, "--allow-tag", "--plain-http"]).await.failed(4, &["is not there"]);
    let digest = format!("{place}@sha256:{}", "0".repeat(64));
    author
        .run(&["plugin", "push", &digest, "acme-route.wasm", "--plain-http"])
        .await
        .failed(2, &["a digest"]);
}

/// A Python that can import `oras`: the one that the environment names, or the machine's own.
async fn python(author: &Author) -> Option<String> {
    let named = std::env::var("PATCHBAY_TEST_PYTHON").ok();
    for python in named.into_iter().chain(["python3".to_owned()]) {
        let quiet = format!("{python} -c 'import oras' 2>&1");
        if author.program("sh", &["-c", &quiet]).await.status == Some(0) {
            return Some(python);
        }
    }
    None
}

async fn tool(author: &Author, python: &str, arguments: &[&str]) -> Output {
    author.program(python, &[&["-c", TOOL], arguments].concat()).await
}
