//! Task files: YAML, or JSON, which is YAML, to definitions. It must not know which tasks there are, nor how a schedule is
//! read.

mod error;
mod fields;
mod locate;
mod nearest;
mod tree;
mod words;

use std::collections::HashMap;

pub use error::{DocumentError, Spot};
use tree::{Node, Place, Tree};

use crate::{Definition, TaskName};

/// Bytes of one file.
pub(crate) const TEXT_BYTES_MAX: usize = 1024 * 1024;
/// Tasks of one file.
pub(crate) const TASKS_MAX: usize = 10_000;

/// The definitions of a task file, in its order. Each document (`---`) is a task, a list of tasks, or a map with the one
/// key `tasks` and such a list.
///
/// A task has the fields of a [`Definition`], and may be shorter: `deadline` is milliseconds since 1970, a moment in RFC
/// 3339, or a day (its end, UTC); `schedule` is a text (`0 9 * * 1-5 Europe/Berlin`), or a map with `cron` or `at` and
/// perhaps `zone`, or with `every`, and perhaps `overlap`, `catch_up` and `jitter` (texts such as `30s`) and
/// `pause_after`; `budgets.usd` is US dollars as a text (`"2.50"`), or nano-USD as a number;
/// `budgets.wall` is a text such as `2h`. Anchors, aliases and merge keys are read, within bounds.
///
/// # Errors
/// The first thing that is wrong, with its document, line, column and field.
pub fn read(text: &str) -> Result<Vec<Definition>, DocumentError> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(DocumentError::TooLarge { found: text.len() });
    }
    let documents = tree::parse(text)?;
    let mut nodes = Vec::new();
    for document in documents {
        gather(text, document, &mut nodes)?;
    }
    if nodes.is_empty() {
        return Err(DocumentError::Empty);
    }
    if let Some(node) = nodes.get(TASKS_MAX) {
        return Err(DocumentError::Many { at: locate::spot(text, node.place) });
    }
    let mut seen = HashMap::new();
    nodes.iter().map(|node| one(text, node, &mut seen)).collect()
}

/// A definition that makes sense by itself, under a name that is new in this file.
fn one(text: &str, node: &Node, seen: &mut HashMap<TaskName, Place>) -> Result<Definition, DocumentError> {
    let at = |place| locate::spot(text, place);
    let definition = fields::definition(text, node)?;
    definition.check().map_err(|error| DocumentError::Definition { at: at(node.place), error })?;
    match seen.insert(definition.name.clone(), node.place) {
        Some(first) => {
            Err(DocumentError::Twice { at: at(node.place), first: at(first), name: definition.name })
        }
        None => Ok(definition),
    }
}

/// The tasks of one document.
fn gather(text: &str, document: Node, nodes: &mut Vec<Node>) -> Result<(), DocumentError> {
    let Node { place, tree } = document;
    match tree {
        Tree::Null => Ok(()),
        Tree::List(items) => {
            nodes.extend(items);
            Ok(())
        }
        Tree::Map(entries) if entries.iter().any(|entry| entry.key == "tasks") => {
            for entry in entries {
                match (entry.key.as_str(), entry.value.tree) {
                    ("tasks", Tree::List(items)) => nodes.extend(items),
                    ("tasks", other) => return Err(fields::not_a_list(text, entry.value.place, &other)),
                    (key, _) => return Err(fields::beside_tasks(text, entry.place, key)),
                }
            }
            Ok(())
        }
        tree @ Tree::Map(_) => {
            nodes.push(Node { place, tree });
            Ok(())
        }
        other => Err(DocumentError::NotATask { at: locate::spot(text, place), found: other.kind() }),
    }
}

#[cfg(test)]
mod tests;
