//! The operator's desk: every change to what the host is told, its JSON API, and the metrics. It calls the handles of
//! the crates below and keeps their durable side; it must not know how a request is served or how a component runs.

pub mod api;
mod book;
mod error;
mod http;
mod ledger;
mod metrics;
mod operator;
mod patch;
mod record;
mod retention;
mod sum;
mod token;

pub use book::{Bookkeeper, ByHand, CooldownBook};
pub use error::OperatorError;
pub use http::{metrics_router, router};
pub use ledger::{StoreLedger, spent_since};
pub use metrics::{GatewayCounts, StageSource, metrics};
pub use operator::{
    BoundSecret, ConfigPort, ConfigProposal, ConfigRefused, Operator, OperatorParts, Proposing, RunningSkill,
    SecretBook, SkillPort, WeakOperator,
};
pub use retention::Retention;

#[cfg(test)]
mod desk;
