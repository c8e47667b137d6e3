//! Credentials and secrets of another host: each is set if it goes where it went there, or none is. What a file was
//! sealed with is not known here.

use std::collections::BTreeSet;
use std::sync::Arc;

use patchbay_store::{Batch, Stored};
use patchbay_types::Secret;

use super::definition::{Defined, binding};
use super::rotate::fits;
use super::secret::{Kept, SECRETS_MAX, check, over};
use super::{Desk, Operator};
use crate::OperatorError;
use crate::api::{Credential, ExportedCredential, ExportedSecret, ImportSecrets, Imported, SecretsFile};
use crate::patch;
use crate::record::{ProviderRecord, SecretRecord};

/// What is set, once all of it may be.
#[derive(Default)]
struct Plan {
    credentials: Vec<(Arc<Defined>, Secret<String>)>,
    secrets: Vec<Planned>,
}

struct Planned {
    name: String,
    origins: Vec<String>,
    value: Secret<String>,
    old: Option<Arc<Kept>>,
}

impl Operator {
    /// Sets the credentials of providers that have the same name and the same origin here, and the secrets.
    ///
    /// # Errors
    /// Anything in it does not fit, and nothing was set; or the store does not write.
    pub async fn import(&self, request: ImportSecrets, actor: &str) -> Result<Imported, OperatorError> {
        let actor = actor.to_owned();
        self.change(|desk| async move {
            let imported = desk.import(request, &actor).await?;
            for name in imported.secrets.iter().filter(|_| !imported.dry_run) {
                desk.parts.slots.secrets_changed(name).await;
            }
            Ok(imported)
        })
        .await
    }
}

impl Desk {
    async fn import(&self, request: ImportSecrets, actor: &str) -> Result<Imported, OperatorError> {
        let ImportSecrets { file, dry_run } = request;
        let _turn = self.turn.lock().await;
        let plan = self.plan(file)?;
        let imported = Imported {
            dry_run,
            credentials: plan
                .credentials
                .iter()
                .map(|(defined, _)| defined.provider().name.to_string())
                .collect(),
            secrets: plan.secrets.iter().map(|planned| planned.name.clone()).collect(),
        };
        if !dry_run {
            self.carry_out(plan, actor).await?;
        }
        Ok(imported)
    }

    fn plan(&self, file: SecretsFile) -> Result<Plan, OperatorError> {
        let (mut plan, mut wrong) = (Plan::default(), Vec::new());
        if file.version != SecretsFile::VERSION {
            let (found, expected) = (file.version, SecretsFile::VERSION);
            wrong.push(format!("the file has version {found}, expected {expected}"));
        }
        let mut seen = BTreeSet::new();
        for exported in file.providers {
            let name = quote(&exported.name);
            match self.planned_credential(exported).and_then(|planned| once(&mut seen, name.clone(), planned))
            {
                Ok(planned) => plan.credentials.push(planned),
                Err(why) => wrong.push(format!("provider {name}: {why}")),
            }
        }
        seen.clear();
        for exported in file.secrets {
            let name = quote(&exported.name);
            match self.planned_secret(exported).and_then(|planned| once(&mut seen, name.clone(), planned)) {
                Ok(planned) => plan.secrets.push(planned),
                Err(why) => wrong.push(format!("secret {name}: {why}")),
            }
        }
        let new = plan.secrets.iter().filter(|planned| planned.old.is_none()).count();
        if self.secrets.all().len() + new > SECRETS_MAX {
            wrong.push(format!("there would be more than {SECRETS_MAX} secrets"));
        }
        if wrong.is_empty() { Ok(plan) } else { Err(OperatorError::ImportRefused { wrong }) }
    }

    fn planned_credential(
        &self,
        ExportedCredential { name, origin, key: Credential(key), .. }: ExportedCredential,
    ) -> Result<(Arc<Defined>, Secret<String>), String> {
        let definitions = self.definitions.load();
        let defined = definitions.find(&name).map_err(|_| "there is none of that name here".to_owned())?;
        let here = defined.provider().base_url.origin();
        if here != origin {
            return Err(format!("it leads to {here} here, and its key is bound to {}", quote(&origin)));
        }
        patch::credential(&key).map_err(|error| error.to_string())?;
        Ok((Arc::clone(defined), key))
    }

    fn planned_secret(
        &self,
        ExportedSecret { name, origins, value: Credential(value) }: ExportedSecret,
    ) -> Result<Planned, String> {
        let named = |error: OperatorError| error.to_string();
        let name = check::name(&name).map_err(named)?.to_string();
        check::value(&value).map_err(named)?;
        let origins = check::origins(&origins).map_err(named)?;
        let old = self.secrets.all().get(&name).cloned();
        match old.as_ref().map(|old| &old.record().origins).filter(|here| **here != origins) {
            Some(here) => Err(format!(
                "it is bound to {} here, and to {} in the file",
                here.join(" "),
                origins.join(" ")
            )),
            None => Ok(Planned { name, origins, value, old }),
        }
    }

    /// The store first, then the pools and the book.
    async fn carry_out(&self, plan: Plan, actor: &str) -> Result<(), OperatorError> {
        let (mut batch, mut providers, mut secrets) = (Batch::new(), Vec::new(), Vec::new());
        for (defined, key) in &plan.credentials {
            let record = self.keyed(defined, key)?;
            batch = self.with_credential(batch, defined, &record, key, actor)?;
            providers.push(record);
        }
        for Planned { name, origins, value, old } in plan.secrets {
            let record = self.sealed(name, origins, &value, old.as_deref())?;
            let key = SecretRecord::key_of(&record.name);
            batch = self.with_secret(batch.and(over(&key, old.as_deref())), &record, actor, &value)?;
            secrets.push(record);
        }
        fits(&batch)?;
        let revision = self.parts.store.commit(batch).await?;
        let vault = &self.parts.vault;
        let mut definitions = (**self.definitions.load()).clone();
        let opened = providers.into_iter().map(|record| Defined::open(Stored { revision, record }, vault));
        opened.for_each(|defined| definitions.put(defined));
        self.define(definitions);
        secrets
            .into_iter()
            .for_each(|record| self.secrets.put(Kept::open(Stored { revision, record }, vault)));
        Ok(())
    }

    fn keyed(&self, defined: &Defined, key: &Secret<String>) -> Result<ProviderRecord, OperatorError> {
        let mut provider = defined.provider().clone();
        provider.updated = self.now();
        let sealed = self.parts.vault.seal(key, &binding(&provider))?;
        Ok(ProviderRecord { sealed: Some(sealed), sealed_at: Some(provider.updated), provider })
    }

    fn with_credential(
        &self,
        batch: Batch,
        old: &Defined,
        record: &ProviderRecord,
        key: &Secret<String>,
        actor: &str,
    ) -> Result<Batch, OperatorError> {
        let name = &record.provider.name;
        let subject = super::provider::subject(name);
        let detail = format!("credential={}", key.masked());
        Ok(batch
            .require_revision::<ProviderRecord>(&ProviderRecord::key_of(name), old.revision)
            .put(record)?
            .event(self.event("provider.changed", &subject, format!("{name} got an imported key")))
            .audit(self.audit(actor, "provider.import", &subject, detail)))
    }
}

fn once<T>(seen: &mut BTreeSet<String>, name: String, planned: T) -> Result<T, String> {
    if seen.insert(name) { Ok(planned) } else { Err("it is in the file twice".to_owned()) }
}

/// What somebody else wrote, where a message repeats it.
fn quote(text: &str) -> String {
    text.chars().take(100).collect()
}

#[cfg(test)]
mod tests;
