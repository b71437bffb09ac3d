//! The sections of the tools around the manager: `test_runner`, `report`, `telemetry`.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::values::Seconds;

/// The model test runner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct TestRunnerSettings {
    /// How much is tested.
    pub profile: Profile,
    /// Chat calls a model. Default: what the profile says.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub repeats: Option<u32>,
    /// Calls at the same time.
    #[schemars(range(min = 1, max = 64))]
    pub concurrency: u32,
    /// What models are asked. Default: built in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// A working model answers at least this part of its calls, at the lower end of the interval.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub min_success: f64,
    /// Which failures make the run fail.
    pub fail_on: FailOn,
    /// Deadline of one call. Default: `llm.timeout`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Seconds>,
}

impl Default for TestRunnerSettings {
    fn default() -> Self {
        Self {
            profile: Profile::Standard,
            repeats: None,
            concurrency: 4,
            prompt: None,
            min_success: 0.5,
            fail_on: FailOn::Primary,
            timeout: None,
        }
    }
}

/// How much the test runner tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// One short call a model.
    Smoke,
    /// Five calls, streaming, JSON and tools.
    Standard,
}

/// Which failures make a test run fail.
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

/// Reports of the test runner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct ReportSettings {
    /// The folder in which every run gets its own.
    pub dir: PathBuf,
    /// What is written.
    pub formats: Vec<ReportFormat>,
}

impl Default for ReportSettings {
    fn default() -> Self {
        Self {
            dir: PathBuf::from("llm-reports"),
            formats: vec![ReportFormat::Markdown, ReportFormat::Json],
        }
    }
}

/// The format of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportFormat {
    /// For people.
    Markdown,
    /// For programs.
    Json,
}

/// Logging.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct TelemetrySettings {
    /// The format of log lines.
    pub log_format: LogFormat,
    /// The least important lines that are written.
    pub log_level: LogLevel,
}

impl Default for TelemetrySettings {
    fn default() -> Self {
        Self { log_format: LogFormat::Text, log_level: LogLevel::Info }
    }
}

/// The format of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// The importance of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// Nothing at all.
    Off,
    /// Requests that failed.
    Error,
    /// And attempts that failed.
    Warn,
    /// And a line a request.
    Info,
    /// And decisions.
    Debug,
    /// And every step.
    Trace,
}
