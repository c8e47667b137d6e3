//! An identity that a passphrase locks.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use super::rotate::identity;
use super::{CANARY, SET};
use crate::harness::{Host, Output, Upstream, command, say};

const PASSPHRASE: &str = "correct horse battery staple";
const SERVE: [&str; 5] = ["serve", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"];

/// `age` asks for a passphrase at a terminal only: `script` plays one.
fn age_opens(file: &str, passphrase: &str) -> Option<String> {
    let line = format!("age -d {file}");
    let child = Command::new("script")
        .args(["-qec", &line, "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let both = Command::new("age").arg("--version").output().is_ok();
    let (Ok(mut child), true) = (child, both) else {
        say("SKIPPED: `age` and `script` are needed (Debian: apt-get install age bsdutils)");
        return None;
    };
    use std::io::Write;
    let mut input = child.stdin.take().unwrap();
    // The question comes first, or the answer would be shown and dropped.
    std::thread::sleep(std::time::Duration::from_secs(1));
    input.write_all(format!("{passphrase}\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A command on the same folder with another environment.
async fn with(host: &Host, variable: &str, value: &str, arguments: &[&str]) -> Output {
    let dir = host.dir();
    let mut command = command(&[&["--dir", dir.to_str().unwrap()], arguments].concat());
    command.env(variable, value);
    Output::of(command, "").await
}

#[tokio::test]
async fn a_locked_identity_serves_with_its_passphrase_and_is_refused_without() {
    let upstream = Upstream::good().await;
    let mut host = Host::nothing(&[("PATCHBAY_PASSPHRASE", PASSPHRASE)]);
    host.cli(&["init", "--passphrase"]).await.ok();
    let file = identity(&host, "");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!fs::read_to_string(&file).unwrap().contains("AGE-SECRET-KEY"));
    host.provider("alpha", &upstream, &["--model", "m"]).await;
    host.cli_with(&SET, CANARY).await.ok();
    host.serve().await;
    assert_eq!(host.agent("tester").await.chat("m").await.status, 200);
    host.cli(&["secrets", "rotate"]).await.ok();
    assert!(!fs::read_to_string(&file).unwrap().contains("AGE-SECRET-KEY"), "the next one is locked, too");
    host.restart().await;
    assert_eq!(host.agent("again").await.chat("m").await.status, 200);
    assert_eq!(host.json(&["secrets", "list"]).await["identity"]["locked"], true);
    host.kill9();
    let wrong = with(&host, "PATCHBAY_PASSPHRASE", "wrong horse", &SERVE).await;
    assert!(!wrong.stderr.contains("wrong horse"), "{wrong:?}");
    wrong.failed(1, &["the passphrase does not open", "identity.age"]);
    with(&host, "PATCHBAY_PASSPHRASE", "", &SERVE).await.failed(1, &["locked", "PATCHBAY_PASSPHRASE_FILE"]);
    let passphrase = host.file("passphrase", format!("{PASSPHRASE}\n").as_bytes());
    with(&host, "PATCHBAY_PASSPHRASE_FILE", &passphrase, &["status"]).await.ok();
    with(&host, "PATCHBAY_PASSPHRASE_FILE", "/no/such", &["status"]).await.failed(1, &["/no/such"]);
    if let Some(plain) = age_opens(file.to_str().unwrap(), PASSPHRASE) {
        assert!(plain.contains("AGE-SECRET-KEY-1"), "{plain}");
    }
}

#[tokio::test]
async fn a_passphrase_that_cannot_be_had_makes_nothing() {
    let host = Host::nothing(&[]);
    host.cli(&["init", "--passphrase"]).await.failed(2, &["PATCHBAY_PASSPHRASE_FILE"]);
    assert!(!identity(&host, "").exists() && !host.dir().join("patchbay.toml").exists());
    let empty = host.file("empty", b"\n");
    let refused = with(&host, "PATCHBAY_PASSPHRASE_FILE", &empty, &["init", "--passphrase"]).await;
    refused.failed(2, &["empty"]);
    assert!(!identity(&host, "").exists());
}

#[tokio::test]
async fn the_identity_lies_where_the_configuration_says() {
    let elsewhere = tempfile::tempdir().unwrap();
    let path = elsewhere.path().join("id");
    let mut host = Host::nothing(&[("PATCHBAY_IDENTITY", path.to_str().unwrap())]);
    host.cli(&["init"]).await.ok();
    assert!(path.exists() && !identity(&host, "").exists());
    host.serve().await;
    host.cli(&["secrets", "rotate"]).await.ok();
    assert!(elsewhere.path().join("id.old-1").exists());
    host.kill9();
    fs::write(host.dir().join("patchbay.toml"), format!("[secrets]\nidentity = {path:?}\n")).unwrap();
    with(&host, "PATCHBAY_IDENTITY", "", &["status"]).await.ok();
}
