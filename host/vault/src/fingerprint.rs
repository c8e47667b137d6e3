//! Tells two values apart without telling anything of them: a digest under a key that comes from the identity, so that
//! nobody who sees it can try out what the value may be. It must not know what is compared.

use std::fmt;

use age::secrecy::ExposeSecret;
use patchbay_types::{Digest, Secret};
use zeroize::Zeroizing;

use crate::Vault;

/// Sets this use of the identity apart from every other.
const LABEL: &[u8] = b"patchbay fingerprint v1\0";
/// Of SHA-256, in bytes.
const BLOCK: usize = 64;
/// Shown to people: so many bytes, two digits each.
const SHOWN_BYTES: usize = 4;

/// HMAC-SHA256 of a value. The same value has another one under another identity.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fingerprint(Digest);

impl Vault {
    #[must_use]
    pub fn fingerprint(&self, value: &Secret<String>) -> Fingerprint {
        let identity = self.identity().to_string();
        let key = joined(&[LABEL, identity.expose_secret().as_bytes()]);
        Fingerprint(hmac(Digest::of(&key).as_bytes(), value.expose().as_bytes()))
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
