//! Bytes to an armored age file and back. It must not know what the bytes are.

use std::io::{Read, Write};

use age::armor::{ArmoredReader, ArmoredWriter, Format};
use age::x25519::{Identity, Recipient};
use age::{DecryptError, Decryptor, EncryptError, Encryptor};
use zeroize::Zeroizing;

/// # Errors
/// There is no recipient, or the machine has no random numbers.
pub(crate) fn encrypt(to: &[&Recipient], plain: &[u8]) -> Result<String, EncryptError> {
    let encryptor = Encryptor::with_recipients(to.iter().map(|recipient| *recipient as _))?;
    let mut file = Vec::with_capacity(plain.len() * 3 / 2 + 1024);
    let armored = ArmoredWriter::wrap_output(&mut file, Format::AsciiArmor)?;
    let mut writer = encryptor.wrap_output(armored)?;
    writer.write_all(plain)?;
    writer.finish()?.finish()?;
    Ok(String::from_utf8(file).expect("armor is ASCII"))
}

/// Armored or not.
///
/// # Errors
/// None of them opens it, or it is damaged.
pub(crate) fn decrypt<'a>(
    file: &[u8],
    with: impl Iterator<Item = &'a Identity>,
) -> Result<Zeroizing<Vec<u8>>, DecryptError> {
    let decryptor = Decryptor::new_buffered(ArmoredReader::new(file))?;
    let mut reader = decryptor.decrypt(with.map(|identity| identity as _))?;
    // More than is in it, so that the buffer does not grow.
    let mut plain = Zeroizing::new(Vec::with_capacity(file.len()));
    reader.read_to_end(&mut plain)?;
    Ok(plain)
}
