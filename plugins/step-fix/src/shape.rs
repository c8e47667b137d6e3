//! Which actions and checks a model may write, field by field. What the host takes beyond that is for operators: a model
//! reads what strangers wrote.

use serde_json::{Map, Value};

use crate::cut::cut;

const SHOWN_MAX: usize = 100;

/// One kind, and its fields.
pub(crate) struct Shape {
    kind: &'static str,
    fields: &'static [Field],
}

struct Field {
    name: &'static str,
    must: bool,
    holds: Holds,
}

#[derive(Clone, Copy)]
enum Holds {
    Text,
    /// A whole number from 0 to this.
    Count(u64),
    Switch,
    /// One with something in it.
    Object,
    Anything,
}

const AFTER_MS_MAX: u64 = 24 * 60 * 60 * 1000;

pub(crate) const ACTIONS: &[Shape] = &[
    Shape { kind: "set-input", fields: &[must("patch", Holds::Object)] },
    Shape { kind: "retry", fields: &[may("after_ms", Holds::Count(AFTER_MS_MAX))] },
    Shape { kind: "run-skill", fields: &[must("skill", Holds::Text), may("input", Holds::Anything)] },
];

pub(crate) const CHECKS: &[Shape] = &[
    Shape {
        kind: "json-path",
        fields: &[must("path", Holds::Text), may("file", Holds::Text), may("equals", Holds::Anything)],
    },
    Shape {
        kind: "file",
        fields: &[must("path", Holds::Text), may("exists", Holds::Switch), may("schema", Holds::Object)],
    },
    Shape { kind: "skill", fields: &[must("skill", Holds::Text), may("input", Holds::Anything)] },
    Shape { kind: "human", fields: &[must("question", Holds::Text)] },
];

const fn must(name: &'static str, holds: Holds) -> Field {
    Field { name, must: true, holds }
}

const fn may(name: &'static str, holds: Holds) -> Field {
    Field { name, must: false, holds }
}

/// What is wrong with it, if it has none of these shapes.
pub(crate) fn check(part: &Value, shapes: &[Shape]) -> Result<(), String> {
    let fields = part.as_object().ok_or_else(|| "is no object".to_owned())?;
    let kind = fields.get("kind").and_then(Value::as_str).unwrap_or_default();
    let Some(shape) = shapes.iter().find(|shape| shape.kind == kind) else {
        let kinds: Vec<&str> = shapes.iter().map(|shape| shape.kind).collect();
        return Err(format!("the kind {:?}, expected one of {}", cut(kind, SHOWN_MAX), kinds.join(", ")));
    };
    shape.no_other(fields)?;
    shape.fields.iter().try_for_each(|field| field.check(fields.get(field.name)))
}

impl Shape {
    fn no_other(&self, fields: &Map<String, Value>) -> Result<(), String> {
        let known = |name: &str| name == "kind" || self.fields.iter().any(|field| field.name == name);
        match fields.keys().find(|name| !known(name)) {
            Some(name) => Err(format!("{} has no field {:?}", self.kind, cut(name, SHOWN_MAX))),
            None => Ok(()),
        }
    }
}

impl Field {
    fn check(&self, value: Option<&Value>) -> Result<(), String> {
        let Self { name, must, holds } = self;
        match value {
            None if *must => Err(format!("the field {name} is missing")),
            Some(value) if !holds.fits(value) => Err(format!("{name}: expected {}", holds.words())),
            _ => Ok(()),
        }
    }
}

impl Holds {
    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Text => value.as_str().is_some_and(|text| !text.is_empty()),
            Self::Count(most) => value.as_u64().is_some_and(|count| count <= most),
            Self::Switch => value.is_boolean(),
            Self::Object => value.as_object().is_some_and(|fields| !fields.is_empty()),
            Self::Anything => true,
        }
    }

    fn words(self) -> String {
        match self {
            Self::Text => "a text".to_owned(),
            Self::Count(most) => format!("a whole number from 0 to {most}"),
            Self::Switch => "true or false".to_owned(),
            Self::Object => "an object with something in it".to_owned(),
            Self::Anything => "anything".to_owned(),
        }
    }
}
