//! One model in a report.

use llm_core::{CostSource, ModelRef, ModelRole};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::CallReport;
use crate::taxonomy::CallVerdict;

/// How a model did. Times are in milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct ModelReport {
    /// The provider.
    pub provider: String,
    /// The model.
    pub model: String,
    /// Its role in the chain.
    #[schemars(with = "Option<String>", extend("enum" = ["primary", "duplicate", "reserve", "fallback", null]))]
    pub role: Option<ModelRole>,
    /// Where the configuration names it.
    pub place: Option<String>,
    /// How it did, in a word.
    pub status: Status,
    /// Whether it can be relied on: every call answered, or enough of at least five.
    pub working: bool,
    /// Measured calls that were answered.
    pub good: u32,
    /// Measured calls.
    pub sent: u32,
    /// What the answered part of all calls may be, with 95 % confidence.
    pub interval: Option<Interval>,
    /// Time of an answered call.
    pub time: Distribution,
    /// Time until the first content or reasoning of an answered call.
    pub first_token: Distribution,
    /// Time of the warm-up, if it was answered.
    pub cold_ms: Option<f64>,
    /// Time of the last answered call.
    pub last_ms: Option<f64>,
    /// Tokens a second while answering, in the middle.
    pub tokens_per_second: Option<f64>,
    /// US dollars for a thousand such calls.
    pub usd_per_1k_calls: Option<f64>,
    /// Who says so.
    #[schemars(with = "Option<String>", extend("enum" = ["reported", "computed", null]))]
    pub cost_source: Option<CostSource>,
    /// What it can do.
    pub checks: Checks,
    /// Its place by speed among the models that answered, from 1. Models that cannot be told
    /// apart share a place.
    pub speed_rank: Option<u32>,
    /// Why it was not tried.
    pub skipped: Option<Skip>,
    /// What went wrong, most frequent first.
    pub failures: Vec<Failure>,
    /// Calls that were planned and not sent: an earlier failure was final, or the run was stopped.
    pub not_sent: u32,
    /// Every call.
    pub calls: Vec<CallReport>,
}

impl ModelReport {
    /// The model's address.
    pub fn model_ref(&self) -> ModelRef {
        ModelRef::new(self.provider.as_str(), self.model.as_str())
    }
}

/// How a model did, in a word.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Every call was answered.
    Ok,
    /// Some were.
    Degraded,
    /// None was.
    Failed,
    /// It was not tried.
    Skipped,
}

impl Status {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Degraded => "degraded",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// The ends of an interval, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// Percentiles of a sample, each only where the sample carries it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Distribution {
    /// Figures in the sample.
    pub n: u32,
    /// The median, of at least 3.
    pub p50_ms: Option<f64>,
    /// Of at least 10.
    pub p90_ms: Option<f64>,
    /// Of at least 20.
    pub p95_ms: Option<f64>,
    /// Of at least 100.
    pub p99_ms: Option<f64>,
}

/// What a model can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Checks {
    /// Answers in JSON when asked to.
    pub json: Support,
    /// Calls tools.
    pub tools: Support,
    /// Streams.
    pub stream: Support,
}

/// Whether a model can do something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Support {
    /// It was not tested, or the test could not tell.
    #[default]
    Unknown,
    /// It can.
    Yes,
    /// Only inside a code fence.
    Fenced,
    /// It cannot.
    No,
}

/// Why a model was not tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Skip {
    /// The reason's name, such as `missing_key`.
    pub reason: String,
    /// What to do.
    pub hint: String,
}

/// One kind of failure of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Failure {
    /// The error's kind, or what a check found.
    pub error_type: String,
    /// What it says about the model.
    pub verdict: CallVerdict,
    /// Calls that failed so.
    pub count: u32,
    /// Calls of the same purposes.
    pub of: u32,
    /// The first one's HTTP status.
    pub status: Option<u16>,
    /// The first one's message, redacted.
    pub message: String,
    /// The limit that ended the first one, in milliseconds.
    pub limit_ms: Option<f64>,
    /// What to do.
    pub hint: String,
}
