//! Models over all providers, and aliases: what the operator says of them, and is told.

use patchbay_pool::{Api, Spread};
use patchbay_types::{ProviderName, Timestamp};
use serde::{Deserialize, Serialize};

use super::ModelView;

/// `POST /api/aliases`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddAlias {
    /// What clients ask for.
    pub name: String,
    pub targets: Vec<TargetSpec>,
    /// Who spreads requests over the targets; `weights` if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Spread>,
}

/// A model of a provider, by its canonical name.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetSpec {
    pub provider: String,
    pub model: String,
    /// Its share in proportion to the others': 1 to 1,000; 1 if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<u32>,
}

/// One name for several models.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AliasView {
    pub name: String,
    pub by: Spread,
    pub targets: Vec<TargetView>,
    pub created: Timestamp,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TargetView {
    pub provider: ProviderName,
    pub model: String,
    pub weight: u32,
    /// False: its provider or model was removed since, or is switched off.
    pub served: bool,
}

/// A name that clients may ask for, of a model or an alias.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ServedModel {
    pub name: String,
    /// Whether it is one name for several models.
    pub alias: bool,
    /// By name; those that are switched off too.
    pub providers: Vec<ServingProvider>,
}

/// A model as one provider has it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ServingProvider {
    pub provider: ProviderName,
    pub pool: String,
    pub api: Api,
    /// Of the provider, in one word.
    pub health: String,
    /// Its canonical name: another one than is asked for, if that is an alias.
    pub model: String,
    /// Only of an alias.
    pub weight: Option<u32>,
    #[serde(flatten)]
    pub details: ModelView,
}
