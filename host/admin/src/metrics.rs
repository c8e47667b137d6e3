//! What Prometheus reads. Names begin with `patchbay_`, units are base units, and every label has few values: a
//! provider, one of its models, a live generation. Agents are no label: there may be very many.

mod family;
mod gateway;
mod gather;
mod provider;
mod text;

use std::time::Duration;

use prometheus_client::encoding::text::encode_registry;
use prometheus_client::registry::Registry;

use crate::Operator;
pub use gateway::{GatewayCounts, StageSource};
use gather::Gathered;

/// A store that does not answer in this time costs its one number, not the scrape.
const STORE_WITHIN: Duration = Duration::from_secs(1);

/// All metrics in Prometheus' text format.
pub async fn metrics(operator: &Operator) -> String {
    let outbox = tokio::time::timeout(STORE_WITHIN, operator.outbox()).await;
    let outbox = outbox.ok().and_then(Result::ok);
    let mut registry = Registry::with_prefix("patchbay");
    registry.register_collector(Box::new(Gathered::of(operator.desk(), outbox)));
    let mut encoded = String::new();
    // Writing to a text does not fail; a collector that did would cost what follows it.
    if let Err(error) = encode_registry(&mut encoded, &registry) {
        tracing::error!(%error, "metrics are incomplete");
    }
    text::classic(&encoded)
}
