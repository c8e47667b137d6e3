//! The few numbers that many measurements are told by.

/// Two-sided 95 % of the normal distribution: there are always more than 30 points.
const SPREAD_95: f64 = 1.96;

/// How something grows over time: by how much a second, and within what, at 95 %.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Slope {
    pub(crate) low: f64,
    pub(crate) mid: f64,
    pub(crate) high: f64,
}

/// The smallest value that `percent` of a hundred are not above; zero of nothing.
pub(crate) fn percentile(values: &[f64], percent: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

/// By least squares, over points of (seconds, value); none of fewer than three, or of one moment.
pub(crate) fn slope(points: &[(f64, f64)]) -> Option<Slope> {
    let count = f64::from(u32::try_from(points.len()).ok().filter(|count| *count >= 3)?);
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x_mean, y_mean) = (mean(|point| point.0), mean(|point| point.1));
    let spread: f64 = points.iter().map(|(x, _)| (x - x_mean).powi(2)).sum();
    if spread <= 0.0 {
        return None;
    }
    let mid = points.iter().map(|(x, y)| (x - x_mean) * (y - y_mean)).sum::<f64>() / spread;
    let rest: f64 = points.iter().map(|(x, y)| (y - y_mean - mid * (x - x_mean)).powi(2)).sum();
    let error = SPREAD_95 * (rest / (count - 2.0) / spread).sqrt();
    Some(Slope { low: mid - error, mid, high: mid + error })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_its_slope_and_noise_has_none() {
        let line: Vec<(f64, f64)> = (0..50).map(|x| (f64::from(x), 3.0 + 2.0 * f64::from(x))).collect();
        let found = slope(&line).unwrap();
        assert!((found.mid - 2.0).abs() < 1e-9 && found.high - found.low < 1e-6, "{found:?}");
        let noise: Vec<(f64, f64)> = (0..50).map(|x| (f64::from(x), f64::from(x % 2))).collect();
        let found = slope(&noise).unwrap();
        assert!(found.low < 0.0 && found.high > 0.0, "{found:?}");
        assert_eq!(slope(&[(1.0, 1.0), (1.0, 2.0), (1.0, 3.0)]), None);
    }

    #[test]
    fn a_percentile_is_one_of_the_values() {
        assert!((percentile(&[3.0, 1.0, 2.0], 50) - 2.0).abs() < f64::EPSILON);
        assert!((percentile(&[3.0, 1.0, 2.0], 99) - 3.0).abs() < f64::EPSILON);
        assert!(percentile(&[], 99).abs() < f64::EPSILON);
    }
}
