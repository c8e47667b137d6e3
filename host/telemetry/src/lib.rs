//! Finished spans on their way to an OpenTelemetry collector, over OTLP/HTTP. It must not know what a request is, nor
//! what the names of spans and attributes mean.
//!
//! Nothing here ever makes a request wait: what finds no room is counted as dropped.

mod batch;
mod context;
mod delivery;
mod exporter;
mod options;
mod span;
mod telemetry;

pub use context::{Context, SpanId, TraceId};
pub use exporter::Exporter;
pub use options::{TelemetryError, TelemetryOptions};
pub use span::{Attribute, Event, Kind, Span, Status, UnixNanos, Value};
pub use telemetry::{Telemetry, TelemetryStatus};
