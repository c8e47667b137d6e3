//! Which due times were dealt with, so that each is dealt with once whatever the clock does. It must not know why one
//! was not run.

use patchbay_types::Timestamp;
use serde::{Deserialize, Serialize};

use crate::schedule::{Schedule, Span};

/// Stretches of missed due times that are remembered, the newest; and as many that are open again.
const SPANS_MAX: usize = 8;

/// All due times up to a moment were dealt with, but for those in open spans.
///
/// A clock that leaps ahead, by years perhaps, makes all due times on its way missed. If it comes back, those that lie
/// ahead again are given back: they are not missed yet, and the schedule does not stand still until then. What was
/// started, skipped or dropped on the other side stays dealt with.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Ledger {
    dealt_with: Timestamp,
    /// Nothing in them was done but counting it as missed. In order; none touches another.
    missed: Vec<Span>,
    /// Parts of missed spans that lie ahead again, before `dealt_with`. In order.
    open: Vec<Span>,
}

impl Ledger {
    pub(super) fn new(now: Timestamp) -> Self {
        Self { dealt_with: now, missed: Vec::new(), open: Vec::new() }
    }

    pub(super) fn dealt_with(&self) -> Timestamp {
        self.dealt_with
    }

    /// Opens again what was missed and lies after now. How many due times are given back.
    pub(crate) fn reopen(&mut self, schedule: &Schedule, now: Timestamp) -> u64 {
        let mut given_back = 0;
        while self.open.len() < SPANS_MAX
            && let Some(last) = self.missed.last_mut().filter(|last| last.upto > now)
        {
            let ahead = Span { after: last.after.max(now), upto: last.upto };
            given_back += schedule.count_in(ahead);
            last.upto = ahead.after;
            self.missed.pop_if(|last| last.upto <= last.after);
            insert(&mut self.open, ahead);
        }
        given_back
    }

    /// What is not dealt with up to a moment, in order.
    pub(crate) fn pending(&self, upto: Timestamp) -> Vec<Span> {
        let open = self.open.iter().copied();
        let rest = Span { after: self.dealt_with, upto };
        let clipped = open.chain([rest]).map(|span| Span { upto: span.upto.min(upto), ..span });
        clipped.filter(|span| span.after < span.upto).collect()
    }

    /// The first due time that is not dealt with.
    pub(crate) fn next(&self, schedule: &Schedule) -> Option<Timestamp> {
        let first = |span: &Span| schedule.next_after(span.after).filter(|due| *due <= span.upto);
        self.open.iter().find_map(first).or_else(|| schedule.next_after(self.dealt_with))
    }

    /// Deals with a pending span in which nothing is run. How many due times it has.
    pub(crate) fn miss(&mut self, schedule: &Schedule, span: Span) -> u64 {
        self.settle(span.upto);
        let count = schedule.count_in(span);
        if count > 0 {
            self.remember(span);
        }
        count
    }

    /// Everything up to a moment is dealt with.
    pub(crate) fn settle(&mut self, upto: Timestamp) {
        self.open.retain_mut(|span| {
            span.after = span.after.max(upto);
            span.after < span.upto
        });
        self.dealt_with = self.dealt_with.max(upto);
    }

    fn remember(&mut self, span: Span) {
        match self.missed.iter_mut().find(|missed| missed.upto == span.after) {
            Some(before) => before.upto = span.upto,
            None => insert(&mut self.missed, span),
        }
        if self.missed.len() > SPANS_MAX {
            self.missed.remove(0);
        }
    }
}

fn insert(spans: &mut Vec<Span>, span: Span) {
    let place = spans.partition_point(|other| other.after < span.after);
    spans.insert(place, span);
}
