//! `json-path`: a value in a JSON file, or in what an attempt put out. It must not know who wrote either.
//!
//! Paths are RFC 9535's, without `match` and `search`. A path may be a model's and a document a stranger's, and a path
//! can ask for more than there is time and memory; so what makes one grow is bounded before it is read.

mod growth;

use serde_json::Value;
use serde_json_path::JsonPath;

use crate::document;
use crate::place::{Place, Roots};
use crate::refused::CheckRefused;
use crate::same::same;
use crate::text::shown;
use crate::verdict::Finding;

const KIND: &str = "json-path";

/// A check that can be run.
pub(crate) struct PathCheck {
    path: JsonPath,
    shown: String,
    file: Option<Place>,
    equals: Option<Value>,
}

impl PathCheck {
    pub(crate) fn new(
        roots: &Roots,
        path: &str,
        file: Option<&str>,
        equals: Option<&Value>,
    ) -> Result<Self, CheckRefused> {
        let wrong = |reason| CheckRefused::JsonPath { path: shown(path), reason };
        growth::check(path).map_err(wrong)?;
        let parsed = JsonPath::parse(path).map_err(|error| wrong(shown(&error.to_string())))?;
        let file = file.map(|file| roots.place(KIND, file)).transpose()?;
        Ok(Self { path: parsed, shown: shown(path), file, equals: equals.cloned() })
    }

    pub(crate) fn wants_output(&self) -> bool {
        self.file.is_none()
    }

    /// In `output` if no file is named. Waits for a disk, or computes.
    pub(crate) fn run(&self, output: &Value) -> Finding {
        let Some(place) = &self.file else { return self.look("the output", output) };
        let shown = format!("{:?}", place.shown);
        match place.find() {
            Err(cause) => Finding::not_run(cause.to_string()),
            Ok(None) => Finding::failed(format!("{shown} is not there, expected a JSON file")),
            Ok(Some(found)) => document::read(&found, place)
                .map_or_else(|finding| finding, |value| self.look(&shown, &value)),
        }
    }

    /// Each value that the path finds must be the expected one, and there must be one.
    fn look(&self, whose: &str, value: &Value) -> Finding {
        let (found, path) = (self.path.query(value), &self.shown);
        let Some(first) = found.first() else {
            let expected = self.equals.as_ref().map_or("a value".to_owned(), quoted);
            return Finding::failed(format!("{path} finds nothing in {whose}, expected {expected}"));
        };
        let Some(expected) = &self.equals else {
            return Finding::held(format!("{path} finds {} in {whose}", quoted(first)));
        };
        match found.iter().find(|value| !same(value, expected)) {
            Some(other) => {
                let (found, expected) = (quoted(other), quoted(expected));
                Finding::failed(format!("{path} finds {found} in {whose}, expected {expected}"))
            }
            None => Finding::held(format!("{path} finds {} in {whose}, as expected", quoted(first))),
        }
    }
}

fn quoted(value: &Value) -> String {
    shown(&value.to_string())
}
