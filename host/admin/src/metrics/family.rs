//! A family: one name, one type, and its values by labels.

use std::fmt;

use patchbay_meter::Histogram;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

pub(super) type Labels = Vec<(&'static str, String)>;

/// Gauges are real numbers; of counters only the cost is one.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Count(u64),
    Amount(f64),
    Gauge(f64),
    /// A sum, and how its parts are spread: the upper edge of each class, the last one infinite, and how many lie in it.
    Spread(f64, Vec<(f64, u64)>),
}

#[derive(Debug)]
pub(super) struct Family {
    /// Without prefix and `_total`.
    name: &'static str,
    help: &'static str,
    values: Vec<(Labels, Value)>,
}

impl Family {
    pub(super) fn new(
        name: &'static str,
        help: &'static str,
        values: impl IntoIterator<Item = (Labels, Value)>,
    ) -> Self {
        Self { name, help, values: values.into_iter().collect() }
    }

    pub(super) fn one(name: &'static str, help: &'static str, value: Value) -> Self {
        Self::new(name, help, [(Labels::new(), value)])
    }

    pub(super) fn encode(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let Some((_, first)) = self.values.first() else { return Ok(()) };
        let mut metric = encoder.encode_descriptor(self.name, self.help, None, first.kind())?;
        for (labels, value) in &self.values {
            // Without labels there are no braces either.
            if labels.is_empty() {
                return value.encode(metric);
            }
            value.encode(metric.encode_family(labels)?)?;
        }
        Ok(())
    }
}

impl Value {
    #[allow(clippy::cast_precision_loss, reason = "a gauge of a few thousand")]
    pub(super) fn gauge(count: usize) -> Self {
        Self::Gauge(count as f64)
    }

    /// The sum of all times in seconds, and how they are spread.
    #[allow(clippy::cast_precision_loss, reason = "bounds of a few minutes")]
    pub(super) fn times(sum: f64, histogram: &Histogram) -> Self {
        let seconds = |bound: Option<u64>| bound.map_or(f64::INFINITY, |ms| ms as f64 / 1e3);
        Self::Spread(sum, histogram.classes().map(|(bound, count)| (seconds(bound), count)).collect())
    }

    fn encode(&self, mut metric: MetricEncoder<'_>) -> fmt::Result {
        match *self {
            Self::Count(count) => ConstCounter::new(count).encode(metric),
            Self::Amount(amount) => ConstCounter::new(amount).encode(metric),
            Self::Gauge(gauge) => ConstGauge::new(gauge).encode(metric),
            Self::Spread(sum, ref classes) => {
                let count = classes.iter().map(|(_, count)| count).sum();
                // The library adds the counts up.
                metric.encode_histogram::<NoLabelSet>(sum, count, classes, None)
            }
        }
    }

    fn kind(&self) -> MetricType {
        match self {
            Self::Count(_) | Self::Amount(_) => MetricType::Counter,
            Self::Gauge(_) => MetricType::Gauge,
            Self::Spread(..) => MetricType::Histogram,
        }
    }
}
