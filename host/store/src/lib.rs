//! Durable tables behind one trait, with redb behind it. What a row means is the business of whoever keeps it:
//! nothing here knows a provider, a task or a plugin, and nothing outside knows which database it is.

mod batch;
mod error;
mod key;
mod log;
mod record;
mod redb;
mod store;
mod typed;

pub mod conformance;

pub use self::redb::{LogOptions, OpenError, RedbOptions, RedbStore, Room};
pub use batch::{Batch, Entry, Expected, Precondition, Write};
pub use error::{CommitError, EncodeError, ReadError};
pub use key::{Key, KeyRange};
pub use log::{Log, Span};
pub use record::{Record, Stored};
pub use store::{
    BATCH_BYTES_MAX, BoxFuture, KEY_BYTES_MAX, KEYS_MAX, Keyed, Revision, Row, Store, Table, VALUE_BYTES_MAX,
};
pub use typed::StoreExt;
