//! Whether two answers mean the same. Words for people (a reason, a cause, a summary) may differ; what the host acts on
//! may not.

use super::Output;

/// The fields that the host acts on and that differ; none if both answers mean the same.
#[must_use]
pub fn difference(some: &Output, other: &Output) -> Vec<String> {
    let mut fields = Fields::default();
    match (some, other) {
        (Output::Decision(some), Output::Decision(other)) => {
            fields.compare("order", &some.order, &other.order);
            fields.compare("otherwise", &some.otherwise, &other.otherwise);
        }
        (Output::Diagnosis(Some(some)), Output::Diagnosis(Some(other))) => {
            fields.compare("class", &some.class, &other.class);
            fields.compare("retry_after_ms", &some.retry_after_ms, &other.retry_after_ms);
            fields.compare("attributes", &some.attributes, &other.attributes);
        }
        (Output::Plan(Some(some)), Output::Plan(Some(other))) => {
            fields.compare("actions", &some.actions, &other.actions);
            fields.compare("checks", &some.checks, &other.checks);
            fields.compare("undo", &some.undo, &other.undo);
        }
        (Output::Outcome(some), Output::Outcome(other)) => {
            fields.compare("status", &some.status, &other.status);
            fields.compare("output", &some.output, &other.output);
            fields.compare("code", &some.code, &other.code);
        }
        (some, other) => fields.compare("answer", some, other),
    }
    fields.0
}

#[derive(Default)]
struct Fields(Vec<String>);

impl Fields {
    fn compare<T: PartialEq>(&mut self, name: &str, some: &T, other: &T) {
        if some != other {
            self.0.push(name.to_owned());
        }
    }
}
