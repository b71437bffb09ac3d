//! What a report recommends.

use llm_core::ModelRole;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What to do with a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Recommendation {
    /// The role.
    #[schemars(with = "String", extend("enum" = ["primary", "duplicate", "reserve", "fallback"]))]
    pub role: ModelRole,
    /// Its models as configured.
    pub now: Vec<String>,
    /// Its models as recommended.
    pub suggested: Vec<String>,
    /// Why, for people.
    pub reason: String,
    /// How much the figures carry.
    pub confidence: Confidence,
    /// Measured calls of the first suggested model.
    pub n: u32,
}

/// How much the figures carry.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Fewer than 5 calls.
    Low,
    /// Fewer than 10 calls, or nothing tells the models apart.
    Medium,
    /// At least 10 calls, and the choice is clear.
    High,
}

impl Confidence {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// A role and its models.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RoleModels {
    /// The role.
    #[schemars(with = "String", extend("enum" = ["primary", "duplicate", "reserve", "fallback"]))]
    pub role: ModelRole,
    /// Its models, as a configuration names them.
    pub models: Vec<String>,
}
