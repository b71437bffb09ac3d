//! A whole answer, from JSON.

use std::mem;

use llm_core::{
    AssistantMessage, ChatResponse, Error, ErrorKind, Execution, FinishReason, Part, Result,
    ToolCall,
};

use super::{
    content::Content,
    dialect::Dialect,
    envelope::{Choice, Envelope},
    message::{Said, ToolFragment},
};
use crate::{
    codec::{error_inside, error_under_success},
    failure::Clock,
    json::{json_text, parse_json},
    report::Report,
    transcript::{empty_content, explains_emptiness},
};

/// Reads the body of a success as a whole answer.
///
/// An error inside it, no choice, and a choice without anything a caller could use are errors.
pub fn decode_answer(body: &[u8], dialect: &Dialect, clock: Clock) -> Result<ChatResponse> {
    let text = json_text(body);
    let mut envelope = parse_json(&text)?;
    decode(&mut envelope, &text, dialect, clock).map_err(|error| match envelope.id.as_deref() {
        Some(id) => error.with_request_id(id),
        None => error,
    })
}

fn decode(
    envelope: &mut Envelope<'_>,
    text: &str,
    dialect: &Dialect,
    clock: Clock,
) -> Result<ChatResponse> {
    if envelope.is_error()
        && let Some(report) = Report::find(text)
    {
        return Err(error_under_success(dialect, &report, clock));
    }
    let choice = envelope.choice();
    let begun = choice.as_ref().is_some_and(Choice::has_content);
    if let Some(error) = error_inside(dialect, envelope.error, begun, clock) {
        return Err(error);
    }
    let Some(choice) = choice else {
        let words = Report::find(text).and_then(|report| report.message);
        let error = Error::new(ErrorKind::EmptyChoices, "the answer holds no choice");
        return Err(error.with_upstream_message(&words.unwrap_or_default()));
    };
    if let Some(error) = choice.failure(begun, dialect, clock) {
        return Err(error);
    }
    let finish_reason = finish_reason(choice.finish_reason.as_deref());
    let mut response = ChatResponse::default();
    response.model = envelope.model.as_deref().map(Into::into);
    response.upstream = mem::take(&mut envelope.provider).into_string();
    response.native_finish_reason = choice.native_finish_reason.into_string();
    response.message = message_of(*choice.message.or(choice.delta).unwrap_or_default());
    response.usage = envelope.usage();
    response.finish_reason = finish_reason;
    if response.is_empty() && !explains_emptiness(response.finish_reason.as_ref()) {
        return Err(empty_content());
    }
    response.id = mem::take(&mut envelope.id).into_string();
    Ok(response)
}

impl Choice<'_> {
    /// The error of this choice, if it ended with one.
    pub(super) fn failure(&self, begun: bool, dialect: &Dialect, clock: Clock) -> Option<Error> {
        let reported = error_inside(dialect, self.error, begun, clock);
        reported.or_else(|| {
            let reason = self.finish_reason.as_deref()?;
            matches!(reason, "error" | "insufficient_system_resource").then(|| {
                let native = self.native_finish_reason.as_deref();
                let native = native.unwrap_or(if reason == "error" { "" } else { reason });
                let message = "the provider ended the answer with an error";
                let execution = if begun { Execution::Executed } else { Execution::Maybe };
                Error::new(ErrorKind::UpstreamMidError, message)
                    .with_upstream_message(native)
                    .with_execution(execution)
            })
        })
    }

    /// Whether the choice carries something of an answer.
    pub(super) fn has_content(&self) -> bool {
        let said = self.message.as_ref().or(self.delta.as_ref());
        said.is_some_and(|said| {
            let text = match &said.content {
                Content::Nothing => false,
                Content::Text(text) => !text.is_empty(),
                Content::Parts(parts) => !parts.is_empty(),
            };
            text || said.reasoning.is_some()
                || said.refusal.is_some()
                || !said.images.is_empty()
                || !said.tool_calls.is_empty()
        })
    }
}

/// The finish reason behind a provider's word; an empty word is none.
pub(super) fn finish_reason(word: Option<&str>) -> Option<FinishReason> {
    Some(match word? {
        "stop" | "eos" | "eos_token" | "stop_sequence" => FinishReason::Stop,
        "length" => FinishReason::Length,
        "tool_calls" | "function_call" => FinishReason::ToolCalls,
        "content_filter" => FinishReason::ContentFilter,
        other => FinishReason::Other(other.to_owned()),
    })
}

fn message_of(said: Said) -> AssistantMessage {
    let mut content = match said.content {
        Content::Nothing => Vec::new(),
        Content::Text(text) if text.is_empty() => Vec::new(),
        Content::Text(text) => vec![Part::Text(text)],
        Content::Parts(parts) => parts,
    };
    content.extend(said.images);
    AssistantMessage {
        content,
        reasoning: said.reasoning,
        refusal: said.refusal,
        tool_calls: said.tool_calls.into_iter().map(tool_call).collect(),
        extras: said.extras,
    }
}

fn tool_call(fragment: ToolFragment) -> ToolCall {
    ToolCall {
        id: fragment.id.unwrap_or_default(),
        name: fragment.name.unwrap_or_default(),
        arguments: fragment.arguments,
    }
}
