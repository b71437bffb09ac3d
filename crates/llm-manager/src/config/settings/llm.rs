//! The section `llm`: which models answer, and how.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SoftFailureSettings;
use crate::config::values::Seconds;

/// Which models answer, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct LlmSettings {
    /// The provider of models whose provider is not named. Default: the first that is enabled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_provider: Option<String>,
    /// The model asked first when speed does not decide. Default: the first primary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_model: Option<String>,
    /// Deadline of a whole request: waits, attempts, fallbacks and judge.
    #[schemars(extend("minimum" = 1))]
    pub timeout: Seconds,
    /// Extra tries on the same model after the first; 0 is one try.
    #[schemars(range(max = 10))]
    pub retry_attempts: u32,
    /// How models are chosen.
    pub strategy: StrategyName,
    /// Ask the fastest primary first. Otherwise the default model comes first.
    pub use_fastest: bool,
    /// The models, by role. A request goes from primary over duplicate and reserve to fallback.
    pub model_roles: ModelRoles,
    /// Two models at once, the better answer wins.
    pub parallel: ParallelSettings,
    /// Limits of one attempt.
    pub timeouts: TimeoutSettings,
    /// Trying the same model again.
    pub retry: RetrySettings,
    /// Streamed answers.
    pub streaming: StreamingSettings,
    /// A second call when the first is slow.
    pub hedging: HedgingSettings,
    /// What to do when every model is resting after failures.
    pub when_all_unavailable: UnavailableMode,
    /// Ask another model when one refuses to answer by its policy.
    pub fallback_on_refusal: bool,
    /// Answers that came and are of no use.
    pub soft_failures: SoftFailureSettings,
    /// Makes random choices repeatable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}

impl Default for LlmSettings {
    fn default() -> Self {
        Self {
            default_provider: None,
            default_model: None,
            timeout: Seconds::new(120),
            retry_attempts: 1,
            strategy: StrategyName::Single,
            use_fastest: true,
            model_roles: ModelRoles::default(),
            parallel: ParallelSettings::default(),
            timeouts: TimeoutSettings::default(),
            retry: RetrySettings::default(),
            streaming: StreamingSettings::default(),
            hedging: HedgingSettings::default(),
            when_all_unavailable: UnavailableMode::Try,
            fallback_on_refusal: false,
            soft_failures: SoftFailureSettings::default(),
            seed: None,
        }
    }
}

/// How models are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StrategyName {
    /// The best model, then the chain of roles.
    Single,
    /// The chain of roles in the order of the file; speed is ignored.
    Fallback,
    /// Two models at once; a third judges.
    BestOfTwo,
}

/// The models by role: an id, or `provider:id`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct ModelRoles {
    /// Serve requests by default: fast and reliable.
    pub primary: Vec<String>,
    /// Like primaries: the second voice of best of two, the judge, the first fallback.
    pub duplicate: Vec<String>,
    /// Step in when primaries and duplicates fail: often stronger and slower.
    pub reserve: Vec<String>,
    /// The last resort: free or limited.
    pub fallback: Vec<String>,
}

/// Two models at once, the better answer wins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct ParallelSettings {
    /// The two models. Default: the two best primaries, filled up from duplicate.
    #[schemars(length(max = 2))]
    pub models: Vec<String>,
    /// The judge. Default: the first duplicate that is not a candidate, else any other model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evaluator_model: Option<String>,
    /// What the judge looks at.
    #[schemars(length(min = 1, max = 10))]
    pub selection_criteria: Vec<String>,
}

impl Default for ParallelSettings {
    fn default() -> Self {
        Self {
            models: Vec::new(),
            evaluator_model: None,
            selection_criteria: ["relevance", "completeness", "quality"].map(Into::into).into(),
        }
    }
}

/// Limits of one attempt. What a model sets wins over its provider, that over `llm.timeouts`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct TimeoutSettings {
    /// Until the connection stands. Default: 5 s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect: Option<Seconds>,
    /// Until the first content. Default: 20 s, 300 s for Ollama, which may have to load the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_token: Option<Seconds>,
    /// Between two signs of life, once content has come. Default: 30 s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle: Option<Seconds>,
    /// Between two pieces of content. Default: 90 s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<Seconds>,
}

/// Trying the same model again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct RetrySettings {
    /// The longest pause asked for by a provider that a request waits out while another model
    /// could answer; 0 is never.
    #[schemars(extend("minimum" = 0, "maximum" = 300))]
    pub wait_inline: Seconds,
}

impl Default for RetrySettings {
    fn default() -> Self {
        Self { wait_inline: Seconds::new(3) }
    }
}

/// Streamed answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct StreamingSettings {
    /// When content is handed on. Until then another model can take over unseen.
    pub commit: CommitMode,
    /// How much is held back with `commit: window`.
    pub window: WindowSettings,
}

impl Default for StreamingSettings {
    fn default() -> Self {
        Self { commit: CommitMode::FirstToken, window: WindowSettings::default() }
    }
}

/// When the content of a stream is handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CommitMode {
    /// With the first content.
    FirstToken,
    /// After the first tokens or a moment, whichever comes first.
    Window,
    /// When the answer is whole.
    Complete,
}

/// How much of a stream is held back with `commit: window`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct WindowSettings {
    /// Until that many tokens.
    #[schemars(range(min = 1, max = 10000))]
    pub tokens: u32,
    /// Until that long after the first.
    pub time: Seconds,
}

impl Default for WindowSettings {
    fn default() -> Self {
        Self { tokens: 32, time: Seconds(std::time::Duration::from_millis(1500)) }
    }
}

/// A second call when the first is slow to begin: slower than 95 % of its model's calls, and than
/// 2 s. Hedges stay below 5 % of the requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct HedgingSettings {
    /// Whether to do it. Every hedge may be paid twice, and needs a model with 100 known calls.
    pub enabled: bool,
}

/// What to do when every model is resting after failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnavailableMode {
    /// Try each once, the one that returns soonest first.
    Try,
    /// Fail at once, saying when to come back.
    Fail,
}
