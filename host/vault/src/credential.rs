//! A provider's credential: sealed for one provider at one origin, and opened for that alone. It must not know what a
//! provider is beyond its id.

use patchbay_types::{ProviderId, Secret};
use serde::{Deserialize, Serialize};

use crate::seal::{Kind, OpenError, SealError, Sealed, Text, VERSION, same};
use crate::{Recipient, Vault};

const KIND: Kind = Kind::Credential;

/// For whom a credential is: it is not given out for anything else.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Binding {
    pub provider: ProviderId,
    /// Scheme, host and port of the provider's base URL: `https://api.example.com:443`. Compared byte for byte.
    pub origin: String,
}

#[derive(Serialize)]
struct PayloadRef<'a> {
    version: u32,
    provider: &'a str,
    origin: &'a str,
    key: &'a str,
}

#[derive(Deserialize)]
struct Payload {
    provider: String,
    origin: String,
    key: Text,
}

impl Vault {
    /// Seals `key` for the identity in charge and for `binding` alone.
    ///
    /// # Errors
    /// Sealing has failed inside; the credential has gone nowhere.
    pub fn seal(&self, key: &Secret<String>, binding: &Binding) -> Result<Sealed, SealError> {
        self.seal_for(&self.recipient(), key, binding)
    }

    pub(crate) fn seal_for(
        &self,
        to: &Recipient,
        key: &Secret<String>,
        binding: &Binding,
    ) -> Result<Sealed, SealError> {
        let (provider, origin, key) = (binding.provider.as_str(), &*binding.origin, key.expose().as_str());
        let payload = PayloadRef { version: VERSION, provider, origin, key };
        self.seal_payload(&to.0, (KIND, provider), &payload, provider.len() + origin.len() + key.len())
    }

    /// Opens what was sealed for an identity of this vault and for `binding`.
    ///
    /// # Errors
    /// Another identity, a damaged text, or another provider or origin than it was sealed for.
    pub fn unseal(&self, sealed: &Sealed, binding: &Binding) -> Result<Secret<String>, OpenError> {
        let Payload { provider, origin, key: Text(key) } = self.open_payload(KIND, sealed)?;
        same(KIND, "provider", binding.provider.as_str(), provider)?;
        same(KIND, "origin", &binding.origin, origin)?;
        Ok(key)
    }
}
