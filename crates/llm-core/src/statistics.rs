//! What is known about a model from its calls, as plain data.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A moment, as time since the Unix epoch.
///
/// Whoever has a clock makes it; this crate has none.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(Duration);

impl Timestamp {
    /// The moment this long after the Unix epoch.
    pub const fn from_unix(since_epoch: Duration) -> Self {
        Self(since_epoch)
    }

    /// The time since the Unix epoch.
    pub const fn since_unix(self) -> Duration {
        self.0
    }

    /// How long after `earlier` this is; zero when it is not after it.
    pub const fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// The moment this much later.
    #[must_use]
    pub const fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration))
    }
}

/// What is known about one model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ModelStatistics {
    /// How long the last successful call took.
    pub last_response_time: Option<Duration>,
    /// Calls that were answered.
    pub success_count: u64,
    /// Calls that failed, whoever's fault it was.
    pub error_count: u64,
    /// How fast the model is, once it was measured.
    pub latency: Option<LatencyEstimate>,
    /// How likely a call succeeds.
    pub odds: Odds,
}

/// How fast a model is, independent of the length of its answers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LatencyEstimate {
    /// Natural logarithm of the time taken over the time a reference model would take for an
    /// answer of the same length: 0 is as fast, positive is slower.
    pub log_ratio: f64,
    /// When it was last updated.
    pub updated: Timestamp,
}

/// Successes and failures that fade with time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Odds {
    /// Faded count of successes.
    pub successes: f64,
    /// Faded count of failures that were the model's.
    pub failures: f64,
    /// When they were last updated.
    pub updated: Timestamp,
}

/// Something learned about a model from one call.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Observation {
    /// The call was answered.
    Success {
        /// When.
        at: Timestamp,
        /// How long the whole answer took.
        elapsed: Duration,
        /// How long its first content took, where it came as a stream.
        #[serde(default)]
        first_token: Option<Duration>,
        /// Tokens of the answer; estimated from its length where the provider does not say.
        output_tokens: u64,
    },
    /// The call failed.
    Failure {
        /// When.
        at: Timestamp,
        /// Whether the model or its provider is to blame, so that its odds fall.
        blamed: bool,
    },
    /// The call was dropped unanswered after longer than predicted.
    Straggled {
        /// When.
        at: Timestamp,
        /// How long it had run.
        elapsed: Duration,
        /// How long it was predicted to take.
        predicted: Duration,
    },
}

impl Observation {
    /// When it was made.
    pub const fn at(&self) -> Timestamp {
        match self {
            Self::Success { at, .. } | Self::Failure { at, .. } | Self::Straggled { at, .. } => *at,
        }
    }
}
