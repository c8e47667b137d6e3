//! `kv`: what a plugin remembers, in its slot.

use super::{Answered, done, reply};
use crate::ask::{HostCall, HostReply};
use crate::contract::host::patchbay::plugin::kv;
use crate::guest::Guest;

impl kv::Host for Guest {
    async fn get(&mut self, key: String) -> Answered<Option<Vec<u8>>> {
        let answer = self.ask(HostCall::KvGet { key }).await;
        reply!(answer, HostReply::Value(value) => value.map(|value| value.0.to_vec()))
    }

    async fn set(&mut self, key: String, value: Vec<u8>) -> Answered<()> {
        done(self.ask(HostCall::KvSet { key, value: value.into() }).await)
    }

    async fn delete(&mut self, key: String) -> Answered<bool> {
        let answer = self.ask(HostCall::KvDelete { key }).await;
        reply!(answer, HostReply::Flag(was_there) => was_there)
    }

    async fn keys(&mut self, prefix: String, after: Option<String>, count: u32) -> Answered<Vec<String>> {
        let answer = self.ask(HostCall::KvKeys { prefix, after, count }).await;
        reply!(answer, HostReply::Keys(keys) => keys)
    }
}
