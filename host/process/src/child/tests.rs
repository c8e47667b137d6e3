//! Real programs, started and ended.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::*;

const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(100);

fn command(script: &str) -> Command {
    Command {
        program: PathBuf::from("/bin/sh"),
        arguments: vec![OsString::from("-c"), OsString::from(script)],
        environment: vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned())],
        folder: PathBuf::from("/"),
        input: Bytes::new(),
    }
}

fn sh(script: &str) -> Child {
    Child::spawn(command(script), Limits::default()).unwrap()
}

fn impatient(script: &str) -> Child {
    let grace = Duration::from_millis(300);
    Child::spawn(command(script), Limits { grace, ..Limits::default() }).unwrap()
}

/// All lines until the end.
async fn read(child: &mut Child) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    while !child.output_ended() {
        let more = child.lines(100, LONG).await;
        lines.extend(more.into_iter().map(|line| (line.stream.as_str(), line.text)));
    }
    lines
}

async fn texts(child: &mut Child) -> Vec<String> {
    read(child).await.into_iter().map(|(_, text)| text).collect()
}

async fn first(child: &mut Child) -> String {
    child.lines(1, LONG).await.remove(0).text
}

/// Of a process that has nobody to take its status but the init process, which a container may lack.
fn is_over(pid: &str) -> bool {
    let status = std::fs::read_to_string(Path::new("/proc").join(pid).join("stat"));
    status.map_or(true, |text| text.rsplit_once(") ").is_some_and(|(_, after)| after.starts_with('Z')))
}

async fn over_within(pid: &str, within: Duration) -> bool {
    let since = Instant::now();
    while !is_over(pid) && since.elapsed() < within {
        sleep(Duration::from_millis(10)).await;
    }
    is_over(pid)
}

#[tokio::test]
async fn both_streams_come_as_lines_and_end() {
    let mut child = sh("echo one; sleep 0.1; echo two >&2; sleep 0.1; printf three; exit 7");
    let expect = [("stdout", "one"), ("stderr", "two"), ("stdout", "three")];
    assert_eq!(read(&mut child).await, expect.map(|(stream, text)| (stream, text.to_owned())));
    assert_eq!(child.wait(LONG).await, Some(Exit { code: Some(7), signal: None }));
    assert!(child.lines(1, LONG).await.is_empty());
}

#[tokio::test]
async fn a_child_that_was_killed_says_by_which_signal() {
    let mut child = sh("kill -9 $$");
    assert_eq!(child.wait(LONG).await, Some(Exit { code: None, signal: Some(9) }));
}

#[tokio::test]
async fn a_child_that_runs_is_waited_for_no_longer_than_asked() {
    let mut child = sh("sleep 30");
    assert!(child.identity().is_alive());
    assert!(child.wait(SHORT).await.is_none() && child.lines(1, SHORT).await.is_empty());
    assert!(!child.output_ended());
}

#[tokio::test]
async fn the_environment_is_what_was_given_and_whose_program_it_is() {
    let mut command = command("");
    command.program = PathBuf::from("/usr/bin/env");
    command.arguments = Vec::new();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    command.environment = vec![pair("ONE", "1 =2"), pair(MARK_VARIABLE, "nobody's")];
    let mut child = Child::spawn(command, Limits::default()).unwrap();
    assert_eq!(texts(&mut child).await, ["ONE=1 =2".to_owned(), format!("{MARK_VARIABLE}={}", Mark::own())]);
}

#[tokio::test]
async fn input_is_written_and_closed_however_long_it_is() {
    let mut counting = command("wc -c; pwd");
    counting.input = Bytes::from(vec![b'x'; 1_000_000]);
    let mut child = Child::spawn(counting, Limits::default()).unwrap();
    assert_eq!(texts(&mut child).await, ["1000000", "/"]);

    let mut deaf = command("exit 0");
    deaf.input = Bytes::from(vec![b'x'; 1_000_000]);
    let mut child = Child::spawn(deaf, Limits::default()).unwrap();
    assert_eq!(child.wait(LONG).await.and_then(|exit| exit.code), Some(0));
}

#[tokio::test]
async fn killing_takes_what_the_child_has_started() {
    let mut child = sh("sleep 60 & echo $!; wait");
    let grandchild = first(&mut child).await;
    assert!(!is_over(&grandchild));
    let since = Instant::now();
    child.kill().await;
    assert!(since.elapsed() < Duration::from_secs(4), "it went without being forced");
    assert!(is_over(&grandchild) && !child.identity().is_alive());
    assert_eq!(child.wait(SHORT).await.and_then(|exit| exit.signal), Some(15));
    assert!(Identity::of(child.identity().pid).is_none(), "its status was taken");
}

#[tokio::test]
async fn a_child_that_ignores_being_asked_is_forced_after_the_grace() {
    let mut child = impatient("trap '' TERM; echo ready; while :; do sleep 0.05; done");
    first(&mut child).await;
    let since = Instant::now();
    child.kill().await;
    assert!(since.elapsed() >= Duration::from_millis(300));
    assert_eq!(child.wait(SHORT).await.and_then(|exit| exit.signal), Some(9));
}

#[tokio::test]
async fn a_grandchild_has_the_grace_too_when_the_child_is_gone_at_once() {
    let mut child =
        sh("(trap 'sleep 0.3; echo cleaned; exit' TERM; echo ready; while :; do sleep 0.05; done) & wait");
    first(&mut child).await;
    child.kill().await;
    // A shell may say of its own what it was sent.
    assert_eq!(texts(&mut child).await.last().map(String::as_str), Some("cleaned"));
}

#[tokio::test]
async fn what_a_child_left_behind_is_killed_too() {
    let mut child = sh("sleep 60 >/dev/null 2>&1 & echo $!");
    let left = first(&mut child).await;
    assert_eq!(child.wait(LONG).await.and_then(|exit| exit.code), Some(0));
    assert!(!child.identity().is_alive() && !is_over(&left));
    child.kill().await;
    assert!(over_within(&left, LONG).await);
}

#[tokio::test]
async fn dropping_a_child_forces_its_group() {
    let mut child = sh("trap '' TERM; sleep 60 & echo $!; wait");
    let (pid, grandchild) = (child.identity().pid.to_string(), first(&mut child).await);
    drop(child);
    assert!(over_within(&grandchild, LONG).await && over_within(&pid, LONG).await);
}

#[tokio::test]
async fn killing_twice_signals_nobody_the_second_time() {
    let mut child = sh("exit 3");
    child.wait(LONG).await;
    child.kill().await;
    child.kill().await;
    assert_eq!(child.wait(SHORT).await.and_then(|exit| exit.code), Some(3));
    assert!(!child.identity().signal_group(Signal::Kill));
}

#[tokio::test]
async fn the_end_of_output_is_seen_though_a_grandchild_holds_the_pipe() {
    let mut child = sh("sleep 60 & echo done");
    let since = Instant::now();
    assert_eq!(texts(&mut child).await, ["done"]);
    let took = since.elapsed();
    assert!(took >= Duration::from_millis(900) && took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test]
async fn a_child_whose_lines_nobody_takes_waits_and_loses_none() {
    let limits = Limits { lines_max: 10, output_bytes_max: 100_000, ..Limits::default() };
    let script = "i=0; while [ $i -lt 30000 ]; do echo line-$i; i=$((i+1)); done";
    let mut child = Child::spawn(command(script), limits).unwrap();
    assert!(child.wait(Duration::from_secs(2)).await.is_none(), "it waits for room");
    let lines = texts(&mut child).await;
    assert_eq!((lines.len(), lines[29_999].as_str()), (30_000, "line-29999"));
}

#[tokio::test]
async fn bytes_are_a_bound_as_lines_are() {
    let limits = Limits { line_bytes_max: 1000, output_bytes_max: 5000, ..Limits::default() };
    let mut child = Child::spawn(command("head -c 1000000 /dev/zero | tr '\\0' x"), limits).unwrap();
    assert!(child.wait(Duration::from_millis(500)).await.is_none());
    let first = child.lines(1000, LONG).await;
    assert!(first.len() <= 5 && first.iter().all(|line| line.text.len() <= 1000), "{}", first.len());
    let rest: usize = texts(&mut child).await.iter().map(String::len).sum();
    assert_eq!(rest + first.iter().map(|line| line.text.len()).sum::<usize>(), 1_000_000);
}

#[tokio::test]
async fn what_cannot_be_started_says_why() {
    let start = |change: fn(&mut Command)| {
        let mut command = command("exit 0");
        change(&mut command);
        Child::spawn(command, Limits::default()).err().unwrap().to_string()
    };
    assert!(
        start(|command| command.program = "/nowhere/tool".into())
            .contains("\"/nowhere/tool\" cannot be started")
    );
    assert!(start(|command| command.program = "sh".into()).contains("\"sh\" is no absolute path"));
    assert!(start(|command| command.folder = "/nowhere".into()).contains("the folder \"/nowhere\""));
    assert!(start(|command| command.folder = ".".into()).contains("no absolute path"));
    assert!(start(|command| command.environment.push(("A=B".into(), "".into()))).contains("\"A=B\""));
    assert!(start(|command| command.arguments.push("a\0b".into())).contains("cannot be started"));
}

#[tokio::test]
async fn a_text_that_names_no_interpreter_is_not_given_to_a_shell() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("text");
    std::fs::write(&file, "echo run\n").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    let error = Child::spawn(Command { program: file, ..command("") }, Limits::default()).err().unwrap();
    assert!(error.to_string().contains("cannot be started"), "{error}");
}
