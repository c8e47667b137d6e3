//! Next, latest and count against the plain way: look at each second.

use std::collections::BTreeSet;

use super::*;

const ZONES: [(&str, &str); 9] = [
    ("UTC", "2026-02-27T20:00:00Z"),
    ("Europe/Berlin", "2026-03-28T20:00:00Z"),
    ("Europe/Berlin", "2026-10-24T20:00:00Z"),
    ("Australia/Lord_Howe", "2026-10-03T10:00:00Z"),
    ("Australia/Lord_Howe", "2026-04-04T10:00:00Z"),
    ("America/Sao_Paulo", "2019-02-16T20:00:00Z"),
    ("America/Sao_Paulo", "2018-11-03T20:00:00Z"),
    ("Antarctica/Troll", "2026-03-28T20:00:00Z"),
    ("Antarctica/Troll", "2026-10-24T20:00:00Z"),
];
const EXPRESSIONS: [&str; 10] = [
    "30 2 * * *",
    "*/7 * * * *",
    "*/50 3-40/9 * * * *",
    "0,30 0,1,2,3,23 * * *",
    "15,45 59 0-4 * * *",
    "0 */2 * * *",
    "30 1 28 * +SAT",
    "5 * 29 * *",
    "0 0 L * *",
    "* * 1 * * SUN",
];
const SECONDS: u64 = 14 * 3600;

/// The due times of 14 hours, found by looking at each second of local time.
fn plainly(cron: &Cron, from: Timestamp) -> BTreeSet<Timestamp> {
    let zone = jiff::tz::TimeZoneDatabase::bundled().get(cron.zone()).unwrap();
    let matches = |local: DateTime| cron.pattern.is_time_matching(&local).unwrap();
    let window = (1..=SECONDS).map(|second| Timestamp(from.0 + second * 1000));
    if !cron.fixed {
        return window.filter(|t| matches(zone.to_datetime(moment(*t).unwrap()))).collect();
    }
    // A day more at each end: what is there may land in the window.
    let first = zone.to_datetime(moment(Timestamp(from.0 - 86_400_000)).unwrap());
    let locals = (0..SECONDS as i64 + 2 * 86_400).map(|s| first + jiff::SignedDuration::from_secs(s));
    let landed =
        locals.filter(|local| matches(*local)).map(|local| timestamp(cron.zone.moment(local).unwrap()));
    landed.filter(|t| *t > from && t.0 <= from.0 + SECONDS * 1000).collect()
}

#[test]
fn due_times_are_those_that_looking_at_each_second_finds() {
    for (zone, from) in ZONES {
        for expression in EXPRESSIONS {
            let (cron, from) = (cron(expression, zone), at(from));
            let dues = plainly(&cron, from);
            agrees(&cron, from, &dues);
        }
    }
}

fn agrees(cron: &Cron, from: Timestamp, dues: &BTreeSet<Timestamp>) {
    let name = format!("{} in {} from {from}", cron.text, cron.zone());
    let end = Timestamp(from.0 + SECONDS * 1000);
    let walked: BTreeSet<Timestamp> =
        std::iter::successors(cron.next_after(from), |due| cron.next_after(*due))
            .take_while(|d| *d <= end)
            .collect();
    assert_eq!(&walked, dues, "{name}: next");
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..200 {
        let a = Timestamp(random.u64(from.0..=end.0));
        let b = Timestamp(random.u64(a.0..=end.0));
        let mut inside = dues.iter().filter(|due| a < **due && **due <= b);
        assert_eq!(cron.latest_in(a, b), inside.clone().next_back().copied(), "{name}: latest in {a} to {b}");
        assert_eq!(cron.count_in(a, b), inside.by_ref().count() as u64, "{name}: count in {a} to {b}");
    }
}

#[test]
fn ten_years_are_counted_at_once() {
    let (from, to) = (at("2026-01-01T00:00:00Z"), at("2036-01-01T00:00:00Z"));
    assert_eq!(cron("* * * * * *", "Europe/Berlin").count_in(from, to), to.since(from).as_secs());
    assert_eq!(cron("0 9 * * MON-FRI", "Europe/Berlin").count_in(from, to), 2608);
    assert_eq!(cron("30 2 * * *", "America/New_York").count_in(from, to), 3652);
}
