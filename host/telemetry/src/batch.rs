//! Spans as OTLP's protobuf. It must not know HTTP.

use std::borrow::Cow;

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue, any_value,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{
    ResourceSpans, ScopeSpans, Span as Wire, Status as WireStatus, span, status,
};
use prost::Message;

use crate::options::TelemetryOptions;
use crate::span::{Attribute, Bounded, Event, Kind, Span, Status, Value};

/// As in `traceparent`: a span that is sent was sampled.
const SAMPLED: u32 = 1;

/// What a batch says of who made its spans.
pub(crate) struct Sender {
    resource: Resource,
    scope: InstrumentationScope,
}

impl Sender {
    pub(crate) fn new(options: &TelemetryOptions) -> Self {
        let named = [
            ("service.name", &options.service_name),
            ("service.version", &options.service_version),
            ("service.instance.id", &options.instance),
        ];
        let said = named.into_iter().filter(|(_, text)| !text.is_empty());
        let attributes = said.map(|(key, text)| attribute((key.into(), text.clone().into()))).collect();
        let (name, version) = ("patchbay".to_owned(), options.service_version.clone());
        Self {
            resource: Resource { attributes, ..Resource::default() },
            scope: InstrumentationScope { name, version, ..InstrumentationScope::default() },
        }
    }

    /// At most 16 KiB a span and a little.
    pub(crate) fn body(&self, spans: Vec<Bounded>) -> Bytes {
        let spans = spans.into_iter().map(wire).collect();
        let scope_spans =
            vec![ScopeSpans { scope: Some(self.scope.clone()), spans, ..ScopeSpans::default() }];
        let resource = Some(self.resource.clone());
        let resource_spans = vec![ResourceSpans { resource, scope_spans, ..ResourceSpans::default() }];
        ExportTraceServiceRequest { resource_spans }.encode_to_vec().into()
    }
}

fn wire(bounded: Bounded) -> Wire {
    let Bounded { span, attributes_left_out, events_left_out } = bounded;
    let Span { trace, span, parent, name, kind, start, end, attributes, status, events } = span;
    Wire {
        trace_id: trace.0.to_vec(),
        span_id: span.0.to_vec(),
        parent_span_id: parent.map(|parent| parent.0.to_vec()).unwrap_or_default(),
        flags: SAMPLED,
        name: name.into_owned(),
        kind: of_kind(kind).into(),
        start_time_unix_nano: start.0,
        end_time_unix_nano: end.0,
        attributes: all(attributes),
        dropped_attributes_count: attributes_left_out,
        events: events.into_iter().map(of_event).collect(),
        dropped_events_count: events_left_out,
        status: of_status(status),
        ..Wire::default()
    }
}

fn of_kind(kind: Kind) -> span::SpanKind {
    match kind {
        Kind::Server => span::SpanKind::Server,
        Kind::Client => span::SpanKind::Client,
        Kind::Internal => span::SpanKind::Internal,
    }
}

fn of_status(status: Status) -> Option<WireStatus> {
    let (code, message) = match status {
        Status::Unset => return None,
        Status::Ok => (status::StatusCode::Ok, String::new()),
        Status::Error(words) => (status::StatusCode::Error, words),
    };
    Some(WireStatus { message, code: code.into() })
}

fn of_event(event: Event) -> span::Event {
    span::Event {
        time_unix_nano: event.at.0,
        name: event.name.into_owned(),
        attributes: all(event.attributes),
        ..span::Event::default()
    }
}

fn all(attributes: Vec<Attribute>) -> Vec<KeyValue> {
    attributes.into_iter().map(attribute).collect()
}

fn attribute((key, value): Attribute) -> KeyValue {
    let value = match value {
        Value::Text(text) => string(text),
        Value::Int(number) => any_value::Value::IntValue(number),
        Value::Float(number) => any_value::Value::DoubleValue(number),
        Value::Bool(truth) => any_value::Value::BoolValue(truth),
        Value::Texts(texts) => {
            let values = texts.into_iter().map(|text| any(string(text.into()))).collect();
            any_value::Value::ArrayValue(ArrayValue { values })
        }
    };
    KeyValue { key: key.into_owned(), value: Some(any(value)), ..KeyValue::default() }
}

fn string(text: Cow<'static, str>) -> any_value::Value {
    any_value::Value::StringValue(text.into_owned())
}

fn any(value: any_value::Value) -> AnyValue {
    AnyValue { value: Some(value) }
}
