//! `patchbay demo`: needs nothing but the binary, and says so when something did not happen.

use crate::harness::{Output, command};

#[tokio::test]
async fn the_demo_shows_every_act_and_ends_well() {
    let empty = tempfile::tempdir().unwrap();
    let mut demo = command(&["demo", "--exit"]);
    demo.current_dir(empty.path()).env("HOME", empty.path());
    let told = Output::of(demo, "").await.ok();
    let acts = [
        "A request and a stream",
        "429",
        "swapped while requests run",
        "listens on live traffic",
        "traps at every call",
        "fails on a wrong setting in its input",
        "verified   and remembered",
        "The same fault in another task",
        "no model was asked",
        "a person is asked",
        "breaker open",
        "Usage",
        "Generations",
    ];
    let mut rest = told.as_str();
    for act in acts {
        let at = rest.find(act).unwrap_or_else(|| panic!("no {act:?} in {told}"));
        rest = &rest[at..];
    }
    for seen in ["provider beta", "0 failed", "quarantined", "outbox", "routing/2", "no request failed"] {
        assert!(told.contains(seen), "no {seen:?} in {told}");
    }
    let left = std::fs::read_dir(empty.path()).unwrap().count();
    assert_eq!(left, 0, "the demo left files behind");
}
