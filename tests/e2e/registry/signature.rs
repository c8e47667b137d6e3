//! Signatures: ours and minisign's own, each read by the other; and what they do not hold for.

use std::os::unix::fs::PermissionsExt;

use super::{Author, has};

/// An author whose component is signed with `release.key`.
async fn signed() -> Author {
    let author = Author::new();
    author.key("release").await;
    author.run(&["plugin", "sign", "acme-route.wasm", "--key", "release.key"]).await.ok();
    author
}

const VERIFY: [&str; 5] = ["plugin", "verify", "acme-route.wasm", "--key", "release.pub"];

#[tokio::test]
async fn minisign_verifies_what_we_sign() {
    if !has("minisign", "minisign_verifies_what_we_sign").await {
        return;
    }
    let author = signed().await;
    let verify = ["-Vm", "acme-route.wasm", "-x", "acme-route.wasm.minisig", "-p", "release.pub"];
    let told = author.program("minisign", &verify).await.ok();
    assert!(told.contains("Trusted comment: patchbay name=acme-route version=1.0.0 sha256="), "{told}");
    let mut component = author.read("acme-route.wasm");
    component.push(0);
    author.write("acme-route.wasm", &component);
    assert_ne!(author.program("minisign", &verify).await.status, Some(0));
}

#[tokio::test]
async fn we_verify_what_minisign_signs() {
    if !has("minisign", "we_verify_what_minisign_signs").await {
        return;
    }
    let author = Author::new();
    author.program("minisign", &["-G", "-W", "-p", "release.pub", "-s", "release.key"]).await.ok();
    let signing = ["-S", "-W", "-m", "acme-route.wasm", "-s", "release.key"];
    author.program("minisign", &signing).await.ok();
    author.run(&VERIFY).await.failed(1, &["0 times name=", "minisign -t"]);
    let inspected = author.run(&["plugin", "inspect", "acme-route.wasm", "--json"]).await.json();
    let digest = inspected["digest"].as_str().unwrap().replace("sha256:", "sha256=");
    let comment = format!("name=acme-route version=1.0.0 {digest}");
    author.program("minisign", &[&signing[..], &["-t", &comment]].concat()).await.ok();
    author.run(&VERIFY).await.ok();
    // The key itself is as good as one of ours.
    author.run(&["plugin", "sign", "acme-route.wasm", "--key", "release.key"]).await.ok();
    author.run(&VERIFY).await.ok();
}

#[tokio::test]
async fn minisign_signs_with_our_keys() {
    if !has("minisign", "minisign_signs_with_our_keys").await {
        return;
    }
    let author = signed().await;
    let sign = ["-S", "-W", "-m", "release.pub", "-s", "release.key"];
    author.program("minisign", &sign).await.ok();
    author.program("minisign", &["-Vm", "release.pub", "-p", "release.pub"]).await.ok();
}

#[tokio::test]
async fn a_new_key_is_private_and_never_takes_the_place_of_another() {
    let author = Author::new();
    author.key("release").await;
    let mode = |name: &str| author.file(name).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("release.key"), mode("release.pub")), (0o600, 0o644));
    let (key, keygen) = (author.text("release.key"), ["keygen", "--out", "release", "--no-password"]);
    author.run(&keygen).await.failed(2, &["release.key exists"]);
    std::fs::rename(author.file("release.key"), author.file("kept.key")).unwrap();
    author.run(&keygen).await.failed(2, &["release.pub exists"]);
    assert!(!author.file("release.key").exists());
    assert_eq!(author.text("kept.key"), key);
}

#[tokio::test]
async fn a_locked_key_needs_its_password() {
    let author = Author::new();
    author.run(&["keygen", "--out", "locked"]).await.failed(2, &["nobody to ask", "PATCHBAY_KEY_PASSWORD"]);
    let password = |password| [("PATCHBAY_KEY_PASSWORD", password)];
    author.run_as(&["keygen", "--out", "locked"], &password("open sesame")).await.ok();
    let sign = ["plugin", "sign", "acme-route.wasm", "--key", "locked.key"];
    author.run(&sign).await.failed(2, &["nobody to ask"]);
    author.run_as(&sign, &password("open barley")).await.failed(1, &["locked.key", "Wrong password"]);
    author.run_as(&sign, &password("open sesame")).await.ok();
    author.run(&["plugin", "verify", "acme-route.wasm", "--key", "locked.pub"]).await.ok();
}

#[tokio::test]
async fn a_signature_that_does_not_hold_is_refused() {
    let author = signed().await;
    let told = author.run(&VERIFY).await.ok();
    assert!(told.contains("acme-route@1.0.0 is signed by key "), "{told}");
    let (component, signature) = (author.read("acme-route.wasm"), author.text("acme-route.wasm.minisig"));
    let check = async |component: &[u8], signature: &str, words: &[&str]| {
        author.write("acme-route.wasm", component);
        author.write("acme-route.wasm.minisig", signature.as_bytes());
        author.run(&VERIFY).await.failed(1, words);
    };
    // Tampered: the component, in a place where it stays a component; then the comment.
    let at = component.windows(6).position(|window| window == b"played").unwrap();
    let mut changed = component.clone();
    changed[at] = b'P';
    check(&changed, &signature, &["changed after it was signed"]).await;
    check(&component, &signature.replace("version=1.0.0", "version=1.0.1"), &["changed after it was signed"])
        .await;
    // Truncated.
    check(&component, &signature[..signature.len() / 2], &["cannot be read"]).await;
    check(&component, signature.trim_end().trim_end_matches(|c| c != '\n'), &["cannot be read"]).await;
    // Replayed: a good signature of another plugin.
    let other = author.build("acme-other");
    check(&other, &signature, &["does not fit"]).await;
    std::fs::remove_file(author.file("acme-route.wasm.minisig")).unwrap();
    author.run(&VERIFY).await.failed(1, &["is not signed"]);
}

#[tokio::test]
async fn a_key_signs_within_its_scope() {
    let author = signed().await;
    let verify = ["plugin", "verify", "acme-route.wasm"];
    author.run(&verify).await.failed(2, &["trust.toml has no key", "--key FILE.pub"]);
    let (line, stranger) = (author.text("release.pub"), author.key("stranger").await);
    let line = line.lines().nth(1).unwrap().to_owned();
    let trust = |key: &str, names: &str| {
        let text =
            format!("[[key]]\nname = \"acme\"\npublic_key = \"{key}\"\nnames = [\"{names}\"]\ngrants = []\n");
        author.write("trust.toml", text.as_bytes());
    };
    trust(&line, "acme-*");
    let told = author.run(&[&verify[..], &["--json"]].concat()).await.json();
    assert_eq!(told["key"], "acme");
    trust(&line, "other-*");
    author.run(&verify).await.failed(1, &["\"acme\", which is trusted for other-*, not for this name"]);
    trust(&stranger, "*");
    author.run(&verify).await.failed(1, &["trust.toml has no such key"]);
    author
        .run(&["plugin", "verify", "acme-route.wasm", "--key", "stranger.pub"])
        .await
        .failed(1, &["expected key"]);
    author.write("trust.toml", b"require_signature = true");
    author.run(&verify).await.failed(1, &["trust.toml, line 1: unknown field"]);
}
