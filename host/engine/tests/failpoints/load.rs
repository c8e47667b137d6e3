//! The tasks that are played, and where each has to come to. It must not know how one is run.

use patchbay_tasks::Definition;
use serde_json::{Value, json};

/// Given when all others have their ends: the lanes have looked and found nobody who waits, so it begins as it is made. A
/// process that was just started may not have looked yet.
pub(crate) const LAST: &str = "the-last";

/// Each task and the state that it ends in.
pub(crate) const EXPECTED: [(&str, &str); 33] = [
    ("alone", "succeeded"),
    ("slow", "succeeded"),
    ("plain-1", "succeeded"),
    ("plain-2", "succeeded"),
    ("plain-3", "succeeded"),
    ("unchecked", "succeeded"),
    ("last", "succeeded"),
    ("root", "succeeded"),
    ("child-1", "succeeded"),
    ("child-2", "succeeded"),
    ("undone", "succeeded"),
    ("taken-back", "succeeded"),
    ("closed-amid", "succeeded"),
    ("merged", "succeeded"),
    ("mended", "succeeded"),
    ("mended-sub", "succeeded"),
    ("approved", "succeeded"),
    ("second-plan", "succeeded"),
    ("broken-hands", "succeeded"),
    ("wrong-output", "succeeded"),
    ("not-now", "succeeded"),
    ("paused", "succeeded"),
    ("edited", "succeeded"),
    ("escalated", "succeeded"),
    ("unknown", "succeeded"),
    ("cancelled", "cancelled"),
    ("left-alone", "cancelled"),
    ("broken-dependency", "needs-human"),
    ("for-ever", "needs-human"),
    ("after-all", "succeeded"),
    ("outside", "succeeded"),
    ("outside-lost", "succeeded"),
    (LAST, "succeeded"),
];

/// Each block is given at once, and acknowledged at once.
pub(crate) fn blocks() -> Vec<Vec<Definition>> {
    let wrong = json!({"do": "need", "setting": "wrong"});
    let blocks = [
        json!([task("alone", json!({}))]),
        json!([
            task("slow", json!({"do": "slow"})),
            task("plain-1", json!({})),
            task("plain-2", json!({})),
            task("plain-3", json!({})),
            {"name": "unchecked", "skill": "played"},
            {"name": "last", "skill": "played", "depends_on": ["root"]},
            {"name": "root", "skill": "played"},
            {"name": "child-1", "skill": "played", "parent": "root", "depends_on": ["child-2"]},
            {"name": "child-2", "skill": "played", "parent": "root"},
        ]),
        json!([
            task("undone", wrong.clone()),
            task("taken-back", wrong.clone()),
            task("closed-amid", json!({"do": "until-closed"})),
            task("merged", json!({"do": "until-mended"})),
            task("mended", wrong.clone()),
            task("approved", wrong.clone()),
            task("second-plan", wrong.clone()),
            task("broken-hands", wrong.clone()),
            task("wrong-output", json!({"do": "output", "setting": "wrong"})),
            task("escalated", wrong.clone()),
            task("unknown", json!({"do": "until-mended"})),
            task("for-ever", json!({"do": "fail"})),
        ]),
        json!([
            task("not-now", json!({"do": "not-now"})),
            task("paused", json!({"do": "hang-once"})),
            task("edited", json!({"lacks": "a program"})),
            task("cancelled", json!({"do": "hang"})),
            task("left-alone", wrong),
            {"name": "broken-dependency", "skill": "played", "depends_on": ["cancelled"]},
            {"name": "after-all", "skill": "played", "depends_on": ["plain-1", "slow"]},
            {"name": "outside", "skill": "wrap", "checks": [{"kind": "json-path", "path": "$.ok"}]},
            {"name": "outside-lost", "skill": "wrap"},
        ]),
    ];
    let read = |block| serde_json::from_value(block).expect("the load is made of tasks");
    blocks.into_iter().map(read).collect()
}

/// The last of all.
pub(crate) fn last() -> Vec<Definition> {
    vec![serde_json::from_value(task(LAST, json!({}))).expect("it is a task")]
}

/// One of them as it is after its edit.
pub(crate) fn edited() -> Definition {
    serde_json::from_value(task("edited", json!({}))).expect("it is a task")
}

fn task(name: &str, input: Value) -> Value {
    json!({"name": name, "skill": "played", "input": input, "checks": [{"kind": "json-path", "path": "$.ok"}]})
}
