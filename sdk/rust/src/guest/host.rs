//! The capabilities, asked of the host that runs the component. One module each, of the same shape as the mocks'.

mod blob;
pub(crate) mod files;
pub(crate) mod http;
pub(crate) mod job;
pub(crate) mod kv;
pub(crate) mod llm;
pub(crate) mod process;
pub(crate) mod secrets;
pub(crate) mod tasks;
