//! Aliases: one name for several models. Added, removed, shown.

use std::collections::BTreeMap;
use std::sync::Arc;

use patchbay_pool::{Provider, Spread, VirtualModel};
use patchbay_store::{Batch, Key, ReadError, Store, StoreExt, Stored};

use crate::OperatorError;
use crate::api::{AddAlias, AliasView, Removed, TargetView};
use crate::operator::definition::Definitions;
use crate::operator::{Desk, Operator};
use crate::patch;
use crate::record::VirtualModelRecord;

/// Aliases, at most.
const ALIASES_MAX: usize = 1_000;

/// As the store has them.
#[derive(Clone, Default)]
pub(crate) struct Aliases {
    by_name: BTreeMap<String, Arc<VirtualModelRecord>>,
}

impl Aliases {
    pub(in crate::operator) async fn read(store: &dyn Store) -> Result<Self, ReadError> {
        let rows: Vec<Stored<VirtualModelRecord>> = store.list(Key::new().prefix(), ALIASES_MAX).await?;
        let named = |row: Stored<VirtualModelRecord>| (row.record.alias.name.clone(), Arc::new(row.record));
        Ok(Self { by_name: rows.into_iter().map(named).collect() })
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<VirtualModelRecord>> {
        self.by_name.values()
    }

    /// What the pool is told.
    pub(in crate::operator) fn definitions(&self) -> Vec<VirtualModel> {
        self.all().map(|record| record.alias.clone()).collect()
    }

    fn find(&self, name: &str) -> Result<&Arc<VirtualModelRecord>, OperatorError> {
        self.by_name.get(name).ok_or_else(|| OperatorError::UnknownAlias {
            name: name.to_owned(),
            known: self.by_name.keys().cloned().collect(),
        })
    }

    /// A provider's model must not have the name of an alias.
    pub(in crate::operator) fn check(&self, provider: &Provider) -> Result<(), OperatorError> {
        match provider.models.keys().find(|model| self.by_name.contains_key(*model)) {
            Some(model) => Err(OperatorError::field(
                format!("models.{model}"),
                format!(
                    "{model:?} is an alias: expected another name; or remove the alias first with \
                     `patchbay model alias remove {model}`"
                ),
            )),
            None => Ok(()),
        }
    }
}

impl Operator {
    /// Makes an alias: the next request may ask for it.
    ///
    /// # Errors
    /// A field that is wrong, a name that is taken, too many aliases, or a store that does not write.
    pub async fn add_alias(&self, request: AddAlias, actor: &str) -> Result<AliasView, OperatorError> {
        let actor = actor.to_owned();
        self.change(|desk| async move { desk.add_alias(request, &actor).await }).await
    }

    /// # Errors
    /// An unknown alias, or a store that does not write.
    pub async fn remove_alias(&self, name: &str, actor: &str) -> Result<Removed, OperatorError> {
        let (name, actor) = (name.to_owned(), actor.to_owned());
        self.change(|desk| async move { desk.remove_alias(&name, &actor).await }).await
    }

    /// All aliases by name.
    #[must_use]
    pub fn aliases(&self) -> Vec<AliasView> {
        let desk = self.desk();
        let definitions = desk.definitions.load();
        desk.aliases.load().all().map(|record| view(record, &definitions)).collect()
    }

    /// # Errors
    /// An unknown alias.
    pub fn alias(&self, name: &str) -> Result<AliasView, OperatorError> {
        let desk = self.desk();
        Ok(view(desk.aliases.load().find(name)?, &desk.definitions.load()))
    }
}

impl Desk {
    async fn add_alias(&self, request: AddAlias, actor: &str) -> Result<AliasView, OperatorError> {
        let _turn = self.turn.lock().await;
        let (definitions, mut aliases) = (self.definitions.load_full(), (**self.aliases.load()).clone());
        let providers: Vec<&Provider> = definitions.all().map(|defined| defined.provider()).collect();
        let alias = patch::alias(request, &providers, |name| aliases.by_name.contains_key(name))?;
        if aliases.by_name.contains_key(&alias.name) {
            return Err(OperatorError::AliasExists(alias.name));
        }
        if aliases.by_name.len() >= ALIASES_MAX {
            return Err(OperatorError::TooMany { what: "aliases", max: ALIASES_MAX });
        }
        let record = VirtualModelRecord { alias, created: self.now() };
        let (subject, name) = (subject(&record.alias.name), record.alias.name.clone());
        let batch = Batch::new()
            .require_absent::<VirtualModelRecord>(&VirtualModelRecord::key_of(&name))
            .put(&record)?
            .event(self.event("alias.added", &subject, format!("{name} was added")))
            .audit(self.audit(actor, "alias.add", &subject, summary(&record.alias)));
        self.parts.store.commit(batch).await?;
        let view = view(&record, &definitions);
        aliases.by_name.insert(name, Arc::new(record));
        self.alias(aliases);
        Ok(view)
    }

    async fn remove_alias(&self, name: &str, actor: &str) -> Result<Removed, OperatorError> {
        let _turn = self.turn.lock().await;
        let mut aliases = (**self.aliases.load()).clone();
        aliases.find(name)?;
        let subject = subject(name);
        let batch = Batch::new()
            .delete::<VirtualModelRecord>(&VirtualModelRecord::key_of(name))
            .event(self.event("alias.removed", &subject, format!("{name} was removed")))
            .audit(self.audit(actor, "alias.remove", &subject, String::new()));
        self.parts.store.commit(batch).await?;
        aliases.by_name.remove(name);
        self.alias(aliases);
        Ok(Removed { removed: name.to_owned() })
    }

    /// The pools, and everyone who asks, see these from now on.
    fn alias(&self, aliases: Aliases) {
        self.aliases.store(Arc::new(aliases));
        self.define((**self.definitions.load()).clone());
    }
}

fn subject(name: &str) -> String {
    format!("alias/{name}")
}

/// `alpha/gpt-5=3 beta/haiku=1 by weights`.
fn summary(alias: &VirtualModel) -> String {
    let targets = alias.targets.iter();
    let targets = targets.map(|target| format!("{}/{}={} ", target.provider, target.model, target.weight));
    let by = match alias.spread {
        Spread::Weights => "weights",
        Spread::Policy => "policy",
    };
    format!("{}by {by}", targets.collect::<String>())
}

fn view(record: &VirtualModelRecord, definitions: &Definitions) -> AliasView {
    let VirtualModel { name, targets, spread } = record.alias.clone();
    let served = |provider: &str, model: &String| {
        definitions
            .find(provider)
            .is_ok_and(|defined| defined.provider().enabled && defined.provider().models.contains_key(model))
    };
    let targets = targets.into_iter().map(|target| {
        let served = served(target.provider.as_str(), &target.model);
        TargetView { provider: target.provider, model: target.model, weight: target.weight, served }
    });
    AliasView { name, by: spread, targets: targets.collect(), created: record.created }
}
