//! The bodies of the operator's API, for both of its ends. Times are milliseconds since 1970 UTC; prices are texts in
//! USD per million tokens (`"2.5"`); money in answers is nano-USD. Unknown fields are refused.

mod answer;
mod body;

pub use answer::{
    CooldownCleared, CooldownView, ErrorAnswer, ErrorBody, Health, KeyCreated, KeyView, Logged, ModelView,
    ProviderCooling, ProviderView, Removed, Status, TestView, Totals, UsageLine,
};
pub use body::{
    AddProvider, CreateKey, Credential, ModelSpec, PatchProvider, PriceSpec, UsageBy, UsageQuery,
};
