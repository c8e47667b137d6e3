//! The table of aliases.

use patchbay_pool::VirtualModel;
use patchbay_store::{Key, Record, Table};
use patchbay_types::Timestamp;
use serde::{Deserialize, Serialize};

/// One name for several models.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct VirtualModelRecord {
    pub(crate) alias: VirtualModel,
    pub(crate) created: Timestamp,
}

impl VirtualModelRecord {
    pub(crate) fn key_of(name: &str) -> Key {
        Key::new().text(name)
    }
}

impl Record for VirtualModelRecord {
    const TABLE: Table = Table("aliases");
    const VERSION: u8 = 1;

    fn key(&self) -> Key {
        Self::key_of(&self.alias.name)
    }
}
