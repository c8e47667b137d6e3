//! Spools in real files, and the death of their host.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use patchbay_types::Timestamp;

use super::*;
use crate::artifacts::Artifacts;
use crate::line::{Kind, LINE_BYTES_MAX, Level, Stream};
use crate::log::{Ended, Full, RunLog, Said};
use crate::runs::Runs;

const RUN: RunId = RunId { task: 41, attempt: 3 };
const AT: Timestamp = Timestamp(1_700_000_000_000);

fn say(log: &RunLog, text: &str) {
    log.say(AT, Said { kind: Kind::Task, level: Level::Info, stream: Stream::Note, text });
}

async fn artifacts(folder: &Path) -> Artifacts {
    Artifacts::in_folder(folder.join("artifacts"), 1 << 30).await.unwrap()
}

#[tokio::test]
async fn a_spool_is_flushed_while_its_run_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let runs = Runs::new(folder.path().to_owned());
    let log = runs.begin(RUN);
    let flushing = async {
        for text in ["one", "two"] {
            say(&log, text);
            tokio::time::sleep(Duration::from_millis(600)).await;
            let file = fs::read_to_string(folder.path().join("41/3.jsonl")).unwrap();
            assert!(file.ends_with(&format!("\"text\":\"{text}\"}}\n")), "{file}");
        }
    };
    tokio::select! {
        () = flushing => {}
        () = runs.keep_flushing() => panic!("it ended"),
    }
}

#[tokio::test]
async fn what_a_dead_host_spooled_is_found_read_and_closed() {
    let folder = tempfile::tempdir().unwrap();
    let (spools, artifacts) = (folder.path().join("spool"), artifacts(folder.path()).await);
    let runs = Runs::new(spools.clone());
    for attempt in [1, 2] {
        let log = runs.begin(RunId { attempt, ..RUN });
        say(&log, "one");
        say(&log, "two");
        runs.flush().await;
    }
    // The host died while it wrote.
    let path = spools.join("41/2.jsonl");
    fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"number\":3,\"at\":17").unwrap();
    fs::write(spools.join("41/notes.txt"), "not a spool").unwrap();

    let mut orphans = recover(&spools).unwrap();
    assert_eq!(orphans.iter().map(|orphan| orphan.run.attempt).collect::<Vec<_>>(), [1, 2]);
    let second = orphans.pop().unwrap();
    assert_eq!(second.bytes, fs::metadata(&path).unwrap().len());
    assert_eq!(second.read().await.unwrap().text(), "one\ntwo\n");
    let finished = second.close(AT, Ended::Lost, &artifacts).await.unwrap();
    let Full::Kept(kept) = finished.full else { panic!("{:?}", finished.full) };
    let contents = artifacts.get(kept.artifact.digest).await.unwrap();
    assert_eq!(contents.iter().filter(|byte| **byte == b'\n').count(), 2);
    assert!(contents.ends_with(b"\n"));

    let first = orphans.pop().unwrap();
    assert!(matches!(first.close(AT, Ended::Succeeded, &artifacts).await.unwrap().full, Full::Removed));
    assert!(recover(&spools).unwrap().is_empty());
    assert!(spools.join("41/notes.txt").exists());
}

#[tokio::test]
async fn lines_that_were_said_before_a_log_was_dropped_still_reach_its_spool() {
    let folder = tempfile::tempdir().unwrap();
    let runs = Runs::new(folder.path().to_owned());
    say(&runs.begin(RUN), "last words");
    runs.flush().await;
    let orphans = recover(folder.path()).unwrap();
    assert_eq!(orphans[0].read().await.unwrap().text(), "last words\n");
}

#[tokio::test]
async fn a_spool_of_an_earlier_process_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let (spools, artifacts) = (folder.path().join("spool"), artifacts(folder.path()).await);
    say(&Runs::new(spools.clone()).begin(RUN), "never flushed");
    fs::create_dir_all(spools.join("41")).unwrap();
    fs::write(spools.join("41/3.jsonl"), "{\"number\":1,\"at\":5,\"text\":\"older\"}\n").unwrap();
    let log = Runs::new(spools.clone()).begin(RUN);
    say(&log, "newer");
    let finished = log.finish(AT, Ended::Failed, &artifacts).await;
    assert_eq!(finished.lost, 1);
    assert_eq!(recover(&spools).unwrap()[0].read().await.unwrap().text(), "older\n");
}

#[tokio::test]
async fn a_disk_that_refuses_costs_lines_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (spools, artifacts) = (folder.path().join("spool"), artifacts(folder.path()).await);
    fs::write(&spools, "a file where the folder should be").unwrap();
    let runs = Runs::new(spools.clone());
    let log = runs.begin(RUN);
    say(&log, "one");
    runs.flush().await;
    say(&log, "two");
    let finished = log.finish(AT, Ended::Failed, &artifacts).await;
    assert_eq!((finished.lost, finished.log.text().as_str()), (2, "one\ntwo\n"));
    assert!(recover(&spools).is_err());
    assert!(recover(&folder.path().join("nowhere")).unwrap().is_empty());
}

#[tokio::test]
async fn lines_beyond_64_mib_are_counted_and_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (spools, artifacts) = (folder.path().join("spool"), artifacts(folder.path()).await);
    let runs = Runs::new(spools.clone());
    let (log, text) = (runs.begin(RUN), "x".repeat(60_000));
    let begun = std::time::Instant::now();
    for _ in 0..12 {
        (0..100).for_each(|_| say(&log, &text));
        runs.flush().await;
    }
    println!("72 MB through a spool: {} ms", begun.elapsed().as_millis());
    let bytes = fs::metadata(spools.join("41/3.jsonl")).unwrap().len();
    assert!((SPOOL_BYTES_MAX - 61_000..=SPOOL_BYTES_MAX).contains(&bytes), "{bytes}");
    let finished = log.finish(AT, Ended::Failed, &artifacts).await;
    let Full::Kept(kept) = finished.full else { panic!("{:?}", finished.full) };
    assert!(kept.artifact.bytes <= SPOOL_BYTES_MAX && finished.lost > 0);
    let contents = artifacts.get(kept.artifact.digest).await.unwrap();
    let lines = contents.iter().filter(|byte| **byte == b'\n').count() as u64;
    assert_eq!(lines - 1 + finished.lost, 1_200);
    assert!(contents.ends_with(format!("{{\"lost\":{}}}\n", finished.lost).as_bytes()));
}

#[tokio::test]
async fn what_nobody_flushes_takes_no_more_than_8_mib() {
    let folder = tempfile::tempdir().unwrap();
    let log = Runs::new(folder.path().to_owned()).begin(RUN);
    let text = "x".repeat(LINE_BYTES_MAX);
    (0..200).for_each(|_| say(&log, &text));
    let artifacts = artifacts(folder.path()).await;
    let finished = log.finish(AT, Ended::Cancelled, &artifacts).await;
    let fit = PENDING_BYTES_MAX / (LINE_BYTES_MAX + LINE_BYTES);
    assert_eq!(finished.lost, 200 - fit as u64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_speaks_at_one_time_the_spool_has_each_line_once_and_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let (runs, artifacts) = (Runs::new(folder.path().join("spool")), artifacts(folder.path()).await);
    let log = runs.begin(RUN);
    let mut speaking = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (log, runs) = (log.clone(), runs.clone());
        speaking.spawn(async move {
            for number in 0..2_000 {
                say(&log, "a line");
                if number % 100 == 0 {
                    runs.flush().await;
                }
            }
        });
    }
    speaking.join_all().await;
    let finished = log.finish(AT, Ended::Failed, &artifacts).await;
    let Full::Kept(kept) = finished.full else { panic!("{:?}", finished.full) };
    let contents = artifacts.get(kept.artifact.digest).await.unwrap();
    let lines = contents.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    assert!(lines.map(|line| serde_json::from_slice::<Line>(line).unwrap().number).eq(1..=8_000));
}
