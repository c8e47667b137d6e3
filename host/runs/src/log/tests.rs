//! The log of a run, with real spools.

use std::path::Path;
use std::time::Duration;

use tokio::time::timeout;

use super::*;
use crate::artifacts::{ArtifactKind, Artifacts, TOTAL_BYTES_DEFAULT};
use crate::line::LINE_BYTES_MAX;
use crate::runs::Runs;

const RUN: RunId = RunId { task: 7, attempt: 2 };
const AT: Timestamp = Timestamp(1_700_000_000_000);

async fn artifacts(folder: &Path) -> Artifacts {
    Artifacts::in_folder(folder.join("artifacts"), TOTAL_BYTES_DEFAULT).await.unwrap()
}

fn note(text: &str) -> Said<'_> {
    Said { kind: Kind::Task, level: Level::Info, stream: Stream::Note, text }
}

fn texts(page: &Page) -> Vec<&str> {
    page.lines.iter().map(|line| line.text.as_str()).collect()
}

#[tokio::test]
async fn lines_carry_their_number_their_words_and_the_status_of_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let log = Runs::new(folder.path().join("spool")).begin(RUN);
    log.say(AT, note("begun\nin two lines"));
    log.set_status(Status::Following);
    log.say(AT, Said { kind: Kind::Error, level: Level::Error, stream: Stream::Stderr, text: "no" });
    log.piece(AT, Stream::Stdout, b"half of ");
    log.piece(AT, Stream::Stderr, b"warned\n");
    log.piece(AT, Stream::Stdout, b"a line\nand more");
    let page = log.tail(10);
    assert_eq!(texts(&page), ["begun", "in two lines", "no", "warned", "half of a line"]);
    assert!(page.lines.iter().map(|line| line.number).eq(1..=5));
    assert_eq!((page.lines[1].status, page.lines[2].status), (Status::Running, Status::Following));
    assert_eq!((page.lines[2].kind, page.lines[3].stream), (Kind::Error, Stream::Stderr));
    let json = serde_json::to_string(&*page.lines[2]).unwrap();
    assert_eq!(
        json,
        r#"{"number":3,"at":1700000000000,"type":"error","level":"error","stream":"stderr","status":"following","text":"no"}"#
    );
}

#[tokio::test]
async fn a_follower_sees_what_was_said_what_is_said_and_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let artifacts = artifacts(folder.path()).await;
    let log = Runs::new(folder.path().join("spool")).begin(RUN);
    log.say(AT, note("one"));
    let mut follower = log.follow(0);
    assert_eq!(texts(&follower.next().await.unwrap()), ["one"]);
    assert!(timeout(Duration::from_millis(20), follower.next()).await.is_err());
    log.say(AT, note("two"));
    log.piece(AT, Stream::Stdout, b"unended");
    log.finish(AT, Ended::Succeeded, &artifacts).await;
    log.say(AT, note("too late"));
    assert_eq!(texts(&follower.next().await.unwrap()), ["two", "unended"]);
    assert!(follower.next().await.is_none() && follower.next().await.is_none());
    assert!(log.follow(3).next().await.is_none());
}

#[tokio::test]
async fn a_slow_follower_is_told_what_it_missed_and_holds_nobody_up() {
    let folder = tempfile::tempdir().unwrap();
    let log = Runs::new(folder.path().join("spool")).begin(RUN);
    let mut follower = log.follow(0);
    let text = "x".repeat(99);
    (0..5_000).for_each(|_| log.say(AT, note(&text)));
    let gone = log.tail(usize::MAX).missed;
    let first = follower.next().await.unwrap();
    assert_eq!((first.missed, first.lines[0].number), (gone, gone + 1));
    drop(log);
    let mut read = first.lines.len() as u64 + first.missed;
    while let Some(page) = timeout(Duration::from_secs(5), follower.next()).await.unwrap() {
        assert_eq!(page.missed, 0);
        read += page.lines.len() as u64;
    }
    assert_eq!(read, 5_000);
}

#[tokio::test]
async fn a_run_that_went_well_leaves_no_spool() {
    let folder = tempfile::tempdir().unwrap();
    let artifacts = artifacts(folder.path()).await;
    let runs = Runs::new(folder.path().join("spool"));
    for flushed in [false, true] {
        let log = runs.begin(RunId { attempt: u32::from(flushed), ..RUN });
        log.say(AT, note("done"));
        if flushed {
            runs.flush().await;
            assert!(folder.path().join("spool/7/1.jsonl").exists());
        }
        let finished = log.finish(AT, Ended::Succeeded, &artifacts).await;
        assert!(matches!(finished.full, Full::Removed) && finished.lost == 0);
        assert_eq!(texts(&finished.log.tail(9)), ["done"]);
        runs.flush().await;
        assert!(!folder.path().join("spool/7").exists());
    }
    assert_eq!(artifacts.used(), 0);
}

#[tokio::test]
async fn a_run_that_failed_leaves_all_its_lines_as_an_artifact() {
    let folder = tempfile::tempdir().unwrap();
    let artifacts = artifacts(folder.path()).await;
    let log = Runs::new(folder.path().join("spool")).begin(RUN);
    let text = "x".repeat(99);
    (0..5_000).for_each(|_| log.say(AT, note(&text)));
    let Full::Kept(kept) = log.finish(AT, Ended::Failed, &artifacts).await.full else { panic!("not kept") };
    assert_eq!((kept.artifact.name.as_str(), kept.artifact.kind), ("log.jsonl", ArtifactKind::Log));
    assert_eq!((kept.artifact.run, kept.artifact.at), (RUN, AT));
    let contents = artifacts.get(kept.artifact.digest).await.unwrap();
    let lines: Vec<Line> = std::str::from_utf8(&contents)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(lines.iter().map(|line| line.number).eq(1..=5_000));
    assert!(!folder.path().join("spool/7").exists());
}

#[tokio::test]
async fn a_log_that_finds_no_room_stays_in_its_spool() {
    let folder = tempfile::tempdir().unwrap();
    let none = Artifacts::in_folder(folder.path().join("artifacts"), 0).await.unwrap();
    let log = Runs::new(folder.path().join("spool")).begin(RUN);
    log.say(AT, note("why it failed"));
    let finished = log.finish(AT, Ended::Failed, &none).await;
    let Full::Stays(error) = finished.full else { panic!("{:?}", finished.full) };
    assert!(error.to_string().contains("attempt 2 of task 7 stays in the spool"), "{error}");
    let orphans = crate::recover(&folder.path().join("spool")).unwrap();
    assert_eq!(orphans.iter().map(|orphan| orphan.run).collect::<Vec<_>>(), [RUN]);
}

#[tokio::test]
async fn a_line_of_100_mb_costs_no_more_than_a_line_may() {
    let folder = tempfile::tempdir().unwrap();
    let log = Runs::new(folder.path().join("spool")).begin(RUN);
    let piece = vec![b'x'; 64 * 1024];
    let before = resident_kib();
    (0..1_600).for_each(|_| log.piece(AT, Stream::Stdout, &piece));
    log.piece(AT, Stream::Stdout, b"\nnext\n");
    let page = log.tail(2);
    assert!(page.lines[0].text.len() <= LINE_BYTES_MAX && page.lines[0].text.ends_with("more bytes]"));
    assert_eq!(page.lines[1].text, "next");
    println!("100 MB in one line: resident {before} KiB before, {} KiB after", resident_kib());
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).unwrap_or_default()
}

#[tokio::test]
async fn what_a_line_costs_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let log = Runs::new(folder.path().join("spool")).begin(RUN);
    let (begun, text) = (std::time::Instant::now(), "x".repeat(80));
    (0..50_000).for_each(|_| log.say(AT, note(&text)));
    println!("a line of 80 characters: {} ns", begun.elapsed().as_nanos() / 50_000);
}
