//! The whole report.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ModelReport, Recommendation, RoleModels};
use crate::options::{FailOn, Profile};

/// The version of the report's form that this crate writes.
pub(crate) const SCHEMA_VERSION: u32 = 1;

/// What a test run found out. Everything shown is rendered from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Report {
    /// The version of this form.
    pub schema_version: u32,
    /// The run's name, which sorts by time.
    pub run_id: String,
    /// When the run began, in UTC, as RFC 3339.
    pub started: String,
    /// How long it took, in milliseconds.
    pub elapsed_ms: f64,
    /// Whether the upstream was simulated.
    pub sandbox: bool,
    /// Whether the run was stopped before its end.
    pub partial: bool,
    /// How it was run.
    pub settings: RunSettings,
    /// The figures of the run.
    pub totals: Totals,
    /// Every model, in the order of the chain.
    pub models: Vec<ModelReport>,
    /// What to change, a line a role.
    pub recommendations: Vec<Recommendation>,
    /// The roles as recommended.
    pub suggested_roles: Vec<RoleModels>,
    /// What the reader should know besides.
    pub notes: Vec<String>,
}

/// How a run was run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct RunSettings {
    /// How much was tested.
    pub profile: Profile,
    /// Measured chat calls a model.
    pub repeats: u32,
    /// Whether a first call was sent that no figure counts.
    pub warm_up: bool,
    /// Calls at the same time.
    pub concurrency: u32,
    /// Seeds order and prompts.
    pub seed: u64,
    /// Deadline of one call, in milliseconds.
    pub timeout_ms: f64,
    /// The longest answer to a chat call, in tokens.
    pub max_tokens: u32,
    /// The same for models that reason.
    pub max_tokens_reasoning: u32,
    /// Hash of what models were asked; runs with different prompts do not compare.
    pub prompt_hash: String,
    /// The lower end of a working model's interval, at least.
    pub min_success: f64,
    /// Which failures make the run fail.
    pub fail_on: FailOn,
    /// The configuration's path.
    pub config: Option<String>,
    /// The version of the tool.
    pub tool_version: String,
}

/// The figures of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Totals {
    /// Models in the run.
    pub models: u32,
    /// Models whose calls were all answered.
    pub ok: u32,
    /// Models with some calls answered.
    pub degraded: u32,
    /// Models with no call answered.
    pub failed: u32,
    /// Models that were not tried.
    pub skipped: u32,
    /// Calls sent.
    pub calls: u32,
    /// Calls that waited for a free place among the concurrent ones.
    pub queued_calls: u32,
    /// Tokens of all prompts, where counted.
    pub input_tokens: u64,
    /// Tokens of all answers, where counted.
    pub output_tokens: u64,
    /// US dollars for the calls whose cost is known; `None` when none is.
    pub cost_usd: Option<f64>,
    /// Whether the cost of every call that may be billed is known.
    pub cost_complete: bool,
}
