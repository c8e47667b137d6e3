//! What the tests of all capabilities begin with, and what a session is.

pub(super) mod server;

use std::time::Duration;

use patchbay_egress::EgressLimits;
use patchbay_runtime::ask::Payload;
use patchbay_store::{RedbOptions, RedbStore};
use patchbay_types::{Grants, KvGrant, ManualClock, Timestamp};
use tempfile::TempDir;

use super::*;

pub(super) fn scope(grants: Grants) -> Scope {
    Scope {
        generation: "skills/exec/3".parse().unwrap(),
        plugin: "exec".to_owned(),
        grants,
        call: "call_1".to_owned(),
    }
}

/// A store of its own on a disk.
pub(super) fn store() -> (TempDir, Arc<dyn Store>) {
    let folder = tempfile::tempdir().unwrap();
    let store = RedbStore::open(&folder.path().join("store.redb"), RedbOptions::default()).unwrap();
    (folder, Arc::new(store))
}

pub(super) fn clock() -> ManualClock {
    ManualClock::at(Timestamp(1_700_000_000_000))
}

pub(super) fn egress() -> Egress {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Egress::new(EgressLimits::default())
}

fn capabilities() -> (TempDir, Capabilities) {
    let (folder, store) = store();
    let parts = CapabilityParts {
        store,
        egress: egress(),
        secrets: SecretBook::default(),
        clock: Arc::new(clock()),
        gateway: Arc::default(),
        scratch: folder.path().join("scratch"),
    };
    (folder, Capabilities::new(parts))
}

fn code(answer: HostAnswer) -> String {
    match answer {
        HostAnswer::Ok(reply) => panic!("{reply:?}"),
        HostAnswer::Error(error) => error.code,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_answers_what_needs_no_world() {
    let (_folder, capabilities) = capabilities();
    let scope = scope(Grants { kv: Some(KvGrant { max_bytes: 100 }), ..Grants::default() });
    let mut session = capabilities.session(&scope);
    let set = HostCall::KvSet { key: "seen".to_owned(), value: "7".into() };
    assert_eq!(session.answer(&set).await, HostAnswer::Ok(HostReply::Done));
    let get = HostCall::KvGet { key: "seen".to_owned() };
    assert_eq!(session.answer(&get).await, HostAnswer::Ok(HostReply::Value(Some("7".into()))));
    let exists = HostCall::SecretExists { name: "token".to_owned() };
    assert_eq!(session.answer(&exists).await, HostAnswer::Ok(HostReply::Flag(false)));
    let task = HostCall::TasksCurrent {};
    assert_eq!(session.answer(&task).await, HostAnswer::Ok(HostReply::Task(None)));
    let line = HostCall::JobLogLine { stream: "stdout".to_owned(), text: "hi".to_owned() };
    assert_eq!(session.answer(&line).await, HostAnswer::Ok(HostReply::Done));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_run_nothing_is_kept_and_without_a_gateway_no_model_answers() {
    let (_folder, capabilities) = capabilities();
    let mut session = capabilities.session(&scope(Grants::default()));
    let (name, media_type) = ("report.txt".to_owned(), "text/plain".to_owned());
    let artifact = HostCall::JobArtifact { name, media_type, contents: "x".into() };
    assert_eq!(code(session.answer(&artifact).await), "no-job");
    let options = patchbay_runtime::ask::LlmOptions {
        model: "gpt-5".to_owned(),
        max_tokens: None,
        temperature: None,
        attributes: Vec::new(),
    };
    let complete = HostCall::LlmComplete { messages: Vec::new(), options };
    assert_eq!(code(session.answer(&complete).await), "closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_call_has_started_ends_with_its_session() {
    let (_folder, capabilities) = capabilities();
    let mut session = capabilities.session(&scope(Grants::default()));
    let command = patchbay_runtime::ask::Command {
        program: "sh".to_owned(),
        arguments: vec!["-c".to_owned(), "echo $$; pwd; sleep 60".to_owned()],
        environment: Vec::new(),
        folder: None,
        attributes: Vec::new(),
    };
    let spawn = HostCall::ProcessSpawn { command, input: Payload::default() };
    assert_eq!(session.answer(&spawn).await, HostAnswer::Ok(HostReply::Child(1)));
    let mut lines = Vec::new();
    while lines.len() < 2 {
        let more = HostCall::ProcessLines { child: 1, count: 2, wait_ms: 5_000 };
        let HostAnswer::Ok(HostReply::Lines(more)) = session.answer(&more).await else { panic!("no lines") };
        lines.extend(more.into_iter().map(|line| line.text));
    }
    drop(session);
    let process = std::path::PathBuf::from(format!("/proc/{}", lines[0]));
    let folder = std::path::PathBuf::from(&lines[1]);
    for _ in 0..100 {
        if !process.exists() && !folder.exists() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{} or {} is still there", process.display(), folder.display());
}
