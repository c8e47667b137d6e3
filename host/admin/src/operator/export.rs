//! All credentials and secrets of a host in one file, sealed for whom the operator names.

use std::io::{self, Write};

use patchbay_store::Batch;
use patchbay_vault::Recipient;
use zeroize::Zeroizing;

use super::vault::SUBJECT;
use super::{Desk, Operator};
use crate::OperatorError;
use crate::api::{Credential, ExportSecrets, Exported, ExportedCredential, ExportedSecret, SecretsFile};

/// Recipients of a file, at most.
const RECIPIENTS_MAX: usize = 10;

impl Operator {
    /// What `age` opens with the identity of any of the recipients.
    ///
    /// # Errors
    /// A recipient that is none, something that does not open, more than a file may hold, or a store that does not
    /// write: a file that left the host is in the audit log.
    pub async fn export(&self, request: ExportSecrets, actor: &str) -> Result<Exported, OperatorError> {
        let actor = actor.to_owned();
        self.change(|desk| async move { desk.export(&request, &actor).await }).await
    }
}

impl Desk {
    async fn export(&self, request: &ExportSecrets, actor: &str) -> Result<Exported, OperatorError> {
        let recipients = recipients(&request.recipients)?;
        let file = self.secrets_file()?;
        let (credentials, secrets) = (file.providers.len(), file.secrets.len());
        let plain = json(&file)?;
        let to = request.recipients.join(" ");
        let detail = format!("recipients={to} credentials={credentials} secrets={secrets}");
        let message = format!("all credentials and secrets were exported for {to}");
        let batch = Batch::new().event(self.event("secrets.exported", SUBJECT, message)).audit(self.audit(
            actor,
            "secrets.export",
            SUBJECT,
            detail,
        ));
        self.parts.store.commit(batch).await?;
        let file = patchbay_vault::export(&plain, &recipients)?;
        Ok(Exported { file, credentials, secrets })
    }

    fn secrets_file(&self) -> Result<SecretsFile, OperatorError> {
        let (definitions, secrets) = (self.definitions.load(), self.secrets.all());
        let (mut file, mut broken) = (SecretsFile::of(self.now()), Vec::new());
        for defined in definitions.sealed() {
            let (provider, reason) = (defined.provider(), defined.broken.as_deref().unwrap_or_default());
            match defined.credential.clone() {
                Some(key) => file.providers.push(ExportedCredential {
                    name: provider.name.to_string(),
                    id: provider.id.to_string(),
                    origin: provider.base_url.origin().to_owned(),
                    key: Credential(key),
                }),
                None => broken.push(format!("the key of {}: {reason}", provider.name)),
            }
        }
        for (name, kept) in secrets.iter() {
            match kept.value() {
                Ok(value) => file.secrets.push(ExportedSecret {
                    name: name.clone(),
                    origins: kept.record().origins.clone(),
                    value: Credential(value.clone()),
                }),
                Err(reason) => broken.push(format!("secret {name}: {reason}")),
            }
        }
        if broken.is_empty() { Ok(file) } else { Err(OperatorError::Unopenable { broken }) }
    }
}

fn recipients(texts: &[String]) -> Result<Vec<Recipient>, OperatorError> {
    if !(1..=RECIPIENTS_MAX).contains(&texts.len()) {
        let message = format!("{} were given: expected 1 to {RECIPIENTS_MAX}", texts.len());
        return Err(OperatorError::field("recipients", message));
    }
    texts.iter().map(|text| text.parse().map_err(|error| OperatorError::field("recipients", error))).collect()
}

/// Counted first: a buffer that grows leaves copies behind that nobody overwrites.
fn json(file: &SecretsFile) -> Result<Zeroizing<Vec<u8>>, OperatorError> {
    let written = |error: serde_json::Error| OperatorError::Export(io::Error::from(error).to_string());
    let mut counted = Counted(0);
    serde_json::to_writer_pretty(&mut counted, file).map_err(written)?;
    if counted.0 > SecretsFile::BYTES_MAX {
        let (found, max) = (counted.0, SecretsFile::BYTES_MAX);
        return Err(OperatorError::Export(format!(
            "the file would have {found} bytes, at most {max} are written"
        )));
    }
    let mut plain = Zeroizing::new(Vec::with_capacity(counted.0));
    serde_json::to_writer_pretty(&mut *plain, file).map_err(written)?;
    Ok(plain)
}

struct Counted(usize);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
