//! A todos file and the tasks of this host, in step. It must not know where the file lies.

use patchbay_engine as engine;
use patchbay_tasks::todos::{TEXT_BYTES_MAX, Todos, read};

use super::task::{by, label};
use super::{Desk, Operator};
use crate::OperatorError;
use crate::api::{TodosExported, TodosImported, TodosQuery};

/// Bytes of the name that stands for a file.
const NAME_BYTES_MAX: usize = 512;

impl Operator {
    /// The file with what the host knows. Tasks stay as they are.
    ///
    /// # Errors
    /// A text that is no todos file, too many tasks, or a store that does not write.
    pub async fn export_todos(
        &self,
        query: TodosQuery,
        text: String,
    ) -> Result<TodosExported, OperatorError> {
        let file = parsed(&query, &text)?;
        let wanted = query.label.as_deref().map(label).transpose()?;
        self.change(|desk| async move {
            let exported = desk.parts.engine.export_todos(&query.file, &file, wanted).await?;
            let written = exported.file.to_text();
            fits(written.len(), TEXT_BYTES_MAX)?;
            Ok(TodosExported {
                changed: written != text,
                text: written,
                tasks: exported.tasks,
                waiting: exported.waiting,
                conflicts: exported.conflicts.into_iter().map(Into::into).collect(),
            })
        })
        .await
    }

    /// The file is written so: what both have in common is kept for the next time.
    ///
    /// # Errors
    /// A text that is no todos file, or a store that does not write.
    pub async fn agree_todos(&self, query: TodosQuery, text: String) -> Result<(), OperatorError> {
        let file = parsed(&query, &text)?;
        self.change(|desk| async move { Ok(desk.parts.engine.agree_todos(&query.file, &file).await?) }).await
    }

    /// Takes over what the file says otherwise.
    ///
    /// # Errors
    /// A text that is no todos file; or a store that does not write: the same again does the rest.
    pub async fn import_todos(
        &self,
        query: TodosQuery,
        text: String,
        actor: &str,
    ) -> Result<TodosImported, OperatorError> {
        let file = parsed(&query, &text)?;
        if query.label.is_some() {
            return Err(OperatorError::field("label", "that is not taken here: leave it out"));
        }
        let actor = actor.to_owned();
        self.change(|desk| async move { desk.import_todos(&query.file, &file, &actor).await }).await
    }
}

impl Desk {
    async fn import_todos(
        &self,
        name: &str,
        file: &Todos,
        actor: &str,
    ) -> Result<TodosImported, OperatorError> {
        let engine::TodosImported { made, changed, refused, conflicts } =
            self.parts.engine.import_todos(name, file, &by(actor)).await?;
        if !made.is_empty() || !changed.is_empty() {
            let detail = format!("made={} changed={}", made.len(), changed.len());
            let audit = self.audit(actor, "todos.import", &format!("todos/{name}"), detail);
            self.write_down(vec![audit]).await?;
        }
        let conflicts = conflicts.into_iter().map(Into::into).collect();
        Ok(TodosImported { made, changed, refused, conflicts })
    }
}

/// What is written can be read again.
fn fits(found: usize, max: usize) -> Result<(), OperatorError> {
    let text = || {
        format!(
            "the todos file would have {found} bytes, expected at most {max}; nothing was written: write tasks with one \
             label each into files of their own, and give each file a name of its own"
        )
    };
    if found > max { Err(OperatorError::field("label", text())) } else { Ok(()) }
}

fn parsed(query: &TodosQuery, text: &str) -> Result<Todos, OperatorError> {
    if !(1..=NAME_BYTES_MAX).contains(&query.file.len()) {
        return Err(OperatorError::field(
            "file",
            "expected a name of 1 to 512 bytes that stands for the file",
        ));
    }
    read(text).map_err(|error| OperatorError::field("body", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_could_not_be_read_again_is_refused_with_its_size() {
        assert!(fits(10, 10).is_ok());
        let told = fits(11, 10).unwrap_err().to_string();
        assert!(told.contains("would have 11 bytes, expected at most 10; nothing was written"), "{told}");
    }
}
