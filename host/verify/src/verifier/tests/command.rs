//! Programs: their codes, their output, their end.

use tokio::time::sleep;

use super::*;

fn sh(script: &str) -> Value {
    json!({"kind": "command", "program": "/bin/sh", "arguments": ["-c", script]})
}

/// Of a process that has nobody to take its status but the init process, which a container may lack.
fn is_over(pid: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
    status.map_or(true, |text| text.rsplit_once(") ").is_some_and(|(_, after)| after.starts_with('Z')))
}

#[tokio::test]
async fn a_program_that_ends_with_the_code_passes() {
    let desk = desk();
    assert_eq!(desk.ended(sh("exit 0")).await, Ended::Held);
    let mut three = sh("exit 3");
    three["exit_code"] = json!(3);
    assert_eq!(desk.one(three).await, (Ended::Held, "\"/bin/sh\" ended with code 3, as expected".to_owned()));
}

#[tokio::test]
async fn a_program_that_ends_with_another_code_fails_with_what_it_wrote_last() {
    let script = "echo over >&2; i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i+1)); done; exit 2";
    let (ended, text) = desk().one(sh(script)).await;
    assert_eq!(ended, Ended::Failed);
    assert!(text.starts_with("\"/bin/sh\" ended with code 2, expected code 0; it wrote last: "), "{text}");
    assert!(text.ends_with("line 1999\nover") && !text.contains("line 1000\n"), "{text}");
    let tail = text.split_once("last: ").unwrap().1;
    assert_eq!(tail.chars().count(), 2_999);
}

#[tokio::test]
async fn a_program_that_is_ended_by_a_signal_fails() {
    let (ended, text) = desk().one(sh("kill -9 $$")).await;
    assert_eq!((ended, text.contains("signal 9")), (Ended::Failed, true), "{text}");
    assert!(text.ends_with("it wrote nothing"), "{text}");
}

#[tokio::test]
async fn a_program_runs_in_an_empty_folder_that_is_gone_afterwards() {
    let desk = desk();
    let script = format!("ls -A; pwd > {}; [ -z \"$(ls -A)\" ] && echo > left", desk.text("where"));
    assert_eq!(desk.ended(sh(&script)).await, Ended::Held);
    let folder = fs::read_to_string(desk.path("where")).unwrap();
    assert!(!PathBuf::from(folder.trim()).exists(), "{folder}");
}

#[tokio::test]
async fn arguments_are_not_read_by_a_shell() {
    let mut desk = desk();
    desk.allow.programs.push("echo".to_owned());
    let text = format!("; echo > {}", desk.text("mark"));
    let check = json!({"kind": "command", "program": "echo", "arguments": [text, "$(id)"]});
    assert_eq!(desk.ended(check).await, Ended::Held);
    assert!(!desk.path("mark").exists());
}

#[tokio::test]
async fn a_program_that_takes_too_long_is_ended() {
    let desk = desk().hasty();
    let (ended, text) = desk.one(sh("echo begun; trap '' TERM; while :; do sleep 100; done")).await;
    assert_eq!(ended, Ended::TimedOut);
    assert!(text.contains("within 50 ms") && text.contains("its group were ended"), "{text}");
}

/// Says who it and its child are, and then waits for ever.
fn waiting(desk: &Desk) -> [Check; 1] {
    let script = format!("sleep 1000 & echo $! $$ > {0}.new; mv {0}.new {0}; wait", desk.text("pids"));
    [check(sh(&script))]
}

async fn begun(desk: &Desk) {
    while !desk.path("pids").exists() {
        sleep(Duration::from_millis(5)).await;
    }
}

fn still_running(desk: &Desk) -> usize {
    let pids = fs::read_to_string(desk.path("pids")).unwrap();
    pids.split_whitespace().filter(|pid| !is_over(pid)).count()
}

#[tokio::test]
async fn cancelling_ends_the_whole_group() {
    let desk = desk();
    let (verifier, checks, cancel) = (desk.verifier(), waiting(&desk), CancellationToken::new());
    let when_begun = async {
        begun(&desk).await;
        cancel.cancel();
    };
    let (verdict, ()) = tokio::join!(verifier.verify(&checks, &Value::Null, &cancel), when_begun);
    assert_eq!(verdict.failure().unwrap().ended, Ended::Cancelled);
    assert_eq!(still_running(&desk), 0);
}

#[tokio::test]
async fn a_verification_that_is_dropped_ends_the_whole_group() {
    let desk = desk();
    let (verifier, checks, cancel) = (desk.verifier(), waiting(&desk), CancellationToken::new());
    tokio::select! {
        verdict = verifier.verify(&checks, &Value::Null, &cancel) => panic!("{verdict:?}"),
        () = begun(&desk) => {}
    }
    while still_running(&desk) > 0 {
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn what_a_program_leaves_running_ends_with_its_check() {
    let desk = desk();
    let script = format!("sleep 1000 > /dev/null 2>&1 & echo $! > {}", desk.text("pid"));
    assert_eq!(desk.ended(sh(&script)).await, Ended::Held);
    assert!(is_over(&fs::read_to_string(desk.path("pid")).unwrap()));
}

#[tokio::test]
async fn a_program_that_is_not_listed_or_not_there_is_refused() {
    let mut desk = desk();
    desk.allow.programs.extend(["/no/such".to_owned(), "no-such-program".to_owned()]);
    let said = desk.refusal(json!({"kind": "command", "program": "sh"})).await;
    assert!(said.contains("\"sh\" may not be run") && said.contains("listed are \"/bin/sh\""), "{said}");
    assert!(said.contains("programs = [\"sh\"]"), "{said}");
    for missing in ["/no/such", "no-such-program"] {
        let said = desk.refusal(json!({"kind": "command", "program": missing})).await;
        assert!(said.contains(missing) && said.contains("it is the program that is missing"), "{said}");
    }
}
