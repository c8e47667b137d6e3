//! A task file: read whole, with a bound, and taken for what it says. It must not know what becomes of the tasks.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use patchbay_tasks::Definition;

use crate::cli::{Failure, Status};

/// As much as is read of one.
const BYTES_MAX: u64 = 1 << 20;
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
    patchbay_tasks::document::read(&text)
        .map_err(|error| Failure::new(format!("{place}: {error}")).status(Status::Usage))
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
            ("name: a\nskill: exec\n---\nname: b\n", 2),
        ] {
            std::fs::write(&file, text).unwrap();
            assert_eq!(load(&file).unwrap().len(), count, "{text}");
        }
        std::fs::write(&file, r#"{"name": "a", "prority": "P0"}"#).unwrap();
        let wrong = load(&file).unwrap_err();
        assert!(wrong.to_string().contains("prority") && wrong.exit() == Status::Usage, "{wrong}");
    }
}
