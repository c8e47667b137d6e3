//! Several rounds in which the same targets were measured in turn: each is compared to the first one of its own round.

use crate::statistics::median;

/// One target's samples, each beside the first target's of that round.
pub(crate) struct Pairs<'r, S>(Vec<(&'r S, &'r S)>);

impl<'r, S> Pairs<'r, S> {
    /// Of the target at `index` of each round.
    pub(crate) fn of(rounds: &'r [Vec<S>], index: usize) -> Self {
        Self(rounds.iter().filter_map(|round| Some((round.get(index)?, round.first()?))).collect())
    }

    pub(crate) fn own(&self, figure: impl Fn(&S) -> f64) -> f64 {
        median(self.samples().map(figure))
    }

    /// What it has more than the first one.
    pub(crate) fn added(&self, figure: impl Fn(&S) -> f64) -> f64 {
        median(self.0.iter().map(|(own, first)| figure(own) - figure(first)))
    }

    /// Its share of the first one's; zero where that had nothing.
    pub(crate) fn ratio(&self, figure: impl Fn(&S) -> f64) -> f64 {
        let shares = self.0.iter().map(|(own, first)| figure(own) / figure(first));
        median(shares.map(|share| if share.is_finite() { share } else { 0.0 }))
    }

    pub(crate) fn samples(&self) -> impl Iterator<Item = &'r S> {
        self.0.iter().map(|(own, _)| *own)
    }

    /// The first one's.
    pub(crate) fn floors(&self) -> impl Iterator<Item = &'r S> {
        self.0.iter().map(|(_, first)| *first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_compared_within_its_round() {
        let rounds = vec![vec![10.0, 5.0], vec![100.0, 80.0], vec![0.0, 1.0]];
        let second = Pairs::of(&rounds, 1);
        assert!((second.own(|figure| *figure) - 5.0).abs() < f64::EPSILON);
        assert!((second.ratio(|figure| *figure) - 0.5).abs() < f64::EPSILON);
        assert!((second.added(|figure| *figure) + 5.0).abs() < f64::EPSILON);
        assert_eq!((second.floors().count(), Pairs::of(&rounds, 2).samples().count()), (3, 0));
    }
}
