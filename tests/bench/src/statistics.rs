//! The few numbers that many measurements are told by.

/// The middle value; of two in the middle, their mean. Zero of nothing.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match (values.get(middle), values.len() % 2) {
        (None, _) => 0.0,
        (Some(upper), 0) => f64::midpoint(values[middle - 1], *upper),
        (Some(middle), _) => *middle,
    }
}

/// The smallest value that `percent` of a hundred are not above. `sorted` rises; zero of nothing.
pub(crate) fn percentile<T: Copy + Default>(sorted: &[T], percent: usize) -> T {
    permille(sorted, percent * 10)
}

/// The same of a thousand.
pub(crate) fn permille<T: Copy + Default>(sorted: &[T], permille: usize) -> T {
    let rank = (sorted.len() * permille).div_ceil(1000).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

/// A sum over bytes, in whatever pieces they come (FNV-1a): two streams with the same one had the same bytes.
pub(crate) struct Sum(u64);

impl Default for Sum {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Sum {
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.0 =
            bytes.iter().fold(self.0, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    }

    pub(crate) fn value(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_lies_between_the_two_in_the_middle() {
        assert!((median([4.0, 1.0, 3.0, 2.0]) - 2.5).abs() < f64::EPSILON);
        assert!((median([9.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!(median([]).abs() < f64::EPSILON);
    }

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let sorted: Vec<u32> = (1..=200).collect();
        assert_eq!(percentile(&sorted, 50), 100);
        assert_eq!(percentile(&sorted, 99), 198);
        assert_eq!(permille(&sorted, 999), 200);
        assert_eq!(percentile(&[7], 99), 7);
        assert_eq!(percentile::<u32>(&[], 50), 0);
    }

    #[test]
    fn a_sum_does_not_depend_on_the_pieces() {
        let (mut whole, mut pieces) = (Sum::default(), Sum::default());
        whole.add(b"a patch bay");
        pieces.add(b"a pat");
        pieces.add(b"ch bay");
        assert_eq!(whole.value(), pieces.value());
        pieces.add(b"s");
        assert_ne!(whole.value(), pieces.value());
    }
}
