//! Where tasks stand among the others, once it is sure that none waits for itself. It must not know how they are stored.

use std::collections::{HashMap, HashSet, VecDeque};

use patchbay_store::StoreExt;
use patchbay_tasks::{Definition, Graph, GraphError, NODES_MAX, Place as Standing, TaskName};

use super::Wanted;
use crate::engine::Inner;
use crate::error::{ApplyError, EngineError};
use crate::row::{LinkKind, LinkRow, links_of};

/// Children that are read of one parent to find circles.
const CHILDREN_MAX: usize = NODES_MAX;

type Node = (TaskName, Option<TaskName>, Vec<TaskName>);

fn node(definition: &Definition) -> Node {
    (definition.name.clone(), definition.parent.clone(), definition.depends_on.clone())
}

impl Inner {
    /// Where each of these stands, once it is sure that none waits for itself.
    pub(super) async fn places(&self, wanted: &[Wanted]) -> Result<HashMap<TaskName, Standing>, ApplyError> {
        let nodes = self.around(wanted).await?;
        let mut graph = Graph::default();
        for (name, parent, depends_on) in &nodes {
            graph.add(name.clone(), parent.clone(), depends_on.clone())?;
        }
        let places = graph.places()?;
        Ok(nodes.into_iter().map(|(name, ..)| name).zip(places).collect())
    }

    /// These tasks, those above them, and all that they can come to wait for: what could close a circle.
    async fn around(&self, wanted: &[Wanted]) -> Result<Vec<Node>, ApplyError> {
        let mut nodes: Vec<Node> = Vec::new();
        let mut seen: HashSet<TaskName> = wanted.iter().map(|one| one.definition.name.clone()).collect();
        // Above: only where they stand matters. Below: their children can wait, too.
        let (mut above, mut below) = (VecDeque::new(), VecDeque::new());
        for one in wanted {
            let definition = &one.definition;
            nodes.push(node(definition));
            above.extend(definition.parent.clone());
            below.extend(definition.depends_on.iter().cloned());
            if one.there.is_some() {
                below.extend(self.names_of_children(&definition.name).await?);
            }
        }
        while let Some((name, is_below)) =
            below.pop_front().map(|name| (name, true)).or_else(|| above.pop_front().map(|name| (name, false)))
        {
            if !seen.insert(name.clone()) {
                continue;
            }
            // One that is not there is named by the graph, with whoever names it.
            let Some(task) = self.find(&name).await? else { continue };
            nodes.push(node(&task.definition));
            if nodes.len() > NODES_MAX {
                return Err(GraphError::Many.into());
            }
            above.extend(task.definition.parent.clone());
            below.extend(task.definition.depends_on.iter().cloned());
            if is_below {
                below.extend(self.names_of_children(&name).await?);
            }
        }
        Ok(nodes)
    }

    async fn names_of_children(&self, name: &TaskName) -> Result<Vec<TaskName>, EngineError> {
        let range = links_of(name, LinkKind::Child).prefix();
        let rows = self.store.list::<LinkRow>(range, CHILDREN_MAX).await?;
        let mut names = Vec::with_capacity(rows.len());
        for row in rows {
            names.push(self.task(row.record.id).await?.definition.name.clone());
        }
        Ok(names)
    }
}
