//! From what came of a call to its JSON.

use llm_core::{
    Attempt, Error, ErrorKind, Execution, History, Outcome, StreamEvent, ToolCall, Usage,
};
use llm_manager::{AnswerReport, UsageReport};
use serde::Serialize;
use serde_json::{Value, json};

use crate::fault::{Fault, FaultKind, usage};

/// What came of a call: an [`AnswerReport`], and what only a program that goes on with the answer
/// needs.
#[derive(Debug, Serialize)]
struct Reply {
    #[serde(flatten)]
    report: AnswerReport,
    /// The tools the model calls, as in OpenAI's messages.
    tool_calls: Vec<Value>,
    /// What the model thought, where it says so.
    reasoning: Option<String>,
    /// The provider's name for the answer.
    response_id: Option<String>,
    /// Tokens of every attempt that told, the judge's among them. Nothing when none did.
    counted_usage: Option<UsageReport>,
}

/// The JSON of an answer.
///
/// # Errors
///
/// When it has no JSON; that cannot be.
pub(crate) fn answered(outcome: &Outcome) -> Result<String, Fault> {
    let message = &outcome.response.message;
    print(&Reply {
        report: AnswerReport::answered(outcome),
        tool_calls: message.tool_calls.iter().map(tool_call).collect(),
        reasoning: message.reasoning.clone(),
        response_id: outcome.response.id.clone(),
        counted_usage: counted(Some(&outcome.history)),
    })
}

/// The JSON of a call that was not answered, after `delivered` had been handed on.
///
/// # Errors
///
/// When nobody could be asked what the caller asked for.
pub(crate) fn failed(error: &Error, delivered: &str) -> Result<String, Fault> {
    if is_misuse(error) {
        return Err(usage(error.message()));
    }
    print(&Reply {
        report: AnswerReport::failed(error, delivered),
        tool_calls: Vec::new(),
        reasoning: None,
        response_id: None,
        counted_usage: counted(error.history()),
    })
}

/// An event of a stream as JSON; nothing for what only the end tells.
pub(crate) fn event(event: &StreamEvent) -> Option<String> {
    let event = match event {
        StreamEvent::Text(text) | StreamEvent::Refusal(text) => {
            json!({ "kind": "text", "text": text })
        }
        StreamEvent::Reasoning(text) => json!({ "kind": "reasoning", "text": text }),
        StreamEvent::ToolCall(delta) => json!({
            "kind": "tool_call",
            "text": delta.arguments,
            "index": delta.index,
            "id": delta.id,
            "name": delta.name,
        }),
        _ => return None,
    };
    Some(event.to_string())
}

/// Whether the caller named what there is not, so that nothing was sent: a mistake in a program
/// rather than a failure of a model.
fn is_misuse(error: &Error) -> bool {
    let wrong = matches!(error.kind(), ErrorKind::ModelNotFound | ErrorKind::InvalidRequest);
    let unsent = error.execution() == Execution::NotSent || error.history().is_none();
    wrong && unsent && error.attempts().is_empty()
}

fn tool_call(call: &ToolCall) -> Value {
    json!({
        "id": call.id,
        "type": "function",
        "function": { "name": call.name, "arguments": call.arguments },
    })
}

/// The sum of what attempts told of their tokens. A figure that one of them leaves out counts as
/// nothing there: this is a sum of what is known, where a report says what is certain.
fn counted(history: Option<&History>) -> Option<UsageReport> {
    let history = history?;
    let judge = history.judgement.iter().flat_map(|judgement| &judgement.attempts);
    let told = |attempt: &Attempt| attempt.usage.clone();
    let sum = history
        .attempts
        .iter()
        .chain(judge)
        .filter_map(told)
        .reduce(|sum, usage| add(&sum, &usage));
    sum.as_ref().map(UsageReport::new)
}

fn add(left: &Usage, right: &Usage) -> Usage {
    let sum = |left: Option<u64>, right: Option<u64>| match (left, right) {
        (Some(left), Some(right)) => Some(left.saturating_add(right)),
        (left, right) => left.or(right),
    };
    let mut total = Usage::default();
    total.input_tokens = sum(left.input_tokens, right.input_tokens);
    total.output_tokens = sum(left.output_tokens, right.output_tokens);
    total.total_tokens = sum(left.total_tokens, right.total_tokens);
    total.cached_input_tokens = sum(left.cached_input_tokens, right.cached_input_tokens);
    total.cache_write_tokens = sum(left.cache_write_tokens, right.cache_write_tokens);
    total.reasoning_tokens = sum(left.reasoning_tokens, right.reasoning_tokens);
    total
}

fn print(reply: &Reply) -> Result<String, Fault> {
    serde_json::to_string(reply)
        .map_err(|error| Fault::new(FaultKind::Internal, format!("an answer has no JSON: {error}")))
}
