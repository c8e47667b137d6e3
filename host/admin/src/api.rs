//! The bodies of the operator's API, for both of its ends. Times are milliseconds since 1970 UTC; prices are texts in
//! USD per million tokens (`"2.5"`); money in answers is nano-USD. Unknown fields are refused.

mod answer;
mod body;
mod plugin;
mod secret;
mod vault;

pub use answer::{
    CooldownCleared, CooldownView, ErrorAnswer, ErrorBody, Health, KeyCreated, KeyView, Logged, ModelView,
    ProviderCooling, ProviderView, Removed, SecretView, SlotStatus, Status, TestView, Totals, UsageLine,
};
pub use body::{
    AddProvider, CreateKey, Credential, ModelSpec, PatchProvider, PriceSpec, SetSecret, UsageBy, UsageQuery,
};
pub use plugin::{AskFailure, AskPlugin, Asked, ChainOrder, LOAD_CONTENT_TYPE, LoadOptions, PromoteOptions};
pub use secret::{SecretName, SecretNameError};
pub use vault::{
    CredentialView, ExportSecrets, Exported, ExportedCredential, ExportedSecret, IdentityView, ImportSecrets,
    Imported, OldDropped, Rotated, SecretsFile, VaultView,
};
