//! What of a provider is seldom given: its limits, times and ways, and more of its models.

use clap::Args;
use patchbay_pool::Api;

use super::argument::{Maybe, MetaArgument, OfModel, PriceArgument, ReasoningArgument, SpanArgument, Words};

/// Of the provider.
#[derive(Args, Clone, Debug, Default)]
pub struct Tuning {
    /// What it speaks: openai-completions, openai-responses or anthropic-messages [default: openai-completions]
    #[arg(long, value_name = "API")]
    pub api: Option<Api>,
    /// What people call it; `none` takes it away
    #[arg(long, value_name = "TEXT|none")]
    pub label: Option<Maybe<String>>,
    /// The most tokens a minute, prompt and completion [default: none]
    #[arg(long, value_name = "N|none")]
    pub tpm: Option<Maybe<u64>>,
    /// The most requests at one time [default: none]
    #[arg(long, value_name = "N|none")]
    pub max_in_flight: Option<Maybe<u32>>,
    /// Resolving, TCP and TLS together [default: as configured]
    #[arg(long, value_name = "TIME|default")]
    pub connect_timeout: Option<SpanArgument>,
    /// Until the response headers of a stream [default: as configured]
    #[arg(long, value_name = "TIME|default")]
    pub first_byte_timeout: Option<SpanArgument>,
    /// The longest gap in a stream [default: as configured]
    #[arg(long, value_name = "TIME|default")]
    pub silence_timeout: Option<SpanArgument>,
    /// A whole answer that is not a stream [default: as configured]
    #[arg(long, value_name = "TIME|default")]
    pub total_timeout: Option<SpanArgument>,
    /// What health probes ask for, below the base URL, or `off`; `default` is /models
    #[arg(long, value_name = "PATH|off|default")]
    pub health_path: Option<String>,
    /// Leave the provider's own name of the model in answers
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub keep_native_model: Option<bool>,
    /// It does not know stream_options.include_usage
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub no_usage_option: Option<bool>,
    /// Something for people and policies; without a value it is removed; can be given several times
    #[arg(long, value_name = "NAME=[VALUE]")]
    pub meta: Vec<MetaArgument>,
}

/// Of its models; each can be given several times.
#[derive(Args, Clone, Debug, Default)]
pub struct Settings {
    /// What a model costs, in USD per million tokens; can be given several times
    #[arg(long = "price", value_name = "MODEL=IN/OUT[/CACHED[/CACHE_WRITE]]")]
    pub prices: Vec<PriceArgument>,
    /// Tokens of prompt and completion together [default: 128000]
    #[arg(long = "context", value_name = "MODEL=TOKENS")]
    pub contexts: Vec<OfModel<u32>>,
    /// Tokens of a completion [default: 65536]
    #[arg(long = "max-output", value_name = "MODEL=TOKENS")]
    pub max_outputs: Vec<OfModel<u32>>,
    /// What it reads [default: text]
    #[arg(long = "modalities", value_name = "MODEL=text,image")]
    pub modalities: Vec<OfModel<Words>>,
    /// Whether it reasons, and how much, in the provider's own word
    #[arg(long = "reasoning", value_name = "MODEL[=EFFORT|=off]")]
    pub reasonings: Vec<ReasoningArgument>,
}
