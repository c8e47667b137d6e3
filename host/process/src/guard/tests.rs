//! A guard that is dismissed, and one whose process is gone.

use super::*;
use crate::identity::{Identity, Stat};

/// No process has it.
fn gone() -> Mark {
    let own = Identity::own();
    format!("{}:{}:{}", own.pid, own.start_ticks + 9, session()).parse().unwrap()
}

fn session() -> u32 {
    Stat::of(std::process::id()).unwrap().session
}

fn sleeper(mark: &Mark) -> Child {
    Command::new("sleep").arg("60").env(MARK_VARIABLE, mark.to_string()).spawn().unwrap()
}

#[tokio::test]
async fn what_is_left_is_ended_unless_the_guard_was_dismissed() {
    let mark = gone();
    let mut left = sleeper(&mark);
    assert_eq!(stand_guard(mark, &mut [DISMISSED].as_slice()).await, None);
    assert!(left.try_wait().unwrap().is_none(), "it was ended");
    assert_eq!(stand_guard(mark, &mut [].as_slice()).await, Some((1, 0)));
    assert!(!left.wait().unwrap().success());
}

#[tokio::test]
async fn a_guard_that_was_started_hears_that_it_is_dismissed() {
    let folder = std::env::temp_dir().join(format!("patchbay-guard-{}", std::process::id()));
    let line = format!("head -c 1 > {}; echo \"$0\" >> {0}", folder.display());
    let guard = Guard::start(Path::new("/bin/sh"), &["-c", &line]).unwrap();
    let pid = guard.0.id();
    guard.dismiss();
    while Stat::of(pid).is_some_and(|stat| stat.runs()) {
        sleep(LOOK_EVERY).await;
    }
    let heard = std::fs::read_to_string(&folder).unwrap();
    let _ = std::fs::remove_file(&folder);
    assert_eq!(heard, format!(".{}\n", Mark::own()));
}
