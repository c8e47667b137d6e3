//! Real programs, files and a server on this machine.

mod command;
mod file;
mod grounds;
mod http;
mod json_path;
mod other;
mod server;

use std::fs;
use std::path::PathBuf;

use patchbay_egress::EgressLimits;
use patchbay_types::{HttpGrant, ManualClock};
use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::Ended;
use other::Others;

/// Longer than any of these tests may take.
const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(50);

/// A verifier that may read below `folder`, run `/bin/sh`, and reach what was granted.
struct Desk {
    folder: TempDir,
    allow: Allow,
    limits: VerifyLimits,
    others: Arc<Others>,
    clock: ManualClock,
}

fn desk() -> Desk {
    let folder = tempfile::tempdir().unwrap();
    let files = vec![folder.path().join("open")];
    fs::create_dir(&files[0]).unwrap();
    let allow = Allow { programs: vec!["/bin/sh".to_owned()], http: Vec::new(), files };
    let limits = VerifyLimits { work: LONG, look: LONG, grace: SHORT };
    Desk { folder, allow, limits, others: Arc::default(), clock: ManualClock::default() }
}

impl Desk {
    fn granting(mut self, origin: &str, private: bool) -> Self {
        self.allow.http.push(HttpGrant::Detailed { origin: origin.to_owned(), private });
        self
    }

    fn hasty(mut self) -> Self {
        self.limits = VerifyLimits { work: SHORT, look: SHORT, grace: SHORT };
        self
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join("open").join(path)
    }

    fn text(&self, path: &str) -> String {
        self.path(path).to_str().unwrap().to_owned()
    }

    fn write(&self, path: &str, contents: impl AsRef<[u8]>) {
        fs::write(self.path(path), contents).unwrap();
    }

    /// With the TLS provider that `main` would install.
    fn verifier(&self) -> Verifier {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let parts = VerifyParts {
            egress: Egress::new(EgressLimits::default()),
            clock: Arc::new(self.clock.clone()),
            allow: self.allow.clone(),
            others: Arc::clone(&self.others) as Arc<dyn OtherChecks>,
            limits: self.limits,
        };
        Verifier::new(parts).unwrap()
    }

    async fn verify(&self, checks: &[Check]) -> Verdict {
        self.verifier().verify(checks, &json!({"rows": 3}), &CancellationToken::new()).await
    }

    /// How one check, written as in a task, ended, and its sentence.
    async fn one(&self, check: Value) -> (Ended, String) {
        let mut verdict = self.verify(&[self::check(check)]).await;
        let result = verdict.results.remove(0);
        assert_eq!(verdict.passed, result.passed());
        (result.ended, result.text)
    }

    async fn ended(&self, check: Value) -> Ended {
        self.one(check).await.0
    }

    /// What preflight says; that nothing runs then is checked as well.
    async fn refusal(&self, check: Value) -> String {
        let said = self.verifier().preflight(&self::check(check.clone())).unwrap_err().to_string();
        assert_eq!(self.one(check).await, (Ended::NotRun, said.clone()));
        said
    }
}

fn check(check: Value) -> Check {
    serde_json::from_value(check).unwrap()
}

fn there(path: &str) -> Check {
    check(json!({"kind": "file", "path": path}))
}

#[tokio::test]
async fn checks_run_in_order_up_to_the_first_that_does_not_hold() {
    let desk = desk();
    desk.write("one", "");
    let checks = [
        there(&desk.text("one")),
        check(json!({"kind": "human", "question": "Well?"})),
        there(&desk.text("two")),
        there(&desk.text("one")),
    ];
    let verdict = desk.verify(&checks).await;
    let told: Vec<_> = verdict.results.iter().map(|result| (result.number, result.ended)).collect();
    assert_eq!(told, [(1, Ended::Held), (3, Ended::Failed)]);
    assert!(!verdict.passed);
    assert_eq!(verdict.failure().unwrap().kind, "file");
}

#[tokio::test]
async fn people_are_not_asked_here() {
    let desk = desk();
    let verdict = desk.verify(&[check(json!({"kind": "human", "question": "Well?"}))]).await;
    assert_eq!(verdict, Verdict { passed: true, results: Vec::new() });
    desk.verifier().preflight(&check(json!({"kind": "human", "question": "Well?"}))).unwrap();
}

#[tokio::test]
async fn a_cancelled_verification_starts_nothing() {
    let desk = desk();
    let cancel = CancellationToken::new();
    cancel.cancel();
    let marks = check(json!({
        "kind": "command", "program": "/bin/sh", "arguments": ["-c", format!("echo > {}", desk.text("mark"))],
    }));
    let verdict = desk.verifier().verify(&[marks], &Value::Null, &cancel).await;
    assert_eq!(verdict.failure().unwrap().ended, Ended::Cancelled);
    assert!(!desk.path("mark").exists());
}

#[test]
fn a_list_that_stands_for_everything_is_refused() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let wrong = |change: fn(&mut Allow)| {
        let mut desk = desk();
        change(&mut desk.allow);
        let wrong = May::new(&desk.allow).map(|_| ()).unwrap_err().to_string();
        assert!(wrong.contains("[checks]"), "{wrong}");
    };
    wrong(|allow| allow.programs.push("*".to_owned()));
    wrong(|allow| allow.programs.push("bin/sh".to_owned()));
    wrong(|allow| allow.http.push(HttpGrant::Origin("*".to_owned())));
    wrong(|allow| allow.files.push(PathBuf::from("*")));
    wrong(|allow| allow.files.push(PathBuf::from("relative")));
    wrong(|allow| allow.files.push(PathBuf::from("/srv/../etc")));
}

#[tokio::test]
async fn an_empty_list_allows_nothing() {
    let mut desk = desk();
    let file = desk.text("one");
    desk.allow = Allow::default();
    for check in [
        json!({"kind": "command", "program": "/bin/sh"}),
        json!({"kind": "http", "url": "https://example.com/"}),
        json!({"kind": "file", "path": file}),
        json!({"kind": "json-path", "path": "$.a", "file": file}),
    ] {
        let said = desk.refusal(check.clone()).await;
        assert!(said.contains(check["kind"].as_str().unwrap()), "{said}");
        assert!(said.contains("into") && said.contains("[checks] of patchbay.toml"), "{said}");
    }
}
