//! `secrets`: whether there is one. The value is filled in where a request leaves the host, never here.

use super::{Answered, reply};
use crate::ask::{HostCall, HostReply};
use crate::contract::host::patchbay::plugin::secrets;
use crate::guest::Guest;

impl secrets::Host for Guest {
    async fn exists(&mut self, name: String) -> Answered<bool> {
        let answer = self.ask(HostCall::SecretExists { name }).await;
        reply!(answer, HostReply::Flag(exists) => exists)
    }
}
