#![doc = include_str!("../README.md")]

mod attempt;
mod capabilities;
mod compare;
mod error;
mod error_kind;
mod evaluator;
mod fold;
mod ids;
mod message;
#[cfg(feature = "mock")]
mod mock;
mod outcome;
mod provider;
mod redact;
mod request;
mod response;
mod role;
mod statistics;
mod strategy;
mod stream;
mod tool;
mod usage;

pub use attempt::{Attempt, AttemptOutcome, Billed, Execution};
pub use capabilities::{Capabilities, ModelInfo, Price};
pub use compare::{Judgement, JudgementStatus, Preference, Verdict};
pub use error::{Error, Result, Retry};
pub use error_kind::{ErrorKind, ErrorLabel};
pub use evaluator::{Comparison, Evaluator};
pub use fold::ResponseBuilder;
pub use ids::{ModelId, ModelRef, ProviderId};
pub use message::{AssistantMessage, Image, ImageSource, Message, Part};
#[cfg(feature = "mock")]
pub use mock::{MockEvaluator, MockExecutor, MockProvider, MockStrategy};
pub use outcome::{Exclusion, ExclusionReason, History, Outcome};
pub use provider::Provider;
pub use redact::redact;
pub use request::{ChatRequest, Extras, Reasoning, ResponseFormat, Sampling};
pub use response::{ChatResponse, FinishReason};
pub use role::ModelRole;
pub use statistics::{LatencyEstimate, ModelStatistics, Observation, Odds, Timestamp};
pub use strategy::{Answer, Candidate, Executor, Forecast, Plan, Strategy};
pub use stream::{ResponseMeta, ResponseStream, StreamEvent};
pub use tool::{Tool, ToolCall, ToolCallDelta, ToolChoice};
pub use usage::{Cost, CostSource, Usage};
