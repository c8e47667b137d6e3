//! Seals credentials and plugins' secrets so that they can lie in a store, and opens them only for what they were
//! sealed for: a provider at its origin, a name and its origins. It must not know where sealed records are kept, nor
//! what a provider is beyond its id.

mod credential;
mod fingerprint;
mod identity;
mod seal;
mod secret;

pub use credential::Binding;
pub use fingerprint::Fingerprint;
pub use identity::{CreateError, IdentityError, Vault};
pub use seal::{Kind, OpenError, SealError, Sealed};
pub use secret::SecretBinding;

#[cfg(test)]
mod tests;
