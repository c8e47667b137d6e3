//! All models: what clients may ask for, and who serves it.

pub(super) mod alias;

use std::collections::{BTreeMap, HashMap};

use patchbay_pool::{EndpointStatus, VirtualModel};
use patchbay_types::ProviderName;

use super::Operator;
use super::definition::Definitions;
use super::provider::health;
use crate::api::{ServedModel, ServingProvider};
use crate::patch;

/// What is known of the providers at one moment.
struct Seen<'a> {
    definitions: &'a Definitions,
    statuses: HashMap<ProviderName, EndpointStatus>,
}

impl Operator {
    /// All models and aliases by name.
    #[must_use]
    pub fn models(&self) -> Vec<ServedModel> {
        let desk = self.desk();
        let (definitions, aliases) = (desk.definitions.load(), desk.aliases.load());
        let statuses = desk.parts.pool.status().into_iter().map(|status| (status.name.clone(), status));
        let seen = Seen { definitions: &definitions, statuses: statuses.collect() };
        let mut served = seen.models();
        served.extend(aliases.all().map(|record| seen.alias(&record.alias)));
        served.sort_by(|a, b| a.name.cmp(&b.name));
        served
    }
}

impl Seen<'_> {
    fn models(&self) -> Vec<ServedModel> {
        let mut by_name: BTreeMap<&str, Vec<ServingProvider>> = BTreeMap::new();
        for defined in self.definitions.all() {
            for name in defined.provider().models.keys() {
                let serving = self.serving(&defined.provider().name, name, None);
                by_name.entry(name).or_default().extend(serving);
            }
        }
        let served =
            |(name, providers): (&str, _)| ServedModel { name: name.to_owned(), alias: false, providers };
        by_name.into_iter().map(served).collect()
    }

    /// Without the targets that are gone.
    fn alias(&self, alias: &VirtualModel) -> ServedModel {
        let targets = alias.targets.iter();
        let serving = targets.filter_map(|it| self.serving(&it.provider, &it.model, Some(it.weight)));
        ServedModel { name: alias.name.clone(), alias: true, providers: serving.collect() }
    }

    fn serving(&self, name: &ProviderName, model: &str, weight: Option<u32>) -> Option<ServingProvider> {
        let provider = self.definitions.find(name.as_str()).ok()?.provider();
        Some(ServingProvider {
            provider: name.clone(),
            pool: provider.pool.clone(),
            api: provider.api,
            health: health(self.statuses.get(name)?).to_owned(),
            model: model.to_owned(),
            weight,
            details: patch::model_view(provider.models.get(model)?),
        })
    }
}
