//! One cell of the matrix: a fault, a kind of request, and how many providers there are. It must not know the host.

use crate::matrix::fault::{Act, Fault, Scene};
use crate::script::Script;
use crate::words;

#[derive(Clone, Copy)]
pub(crate) struct Cell {
    pub(crate) fault: &'static Fault,
    pub(crate) number: usize,
    pub(crate) stream: bool,
    /// One provider, or three in a pool each, of which the first is at fault.
    pub(crate) providers: usize,
}

impl Cell {
    pub(crate) fn title(&self) -> String {
        let many = if self.providers == 1 { "1 provider" } else { "3 pools" };
        format!("{} / {} / {many}", self.fault.name, self.mode())
    }

    pub(crate) fn mode(&self) -> &'static str {
        if self.stream { "stream" } else { "JSON" }
    }

    /// What clients ask for: only this cell does, so that what is counted is its own.
    pub(crate) fn model(&self) -> String {
        format!("model-{}", self.number)
    }

    /// What a provider calls it.
    pub(crate) fn native(&self, provider: usize) -> String {
        match self.fault.renamed {
            true => format!("native-{}-{provider}", self.number),
            false => self.model(),
        }
    }

    pub(crate) fn provider(&self, provider: usize) -> String {
        format!("cell-{}-{provider}", self.number)
    }

    /// The fault as its first provider plays it.
    pub(crate) fn act(&self, elsewhere: &str) -> Act {
        (self.fault.act)(&Scene { model: &self.native(0), stream: self.stream, elsewhere })
    }

    /// What a provider answers that is not at fault.
    pub(crate) fn good(&self, provider: usize) -> Script {
        words::good(&self.native(provider), self.stream)
    }

    /// Bytes of a provider as the client should see them: with its own name of the model.
    pub(crate) fn for_client(&self, provider: usize, bytes: &[u8]) -> Vec<u8> {
        let quoted = |name: String| format!("\"{name}\"").into_bytes();
        replaced(bytes, &quoted(self.native(provider)), &quoted(self.model()))
    }
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        match rest.strip_prefix(from) {
            Some(beyond) => {
                out.extend_from_slice(to);
                rest = beyond;
            }
            None => {
                out.push(*first);
                rest = after;
            }
        }
    }
    out
}
