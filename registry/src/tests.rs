//! By what they are about.

mod component;
mod config;
mod cost;
mod diff;
mod grants;
mod import;
mod made;
mod manifest;
mod store;
