//! From a name to addresses, once for each connection: what is checked here is what is connected to. It must not know
//! what is sent there.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;

use crate::address::Zone;

/// Of one name that are tried; all are checked.
const ADDRESSES_MAX: usize = 16;

pub(crate) type Found = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Looks names up and judges nothing.
pub(crate) trait Lookup: Send + Sync + 'static {
    fn find(&self, name: &str) -> Found;
}

/// The machine's own resolver.
pub(crate) struct System {
    turns: Arc<Semaphore>,
}

/// Gives out addresses of one zone, or of those before it, and nothing if one lies beyond.
pub(crate) struct Guarded {
    pub(crate) zone: Zone,
    pub(crate) lookup: Arc<dyn Lookup>,
}

/// A name has an address that may not be reached.
#[derive(Debug)]
pub(crate) struct Beyond {
    pub(crate) host: String,
    pub(crate) lies: Zone,
}

impl System {
    pub(crate) fn new(lookups_max: usize) -> Self {
        Self { turns: Arc::new(Semaphore::new(lookups_max)) }
    }
}

impl Lookup for System {
    fn find(&self, name: &str) -> Found {
        let (turns, name) = (Arc::clone(&self.turns), name.to_owned());
        Box::pin(async move {
            let turn = turns.acquire_owned().await.map_err(io::Error::other)?;
            let lookup = move || {
                // Kept to the end of the lookup, which goes on when nobody waits for it any more.
                let _turn = turn;
                Ok((name.as_str(), 0).to_socket_addrs()?.map(|address| address.ip()).collect())
            };
            tokio::task::spawn_blocking(lookup).await.map_err(io::Error::other)?
        })
    }
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let (zone, found) = (self.zone, self.lookup.find(name.as_str()));
        Box::pin(async move {
            let addresses = found.await?;
            let lies = addresses.iter().map(|address| Zone::of(*address)).max();
            match lies {
                None => Err(io::Error::other("the name has no address").into()),
                Some(lies) if lies > zone => Err(Beyond { host: name.as_str().to_owned(), lies }.into()),
                Some(_) => Ok(sockets(addresses)),
            }
        })
    }
}

/// Port 0 stands for the URL's.
fn sockets(addresses: Vec<IpAddr>) -> Addrs {
    Box::new(addresses.into_iter().take(ADDRESSES_MAX).map(|address| SocketAddr::new(address, 0)))
}

impl fmt::Display for Beyond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} has an address that may not be reached", self.host)
    }
}

impl std::error::Error for Beyond {}
