//! What a test run is told.

use std::{path::PathBuf, time::Duration};

use llm_core::ModelRole;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a test run is told.
///
/// ```
/// use llm_testrunner::{Profile, RunOptions};
///
/// let options = RunOptions { profile: Profile::Smoke, ..RunOptions::default() };
/// assert_eq!(options.repeats(), 1);
/// ```
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// How much is tested.
    pub profile: Profile,
    /// Chat calls a model; `None` is what the profile says. At least 1, at most 100.
    pub repeats: Option<u32>,
    /// Calls at the same time, over all models; one model has one call at a time. At least 1.
    pub concurrency: u32,
    /// What models are asked; `None` is the built-in question.
    pub prompt: Option<String>,
    /// A working model answers at least this part of its calls, at the lower end of the interval.
    pub min_success: f64,
    /// Which failures make the run fail.
    pub fail_on: FailOn,
    /// Deadline of one call.
    pub timeout: Duration,
    /// Seeds order and prompts, so that a run can be repeated; `None` takes the clock's reading.
    pub seed: Option<u64>,
    /// Which models are tested.
    pub filter: Filter,
    /// Whether the upstream is simulated; every rendering says so.
    pub sandbox: bool,
    /// The configuration's path, for the reader of the report.
    pub config: Option<PathBuf>,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            profile: Profile::Standard,
            repeats: None,
            concurrency: 4,
            prompt: None,
            min_success: 0.5,
            fail_on: FailOn::Primary,
            timeout: Duration::from_secs(120),
            seed: None,
            filter: Filter::default(),
            sandbox: false,
            config: None,
        }
    }
}

impl RunOptions {
    /// Measured chat calls a model.
    pub fn repeats(&self) -> u32 {
        self.repeats.unwrap_or_else(|| self.profile.repeats()).clamp(1, 100)
    }
}

/// Which models are tested. An empty list leaves out nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Models, as `model` or `provider:model`.
    pub models: Vec<String>,
    /// Providers.
    pub providers: Vec<String>,
    /// Roles.
    pub roles: Vec<ModelRole>,
}

/// How much is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// One short call a model: does it answer at all?
    Smoke,
    /// A warm-up and five calls, streaming, JSON and tools.
    Standard,
}

impl Profile {
    /// The profile as it is printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Smoke => "smoke",
            Self::Standard => "standard",
        }
    }

    const fn repeats(self) -> u32 {
        match self {
            Self::Smoke => 1,
            Self::Standard => 5,
        }
    }
}

/// Which failures make a run fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailOn {
    /// Of any model.
    Any,
    /// Of a primary.
    Primary,
    /// None.
    None,
}
