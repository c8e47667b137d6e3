//! Seals credentials and plugins' secrets so that they can lie in a store, and opens them only for what they were
//! sealed for: a provider at its origin, a name and its origins. It must not know where sealed records are kept, nor
//! what a provider is beyond its id.

mod age_file;
mod credential;
mod export;
mod fingerprint;
mod identity;
mod passphrase;
mod recipient;
mod seal;
mod secret;
mod vault;

pub use credential::Binding;
pub use export::{ExportError, ImportError, export};
pub use fingerprint::{Fingerprint, Fingerprints};
pub use identity::{CreateError, IdentityError, is_locked};
pub use recipient::{Recipient, RecipientError};
pub use seal::{Kind, OpenError, SealError, Sealed};
pub use secret::SecretBinding;
pub use vault::{FileError, IDENTITIES_OLD_MAX, ResealError, Successor, Vault, VaultOptions};

#[cfg(test)]
mod tests;
