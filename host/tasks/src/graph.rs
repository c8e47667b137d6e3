//! Parents and dependencies: whether they can be at all, how deep a task lies, and whether it may go on. It must not know
//! where tasks are kept. All of it is linear and without recursion.

mod cycle;

use std::collections::BTreeMap;
use std::fmt;

use crate::{Place, StateName, TaskName};

/// The deepest level. Patchbay itself makes two; imports may bring more.
pub const LEVEL_MAX: u8 = 16;
/// Tasks of one graph.
pub const NODES_MAX: usize = 1_000_000;

/// Tasks by name, with what they name.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    nodes: BTreeMap<TaskName, Node>,
}

#[derive(Clone, Debug)]
struct Node {
    parent: Option<TaskName>,
    depends_on: Vec<TaskName>,
}

/// Why tasks make no graph.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum GraphError {
    #[error("tasks wait for each other in a circle: {}; take one of these arrows out", Path(path))]
    Cycle {
        /// Begins and ends with the same task; `a` waits for the one after it.
        path: Vec<TaskName>,
    },
    #[error(
        "task {task} names {missing}, which is not there: make that one first, or name it in the same file"
    )]
    Missing { task: TaskName, missing: TaskName },
    #[error("task {task} would lie more than {LEVEL_MAX} levels deep: hang it under a parent that is higher")]
    Deep { task: TaskName },
    #[error("task {task} is there twice: a name is unique")]
    Twice { task: TaskName },
    #[error("there are more than {NODES_MAX} tasks: give them in parts")]
    Many,
}

/// What what a task depends on lets it do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DependencyState {
    Met,
    /// It waits for this one.
    Waiting {
        on: TaskName,
        state: StateName,
    },
    /// This one ended in a way that never lets it go on.
    Broken {
        by: TaskName,
        state: StateName,
    },
}

impl Graph {
    /// # Errors
    /// If the name is there already, or there are too many.
    pub fn add(
        &mut self,
        name: TaskName,
        parent: Option<TaskName>,
        depends_on: Vec<TaskName>,
    ) -> Result<(), GraphError> {
        if self.nodes.contains_key(&name) {
            return Err(GraphError::Twice { task: name });
        }
        if self.nodes.len() >= NODES_MAX {
            return Err(GraphError::Many);
        }
        self.nodes.insert(name, Node { parent, depends_on });
        Ok(())
    }

    /// Whether everything that is named is there, nothing waits for itself (a task for its dependencies, a parent for its
    /// children), and where each task stands.
    ///
    /// # Errors
    /// The first thing that is wrong; a circle is named whole.
    pub fn places(&self) -> Result<BTreeMap<TaskName, Place>, GraphError> {
        self.find_missing()?;
        cycle::find(self)?;
        let mut places = BTreeMap::new();
        for name in self.nodes.keys() {
            self.place(name, &mut places)?;
        }
        Ok(places)
    }

    fn find_missing(&self) -> Result<(), GraphError> {
        for (task, node) in &self.nodes {
            let mut named = node.parent.iter().chain(&node.depends_on);
            if let Some(missing) = named.find(|name| !self.nodes.contains_key(*name)) {
                return Err(GraphError::Missing { task: task.clone(), missing: missing.clone() });
            }
        }
        Ok(())
    }

    /// Climbs to the first parent whose place is known, then comes down again.
    fn place(&self, name: &TaskName, places: &mut BTreeMap<TaskName, Place>) -> Result<(), GraphError> {
        let mut way = Vec::new();
        let mut at = Some(name);
        while let Some(here) = at.filter(|here| !places.contains_key(*here)) {
            if way.len() >= LEVEL_MAX.into() {
                return Err(GraphError::Deep { task: name.clone() });
            }
            way.push(here);
            at = self.nodes.get(here).and_then(|node| node.parent.as_ref());
        }
        let mut above = at.and_then(|parent| places.get(parent).cloned());
        for task in way.into_iter().rev() {
            let place = place_under(task, above.as_ref())?;
            places.insert(task.clone(), place.clone());
            above = Some(place);
        }
        Ok(())
    }
}

/// Where a task stands under its parent.
///
/// # Errors
/// If that is too deep.
pub fn place_under(task: &TaskName, parent: Option<&Place>) -> Result<Place, GraphError> {
    match parent {
        None => Ok(Place { root: task.clone(), level: 1 }),
        Some(above) if above.level < LEVEL_MAX => {
            Ok(Place { root: above.root.clone(), level: above.level + 1 })
        }
        Some(_) => Err(GraphError::Deep { task: task.clone() }),
    }
}

/// Whether a task may go on: everything that it depends on has succeeded or is voided, and every child has succeeded, is
/// voided, or waits for a person. A child that was cancelled or is dead breaks its parent, as a dependency does.
#[must_use]
pub fn dependency_state<'a>(
    depends_on: impl IntoIterator<Item = (&'a TaskName, StateName)>,
    children: impl IntoIterator<Item = (&'a TaskName, StateName)>,
) -> DependencyState {
    let children = children.into_iter().filter(|(_, state)| *state != StateName::NeedsHuman);
    let mut waiting = None;
    for (name, state) in depends_on.into_iter().chain(children) {
        match state {
            StateName::Succeeded | StateName::Voided => {}
            StateName::Cancelled | StateName::Dead => {
                return DependencyState::Broken { by: name.clone(), state };
            }
            state => {
                waiting.get_or_insert_with(|| DependencyState::Waiting { on: name.clone(), state });
            }
        }
    }
    waiting.unwrap_or(DependencyState::Met)
}

/// Names of a circle that an error shows.
const SHOWN_MAX: usize = 20;

struct Path<'a>(&'a [TaskName]);

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.iter().take(SHOWN_MAX).map(TaskName::as_str).collect::<Vec<_>>();
        f.write_str(&shown.join(" -> "))?;
        match self.0.len().saturating_sub(SHOWN_MAX) {
            0 => Ok(()),
            more => write!(f, " -> ({more} more) -> {}", self.0.first().map_or("", TaskName::as_str)),
        }
    }
}

#[cfg(test)]
mod tests;
