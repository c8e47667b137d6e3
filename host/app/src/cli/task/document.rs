//! A task file: read whole, with a bound, and taken for what it says. It must not know what becomes of the tasks.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use patchbay_tasks::Definition;
use serde::Deserialize;

use crate::cli::{Failure, Status};

/// As much as the host takes at once.
const BYTES_MAX: u64 = 8 << 20;
const STANDARD_INPUT: &str = "-";

/// # Errors
/// The file is not there (status 4), cannot be read, or is no task file (status 2).
pub(super) fn load(file: &Path) -> Result<Vec<Definition>, Failure> {
    let from_input = file == Path::new(STANDARD_INPUT);
    let place = if from_input { "standard input".to_owned() } else { file.display().to_string() };
    let text = if from_input { bounded(io::stdin().lock()) } else { File::open(file).and_then(bounded) };
    let text = text.map_err(|error| unreadable(&place, &error))?;
    if text.len() as u64 > BYTES_MAX {
        let message = format!("{place} has more than {BYTES_MAX} bytes: give its tasks in parts");
        return Err(Failure::new(message).status(Status::Usage));
    }
    definitions(&text).map_err(|error| Failure::new(format!("{place}: {error}")).status(Status::Usage))
}

fn unreadable(place: &str, error: &io::Error) -> Failure {
    let missing = error.kind() == io::ErrorKind::NotFound;
    let failure = Failure::new(format!("cannot read {place}: {error}"));
    if missing { failure.status(Status::NotFound) } else { failure }
}

fn bounded(source: impl Read) -> io::Result<String> {
    let mut text = String::new();
    source.take(BYTES_MAX + 1).read_to_string(&mut text)?;
    Ok(text)
}

/// One task, a list of tasks, or `{"tasks": [...]}`, as JSON. YAML goes through `patchbay_tasks::document::read`, which
/// takes the place of this function.
fn definitions(text: &str) -> Result<Vec<Definition>, serde_json::Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Whole {
        tasks: Vec<Definition>,
    }
    let value: serde_json::Value = serde_json::from_str(text)?;
    match &value {
        serde_json::Value::Array(_) => serde_json::from_value(value),
        serde_json::Value::Object(map) if map.contains_key("tasks") => {
            serde_json::from_value(value).map(|Whole { tasks }| tasks)
        }
        _ => serde_json::from_value(value).map(|task| vec![task]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_one_task_or_several_and_what_is_wrong_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tasks.yaml");
        assert_eq!(load(&file).unwrap_err().exit(), Status::NotFound);
        for (text, count) in [
            (r#"{"name": "a"}"#, 1),
            (r#"[{"name": "a"}, {"name": "b"}]"#, 2),
            (r#"{"tasks": [{"name": "a"}]}"#, 1),
        ] {
            std::fs::write(&file, text).unwrap();
            assert_eq!(load(&file).unwrap().len(), count, "{text}");
        }
        std::fs::write(&file, r#"{"name": "a", "prority": "P0"}"#).unwrap();
        let wrong = load(&file).unwrap_err();
        assert!(wrong.to_string().contains("prority") && wrong.exit() == Status::Usage, "{wrong}");
    }
}
