//! A buffer that takes as many bytes as were announced, and no more.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use patchbay_types::Bytes;
use tokio::io::AsyncWrite;

/// Memory grows with what arrives, not with what was announced.
pub(super) struct Capped {
    bytes: Vec<u8>,
    max: Bytes,
}

impl Capped {
    pub(super) fn new(max: Bytes) -> Self {
        Self { bytes: Vec::new(), max }
    }

    pub(super) fn into_inner(self) -> Vec<u8> {
        self.bytes
    }
}

impl AsyncWrite for Capped {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, more: &[u8]) -> Poll<io::Result<usize>> {
        let announced = self.max.0;
        if self.bytes.len() as u64 + more.len() as u64 > announced {
            let message = format!("it is larger than the {announced} bytes that were announced");
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::FileTooLarge, message)));
        }
        self.bytes.extend_from_slice(more);
        Poll::Ready(Ok(more.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
