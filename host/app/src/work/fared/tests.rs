//! What was between two looks, by a clock that is set by hand.

use std::borrow::Cow;

use patchbay_meter::{Added, Entry, Flush, Ledger, Outcome};
use patchbay_types::{ManualClock, NanoUsd, Tokens};

use super::*;

const START: Timestamp = Timestamp(1_700_000_000_000);
const TEN_MINUTES: Duration = Duration::from_secs(600);

struct Nowhere;

impl Ledger for Nowhere {
    fn add(&self, _: Flush) -> Added<'_> {
        Box::pin(async { Ok(()) })
    }
}

struct Desk {
    fared: Arc<Fared>,
    clock: ManualClock,
}

fn desk() -> Desk {
    let clock = ManualClock::at(START);
    let meter = Arc::new(Meter::new(Arc::new(Nowhere)));
    Desk { fared: Fared::new(meter, Arc::new(clock.clone()), TEN_MINUTES), clock }
}

impl Desk {
    fn asked(&self, provider: &str, outcome: Outcome) {
        self.fared.meter.record(&Entry {
            at: self.clock.wall(),
            provider: Cow::Owned(provider.parse().unwrap()),
            model: "m".into(),
            agent: Cow::Owned("a".parse().unwrap()),
            key: None,
            pool: Cow::Owned("primary".into()),
            outcome,
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
        });
    }

    fn advance(&self, seconds: u64) {
        for _ in 0..seconds {
            self.clock.advance(Duration::from_secs(1));
            if self.clock.wall().since(START).as_secs().is_multiple_of(self.fared.pause.as_secs()) {
                drop(self.fared.look(self.clock.wall()));
            }
        }
    }

    /// In the last ten minutes.
    fn of_late(&self, metric: &str) -> Option<u64> {
        let now = self.clock.wall();
        self.fared.measure(metric, Timestamp(now.0 - 600_000), now)
    }
}

#[test]
fn errors_are_counted_by_provider_and_by_time() {
    let desk = desk();
    desk.asked("a", Outcome::Error);
    desk.advance(610);
    desk.asked("a", Outcome::Error);
    desk.asked("a", Outcome::Ok);
    desk.asked("b", Outcome::Error);
    desk.advance(10);
    assert_eq!(desk.of_late("provider-errors"), Some(2));
    assert_eq!(desk.of_late("provider-errors:a"), Some(1));
    assert_eq!(desk.of_late("provider-error-rate:a"), Some(500));
    assert_eq!(desk.of_late("provider-error-rate:nobody"), Some(0));
    assert_eq!(desk.of_late("failures-per-hour"), None);
    desk.advance(600);
    assert_eq!(desk.of_late("provider-errors"), Some(0));
}

#[test]
fn what_came_before_a_question_is_not_counted_after_it() {
    let desk = desk();
    desk.advance(5);
    desk.asked("a", Outcome::Error);
    let asked = desk.clock.wall();
    assert_eq!(desk.of_late("provider-errors:a"), Some(1));
    desk.clock.advance(TEN_MINUTES);
    assert_eq!(desk.fared.measure("provider-errors:a", asked, asked + TEN_MINUTES), Some(0));
}

#[test]
fn what_is_remembered_has_a_bound() {
    let desk = desk();
    (0..1_000).for_each(|_| desk.advance(10));
    assert_eq!(desk.fared.looks.lock().unwrap().len(), LOOKS_MAX);
}
