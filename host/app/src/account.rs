//! The one task that settles for clients that went away and writes usage. It must not know where usage goes.

use std::sync::Arc;
use std::time::Duration;

use patchbay_meter::Meter;
use patchbay_proxy::Late;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Settles for clients that left, and writes usage at every interval; at the end first the one, then the other.
pub async fn run(late: Late, meter: Arc<Meter>, every: watch::Receiver<Duration>, stop: CancellationToken) {
    let settled = CancellationToken::new();
    let settling = async {
        late.run(stop).await;
        settled.cancel();
    };
    tokio::join!(settling, flush(&meter, every, &settled));
}

/// The meter begins anew when the interval changes. What is recorded while it does so is written at the end at the latest.
async fn flush(meter: &Meter, mut every: watch::Receiver<Duration>, settled: &CancellationToken) {
    loop {
        let (last, interval) = (settled.is_cancelled(), *every.borrow_and_update());
        let changed = async {
            if every.changed().await.is_err() {
                settled.cancelled().await;
            }
        };
        let until = async {
            tokio::select! {
                () = settled.cancelled() => {}
                () = changed => {}
            }
        };
        meter.run(interval, until).await;
        if last {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use patchbay_meter::{Added, Entry, Flush, Ledger, Outcome};
    use patchbay_types::{NanoUsd, Timestamp, Tokens};

    use super::*;

    #[derive(Default)]
    struct Counted(AtomicUsize);

    impl Ledger for Counted {
        fn add(&self, flush: Flush) -> Added<'_> {
            self.0.fetch_add(flush.rows.len(), Ordering::SeqCst);
            Box::pin(async { Ok(()) })
        }
    }

    fn entry(model: &str) -> Entry<'static> {
        Entry {
            at: Timestamp(0),
            provider: Cow::Owned("p".parse().unwrap()),
            model: model.to_owned().into(),
            agent: Cow::Owned("a".parse().unwrap()),
            key: None,
            pool: Cow::Owned("primary".into()),
            outcome: Outcome::Ok,
            prompt: Tokens(1),
            completion: Tokens(1),
            cached: Tokens(0),
            cache_write: Tokens(0),
            reasoning: Tokens(0),
            total: Tokens(2),
            cost: NanoUsd(0),
            estimated: false,
            latency: Duration::ZERO,
            first_byte: None,
        }
    }

    #[tokio::test]
    async fn a_new_interval_begins_at_once_and_the_end_writes_the_rest() {
        let ledger = Arc::<Counted>::default();
        let meter = Meter::new(ledger.clone());
        let (interval, every) = watch::channel(Duration::from_secs(3600));
        let settled = CancellationToken::new();
        let working = async {
            meter.record(&entry("one"));
            interval.send_replace(Duration::from_millis(10));
            while ledger.0.load(Ordering::SeqCst) < 1 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            meter.record(&entry("two"));
            while ledger.0.load(Ordering::SeqCst) < 2 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            interval.send_replace(Duration::from_secs(3600));
            tokio::task::yield_now().await;
            meter.record(&entry("three"));
            settled.cancel();
        };
        let both = async { tokio::join!(flush(&meter, every, &settled), working) };
        tokio::time::timeout(Duration::from_secs(10), both).await.unwrap();
        assert_eq!(ledger.0.load(Ordering::SeqCst), 3);
    }
}
