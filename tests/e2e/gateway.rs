//! What an agent gets from the gateway, and what a provider gets to see of the agent.

mod accounting;
mod answers;
mod failover;
mod limits;
mod models;
mod privacy;
mod refusals;
mod streams;
mod wire;
