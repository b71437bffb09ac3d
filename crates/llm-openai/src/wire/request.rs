//! Requests to OpenAI and to servers that are compatible with it.

use std::borrow::Cow;

use bytes::Bytes;
use llm_core::{ChatRequest, Error, ErrorKind, Execution, Extras, Message, ModelId, Part, Result};
use llm_http::openai::{Dialect, ReasoningStyle, encode_request};

use crate::error::classify;

/// The dialect of OpenAI itself.
pub const OPENAI: Dialect = Dialect { classify, ..Dialect::OPENAI };

/// The dialect in the standard fields that every compatible server knows.
pub const COMPATIBLE: Dialect = Dialect {
    output_limit: "max_tokens",
    reasoning: ReasoningStyle::Effort,
    earlier_reasoning: None,
    top_k: false,
    ask_for_usage: true,
    classify,
};

/// Fields of an earlier answer that OpenAI made itself.
const OWN: [&str; 7] =
    ["annotations", "audio", "content", "function_call", "name", "refusal", "tool_calls"];

/// The request without what other providers left in earlier answers: OpenAI refuses a message with
/// a field that it does not know.
pub(crate) fn own_answers(request: &ChatRequest) -> Cow<'_, ChatRequest> {
    let is_foreign = |field: &String| !OWN.contains(&field.as_str());
    let has_foreign = |message: &Message| match message {
        Message::Assistant(message) => message.extras.keys().any(is_foreign),
        _ => false,
    };
    if !request.messages.iter().any(has_foreign) {
        return Cow::Borrowed(request);
    }
    let mut own = request.clone();
    own.messages = request.messages.iter().cloned().map(without_foreign).collect();
    Cow::Owned(own)
}

fn without_foreign(mut message: Message) -> Message {
    if let Message::Assistant(message) = &mut message {
        message.extras.retain(|field, _| OWN.contains(&field.as_str()));
    }
    message
}

/// Writes the body of a request, or names what the API has no field for.
pub(crate) fn encode(
    model: &ModelId,
    request: &ChatRequest,
    stream: bool,
    dialect: &Dialect,
) -> Result<Bytes> {
    let owns_messages = request.extras.get("messages").is_some_and(|value| !value.is_null());
    if !owns_messages {
        request.messages.iter().try_for_each(check)?;
    }
    encode_request(model, request, stream, dialect, &Extras::new())
}

/// Images stand in the user's messages alone.
fn check(message: &Message) -> Result<()> {
    let role = match message {
        Message::System { .. } => "system",
        Message::Assistant(_) => "assistant",
        Message::Tool { .. } => "tool",
        _ => return Ok(()),
    };
    if message.content().iter().any(|part| matches!(part, Part::Image(_))) {
        let words = format!(
            "`messages`: a message of the role {role} holds an image, which OpenAI's API takes in \
             messages of the user alone"
        );
        let error = Error::new(ErrorKind::UnsupportedParam, words);
        return Err(error.with_execution(Execution::NotSent));
    }
    Ok(())
}
