//! Marks of processes that have gone, and programs that bear them.

use std::process::{Child, Command, Stdio};

use super::*;

/// As one of the hosts that have gone would be: no process has it. Tests run side by side, so each has another.
fn gone(which: u64) -> Mark {
    let own = Mark::own();
    Mark { identity: Identity { start_ticks: own.identity.start_ticks + which, ..own.identity }, ..own }
}

fn sleeper(mark: &Mark, program: &str, arguments: &[&str]) -> Child {
    let mut command = Command::new(program);
    command.args(arguments).env(MARK_VARIABLE, mark.to_string());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn runs(child: &Child) -> bool {
    Stat::of(child.id()).is_some_and(|stat| stat.runs())
}

#[test]
fn a_mark_is_read_as_it_was_written_and_nonsense_is_named() {
    let own = Mark::own();
    assert_eq!(own.to_string().parse(), Ok(own));
    assert_eq!(format!("{own}\n").parse(), Ok(own));
    for wrong in ["", "1:2", "a:b:c", "99999999999:1:1"] {
        assert_eq!(wrong.parse::<Mark>(), Err(MarkError(wrong.to_owned())), "{wrong}");
    }
}

#[tokio::test]
async fn what_a_process_that_is_gone_has_left_is_ended_with_all_that_it_started() {
    let gone = gone(1);
    let mut left = sleeper(&gone, "sh", &["-c", "sleep 60 & sleep 60"]);
    let mut stranger = sleeper(&Mark::own(), "sleep", &["60"]);
    // The shell, and perhaps its children by now.
    let (ended, stay) = gone.end_all().await;
    assert!(ended >= 1 && stay == 0, "{ended} {stay}");
    assert!(!runs(&left), "it goes on");
    assert!(gone.bearers().is_empty());
    assert!(runs(&stranger), "another's program was ended");
    stranger.kill().unwrap();
    let _ = (left.wait(), stranger.wait());
}

#[tokio::test]
async fn a_number_that_is_another_programs_by_now_is_left_alone() {
    let (gone, mut stranger) = (gone(3), sleeper(&Mark::own(), "sleep", &["60"]));
    // It has its environment a moment after it was started.
    while !Mark::own().is_borne_by(stranger.id()) {
        sleep(LOOK_EVERY).await;
    }
    gone.force(stranger.id());
    assert!(runs(&stranger), "another's program was ended");
    Mark::own().force(stranger.id());
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&stranger.wait().unwrap()), Some(9));
}

#[tokio::test]
async fn what_has_made_a_session_of_its_own_stays() {
    let gone = gone(2);
    let mut left = sleeper(&gone, "setsid", &["sleep", "60"]);
    while Stat::of(left.id()).is_none_or(|stat| stat.session != left.id()) {
        sleep(LOOK_EVERY).await;
    }
    assert_eq!(gone.end_all().await, (0, 0));
    assert!(runs(&left));
    left.kill().unwrap();
    left.wait().unwrap();
}
