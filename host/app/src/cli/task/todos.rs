//! `patchbay task export --todos` and `patchbay task import --todos`: a file that Git syncs, and the host's tasks, in
//! step. It must not know how the two are merged.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use patchbay_admin::api::{TodoConflict, TodosExported, TodosImported};
use patchbay_tasks::todos::TEXT_BYTES_MAX;
use tempfile::NamedTempFile;
use url::form_urlencoded::Serializer;

use crate::cli::{AnswerOptions, Failure, Status, answer, output};
use crate::client::Request;

pub(super) const EXPORT_EXAMPLES: &str = "\
Examples:
  patchbay task export --todos todos.json
  patchbay task export --todos todos.json --label team=shop --json";

pub(super) const IMPORT_EXAMPLES: &str = "\
Example:
  git pull && patchbay task import --todos todos.json && patchbay task export --todos todos.json";

#[derive(Args, Debug)]
pub struct Export {
    #[command(flatten)]
    which: Which,
    /// Of tasks that the file does not have, add only those with this label
    #[arg(long, value_name = "KEY=VALUE")]
    label: Option<String>,
}

#[derive(Args, Debug)]
pub struct Import {
    #[command(flatten)]
    which: Which,
}

#[derive(Args, Debug)]
struct Which {
    /// The todos file
    #[arg(long, value_name = "FILE")]
    todos: PathBuf,
    /// What stands for the file, also the next time [default: its path]
    #[arg(long = "as", value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    answer: AnswerOptions,
}

impl Export {
    pub(super) async fn run(self, dir: &Path) -> Result<(), Failure> {
        let file = self.which.place()?;
        let before = read(&file)?;
        let request =
            self.which.request("export", &file, self.label.as_deref(), before.as_deref().unwrap_or("[]"));
        let answer = answer::ask(dir, request).await?;
        let exported: TodosExported = answer.read()?;
        if exported.changed || before.is_none() {
            replace(&file, before.as_deref(), &exported.text)?;
        }
        // What both have in common is known from here on.
        answer::ask(dir, self.which.request("agreed", &file, None, &exported.text)).await?;
        if self.which.answer.json {
            let told = TodosExported { text: String::new(), ..exported };
            output::line(&serde_json::to_string(&told).unwrap_or_default());
            return Ok(());
        }
        tell_conflicts(&exported.conflicts);
        let changed = if exported.changed { "changed" } else { "unchanged" };
        output::line(&format!(
            "{}: {changed}, {} tasks, {} conflicts",
            self.which.todos.display(),
            exported.tasks,
            exported.conflicts.len()
        ));
        if exported.waiting > 0 {
            let waiting = exported.waiting;
            output::note(&format!(
                "{waiting} entries say otherwise than the host: `patchbay task import` takes over what can be, and says \
                 why the rest cannot"
            ));
        }
        Ok(())
    }
}

impl Import {
    pub(super) async fn run(self, dir: &Path) -> Result<(), Failure> {
        let file = self.which.place()?;
        let missing =
            || Failure::new(format!("there is no file {}", file.display())).status(Status::NotFound);
        let text = read(&file)?.ok_or_else(missing)?;
        // An end comes by a claim, which only a host that runs grants.
        let imported = super::follow::asked_server::<TodosImported>(
            dir,
            self.which.request("import", &file, None, &text),
        );
        let imported = imported.await?;
        if self.which.answer.json {
            output::line(&serde_json::to_string(&imported).unwrap_or_default());
            return Ok(());
        }
        tell_conflicts(&imported.conflicts);
        for refused in &imported.refused {
            let text = format!("not taken over: {}: {}", refused.id, refused.reason);
            output::note(&output::printable(&text));
        }
        output::line(&format!(
            "{} made, {} changed, {} not taken over, {} conflicts",
            imported.made.len(),
            imported.changed.len(),
            imported.refused.len(),
            imported.conflicts.len()
        ));
        Ok(())
    }
}

impl Which {
    /// The file itself, behind links: that is what is replaced, and by default what it is known by.
    fn place(&self) -> Result<PathBuf, Failure> {
        let given = &self.todos;
        let unusable = |error: std::io::Error| {
            let failure = Failure::new(format!("{} cannot be used: {error}", given.display()));
            if error.kind() == ErrorKind::NotFound { failure.status(Status::NotFound) } else { failure }
        };
        match fs::canonicalize(given) {
            Ok(file) => Ok(file),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let folder = given.parent().filter(|folder| !folder.as_os_str().is_empty());
                let folder = fs::canonicalize(folder.unwrap_or(Path::new("."))).map_err(unusable)?;
                let name = given.file_name().ok_or_else(|| unusable(error))?;
                Ok(folder.join(name))
            }
            Err(error) => Err(unusable(error)),
        }
    }

    fn request(&self, verb: &str, file: &Path, label: Option<&str>, text: &str) -> Request {
        let name = self.name.clone().unwrap_or_else(|| file.to_string_lossy().into_owned());
        let given = [("file", Some(name.as_str())), ("label", label)];
        let given = given.into_iter().filter_map(|(key, value)| Some((key, value?)));
        let query = Serializer::new(String::new()).extend_pairs(given).finish();
        Request::text(format!("/api/todos/{verb}?{query}"), text)
    }
}

/// None: there is no such file.
fn read(file: &Path) -> Result<Option<String>, Failure> {
    let unreadable = |error| Failure::new(format!("cannot read {}: {error}", file.display()));
    let opened = match File::open(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(unreadable)?,
    };
    let mut text = String::new();
    opened.take(TEXT_BYTES_MAX as u64 + 1).read_to_string(&mut text).map_err(unreadable)?;
    if text.len() > TEXT_BYTES_MAX {
        let message = format!("{} has more than {TEXT_BYTES_MAX} bytes", file.display());
        return Err(Failure::new(message).hint("move what is done elsewhere").status(Status::Usage));
    }
    Ok(Some(text))
}

/// All of it or nothing, and only if it is still what was merged.
fn replace(file: &Path, before: Option<&str>, text: &str) -> Result<(), Failure> {
    let unwritten =
        |error| Failure::new(format!("cannot write {}: {error}; it stays as it was", file.display()));
    let folder = file.parent().unwrap_or(Path::new("/"));
    let mut new = NamedTempFile::new_in(folder).map_err(unwritten)?;
    new.write_all(text.as_bytes()).map_err(unwritten)?;
    let permissions = match fs::metadata(file) {
        Ok(metadata) => metadata.permissions(),
        Err(_) => std::os::unix::fs::PermissionsExt::from_mode(MODE),
    };
    new.as_file().set_permissions(permissions).map_err(unwritten)?;
    new.as_file().sync_all().map_err(unwritten)?;
    if read(file)?.as_deref() != before {
        let message =
            format!("{} was changed by somebody else meanwhile: it stays as they left it", file.display());
        return Err(Failure::new(message).hint("do it again"));
    }
    new.persist(file).map_err(|error| unwritten(error.error))?;
    Ok(())
}

/// Of a file that was not there.
const MODE: u32 = 0o644;

fn tell_conflicts(conflicts: &[TodoConflict]) {
    for conflict in conflicts {
        let TodoConflict { id, field, ours, theirs, kept, why } = conflict;
        let id = if id.is_empty() { "an entry" } else { id };
        let kept = if kept == "ours" { "the host's" } else { "the file's" };
        let text = format!("conflict: {id} {field}: host {ours:?}, file {theirs:?}; kept {kept}: {why}");
        output::note(&output::printable(&text));
    }
}
