//! What opens a secret key: the environment, or whoever sits at the terminal. Never an argument, which every user of
//! the machine sees.

use std::env;
use std::io::{self, IsTerminal};

use patchbay_registry::Password;
use patchbay_types::Secret;

use crate::cli::{Failure, Status};

const VARIABLE: &str = "PATCHBAY_KEY_PASSWORD";

/// The password of the environment, or the one that will be asked for. `json` leaves standard output to the answer,
/// so nobody is asked then.
///
/// # Errors
/// There is nobody to ask (status 2).
pub fn password(json: bool) -> Result<Password, Failure> {
    match env::var_os(VARIABLE) {
        Some(password) => {
            let password = password.into_string().map_err(|_| nobody(&format!("{VARIABLE} is not text")))?;
            Ok(Password::Given(Secret::new(password)))
        }
        None if !json && io::stdin().is_terminal() => Ok(Password::Ask),
        None => Err(nobody("the key takes a password, and there is nobody to ask for it")),
    }
}

fn nobody(message: &str) -> Failure {
    let hint = format!("set {VARIABLE}, or use a key that has no password (`patchbay keygen --no-password`)");
    Failure::new(message).status(Status::Usage).hint(hint)
}
