//! Sums do not depend on their order.

use super::*;

/// Numbers that look like chance: xorshift64.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// A row with numbers in every field, some of them near the greatest.
fn any(chance: &mut Chance) -> UsageRow {
    let mut number = || match chance.below(64) {
        0 => u64::MAX - chance.below(9),
        _ => chance.below(1 << 40),
    };
    let mut row = UsageRow {
        requests: number(),
        errors: number(),
        cancelled: number(),
        estimated: number(),
        prompt: Tokens(number()),
        completion: Tokens(number()),
        cached: Tokens(number()),
        cache_write: Tokens(number()),
        reasoning: Tokens(number()),
        total: Tokens(number()),
        cost: NanoUsd(number()),
        latency_ms_sum: number(),
        first_byte_ms_sum: number(),
        first_byte_count: number(),
        ..UsageRow::default()
    };
    row.latency = (0..chance.below(20)).map(|_| chance.below(1_000_000)).collect();
    row.first_byte = (0..chance.below(20)).map(|_| chance.below(1_000_000)).collect();
    row
}

fn sum<'a>(rows: impl IntoIterator<Item = &'a UsageRow>) -> UsageRow {
    let mut sum = UsageRow::default();
    rows.into_iter().for_each(|row| sum.merge(row));
    sum
}

#[test]
fn rows_come_to_the_same_in_any_order_and_in_any_groups() {
    let mut chance = Chance(4);
    for _ in 0..500 {
        let mut rows: Vec<UsageRow> = (0..=chance.below(12)).map(|_| any(&mut chance)).collect();
        let expect = sum(&rows);
        let (len, turn) = (rows.len(), chance.below(rows.len() as u64));
        rows.rotate_left(usize::try_from(turn).unwrap());
        rows.swap(0, len / 2);
        let (some, others) = rows.split_at(len / 3);
        assert_eq!(sum(&[sum(others), sum(some)]), expect);
        rows.reverse();
        assert_eq!(sum(&rows), expect);
    }
}
