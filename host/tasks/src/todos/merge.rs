//! A todos file and the host's tasks, made one, both ways, by id. It must not know where either is kept.

use std::collections::{HashMap, HashSet};

use patchbay_types::Timestamp;
use serde_json::Value;

use super::decide::{Side, Verdict, is_end, later, sided};
use super::log::{LogEntry, moment, unite};
use super::{Imported, OldNames, Todo, Todos, old_name, state_of_old};
use crate::Shown;

/// Fields that say when an entry was changed, if it has one of them.
const TIMES: [&str; 5] = ["updated_at", "updated", "changed_at", "modified", "completed_at"];

/// A task of the host as far as the file has it.
#[derive(Clone, PartialEq, Debug)]
pub struct TodoOf {
    pub id: String,
    pub title: String,
    pub status: Shown,
    /// When title or status changed last.
    pub changed: Timestamp,
    pub log: Vec<LogEntry>,
    pub metrics: Option<Value>,
    pub artifacts: Option<Value>,
    /// What both had when they were merged last. With it is known who changed what; without it the later wins.
    pub base: Option<Base>,
}

/// What file and host had in common: keep it with the task after each merge.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Base {
    pub title: String,
    /// The word that the file has.
    pub status: String,
}

/// What the host has to take over.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct HostChange {
    pub id: String,
    /// The host has no such task: it is to be made so.
    pub new: Option<Imported>,
    pub title: Option<String>,
    pub status: Option<Shown>,
    /// Entries that the host does not have, by time.
    pub log: Vec<LogEntry>,
}

/// What somebody should look at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Conflict {
    /// Empty: the entry has none.
    pub id: String,
    pub field: &'static str,
    pub ours: String,
    pub theirs: String,
    pub kept: Side,
    pub why: &'static str,
}

/// One of both.
#[derive(Clone, Debug, Default)]
pub struct Merged {
    pub changes_for_host: Vec<HostChange>,
    pub file: Todos,
    pub conflicts: Vec<Conflict>,
}

/// Log entries unite; of title and status what one side changed is taken, the later if both did, unless that weakens an
/// end; fields that nobody here knows stay; tasks that only the host has come last into the file. Merged again, once the
/// host has taken its changes over, it changes nothing.
#[must_use]
pub fn merge(ours: &[TodoOf], theirs: &Todos) -> Merged {
    let mut merged = Merged { file: theirs.clone(), ..Merged::default() };
    let by_id: HashMap<&str, &TodoOf> = ours.iter().map(|todo| (todo.id.as_str(), todo)).collect();
    let names = names_of(theirs);
    let mut seen = HashSet::new();
    let mut todos = std::mem::take(&mut merged.file.todos);
    for todo in &mut todos {
        match todo.id() {
            Some(id) if seen.insert(id.clone()) => merged.one(by_id.get(id.as_str()).copied(), id, todo),
            Some(id) => {
                merged.note(id, "id", "", "", Side::Theirs, "this id is there twice: the first one counts")
            }
            None => {
                merged.note(String::new(), "id", "", "", Side::Theirs, "an entry without id is left alone")
            }
        }
    }
    for todo in ours.iter().filter(|todo| seen.insert(todo.id.clone())) {
        if todo.base.is_some() {
            let why = "it was taken out of the file: it is written again, cancel or void the task instead";
            merged.note(todo.id.clone(), "id", &todo.id, "", Side::Ours, why);
        }
        todos.push(written(todo, names));
    }
    merged.file.todos = todos;
    merged
}

/// The words that this file uses: those of its first entry that has one.
fn names_of(todos: &Todos) -> OldNames {
    let word = |todo: &Todo| todo.get("status")?.as_str().and_then(names_of_word);
    todos.todos.iter().find_map(word).unwrap_or(OldNames::Table)
}

fn names_of_word(word: &str) -> Option<OldNames> {
    let shown = state_of_old(word)?;
    let is_table = old_name(shown, OldNames::Table) == word;
    Some(if is_table { OldNames::Table } else { OldNames::Blackboard })
}

fn written(ours: &TodoOf, names: OldNames) -> Todo {
    let mut todo = Todo::default();
    todo.set("id", &ours.id.as_str().into());
    todo.set("title", &ours.title.as_str().into());
    todo.set("status", &old_name(ours.status, names).into());
    todo.set("execution_log", &serde_json::to_value(unite(&ours.log, &[])).unwrap_or_default());
    add(&mut todo, "execution_metrics", ours.metrics.as_ref());
    add(&mut todo, "artifacts", ours.artifacts.as_ref());
    todo
}

impl Merged {
    fn note(
        &mut self,
        id: String,
        field: &'static str,
        ours: &str,
        theirs: &str,
        kept: Side,
        why: &'static str,
    ) {
        self.conflicts.push(Conflict {
            id,
            field,
            ours: ours.to_owned(),
            theirs: theirs.to_owned(),
            kept,
            why,
        });
    }

    fn one(&mut self, ours: Option<&TodoOf>, id: String, todo: &mut Todo) {
        let log = self.log(&id, todo);
        let Some(ours) = ours else { return self.import(id, todo, log) };
        let mut change = HostChange { id, ..HostChange::default() };
        let known: HashSet<_> = ours.log.iter().map(LogEntry::key).collect();
        let news = log.iter().flatten().filter(|entry| !known.contains(&entry.key()));
        let when =
            TIMES.iter().filter_map(|key| moment(&todo.get(key)?)).chain(news.filter_map(LogEntry::at)).max();
        self.title(ours, todo, when, &mut change);
        self.status(ours, todo, when, &mut change);
        if let Some(log) = log {
            change.log = logs(&ours.log, &log, todo);
        }
        add(todo, "execution_metrics", ours.metrics.as_ref());
        add(todo, "artifacts", ours.artifacts.as_ref());
        if change.title.is_some() || change.status.is_some() || !change.log.is_empty() {
            self.changes_for_host.push(change);
        }
    }

    /// None if it cannot be read: then it stays as it is.
    fn log(&mut self, id: &str, todo: &Todo) -> Option<Vec<LogEntry>> {
        let value = todo.get("execution_log").filter(|value| !value.is_null());
        let log = value.map_or(Some(Vec::new()), |value| serde_json::from_value(value).ok());
        if log.is_none() {
            let why = "it is no list of {timestamp, stage, message, details}: it is left alone";
            self.note(id.to_owned(), "execution_log", "", "", Side::Theirs, why);
        }
        log
    }

    fn import(&mut self, id: String, todo: &Todo, log: Option<Vec<LogEntry>>) {
        let text = |key: &str| todo.get(key).and_then(|value| value.as_str().map(str::to_owned));
        let word = text("status").unwrap_or_default();
        let status = state_of_old(&word);
        if status.is_none() {
            self.note(
                id.clone(),
                "status",
                "",
                &word,
                Side::Theirs,
                "this status is not known: the task begins anew",
            );
        }
        let log = unite(&[], &log.unwrap_or_default());
        let new = Some(Imported::of(todo));
        self.changes_for_host.push(HostChange { id, new, title: text("title"), status, log });
    }

    fn title(&mut self, ours: &TodoOf, todo: &mut Todo, when: Option<Timestamp>, change: &mut HostChange) {
        let theirs = todo.get("title").and_then(|value| value.as_str().map(str::to_owned));
        let Some(theirs) = theirs.filter(|theirs| *theirs != ours.title) else {
            return todo.set("title", &ours.title.as_str().into());
        };
        let base = ours.base.as_ref().map(|base| base.title.as_str());
        let verdict = sided(base, &ours.title, &theirs).unwrap_or_else(|| later(ours.changed, when));
        self.told(ours, "title", (&ours.title, &theirs), verdict);
        match verdict.side {
            Side::Ours => todo.set("title", &ours.title.as_str().into()),
            Side::Theirs => change.title = Some(theirs),
        }
    }

    fn status(&mut self, ours: &TodoOf, todo: &mut Todo, when: Option<Timestamp>, change: &mut HostChange) {
        let word = todo.get("status").and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default();
        let Some((theirs, names)) = state_of_old(&word).zip(names_of_word(&word)) else {
            return self.note(
                ours.id.clone(),
                "status",
                ours.status.as_str(),
                &word,
                Side::Theirs,
                "this status is not known: it is left alone",
            );
        };
        let mine = old_name(ours.status, names);
        if mine == word {
            return;
        }
        let base = ours.base.as_ref().map(|base| base.status.as_str());
        let verdict = match sided(base, mine, &word) {
            Some(verdict) if verdict.side == Side::Ours || !is_end(ours.status) => verdict,
            _ if is_end(ours.status) => Verdict::but("an end is changed by an operator only"),
            _ if is_end(theirs) => Verdict::of(Side::Theirs),
            _ => later(ours.changed, when),
        };
        self.told(ours, "status", (mine, &word), verdict);
        match verdict.side {
            Side::Ours => todo.set("status", &mine.into()),
            Side::Theirs => change.status = Some(theirs),
        }
    }

    fn told(&mut self, of: &TodoOf, field: &'static str, (ours, theirs): (&str, &str), verdict: Verdict) {
        if let Some(why) = verdict.why {
            self.note(of.id.clone(), field, ours, theirs, verdict.side, why);
        }
    }
}

/// Writes the united log if the file lacks something, and answers what the host lacks.
fn logs(ours: &[LogEntry], theirs: &[LogEntry], todo: &mut Todo) -> Vec<LogEntry> {
    let united = unite(ours, theirs);
    let lacks = |list: &[LogEntry]| {
        let known: HashSet<_> = list.iter().map(LogEntry::key).collect();
        united.iter().filter(|entry| !known.contains(&entry.key())).cloned().collect::<Vec<_>>()
    };
    if !lacks(theirs).is_empty() {
        todo.set("execution_log", &serde_json::to_value(&united).unwrap_or_default());
    }
    lacks(ours)
}

/// What the host knows goes into the field; what else is there stays.
fn add(todo: &mut Todo, key: &str, ours: Option<&Value>) {
    let Some(ours) = ours else { return };
    let both = match (todo.get(key), ours) {
        (Some(Value::Object(mut theirs)), Value::Object(ours)) => {
            theirs.extend(ours.clone());
            Value::Object(theirs)
        }
        (Some(Value::Array(mut theirs)), Value::Array(ours)) => {
            let news: Vec<Value> = ours.iter().filter(|item| !theirs.contains(item)).cloned().collect();
            theirs.extend(news);
            Value::Array(theirs)
        }
        _ => ours.clone(),
    };
    todo.set(key, &both);
}
