//! Files that leave the host: sealed for whom the operator names, and opened again with an identity. It must not know
//! what is in them.

use std::path::PathBuf;

use age::x25519;
use age::{DecryptError, EncryptError};
use zeroize::Zeroizing;

use crate::{Recipient, Vault, age_file};

/// Why a file was not sealed.
#[derive(thiserror::Error, Debug)]
#[error("the file cannot be sealed: {0}")]
pub struct ExportError(#[from] Box<EncryptError>);

/// Why a file was not opened.
#[derive(thiserror::Error, Debug)]
pub enum ImportError {
    #[error("it is sealed for another identity than {identity}: name the right one with --identity")]
    OtherIdentity { identity: PathBuf },
    #[error("it is no age file, or damaged ({0})")]
    Damaged(DecryptError),
}

/// As an armored age file for these recipients and nobody else.
///
/// # Errors
/// There is no recipient.
pub fn export(plain: &[u8], to: &[Recipient]) -> Result<String, ExportError> {
    let to: Vec<&x25519::Recipient> = to.iter().map(|recipient| &recipient.0).collect();
    Ok(age_file::encrypt(&to, plain).map_err(Box::new)?)
}

impl Vault {
    /// What is in an age file, armored or not.
    ///
    /// # Errors
    /// No identity of this vault opens it, or it is damaged.
    pub fn import(&self, file: &[u8]) -> Result<Zeroizing<Vec<u8>>, ImportError> {
        self.decrypt(file).map_err(|error| match error {
            DecryptError::NoMatchingKeys => ImportError::OtherIdentity { identity: self.path().to_owned() },
            error => ImportError::Damaged(error),
        })
    }
}
