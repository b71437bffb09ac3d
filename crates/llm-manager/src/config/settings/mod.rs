//! The settings as types. The file's schema is generated from them: doc comments are what an
//! editor shows, limits are what the check enforces.

mod llm;
mod models;
mod provider;
mod soft_failures;
mod tools;

use std::{collections::BTreeMap, path::PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use llm::{
    CommitMode, HedgingSettings, LlmSettings, ModelRoles, ParallelSettings, RetrySettings,
    StrategyName, StreamingSettings, TimeoutSettings, UnavailableMode, WindowSettings,
};
pub use models::{CapabilityName, ModelSettings, Models, PriceSettings};
pub use provider::{ProviderSettings, UpstreamStream};
pub use soft_failures::{CutReaction, SoftFailureReactions, SoftFailureSettings, SoftReaction};
pub use tools::{
    FailOn, LogFormat, LogLevel, Profile, ReportFormat, ReportSettings, TelemetrySettings,
    TestRunnerSettings,
};

/// Settings of the LLM manager.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct Settings {
    /// Version of the file's format.
    #[schemars(range(min = 1, max = 1))]
    pub version: u32,
    /// Which models answer, and how.
    pub llm: LlmSettings,
    /// Who serves models, by name. `openrouter`, `openai`, `anthropic` and `ollama` are known by
    /// their names; others need a `kind`.
    pub providers: BTreeMap<String, ProviderSettings>,
    /// The model test runner.
    pub test_runner: TestRunnerSettings,
    /// Reports of the test runner.
    pub report: ReportSettings,
    /// Logging.
    pub telemetry: TelemetrySettings,
    /// The folder for what is learned about models. Default: the user's state folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_dir: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: 1,
            llm: LlmSettings::default(),
            providers: BTreeMap::new(),
            test_runner: TestRunnerSettings::default(),
            report: ReportSettings::default(),
            telemetry: TelemetrySettings::default(),
            state_dir: None,
        }
    }
}
