//! An engine over a store on disk, in a process that ends at a named place and is started again. A few places: all of
//! them are `patchbay-faults points`.

mod child;
mod load;
mod operator;
mod outcome;
mod outsider;
mod played;
mod round;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use patchbay_failpoint::POINTS;
use round::{PLAY_VARIABLE, clean, round};

/// Places of each kind: a commit, the answer to it, a claim, a worker, what follows, mending, starting, ending a fix, work
/// outside.
const A_FEW: [&str; 14] = [
    "store.commit.before",
    "store.answer.before",
    "task.after.claimed",
    "engine.settle.before",
    "engine.change.followed",
    "engine.apply.after",
    "engine.hand-on.begun",
    "engine.recover.between",
    "engine.action.after",
    "engine.halt.after",
    "engine.undo.after",
    "engine.outside.claim.granted",
    "engine.outside.beat.said",
    "engine.outside.end.after",
];

/// This program again, as the one that plays.
fn child(folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("a test runs from a file"));
    command.args(["--exact", "a_child_plays", "--nocapture"]).env(PLAY_VARIABLE, folder);
    command
}

/// Is the child, if it is told where to play.
#[test]
fn a_child_plays() {
    if let Some(folder) = std::env::var_os(PLAY_VARIABLE) {
        child::main(Path::new(&folder)).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_is_killed_at_a_few_places_loses_nothing_and_does_nothing_twice() {
    let whole = clean(&child).await.unwrap();
    let unknown: Vec<_> = whole.passed.iter().filter(|point| !POINTS.contains(&point.as_str())).collect();
    assert!(unknown.is_empty(), "not listed in host/failpoint/src/points.rs: {unknown:?}");
    for point in A_FEW {
        round(&child, point, "abort", &whole).await.unwrap_or_else(|failure| panic!("{point}: {failure}"));
    }
}

#[test]
fn an_effect_that_a_kill_has_cut_does_not_spoil_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("effects"), "begin a 1 7\nend a 1 7\nbegin b 2").unwrap();
    played::effects(folder.path()).unwrap().write_all(b"begin c 3 8\n").unwrap();
    played::effects(folder.path()).unwrap().write_all(b"begin a 4 9\n").unwrap();
    let begun = round::in_order(folder.path()).unwrap();
    assert_eq!((begun.len(), &begun["a"], &begun["c"]), (2, &vec![1, 4], &vec![3]));
    round::side_by_side(folder.path()).unwrap();
}
