//! Seals credentials so that they can lie in a store, and opens them only for the provider and the origin that they
//! were sealed for. It must not know where sealed records are kept, nor what a provider is beyond its id.

mod identity;
mod seal;

pub use identity::{CreateError, IdentityError, Vault};
pub use seal::{Binding, OpenError, SealError, Sealed};

#[cfg(test)]
mod tests;
