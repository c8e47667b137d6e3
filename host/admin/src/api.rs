//! The bodies of the operator's API, for both of its ends. Times are milliseconds since 1970 UTC; prices are texts in
//! USD per million tokens (`"2.5"`), and so are budgets in USD; money in other answers is nano-USD. Unknown fields are refused.

mod answer;
mod body;
mod claim;
mod config;
mod cooldown;
mod key;
mod model;
mod plugin;
mod problem;
mod schedule;
mod secret;
mod skill;
mod task;
mod todos;
mod usage;
mod vault;

pub use answer::{
    ErrorAnswer, ErrorBody, Health, Logged, ModelView, ProbeView, ProviderCooling, ProviderView, Removed,
    SecretView, SlotStatus, Status, TaskAsked, TestView,
};
pub use body::{AddProvider, Credential, ModelSpec, PatchProvider, PatchTimeouts, PriceSpec, SetSecret};
pub use claim::{
    ClaimTask, EndOutcome, EndTask, LeaseTerm, LineStream, SaidLine, TaskClaimed, TaskHeartbeat,
};
pub use config::{ConfigChange, ConfigReloaded, ConfigSetting};
pub use cooldown::{CooldownCleared, CooldownView, PastCooldown, PastQuery};
pub use key::{CreateKey, KeyCreated, KeyUse, KeyView, LimitsSpec, LimitsView, SetKey};
pub use model::{AddAlias, AliasView, ServedModel, ServingProvider, TargetSpec, TargetView};
pub use plugin::{AskFailure, AskPlugin, Asked, ChainOrder, LOAD_CONTENT_TYPE, LoadOptions, PromoteOptions};
pub use problem::{
    FixQuery, FixRow, FixView, MendCommand, MergeProblem, ProblemQuery, ProblemRow, ProblemView,
};
pub use schedule::{
    ScheduleBackfill, ScheduleCommand, ScheduleCounters, ScheduleId, SchedulePause, ScheduleQuery,
    ScheduleRemoved, ScheduleView, SchedulesListed, UpcomingQuery,
};
pub use secret::{SecretName, SecretNameError};
pub use skill::{RunSkill, SkillArtifact, SkillLine, SkillRan};
pub use task::{
    ApplyOutcome, ApplyTasks, AttemptView, LogQuery, LogView, TaskApplied, TaskCommand, TaskQuery, TaskRow,
    TaskTree, TaskView, TreeRow,
};
pub use todos::{TodoConflict, TodosExported, TodosImported, TodosQuery};
pub use usage::{Totals, UsageLine, UsageQuery};
pub use vault::{
    CredentialView, ExportSecrets, Exported, ExportedCredential, ExportedSecret, IdentityView, ImportSecrets,
    Imported, OldDropped, Rotated, SecretsFile, VaultView,
};
