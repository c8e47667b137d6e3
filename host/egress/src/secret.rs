//! Where secrets come from, and those that one request uses. It must not know how they are kept.

use patchbay_types::Secret;

use crate::Reach;
use crate::error::{SendError, shown};
use crate::origin::Origin;

/// The operator's secrets.
pub trait Secrets: Sync {
    /// The secret with this name. Called once a name and request, after the grant was checked.
    fn find(&self, name: &str) -> Option<Bound>;
}

/// A value, and the only origins that it may be sent to.
#[derive(Clone, Debug)]
pub struct Bound {
    pub value: Secret<String>,
    /// Each `https://api.example.com:443`; none that stands for many.
    pub origins: Vec<String>,
}

/// What was filled in, by its name.
pub(crate) struct Used {
    pub(crate) name: String,
    pub(crate) value: Secret<String>,
}

/// Gives out what a request to one origin may hold.
pub(crate) struct Keyring<'a> {
    reach: &'a Reach,
    secrets: &'a dyn Secrets,
    origin: &'a Origin,
    used: Vec<Used>,
}

impl<'a> Keyring<'a> {
    pub(crate) fn new(reach: &'a Reach, secrets: &'a dyn Secrets, origin: &'a Origin) -> Self {
        Self { reach, secrets, origin, used: Vec::new() }
    }

    pub(crate) fn value(&mut self, name: &str) -> Result<&Secret<String>, SendError> {
        let at = match self.used.iter().position(|used| used.name == name) {
            Some(at) => at,
            None => {
                let value = self.find(name)?;
                self.used.push(Used { name: name.to_owned(), value });
                self.used.len() - 1
            }
        };
        self.used
            .get(at)
            .map(|used| &used.value)
            .ok_or_else(|| SendError::SecretMissing { name: shown(name) })
    }

    /// Whether it is there is told only to those that it was granted to.
    fn find(&self, name: &str) -> Result<Secret<String>, SendError> {
        let named = || shown(name);
        if !self.reach.has_secret(name) {
            return Err(SendError::SecretNotGranted { name: named() });
        }
        let bound = self.secrets.find(name).ok_or_else(|| SendError::SecretMissing { name: named() })?;
        if !bound.origins.iter().any(|origin| Origin::parse(origin).as_ref() == Some(self.origin)) {
            return Err(SendError::SecretBound { name: named(), origin: self.origin.to_string() });
        }
        match bound.value.expose().trim().is_empty() {
            true => Err(SendError::SecretUnusable { name: named(), reason: "it is empty" }),
            false => Ok(bound.value),
        }
    }

    pub(crate) fn into_used(self) -> Vec<Used> {
        self.used
    }
}
