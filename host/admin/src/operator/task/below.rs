//! All that lies below a task. It must not know what is to become of it.

use patchbay_engine::EngineError;
use patchbay_tasks::TaskName;

use crate::OperatorError;
use crate::operator::Desk;

/// Tasks below one that are told something at once.
const BELOW_MAX: usize = 10_000;

impl Desk {
    /// Those that have not ended, each after its parent.
    ///
    /// # Errors
    /// There are more than 10,000, or the store cannot be read.
    pub(super) async fn below(&self, name: &TaskName) -> Result<Vec<TaskName>, OperatorError> {
        let (mut parents, mut open) = (vec![name.clone()], Vec::new());
        let mut seen: usize = 0;
        while let Some(parent) = parents.pop() {
            for child in self.parts.engine.children(&parent).await? {
                let (name, state) = (&child.task.definition.name, &child.task.state);
                seen += 1;
                parents.push(name.clone());
                if !state.is_end() {
                    open.push(name.clone());
                }
            }
            if seen > BELOW_MAX {
                return Err(OperatorError::field(
                    "children",
                    format!(
                        "{name} has more than {BELOW_MAX} tasks below it: tell it to its children in parts"
                    ),
                ));
            }
        }
        Ok(open)
    }
}

/// What cannot be of a child, or one that is gone meanwhile, keeps no other from hearing it.
pub(super) fn passed_over(error: &EngineError) -> bool {
    matches!(error, EngineError::Illegal(_) | EngineError::NoTask(_))
}
