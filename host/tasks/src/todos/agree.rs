//! What a file and the host have in common once they were merged: by it the next merge knows who changed what. It must
//! not know where that is kept.

use std::collections::HashMap;

use super::merge::names_of_word;
use super::{Base, Todo, TodoOf, Todos, old_name};

/// What is new in what they have in common, by id. Of a field in which they differ the old value stays, or it would look
/// as if one side had changed it.
#[must_use]
pub fn agreed(ours: &[TodoOf], file: &Todos) -> Vec<(String, Base)> {
    let mut entries: HashMap<String, &Todo> = HashMap::new();
    for todo in &file.todos {
        if let Some(id) = todo.id() {
            entries.entry(id).or_insert(todo);
        }
    }
    let common = ours.iter().filter_map(|ours| Some((ours, in_common(ours, entries.get(&ours.id)?)?)));
    let news = common.filter(|(ours, base)| ours.base.as_ref() != Some(base));
    news.map(|(ours, base)| (ours.id.clone(), base)).collect()
}

/// None: in one field they differ, and nobody knows what it was.
fn in_common(ours: &TodoOf, todo: &Todo) -> Option<Base> {
    let text = |key: &str| todo.get(key).and_then(|value| value.as_str().map(str::to_owned));
    let title = text("title").filter(|title| *title == ours.title);
    let status = text("status")
        .filter(|word| names_of_word(word).is_some_and(|names| old_name(ours.status, names) == word));
    let known = |of: fn(&Base) -> &String| ours.base.as_ref().map(|base| of(base).clone());
    Some(Base {
        title: title.or_else(|| known(|base| &base.title))?,
        status: status.or_else(|| known(|base| &base.status))?,
    })
}
