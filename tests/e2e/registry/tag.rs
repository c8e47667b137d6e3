//! A tag may be moved by its owner; what was pinned stays what it was.

use serde_json::Value;

use super::{Author, Server};

#[tokio::test]
async fn a_tag_is_refused_until_it_is_pinned() {
    let Some(server) = Server::start("a_tag_is_refused_until_it_is_pinned").await else { return };
    let author = Author::new();
    let tag = server.place("acme/route:1");
    let push = ["plugin", "push", &tag, "acme-route.wasm", "--plain-http"];
    let first = author.run(&push).await.ok();
    let old = author.read("acme-route.wasm");
    let pull = |more: &[&'static str]| {
        let arguments = ["plugin", "pull", &tag, "-o", "pulled.wasm", "--plain-http"].map(str::to_owned);
        arguments.into_iter().chain(more.iter().map(|&word| word.to_owned())).collect::<Vec<_>>()
    };
    let run = async |more: &[&'static str]| {
        let arguments = pull(more);
        author.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).await
    };
    run(&[]).await.failed(2, &["names a tag", "--lock", "--allow-tag"]);
    run(&["--lock"]).await.ok();
    let lock = author.text("patchbay.lock");
    assert!(lock.contains(first.trim()) && lock.contains("name = \"acme-route\""), "{lock}");

    // The owner moves the tag.
    author.write("acme-route.wasm", &other("acme-route"));
    author.run(&push).await.ok();
    run(&[]).await.ok();
    assert_eq!(author.read("pulled.wasm"), old);
    run(&["--lock"]).await.ok();
    assert_eq!((author.read("pulled.wasm"), author.text("patchbay.lock")), (old.clone(), lock.clone()));
    run(&["--allow-tag"]).await.ok();
    assert_eq!((author.read("pulled.wasm"), author.text("patchbay.lock")), (other("acme-route"), lock));
    run(&["--allow-tag", "--lock"]).await.ok();
    assert!(!author.text("patchbay.lock").contains(first.trim()));
}

#[tokio::test]
async fn what_is_in_the_lock_file_is_pulled_as_it_was() {
    let Some(server) = Server::start("what_is_in_the_lock_file_is_pulled_as_it_was").await else { return };
    let author = Author::new();
    author.run(&["plugin", "pull", "--plain-http"]).await.failed(4, &["patchbay.lock"]);
    for name in ["acme-one", "acme-two"] {
        author.build(name);
        let place = server.place(&format!("acme/{name}:1"));
        author.run(&["plugin", "push", &place, &format!("{name}.wasm"), "--plain-http"]).await.ok();
        author.run(&["plugin", "pull", &place, "--lock", "--plain-http"]).await.ok();
    }
    let expected = author.read("acme-one.wasm");
    std::fs::remove_file(author.file("acme-one.wasm")).unwrap();
    let all: Value = author.run(&["plugin", "pull", "--plain-http", "--json"]).await.json();
    assert_eq!(all.as_array().unwrap().len(), 2);
    assert_eq!(author.read("acme-one.wasm"), expected);

    let lock = author.text("patchbay.lock");
    author.write("patchbay.lock", lock.replace("version = \"1.0.0\"", "version = \"1.0.1\"").as_bytes());
    author
        .run(&["plugin", "pull", "--plain-http"])
        .await
        .failed(1, &["acme-one@1.0.0", "says acme-one@1.0.1"]);
    author.write("patchbay.lock", lock.replace("@sha256", "").as_bytes());
    author.run(&["plugin", "pull", "--plain-http"]).await.failed(1, &["patchbay.lock is not a lock file"]);
}

/// A component of this name with other bytes.
fn other(name: &str) -> Vec<u8> {
    let answer = crate::harness::Decided { index: 1, ..Default::default() };
    crate::harness::policy(name, "0.2.0", answer)
}

#[tokio::test]
async fn two_components_are_compared_before_one_takes_the_others_place() {
    let author = Author::new();
    author.write("new.wasm", &other("acme-other"));
    let diff = author.run(&["plugin", "diff", "acme-route.wasm", "new.wasm", "--json"]).await.json();
    assert_eq!((&diff["name"]["old"], &diff["name"]["new"]), (&"acme-route".into(), &"acme-other".into()));
    let told = author.run(&["plugin", "diff", "acme-route.wasm", "new.wasm"]).await.ok();
    assert!(told.contains("acme-other"), "{told}");
    let told = author.run(&["plugin", "diff", "new.wasm", "new.wasm"]).await.ok();
    assert_eq!(told, "no difference: the same bytes\n");
    author.run(&["plugin", "diff", "new.wasm", "patchbay.lock"]).await.failed(4, &["does not exist"]);
}
