//! Requests to OpenAI and to servers that are compatible with it.

use bytes::Bytes;
use llm_core::{ChatRequest, Error, ErrorKind, Extras, Message, ModelId, Part, Result};
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
        return Err(Error::new(ErrorKind::UnsupportedParam, words));
    }
    Ok(())
}
