//! The money of one key: what is spent this day and this month (UTC), and what is set aside for requests that run. It
//! must not know prices.

use std::time::Duration;

use patchbay_types::{NanoUsd, Timestamp};

use crate::calendar::Day;
use crate::{Exceeded, Limits, Period};

/// Every method that takes the time turns the day first.
#[derive(Debug, Default)]
pub(crate) struct Purse {
    today: Day,
    spent_today: NanoUsd,
    spent_this_month: NanoUsd,
    /// Counts towards the day and the month, whichever it will be settled in.
    reserved: NanoUsd,
}

impl Purse {
    /// Sets aside what may be spent.
    ///
    /// # Errors
    /// The budget that it would pass; the month's if it would pass both. Nothing is set aside.
    pub(crate) fn reserve(
        &mut self,
        cost: NanoUsd,
        limits: &Limits,
        wall: Timestamp,
    ) -> Result<(), Exceeded> {
        self.turn(wall);
        self.fits(Period::Month, limits.usd_per_month, cost, wall)?;
        self.fits(Period::Day, limits.usd_per_day, cost, wall)?;
        self.reserved += cost;
        Ok(())
    }

    pub(crate) fn give_back(&mut self, cost: NanoUsd) {
        self.reserved.0 = self.reserved.0.saturating_sub(cost.0);
    }

    pub(crate) fn spend(&mut self, cost: NanoUsd, wall: Timestamp) {
        self.turn(wall);
        self.spent_today += cost;
        self.spent_this_month += cost;
    }

    /// What was spent on some day. One that is later than today counts as today: the clock went back.
    pub(crate) fn restore(&mut self, day: Timestamp, cost: NanoUsd, wall: Timestamp) {
        self.turn(wall);
        let day = Day::of(day).min(self.today);
        if day == self.today {
            self.spent_today += cost;
        }
        if day.month() == self.today.month() {
            self.spent_this_month += cost;
        }
    }

    /// What is set aside stays: whoever set it aside gives it back.
    pub(crate) fn forget_spent(&mut self) {
        (self.spent_today, self.spent_this_month) = (NanoUsd(0), NanoUsd(0));
    }

    /// Of this day, and of this month.
    pub(crate) fn spent(&mut self, wall: Timestamp) -> (NanoUsd, NanoUsd) {
        self.turn(wall);
        (self.spent_today, self.spent_this_month)
    }

    pub(crate) fn reserved(&self) -> NanoUsd {
        self.reserved
    }

    fn fits(
        &self,
        per: Period,
        limit: Option<NanoUsd>,
        needs: NanoUsd,
        wall: Timestamp,
    ) -> Result<(), Exceeded> {
        let (Some(limit), spent, reserved) = (limit, self.spent_in(per), self.reserved) else {
            return Ok(());
        };
        if spent + reserved + needs <= limit {
            return Ok(());
        }
        Err(Exceeded::Budget { per, limit, spent, reserved, needs, retry_after: self.rest_of(per, wall) })
    }

    fn spent_in(&self, per: Period) -> NanoUsd {
        match per {
            Period::Day => self.spent_today,
            Period::Month => self.spent_this_month,
        }
    }

    fn rest_of(&self, per: Period, wall: Timestamp) -> Duration {
        let next = match per {
            Period::Day => self.today.next(),
            Period::Month => self.today.next_month(),
        };
        next.start().since(wall)
    }

    /// A clock that steps back over midnight stays in the later day, so that the day does not begin twice. One that goes
    /// back further was wrong before: it is followed, so that no day lasts for years. Neither forgets what is spent.
    fn turn(&mut self, wall: Timestamp) {
        let day = Day::of(wall);
        if day > self.today {
            self.begin(day);
        } else if day.next() < self.today {
            self.today = day;
        }
    }

    fn begin(&mut self, day: Day) {
        self.spent_today = NanoUsd(0);
        if day.month() != self.today.month() {
            self.spent_this_month = NanoUsd(0);
        }
        self.today = day;
    }
}

#[cfg(test)]
mod tests;
