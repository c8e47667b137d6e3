//! `http`: requests to the origins that were granted. Which those are is checked where they are sent, by the address.

use wasmtime::component::Resource;

use super::{Answered, Blob};
use crate::ask::{HostCall, HostReply, mismatch};
use crate::contract::host::patchbay::plugin::http;
use crate::guest::Guest;

impl http::Host for Guest {
    async fn send(
        &mut self,
        request: http::Request,
        body: Option<Resource<Blob>>,
    ) -> Answered<(http::Response, Resource<Blob>)> {
        let body = self.payload(body)?;
        match self.ask(HostCall::HttpSend { request, body }).await {
            Ok(HostReply::Response { response, body }) => Ok(self.blob(body)?.map(|body| (response, body))),
            Ok(_) => Ok(Err(mismatch())),
            Err(error) => Ok(Err(error)),
        }
    }
}
