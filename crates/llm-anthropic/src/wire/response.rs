//! A whole answer, from JSON.

use std::mem;

use llm_core::{
    AssistantMessage, ChatResponse, Error, ErrorKind, FinishReason, Part, Result, ToolCall,
};
use llm_http::{
    Clock, Report, Word, empty_content, error_inside, explains_emptiness, json_text, parse_json,
};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::{
    block::{Block, Kept},
    codec::Messages,
    usage::Tokens,
};

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    id: Word<'a>,
    #[serde(borrow, default)]
    model: Word<'a>,
    #[serde(borrow, default)]
    content: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    stop_reason: Word<'a>,
    #[serde(borrow, default)]
    usage: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
}

/// Reads the body of a success as a whole answer.
///
/// An error inside it, and an answer without anything a caller could use, are errors.
pub(super) fn decode(body: &[u8], clock: Clock) -> Result<ChatResponse> {
    let text = json_text(body);
    let mut envelope = parse_json(&text)?;
    read(&mut envelope, &text, clock).map_err(|error| match envelope.id.as_deref() {
        Some(id) => error.with_request_id(id),
        None => error,
    })
}

fn read(envelope: &mut Envelope<'_>, text: &str, clock: Clock) -> Result<ChatResponse> {
    let begun = envelope.content.as_ref().is_some_and(|blocks| !blocks.is_empty());
    if let Some(error) = error_inside(&Messages, envelope.error, begun, clock) {
        return Err(error);
    }
    let Some(blocks) = mem::take(&mut envelope.content) else {
        let words = Report::find(text).and_then(|report| report.message);
        let error = Error::new(ErrorKind::EmptyChoices, "the answer holds no content");
        return Err(error.with_upstream_message(&words.unwrap_or_default()));
    };
    let mut tokens = Tokens::default();
    if let Some(usage) = envelope.usage {
        tokens.update(usage);
    }
    let mut response = ChatResponse::default();
    response.model = envelope.model.as_deref().map(Into::into);
    response.message = message(&blocks)?;
    response.finish_reason = envelope.stop_reason.as_deref().map(finish_reason);
    response.native_finish_reason = mem::take(&mut envelope.stop_reason).into_string();
    response.usage = tokens.usage();
    if response.is_empty() && !explains_emptiness(response.finish_reason.as_ref()) {
        return Err(empty_content());
    }
    response.id = mem::take(&mut envelope.id).into_string();
    Ok(response)
}

fn message(blocks: &[&RawValue]) -> Result<AssistantMessage> {
    let mut message = AssistantMessage::default();
    let mut kept = Kept::default();
    for raw in blocks {
        match Block::decode(raw)? {
            Block::Text { text, citations } => {
                kept.citations.extend(citations);
                match message.content.last_mut() {
                    Some(Part::Text(last)) => last.push_str(&text),
                    _ if text.is_empty() => {}
                    _ => message.content.push(Part::Text(text)),
                }
            }
            Block::Tool { id, name, arguments } => message.tool_calls.push(ToolCall {
                id: id.unwrap_or_default(),
                name: name.unwrap_or_default(),
                arguments: arguments.unwrap_or_else(|| "{}".to_owned()),
            }),
            Block::Thinking(block) => {
                let text = block.get("thinking").and_then(Value::as_str).unwrap_or_default();
                if !text.is_empty() {
                    message.reasoning.get_or_insert_default().push_str(text);
                }
                kept.thinking.push(Value::Object(block));
            }
            Block::Other(block) => message.content.push(Part::Other(Value::Object(block))),
        }
    }
    message.extras = kept.extras();
    Ok(message)
}

/// The finish reason behind Anthropic's word.
pub(super) fn finish_reason(word: &str) -> FinishReason {
    match word {
        "end_turn" | "stop_sequence" => FinishReason::Stop,
        // A window that is full limits an answer just as its own limit does.
        "max_tokens" | "model_context_window_exceeded" => FinishReason::Length,
        "tool_use" => FinishReason::ToolCalls,
        "refusal" => FinishReason::ContentFilter,
        other => FinishReason::Other(other.to_owned()),
    }
}
