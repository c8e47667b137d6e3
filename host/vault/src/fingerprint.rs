//! Tells two values apart without telling anything of them: a digest under a key that only the host has, so that nobody
//! who sees it can try out what the value may be. The key comes from the host's first identity and outlives it: it is
//! sealed for the next one. It must not know what is compared.

use std::fmt;

use age::secrecy::ExposeSecret;
use age::x25519::Identity;
use patchbay_types::{Digest, Secret};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::seal::{Kind, OpenError, SealError, Sealed, VERSION, another_kind};
use crate::{Recipient, Vault};

/// Sets this use of the identity apart from every other.
const LABEL: &[u8] = b"patchbay fingerprint v1\0";
/// In the payload, so that nothing else that is sealed passes for this key.
const PAYLOAD_KIND: &str = "fingerprint-key";
const KIND: Kind = Kind::Fingerprints;
/// Of SHA-256, in bytes.
const BLOCK: usize = 64;
/// Shown to people: so many bytes, two digits each.
const SHOWN_BYTES: usize = 4;

/// HMAC-SHA256 of a value. The same value has another one on another host.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fingerprint(Digest);

/// What fingerprints are made with, sealed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprints(Sealed);

#[derive(Clone)]
pub(crate) struct FingerprintKey(Secret<[u8; 32]>);

#[derive(Serialize, Deserialize)]
struct Payload {
    version: u32,
    kind: String,
    key: [u8; 32],
}

impl FingerprintKey {
    /// As long as the identity is the host's first.
    pub(crate) fn of(identity: &Identity) -> Self {
        let identity = identity.to_string();
        let key = joined(&[LABEL, identity.expose_secret().as_bytes()]);
        Self(Secret::new(*Digest::of(&key).as_bytes()))
    }
}

impl Vault {
    #[must_use]
    pub fn fingerprint(&self, value: &Secret<String>) -> Fingerprint {
        let ring = self.ring();
        Fingerprint(hmac(ring.fingerprints.0.expose(), value.expose().as_bytes()))
    }

    /// Fingerprints are made with this key from here on.
    ///
    /// # Errors
    /// It does not open, or is something else.
    pub fn use_fingerprints(&self, key: &Fingerprints) -> Result<(), OpenError> {
        let payload: Payload = self.open_payload(KIND, &key.0)?;
        if payload.kind != PAYLOAD_KIND {
            return Err(another_kind(KIND));
        }
        self.set_fingerprints(FingerprintKey(Secret::new(payload.key)));
        Ok(())
    }

    pub(crate) fn seal_fingerprints(&self, to: &Recipient) -> Result<Fingerprints, SealError> {
        let key = *self.ring().fingerprints.0.expose();
        let payload = Payload { version: VERSION, kind: PAYLOAD_KIND.to_owned(), key };
        self.seal_payload(&to.0, (KIND, "of the host"), &payload, 32 * 4).map(Fingerprints)
    }
}

impl Fingerprint {
    /// All of it: 64 hexadecimal digits.
    #[must_use]
    pub fn hex(&self) -> String {
        self.0.hex()
    }
}

/// Its first 8 hexadecimal digits: enough for a person to tell two apart.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_bytes().iter().take(SHOWN_BYTES).try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// RFC 2104, for keys that are no longer than a block.
fn hmac(key: &[u8; 32], text: &[u8]) -> Digest {
    let pad = |with: u8| {
        let mut block = Zeroizing::new([with; BLOCK]);
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        block
    };
    let inner = Digest::of(&joined(&[&*pad(0x36), text]));
    Digest::of(&joined(&[&*pad(0x5c), inner.as_bytes()]))
}

/// In one buffer that does not grow and is overwritten.
fn joined(parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(parts.iter().map(|part| part.len()).sum()));
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, cases 1 and 2, whose shorter keys are filled up with zeros as the RFC does itself.
    #[test]
    fn it_is_the_hmac_of_the_rfc() {
        let check = |key: &[u8], text: &str, expect: &str| {
            let mut whole = [0; 32];
            whole[..key.len()].copy_from_slice(key);
            assert_eq!(hmac(&whole, text.as_bytes()).hex(), expect);
        };
        check(&[0x0b; 20], "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
        check(
            b"Jefe",
            "what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        );
    }
}
