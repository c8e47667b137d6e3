//! What an agent gets from the gateway, and what a provider gets to see of the agent.

mod accounting;
mod aliases;
mod analyzer;
mod answers;
mod budget;
mod burst;
mod exhausted;
mod failover;
mod keys;
mod limits;
mod messages;
mod models;
mod opening;
mod pass;
mod privacy;
mod provider;
mod refusals;
mod spans;
mod stages;
mod streams;
mod usage_option;
mod ways;
mod wire;
