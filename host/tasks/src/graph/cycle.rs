//! A circle of tasks that wait for each other, by a walk in depth with a stack of its own.

use std::collections::BTreeMap;

use super::{Graph, GraphError};
use crate::TaskName;

type Arrows<'a> = BTreeMap<&'a TaskName, Vec<&'a TaskName>>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    OnTheWay,
    Done,
}

pub(super) fn find(graph: &Graph) -> Result<(), GraphError> {
    let arrows = arrows(graph);
    let mut marks = BTreeMap::new();
    for start in graph.nodes.keys() {
        if !marks.contains_key(start) {
            walk(start, &arrows, &mut marks)?;
        }
    }
    Ok(())
}

/// From a task to what it waits for: its dependencies, and its children.
fn arrows(graph: &Graph) -> Arrows<'_> {
    let mut arrows: Arrows<'_> =
        graph.nodes.iter().map(|(name, node)| (name, node.depends_on.iter().collect())).collect();
    for (name, node) in &graph.nodes {
        if let Some(parent) = &node.parent {
            arrows.entry(parent).or_default().push(name);
        }
    }
    arrows
}

fn walk<'a>(
    start: &'a TaskName,
    arrows: &Arrows<'a>,
    marks: &mut BTreeMap<&'a TaskName, Mark>,
) -> Result<(), GraphError> {
    marks.insert(start, Mark::OnTheWay);
    // Each task on the way, with the number of its arrows that were followed.
    let mut way: Vec<(&TaskName, usize)> = vec![(start, 0)];
    while let Some((name, followed)) = way.last_mut() {
        let next = arrows.get(name).and_then(|to| to.get(*followed).copied());
        *followed += 1;
        match next.map(|next| (next, marks.get(next).copied())) {
            None => {
                marks.insert(name, Mark::Done);
                way.pop();
            }
            Some((_, Some(Mark::Done))) => {}
            Some((next, Some(Mark::OnTheWay))) => return Err(circle(&way, next)),
            Some((next, None)) => {
                marks.insert(next, Mark::OnTheWay);
                way.push((next, 0));
            }
        }
    }
    Ok(())
}

fn circle(way: &[(&TaskName, usize)], closing: &TaskName) -> GraphError {
    let from = way.iter().map(|(name, _)| *name).skip_while(|name| *name != closing);
    GraphError::Cycle { path: from.chain([closing]).cloned().collect() }
}
