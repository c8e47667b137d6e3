//! With a run that remembers.

use std::sync::Mutex;

use patchbay_types::Grants;

use super::*;
use crate::capability::tests::{clock, scope};

#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl Told {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    fn push(&self, text: String) {
        self.0.lock().unwrap().push(text);
    }
}

impl Run for Told {
    fn log_line(&self, _: &Scope, stream: &'static str, text: &str) {
        self.push(format!("{stream}: {text}"));
    }

    fn progress(&self, _: &Scope, done: u64, total: Option<u64>, note: &str) {
        self.push(format!("{done} of {total:?}, {note}"));
    }

    fn heartbeat(&self, _: &Scope) {
        self.push("alive".to_owned());
    }

    fn artifact<'a>(&'a self, _: &'a Scope, artifact: Artifact) -> Keeping<'a> {
        self.push(format!("{} {} {}", artifact.name, artifact.media_type, artifact.contents.len()));
        Box::pin(async { Ok(()) })
    }

    fn cancelled(&self) -> bool {
        true
    }
}

#[tokio::test]
async fn a_run_is_told_everything_within_its_bounds() {
    let (told, clock, scope) = (Told::default(), clock(), scope(Grants::default()));
    let mut log = Log::default();
    let ear = Ear { run: &told, clock: &clock, scope: &scope };
    log.line(ear, "stderr", "a\x1b[2J\tb\n").await.unwrap();
    log.lines(ear, &[("else".to_owned(), "é".repeat(40_000))]).await.unwrap();
    progress(&told, &scope, 3, Some(7), "half\r").unwrap();
    heartbeat(&told, &scope).unwrap();
    artifact(&told, &scope, "out.txt", "text/plain", &Payload::from("four")).await.unwrap();
    let lines = told.take();
    assert_eq!(lines[0], "stderr: a\\u{1b}[2J\tb\\n");
    assert_eq!(lines[1].len(), "note: ".len() + LINE_BYTES_MAX);
    assert_eq!(lines[2..], ["3 of Some(7), half\\r", "alive", "out.txt text/plain 4"]);
    for name in ["", "a\nb", &"n".repeat(300)] {
        let wrong = artifact(&told, &scope, name, "text/plain", &Payload::default()).await.unwrap_err();
        assert_eq!(wrong.code, "invalid");
    }
}

#[tokio::test(start_paused = true)]
async fn who_says_more_than_a_second_takes_waits_for_the_next_and_nothing_is_lost() {
    let (told, clock, scope) = (Told::default(), clock(), scope(Grants::default()));
    let (mut log, text) = (Log::default(), "x".repeat(1_000));
    let ear = Ear { run: &told, clock: &clock, scope: &scope };
    let began = tokio::time::Instant::now();
    let a_second = SECOND_BYTES_MAX / (text.len() + LINE_COST_BYTES);
    let lines = |count| vec![("stdout".to_owned(), text.clone()); count];
    log.lines(ear, &lines(a_second)).await.unwrap();
    assert_eq!(began.elapsed(), Duration::ZERO);
    log.lines(ear, &lines(a_second + 1)).await.unwrap();
    assert_eq!((began.elapsed(), told.take().len()), (2 * SECOND, 2 * a_second + 1));
    clock.advance(SECOND);
    log.lines(ear, &lines(a_second)).await.unwrap();
    assert_eq!(began.elapsed(), 2 * SECOND);
}
