//! What stays and what goes.

use patchbay_types::Timestamp;

use super::*;
use crate::line::{Level, Status, Stream};

fn line(number: u64, kind: Kind, text: &str) -> Arc<Line> {
    let (at, text) = (Timestamp(1_700_000_000_000 + number), text.to_owned());
    Arc::new(Line {
        number,
        at,
        kind,
        level: Level::Info,
        stream: Stream::Stdout,
        status: Status::Running,
        heard: 0,
        text,
    })
}

/// Lines of 100 characters with their break, the first `errors` of them errors.
fn filled(lines: u64, errors: u64) -> Rolling {
    let mut rolling = Rolling::default();
    for number in 1..=lines {
        let kind = if number <= errors { Kind::Error } else { Kind::Task };
        rolling.push(line(number, kind, &format!("{number:099}")));
    }
    rolling
}

fn cost(page: &Page) -> usize {
    page.lines.iter().map(|line| line.cost()).sum()
}

#[test]
fn at_100_000_characters_nothing_goes_and_with_one_more_80_000_stay() {
    let mut rolling = filled(1_000, 0);
    assert_eq!((cost(&rolling.tail(usize::MAX)), rolling.tail(usize::MAX).missed), (100_000, 0));
    rolling.push(line(1_001, Kind::Task, ""));
    // 799 lines of 100, and the one that was too much.
    let page = rolling.tail(usize::MAX);
    assert_eq!((cost(&page), page.lines.len(), page.missed), (79_901, 800, 201));
    assert!(rolling.text().starts_with("[201 lines are gone]\n"));
}

#[test]
fn many_short_lines_have_a_bound_of_their_own() {
    let mut rolling = Rolling::default();
    (1..=10_000).for_each(|number| rolling.push(line(number, Kind::Task, "")));
    assert_eq!(rolling.tail(usize::MAX).lines.len(), 10_000);
    rolling.push(line(10_001, Kind::Task, ""));
    assert_eq!(rolling.tail(usize::MAX).lines.len(), 8_000);
}

#[test]
fn the_last_3_000_characters_of_errors_stay() {
    let rolling = filled(3_000, 500);
    let page = rolling.tail(usize::MAX);
    let errors: Vec<_> = page.lines.iter().filter(|line| line.kind == Kind::Error).collect();
    assert_eq!(errors.iter().map(|line| line.characters()).sum::<usize>(), 3_000);
    assert_eq!(errors.last().unwrap().number, 500);
    // 30 whole ones of 99, and the end of one more.
    assert_eq!((errors.len(), errors[0].characters()), (31, 30));
    assert!(rolling.text().contains(" lines are gone]\n"));
}

#[test]
fn old_errors_give_way_to_new_ones() {
    let mut rolling = filled(3_000, 500);
    (3_001..=3_100).for_each(|number| rolling.push(line(number, Kind::Error, &"e".repeat(60))));
    let errors = rolling.tail(usize::MAX).lines.into_iter().filter(|line| line.kind == Kind::Error);
    assert_eq!(errors.map(|line| line.number).min(), Some(3_001));
}

#[test]
fn a_page_says_what_it_missed() {
    let rolling = filled(3_000, 0);
    let gone = rolling.tail(usize::MAX).missed;
    let page = rolling.since(5, 10);
    assert_eq!((page.missed, page.lines[0].number, page.lines.len()), (gone - 5, gone + 1, 10));
    assert_eq!(rolling.since(2_990, 100).lines.len(), 10);
    assert_eq!(rolling.since(2_990, 100).missed, 0);
    assert!(rolling.since(3_000, 100).lines.is_empty() && rolling.since(u64::MAX, 1).lines.is_empty());
    assert!(rolling.since(0, 0).lines.is_empty());
    assert_eq!(
        rolling.tail(3).lines.iter().map(|line| line.number).collect::<Vec<_>>(),
        [2_998, 2_999, 3_000]
    );
}

#[test]
fn whatever_is_said_a_log_never_passes_its_bounds() {
    for seed in 0..40 {
        let mut random = fastrand::Rng::with_seed(seed);
        let (mut rolling, mut error_characters) = (Rolling::default(), 0);
        for number in 1..=random.u64(1..3_000) {
            let kind = if random.u8(..10) == 0 { Kind::Error } else { Kind::Task };
            let length = if random.u8(..50) == 0 { random.usize(..65_000) } else { random.usize(..200) };
            let said = line(number, kind, &random.choice(["a", "é", "\"", "\\"]).unwrap().repeat(length));
            error_characters += if kind == Kind::Error { length } else { 0 };
            rolling.push(said);
            assert_eq!(rolling.lines.back().unwrap().number, number);
            assert!(!rolling.is_over(CHARACTERS_MAX, LINES_MAX), "seed {seed}");
            if number % 64 == 0 {
                let page = rolling.tail(usize::MAX);
                assert!(cost(&page) <= CHARACTERS_MAX && page.lines.len() <= LINES_MAX, "seed {seed}");
            }
        }
        let kept = rolling
            .all()
            .filter(|line| line.kind == Kind::Error)
            .map(|line| line.characters())
            .sum::<usize>();
        assert!(
            kept >= error_characters.min(ERROR_CHARACTERS_MIN),
            "seed {seed}: {kept} of {error_characters}"
        );
        assert!(rolling.all().is_sorted_by_key(|line| line.number));
        stores(&rolling, seed);
    }
}

/// It is stored within the bound, and its newest line comes back.
fn stores(rolling: &Rolling, seed: u64) {
    let bytes = rolling.to_bytes();
    assert!(bytes.len() <= VALUE_BYTES_MAX, "seed {seed}: {} bytes", bytes.len());
    let back = Rolling::from_bytes(&bytes).unwrap();
    assert_eq!(back.said(), rolling.said());
    assert_eq!(back.tail(1).lines, rolling.tail(1).lines, "seed {seed}");
}

#[test]
fn what_is_stored_comes_back_as_it_was() {
    let rolling = filled(3_000, 500);
    let back = Rolling::from_bytes(&rolling.to_bytes()).unwrap();
    assert_eq!(back.tail(usize::MAX).lines, rolling.tail(usize::MAX).lines);
    assert_eq!(back.text(), rolling.text());
    assert_eq!(Rolling::from_bytes(&Rolling::default().to_bytes()).unwrap().said(), 0);
}

#[test]
fn the_worst_text_that_fits_in_memory_is_stored_within_the_bound() {
    let mut rolling = Rolling::default();
    for number in 1..=3_000 {
        let error = line(number, Kind::Error, "\"");
        let (level, stream, status) = (Level::Error, Stream::Stderr, Status::Following);
        rolling.push(Arc::new(Line { level, stream, status, ..(*error).clone() }));
    }
    (3_001..=9_000).for_each(|number| rolling.push(line(number, Kind::Task, "🦀🦀🦀🦀")));
    rolling.push(line(9_001, Kind::Task, &"\\".repeat(65_536)));
    stores(&rolling, 0);
}

#[test]
fn what_is_no_stored_log_is_refused_with_its_line() {
    let error =
        Rolling::from_bytes(b"{\"said\":2}\n{\"number\":1,\"at\":5,\"text\":\"a\"}\n{\"numb").unwrap_err();
    assert_eq!(error.line, 3);
    assert!(Rolling::from_bytes(b"").is_err());
}
