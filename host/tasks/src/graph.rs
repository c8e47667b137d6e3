//! Parents and dependencies: whether they can be at all, how deep a task lies, and whether it may go on. It must not
//! know where tasks are kept. All of it is linear and without recursion.

mod cycle;

use std::collections::HashMap;
use std::fmt;

use crate::{Place, StateName, TaskName};

/// The deepest level. Patchbay itself makes two; imports may bring more.
pub const LEVEL_MAX: u8 = 16;
/// Tasks of one graph.
pub const NODES_MAX: usize = 1_000_000;

/// Tasks, with what they name.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// In the order in which they were added.
    nodes: Vec<Node>,
    numbers: HashMap<TaskName, usize>,
}

#[derive(Clone, Debug)]
struct Node {
    name: TaskName,
    parent: Option<TaskName>,
    depends_on: Vec<TaskName>,
}

/// The same by numbers: for each task its parent, and what it waits for, which is its dependencies and its children.
struct Arrows {
    parents: Vec<Option<usize>>,
    waits_for: Vec<Vec<usize>>,
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
        if self.nodes.len() >= NODES_MAX {
            return Err(GraphError::Many);
        }
        if self.numbers.contains_key(&name) {
            return Err(GraphError::Twice { task: name });
        }
        self.numbers.insert(name.clone(), self.nodes.len());
        self.nodes.push(Node { name, parent, depends_on });
        Ok(())
    }

    /// Whether everything that is named is there, nothing waits for itself (a task for its dependencies, a parent for
    /// its children), and where each task stands, in the order in which they were added.
    ///
    /// # Errors
    /// The first thing that is wrong; a circle is named whole.
    pub fn places(&self) -> Result<Vec<Place>, GraphError> {
        let arrows = self.arrows()?;
        if let Some(circle) = cycle::find(&arrows.waits_for) {
            let path = circle.into_iter().filter_map(|number| self.nodes.get(number));
            return Err(GraphError::Cycle { path: path.map(|node| node.name.clone()).collect() });
        }
        let mut places = vec![None; self.nodes.len()];
        for number in 0..self.nodes.len() {
            self.place(number, &arrows.parents, &mut places)?;
        }
        Ok(places.into_iter().flatten().collect())
    }

    fn arrows(&self) -> Result<Arrows, GraphError> {
        let (mut parents, mut waits_for) = (Vec::new(), vec![Vec::new(); self.nodes.len()]);
        for (number, node) in self.nodes.iter().enumerate() {
            let parent = node.parent.as_ref().map(|parent| self.number(node, parent)).transpose()?;
            parents.push(parent);
            for name in &node.depends_on {
                push(&mut waits_for, number, self.number(node, name)?);
            }
            if let Some(parent) = parent {
                push(&mut waits_for, parent, number);
            }
        }
        Ok(Arrows { parents, waits_for })
    }

    fn number(&self, node: &Node, named: &TaskName) -> Result<usize, GraphError> {
        let missing = || GraphError::Missing { task: node.name.clone(), missing: named.clone() };
        self.numbers.get(named).copied().ok_or_else(missing)
    }

    /// Climbs to the first parent whose place is known, then comes down again.
    fn place(
        &self,
        number: usize,
        parents: &[Option<usize>],
        places: &mut [Option<Place>],
    ) -> Result<(), GraphError> {
        let known = |number: usize, places: &[Option<Place>]| places.get(number).cloned().flatten();
        let (mut way, mut at, mut above) = (Vec::new(), Some(number), None);
        while let Some(here) = at {
            above = known(here, places);
            if above.is_some() {
                break;
            }
            way.push(here);
            at = parents.get(here).copied().flatten();
        }
        for number in way.into_iter().rev() {
            let (Some(node), Some(place)) = (self.nodes.get(number), places.get_mut(number)) else { break };
            above = Some(place_under(&node.name, above.as_ref())?);
            place.clone_from(&above);
        }
        Ok(())
    }
}

fn push(waits_for: &mut [Vec<usize>], from: usize, to: usize) {
    if let Some(list) = waits_for.get_mut(from) {
        list.push(to);
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

/// Whether a task may go on: everything that it depends on has succeeded or is voided, and every child has succeeded,
/// is voided, or waits for a person. A child that was cancelled or is dead breaks its parent, as a dependency does.
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
