//! The object that `ask --json` prints. Scripts rely on its form.

use std::time::Duration;

use llm_core::{
    Attempt, Error, ErrorKind, ErrorLabel, Exclusion, History, Judgement, ModelId, Outcome, Retry,
    Usage, Verdict,
};
use serde::Serialize;

/// An answer, or why there is none, and how it was got. Every field is always there.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct AnswerObject {
    success: bool,
    partial: bool,
    content: Option<String>,
    model_name: Option<String>,
    provider: Option<String>,
    response_time: f64,
    ttft: Option<f64>,
    finish_reason: Option<String>,
    usage: Option<UsageObject>,
    cost_usd: Option<f64>,
    strategy: Option<String>,
    sandbox: bool,
    attempts: Vec<AttemptObject>,
    excluded: Vec<ExclusionObject>,
    judge: Option<JudgeObject>,
    error: Option<ErrorObject>,
}

#[derive(Clone, Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "the names of the object's fields")]
struct UsageObject {
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    total_tokens: Option<u64>,
    cached_input_tokens: Option<u64>,
    cache_write_tokens: Option<u64>,
    reasoning_tokens: Option<u64>,
}

#[derive(Clone, Debug, Serialize)]
struct AttemptObject {
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
struct ExclusionObject {
    model: String,
    reason: String,
}

#[derive(Clone, Debug, Serialize)]
struct JudgeObject {
    status: llm_core::JudgementStatus,
    judge: Option<ModelId>,
    winner: ModelId,
    loser: Option<ModelId>,
    verdict: Option<Verdict>,
    reason: String,
    attempts: Vec<AttemptObject>,
}

#[derive(Clone, Debug, Serialize)]
struct ErrorObject {
    label: ErrorLabel,
    kind: ErrorKind,
    message: String,
    retryable: bool,
    retry_after_s: Option<f64>,
}

impl AnswerObject {
    /// An answer.
    pub(crate) fn answered(outcome: &Outcome, sandbox: bool) -> Self {
        let response = &outcome.response;
        Self {
            success: true,
            content: Some(text(outcome)),
            model_name: Some(outcome.model().to_string()),
            provider: Some(outcome.provider().to_string()),
            finish_reason: response.finish_reason.as_ref().map(ToString::to_string),
            usage: response.usage.as_ref().map(UsageObject::new),
            ..Self::told(Some(&outcome.history), sandbox)
        }
    }

    /// No answer. `delivered` is the content handed on before the failure.
    pub(crate) fn failed(error: &Error, delivered: &str, sandbox: bool) -> Self {
        let partial = error.history().is_some_and(|history| history.partial);
        let origin = error.history().filter(|_| partial).and_then(|story| story.attempts.last());
        Self {
            partial,
            content: partial.then(|| delivered.to_owned()),
            model_name: origin.map(|attempt| attempt.model.to_string()),
            provider: origin.map(|attempt| attempt.provider.to_string()),
            error: Some(ErrorObject::new(error)),
            ..Self::told(error.history(), sandbox)
        }
    }

    fn told(history: Option<&History>, sandbox: bool) -> Self {
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
            sandbox,
            attempts: attempts(&history.attempts),
            excluded: history.excluded.iter().map(ExclusionObject::new).collect(),
            judge: history.judgement.as_ref().map(JudgeObject::new),
            error: None,
        }
    }
}

/// What the model said: its text, or its refusal where it says no more.
pub(crate) fn text(outcome: &Outcome) -> String {
    let text = outcome.text();
    match &outcome.response.message.refusal {
        Some(refusal) if text.is_empty() => refusal.clone(),
        _ => text,
    }
}

impl UsageObject {
    fn new(usage: &Usage) -> Self {
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

impl AttemptObject {
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

impl ExclusionObject {
    fn new(exclusion: &Exclusion) -> Self {
        Self { model: exclusion.model.to_string(), reason: exclusion.reason.to_string() }
    }
}

impl JudgeObject {
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

impl ErrorObject {
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

fn attempts(attempts: &[Attempt]) -> Vec<AttemptObject> {
    attempts.iter().map(AttemptObject::new).collect()
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
