//! An answer and its story as one JSON object. Scripts rely on its form.

use std::time::Duration;

use llm_core::{
    Attempt, Error, ErrorKind, ErrorLabel, Exclusion, History, Judgement, ModelId, Outcome, Retry,
    Usage, Verdict,
};
use serde::Serialize;

/// An answer, or why there is none, and how it was got, for programs that read JSON: what
/// `llm-manager ask --json` prints. Every field is always there.
///
/// ```
/// use llm_core::{ChatResponse, History, ModelRef, Outcome};
/// use llm_manager::AnswerReport;
///
/// let source = ModelRef::new("openrouter", "acme/swift-8b");
/// let outcome = Outcome::new(ChatResponse::from_text("Hello"), source, History::default());
/// let json = serde_json::to_value(AnswerReport::answered(&outcome))?;
/// assert_eq!(json["content"], "Hello");
/// assert_eq!(json["error"], serde_json::Value::Null);
/// # Ok::<_, serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Serialize)]
pub struct AnswerReport {
    success: bool,
    partial: bool,
    content: Option<String>,
    model_name: Option<String>,
    provider: Option<String>,
    response_time: f64,
    ttft: Option<f64>,
    finish_reason: Option<String>,
    usage: Option<UsageReport>,
    cost_usd: Option<f64>,
    strategy: Option<String>,
    sandbox: bool,
    attempts: Vec<AttemptReport>,
    excluded: Vec<ExclusionReport>,
    judge: Option<JudgeReport>,
    error: Option<ErrorReport>,
}

/// Tokens of an answer, as [`AnswerReport`] prints them.
#[derive(Clone, Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "the names of the object's fields")]
pub struct UsageReport {
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    total_tokens: Option<u64>,
    cached_input_tokens: Option<u64>,
    cache_write_tokens: Option<u64>,
    reasoning_tokens: Option<u64>,
}

#[derive(Clone, Debug, Serialize)]
struct AttemptReport {
    model: String,
    provider: String,
    role: Option<&'static str>,
    started_ms: u64,
    elapsed_ms: u64,
    outcome: &'static str,
    status: Option<u16>,
    billed: &'static str,
}

#[derive(Clone, Debug, Serialize)]
struct ExclusionReport {
    model: String,
    reason: String,
}

#[derive(Clone, Debug, Serialize)]
struct JudgeReport {
    status: llm_core::JudgementStatus,
    judge: Option<ModelId>,
    winner: ModelId,
    loser: Option<ModelId>,
    verdict: Option<Verdict>,
    reason: String,
    attempts: Vec<AttemptReport>,
}

#[derive(Clone, Debug, Serialize)]
struct ErrorReport {
    label: ErrorLabel,
    kind: ErrorKind,
    message: String,
    retryable: bool,
    retry_after_s: Option<f64>,
}

impl AnswerReport {
    /// An answer.
    pub fn answered(outcome: &Outcome) -> Self {
        let response = &outcome.response;
        Self {
            success: true,
            content: Some(said(outcome)),
            model_name: Some(outcome.model().to_string()),
            provider: Some(outcome.provider().to_string()),
            finish_reason: response.finish_reason.as_ref().map(ToString::to_string),
            usage: response.usage.as_ref().map(UsageReport::new),
            ..Self::told(Some(&outcome.history))
        }
    }

    /// No answer. `delivered` is the content handed on before the failure.
    pub fn failed(error: &Error, delivered: &str) -> Self {
        let partial = error.history().is_some_and(|history| history.partial);
        let origin = error.history().filter(|_| partial).and_then(|story| story.attempts.last());
        Self {
            partial,
            content: partial.then(|| delivered.to_owned()),
            model_name: origin.map(|attempt| attempt.model.to_string()),
            provider: origin.map(|attempt| attempt.provider.to_string()),
            error: Some(ErrorReport::new(error)),
            ..Self::told(error.history())
        }
    }

    /// Says whether the models were simulated.
    #[must_use]
    pub fn in_sandbox(mut self, sandbox: bool) -> Self {
        self.sandbox = sandbox;
        self
    }

    fn told(history: Option<&History>) -> Self {
        let none = History::default();
        let history = history.unwrap_or(&none);
        Self {
            success: false,
            partial: false,
            content: None,
            model_name: None,
            provider: None,
            response_time: history.elapsed.as_secs_f64(),
            ttft: history.time_to_first_token.map(|time| time.as_secs_f64()),
            finish_reason: None,
            usage: None,
            cost_usd: history.cost().and_then(|cost| f64::try_from(cost.usd).ok()),
            strategy: (!history.strategy.is_empty()).then(|| history.strategy.clone()),
            sandbox: false,
            attempts: attempts(&history.attempts),
            excluded: history.excluded.iter().map(ExclusionReport::new).collect(),
            judge: history.judgement.as_ref().map(JudgeReport::new),
            error: None,
        }
    }
}

/// What the model said: its text, or its refusal where it says no more.
pub fn said(outcome: &Outcome) -> String {
    let text = outcome.text();
    match &outcome.response.message.refusal {
        Some(refusal) if text.is_empty() => refusal.clone(),
        _ => text,
    }
}

impl UsageReport {
    /// The tokens of `usage`.
    pub fn new(usage: &Usage) -> Self {
        Self {
            input_tokens: usage.input_tokens,
            output_tokens: usage.output_tokens,
            total_tokens: usage.total_tokens,
            cached_input_tokens: usage.cached_input_tokens,
            cache_write_tokens: usage.cache_write_tokens,
            reasoning_tokens: usage.reasoning_tokens,
        }
    }
}

impl AttemptReport {
    fn new(attempt: &Attempt) -> Self {
        Self {
            model: attempt.model.to_string(),
            provider: attempt.provider.to_string(),
            role: attempt.role.map(llm_core::ModelRole::as_str),
            started_ms: milliseconds(attempt.started),
            elapsed_ms: milliseconds(attempt.elapsed),
            outcome: attempt.outcome.as_str(),
            status: attempt.status,
            billed: attempt.billed.as_str(),
        }
    }
}

impl ExclusionReport {
    fn new(exclusion: &Exclusion) -> Self {
        Self { model: exclusion.model.to_string(), reason: exclusion.reason.to_string() }
    }
}

impl JudgeReport {
    fn new(judgement: &Judgement) -> Self {
        Self {
            status: judgement.status,
            judge: judgement.judge.as_ref().map(|judge| judge.model.clone()),
            winner: judgement.winner.model.clone(),
            loser: judgement.loser.as_ref().map(|loser| loser.model.clone()),
            verdict: judgement.verdict.clone(),
            reason: judgement.reason.clone(),
            attempts: attempts(&judgement.attempts),
        }
    }
}

impl ErrorReport {
    fn new(error: &Error) -> Self {
        let retry_after_s = match error.retry() {
            Some(Retry::After(pause)) => Some(pause.as_secs_f64()),
            Some(Retry::Never | Retry::Now) | None => None,
        };
        Self {
            label: error.label(),
            kind: error.kind(),
            message: error.to_string(),
            retryable: error.is_retryable(),
            retry_after_s,
        }
    }
}

fn attempts(attempts: &[Attempt]) -> Vec<AttemptReport> {
    attempts.iter().map(AttemptReport::new).collect()
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
