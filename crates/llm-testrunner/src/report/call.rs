//! One call of a run.

use llm_core::{Billed, CostSource};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::taxonomy::CallVerdict;

/// One call. Times are in milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct CallReport {
    /// What the call was for.
    pub purpose: Purpose,
    /// Whether it was streamed.
    pub streamed: bool,
    /// How it ended.
    pub verdict: CallVerdict,
    /// When it was due, after the run began.
    pub planned_ms: f64,
    /// How long it waited for a free place among the concurrent calls.
    pub queued_ms: f64,
    /// How long it took once sent.
    pub elapsed_ms: f64,
    /// Until the first content or reasoning arrived, in streams.
    pub first_token_ms: Option<f64>,
    /// Until the first text or tool call arrived, in streams.
    pub first_content_ms: Option<f64>,
    /// The limit that ended it, where one did: it would have taken at least this long.
    pub limit_ms: Option<f64>,
    /// What went wrong: an error's kind, or what a check found.
    pub error_type: Option<String>,
    /// The HTTP status of an error.
    pub status: Option<u16>,
    /// What went wrong, redacted.
    pub message: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
    /// Why the model stopped.
    pub finish_reason: Option<String>,
    /// Who answered, where the provider says and it is not the model asked.
    pub served_by: Option<String>,
    /// Tokens of the prompt.
    pub input_tokens: Option<u64>,
    /// Tokens of the answer.
    pub output_tokens: Option<u64>,
    /// Whether the provider charges for it.
    #[schemars(with = "String", extend("enum" = ["no", "maybe", "yes"]))]
    pub billed: Billed,
    /// What it cost, in US dollars.
    pub cost_usd: Option<f64>,
    /// Who says so.
    #[schemars(with = "Option<String>", extend("enum" = ["reported", "computed", null]))]
    pub cost_source: Option<CostSource>,
}

impl CallReport {
    /// Whether the model answered.
    pub fn is_good(&self) -> bool {
        self.verdict == CallVerdict::Ok
    }
}

/// What a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Purpose {
    /// Wakes the model up; no figure counts it.
    WarmUp,
    /// Does it answer, how fast, at what cost?
    Chat,
    /// Does it stream?
    Stream,
    /// Does it answer in JSON?
    Json,
    /// Does it call tools?
    Tools,
}

impl Purpose {
    /// The purpose as it is printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WarmUp => "warm_up",
            Self::Chat => "chat",
            Self::Stream => "stream",
            Self::Json => "json",
            Self::Tools => "tools",
        }
    }
}
