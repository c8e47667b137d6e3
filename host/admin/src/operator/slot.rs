//! The slots: shown, loaded, rolled back. There is one so far.

use patchbay_slots::{GenerationView, SlotView};

use super::Operator;
use crate::OperatorError;

impl Operator {
    /// # Errors
    /// When the store cannot be read.
    pub async fn slots(&self, limit: usize) -> Result<Vec<SlotView>, OperatorError> {
        Ok(vec![self.desk().parts.slot.show(limit).await?])
    }

    /// A slot with its newest `limit` generations.
    ///
    /// # Errors
    /// An unknown slot, or a store that cannot be read.
    pub async fn slot(&self, slot: &str, limit: usize) -> Result<SlotView, OperatorError> {
        self.known(slot)?;
        Ok(self.desk().parts.slot.show(limit).await?)
    }

    /// Puts a component in charge of a slot.
    ///
    /// # Errors
    /// An unknown slot, or a component that is refused: the generation in charge then stays.
    pub async fn load(
        &self,
        slot: &str,
        component: Vec<u8>,
        actor: &str,
    ) -> Result<GenerationView, OperatorError> {
        self.known(slot)?;
        if component.len() as u64 > self.component_bytes_max().0 {
            return Err(OperatorError::ComponentTooLarge(self.component_bytes_max()));
        }
        let actor = actor.to_owned();
        self.change(|desk| async move { Ok(desk.parts.slot.load(component, &actor).await?) }).await
    }

    /// Puts the last good generation back in charge.
    ///
    /// # Errors
    /// An unknown slot, or none to go back to.
    pub async fn rollback(&self, slot: &str, actor: &str) -> Result<GenerationView, OperatorError> {
        self.known(slot)?;
        let actor = actor.to_owned();
        self.change(|desk| async move { Ok(desk.parts.slot.rollback(&actor).await?) }).await
    }

    pub(crate) fn known(&self, slot: &str) -> Result<(), OperatorError> {
        let known = self.desk().parts.slot.name();
        match slot == known.as_str() {
            true => Ok(()),
            false => Err(OperatorError::UnknownSlot { name: slot.to_owned(), known: known.clone() }),
        }
    }
}
