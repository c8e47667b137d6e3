//! The meter over a ledger that remembers, or fails.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use patchbay_types::{NanoUsd, Timestamp, Tokens};
use tokio::sync::oneshot;

use super::*;
use crate::entry::Outcome;
use crate::ledger::Added;
use crate::spent::Spent;

const HOUR: Timestamp = Timestamp(3_600_000);

/// Adds up what it is given, and can be told to fail or to take its time.
#[derive(Default)]
struct Book {
    rows: Mutex<HashMap<UsageKey, UsageRow>>,
    spent: Mutex<HashMap<(String, Timestamp), Spent>>,
    adds: AtomicUsize,
    fails: AtomicBool,
    slow: AtomicBool,
}

impl Book {
    fn requests(&self) -> u64 {
        lock(&self.rows).values().map(|row| row.requests).sum()
    }
}

impl Ledger for Book {
    fn add(&self, flush: Flush) -> Added<'_> {
        Box::pin(async move {
            self.adds.fetch_add(1, Ordering::SeqCst);
            if self.slow.load(Ordering::SeqCst) {
                tokio::time::sleep(Duration::from_secs(5)).await;
            }
            if self.fails.load(Ordering::SeqCst) {
                return Err(LedgerError::new("the disk is full"));
            }
            let mut kept = lock(&self.rows);
            flush.rows.iter().for_each(|(key, row)| kept.entry(key.clone()).or_default().merge(row));
            let mut kept = lock(&self.spent);
            for more in flush.spent {
                let place = kept.entry((more.key.clone(), more.day));
                place.and_modify(|sum| sum.merge(&more)).or_insert(more);
            }
            Ok(())
        })
    }
}

fn setup() -> (Arc<Book>, Arc<Meter>) {
    let book = Arc::new(Book::default());
    (book.clone(), Arc::new(Meter::new(book)))
}

fn entry(model: &str) -> Entry<'static> {
    Entry {
        at: Timestamp(HOUR.0 + 5),
        pool: Cow::Owned("primary".into()),
        provider: Cow::Owned("p".parse().unwrap()),
        model: model.to_owned().into(),
        agent: Cow::Owned("a".parse().unwrap()),
        key: Some("key_1".into()),
        outcome: Outcome::Ok,
        prompt: Tokens(10),
        completion: Tokens(5),
        cached: Tokens(4),
        cache_write: Tokens(3),
        reasoning: Tokens(2),
        total: Tokens(15),
        cost: NanoUsd(100),
        estimated: false,
        latency: Duration::from_millis(30),
        first_byte: Some(Duration::from_millis(7)),
    }
}

fn requests<K>(rows: &[(K, UsageRow)]) -> u64 {
    rows.iter().map(|(_, row)| row.requests).sum()
}

#[tokio::test]
async fn requests_of_one_hour_and_key_become_one_row() {
    let (book, meter) = setup();
    meter.record(&entry("m"));
    meter.record(&Entry { outcome: Outcome::Error, first_byte: None, ..entry("m") });
    meter.record(&Entry { outcome: Outcome::Cancelled, estimated: true, ..entry("m") });
    meter.flush().await.unwrap();
    let expect = UsageRow {
        requests: 3,
        errors: 1,
        cancelled: 1,
        estimated: 1,
        prompt: Tokens(30),
        completion: Tokens(15),
        cached: Tokens(12),
        cache_write: Tokens(9),
        reasoning: Tokens(6),
        total: Tokens(45),
        cost: NanoUsd(300),
        latency_ms_sum: 90,
        first_byte_ms_sum: 14,
        first_byte_count: 2,
        latency: [30, 30, 30].into_iter().collect(),
        first_byte: [7, 7].into_iter().collect(),
    };
    let key = Entry { at: HOUR, ..entry("m") }.to_key();
    assert_eq!(*lock(&book.rows), HashMap::from([(key, expect)]));
}

#[tokio::test]
async fn models_and_hours_have_rows_of_their_own_and_totals_know_no_hours() {
    let (book, meter) = setup();
    for record in [entry("m"), entry("n"), Entry { at: HOUR + Duration::from_secs(3600), ..entry("m") }] {
        meter.record(&record);
    }
    assert_eq!((meter.pending().len(), meter.totals().len()), (3, 2));
    meter.flush().await.unwrap();
    assert_eq!((lock(&book.rows).len(), meter.pending().len(), meter.totals().len()), (3, 0, 2));
    assert_eq!(requests(&meter.totals()), 3);
}

#[tokio::test]
async fn pools_of_a_provider_have_rows_of_their_own_and_one_total() {
    let (book, meter) = setup();
    meter.record(&entry("m"));
    meter.record(&Entry { pool: Cow::Owned("fallback".into()), ..entry("m") });
    meter.flush().await.unwrap();
    assert_eq!((lock(&book.rows).len(), meter.totals().len()), (2, 1));
}

#[tokio::test]
async fn what_a_key_spends_is_summed_by_the_day_and_the_hosts_own_calls_charge_nobody() {
    let (book, meter) = setup();
    let day = Timestamp(24 * HOUR.0);
    let last = Entry { at: Timestamp(day.0 - 1), ..entry("m") };
    for record in [last.clone(), last, Entry { at: day, ..entry("n") }, Entry { key: None, ..entry("m") }] {
        meter.record(&record);
    }
    let nothing = Entry { cost: NanoUsd(0), total: Tokens(0), key: Some("key_2".into()), ..entry("m") };
    meter.record(&nothing);
    meter.flush().await.unwrap();
    let mut spent: Vec<Spent> = lock(&book.spent).values().cloned().collect();
    spent.sort_by_key(|spent| spent.day);
    let key = || "key_1".to_owned();
    assert_eq!(
        spent,
        [
            Spent { key: key(), day: Timestamp(0), cost: NanoUsd(200), tokens: Tokens(30) },
            Spent { key: key(), day, cost: NanoUsd(100), tokens: Tokens(15) },
        ]
    );
    assert_eq!(book.requests(), 5);
}

#[tokio::test]
async fn keys_that_spend_are_bounded_and_what_is_dropped_is_counted() {
    let (book, meter) = setup();
    for key in 0..ROWS_MAX + 3 {
        meter.record(&Entry { key: Some(key.to_string().into()), ..entry("m") });
    }
    meter.flush().await.unwrap();
    assert_eq!((lock(&book.spent).len(), book.requests(), meter.dropped()), (ROWS_MAX, 10_003, 3));
}

#[tokio::test]
async fn nothing_is_sent_twice_and_nothing_without_need() {
    let (book, meter) = setup();
    meter.flush().await.unwrap();
    meter.record(&entry("m"));
    meter.flush().await.unwrap();
    meter.flush().await.unwrap();
    assert_eq!((book.requests(), book.adds.load(Ordering::SeqCst)), (1, 1));
}

#[tokio::test]
async fn a_failed_flush_keeps_its_rows_for_the_next() {
    let (book, meter) = setup();
    book.fails.store(true, Ordering::SeqCst);
    meter.record(&entry("m"));
    let error = meter.flush().await.unwrap_err();
    assert!(error.to_string().ends_with("the disk is full"), "{error}");
    meter.record(&entry("m"));
    assert_eq!((meter.pending().len(), requests(&meter.pending())), (1, 2));
    book.fails.store(false, Ordering::SeqCst);
    meter.flush().await.unwrap();
    assert_eq!((book.requests(), meter.pending().len(), requests(&meter.totals())), (2, 0, 2));
    assert_eq!(lock(&book.spent).values().map(|spent| spent.cost).collect::<Vec<_>>(), [NanoUsd(200)]);
}

#[tokio::test(start_paused = true)]
async fn what_comes_or_is_read_while_a_flush_runs_is_not_taken_for_sent() {
    let (book, meter) = setup();
    book.slow.store(true, Ordering::SeqCst);
    meter.record(&entry("m"));
    let (flushed, ()) = tokio::join!(meter.flush(), async {
        tokio::task::yield_now().await;
        meter.record(&entry("m"));
        assert_eq!(requests(&meter.pending()), 2);
    });
    flushed.unwrap();
    assert_eq!((book.requests(), requests(&meter.pending())), (1, 1));
    meter.flush().await.unwrap();
    assert_eq!(book.requests(), 2);
}

#[tokio::test]
async fn keys_are_bounded_and_what_is_dropped_is_counted() {
    let (book, meter) = setup();
    let limit = u64::try_from(ROWS_MAX).unwrap();
    book.fails.store(true, Ordering::SeqCst);
    for model in 0..limit + 5 {
        meter.record(&entry(&model.to_string()));
    }
    meter.record(&entry("0"));
    assert_eq!(meter.dropped(), 5);
    assert!(meter.flush().await.is_err());
    meter.record(&entry("one more"));
    assert!(meter.flush().await.is_err());
    assert_eq!((meter.pending().len(), meter.totals().len()), (ROWS_MAX, ROWS_MAX));
    assert_eq!(meter.dropped(), 5 + 2, "once for the ledger and once for the totals");
    book.fails.store(false, Ordering::SeqCst);
    meter.flush().await.unwrap();
    assert_eq!((book.requests(), meter.pending().len()), (limit + 1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_running_meter_flushes_by_the_clock_and_when_it_stops() {
    let (book, meter) = setup();
    let (stop, stopped) = oneshot::channel::<()>();
    let run = meter.run(Duration::from_secs(1), async { _ = stopped.await });
    let work = async {
        meter.record(&entry("m"));
        tokio::time::sleep(Duration::from_millis(1500)).await;
        assert_eq!(book.requests(), 1);
        book.fails.store(true, Ordering::SeqCst);
        meter.record(&entry("m"));
        tokio::time::sleep(Duration::from_secs(1)).await;
        stop.send(()).unwrap();
        tokio::time::sleep(LAST_TRY_AFTER / 2).await;
        book.fails.store(false, Ordering::SeqCst);
    };
    tokio::join!(run, work);
    assert_eq!((book.requests(), meter.pending().len()), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn a_ledger_that_never_works_does_not_keep_the_host_from_stopping() {
    let (book, meter) = setup();
    book.fails.store(true, Ordering::SeqCst);
    meter.record(&entry("m"));
    meter.run(Duration::from_secs(1), std::future::ready(())).await;
    assert_eq!(book.adds.load(Ordering::SeqCst), LAST_TRIES);
    assert_eq!(requests(&meter.pending()), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_threads_lose_no_request_while_flushes_and_readers_run() {
    let (book, meter) = setup();
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let meter = meter.clone();
            std::thread::spawn(move || (0..5000).for_each(|_| meter.record(&entry("m"))))
        })
        .collect();
    let mut seen = 0;
    while threads.iter().any(|thread| !thread.is_finished()) {
        meter.flush().await.unwrap();
        let now = requests(&meter.totals());
        assert!(now >= seen, "totals went down from {seen} to {now}");
        seen = now;
    }
    meter.flush().await.unwrap();
    assert_eq!((book.requests(), requests(&meter.totals()), meter.dropped()), (20_000, 20_000, 0));
}

#[tokio::test]
async fn no_row_moves_while_somebody_adds_up() {
    let (book, meter) = setup();
    meter.record(&entry("m"));
    let still = meter.still().await;
    let flush = meter.flush();
    let mut flush = std::pin::pin!(flush);
    assert!(tokio::time::timeout(Duration::ZERO, &mut flush).await.is_err());
    assert_eq!((still.pending().len(), book.requests()), (1, 0));
    drop(still);
    flush.await.unwrap();
    assert_eq!((meter.still().await.pending().len(), book.requests()), (0, 1));
}
