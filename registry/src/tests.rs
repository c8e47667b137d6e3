//! By what they are about.

mod component;
mod store;
