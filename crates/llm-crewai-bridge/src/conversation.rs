//! Messages, from OpenAI's JSON.

use llm_core::{AssistantMessage, Image, Message, Part, ToolCall};
use serde_json::Value;

use crate::fault::{Fault, usage};

/// A prompt, or a list of messages. Fields that no message has are passed over: frameworks keep
/// notes of their own in them.
///
/// # Errors
///
/// When a message has no role or content anybody knows; the message is named by its place.
pub(crate) fn read(messages: &Value) -> Result<Vec<Message>, Fault> {
    match messages {
        Value::String(prompt) => Ok(vec![Message::user(prompt)]),
        Value::Array(messages) => messages
            .iter()
            .enumerate()
            .map(|(place, message)| {
                read_one(message).map_err(|problem| usage(format!("messages[{place}]: {problem}")))
            })
            .collect(),
        _ => Err(usage("messages: expected a text or a list of messages")),
    }
}

fn read_one(message: &Value) -> Result<Message, String> {
    let role = message.get("role").and_then(Value::as_str).ok_or("it has no `role`")?;
    let content = parts(message.get("content").unwrap_or(&Value::Null))?;
    let text = |field: &str| message.get(field).and_then(Value::as_str).map(ToOwned::to_owned);
    Ok(match role {
        "system" | "developer" => Message::System { content },
        "user" => Message::User { content, name: text("name") },
        "assistant" => Message::Assistant(AssistantMessage {
            content,
            refusal: text("refusal"),
            tool_calls: tool_calls(message.get("tool_calls").unwrap_or(&Value::Null))?,
            ..AssistantMessage::default()
        }),
        "tool" => {
            let tool_call_id =
                text("tool_call_id").ok_or("a tool's result has no `tool_call_id`")?;
            Message::Tool { tool_call_id, content }
        }
        other => {
            return Err(format!(
                "unknown role `{other}`; expected system, developer, user, assistant or tool"
            ));
        }
    })
}

fn parts(content: &Value) -> Result<Vec<Part>, String> {
    match content {
        Value::Null => Ok(Vec::new()),
        Value::String(text) => Ok(vec![Part::Text(text.clone())]),
        Value::Array(parts) => parts.iter().map(part).collect(),
        _ => Err("`content` is neither a text nor a list of parts".to_owned()),
    }
}

fn part(part: &Value) -> Result<Part, String> {
    if let Value::String(text) = part {
        return Ok(Part::Text(text.clone()));
    }
    match part.get("type").and_then(Value::as_str) {
        Some("text" | "input_text") => {
            let text = part.get("text").and_then(Value::as_str).ok_or("a text part has no text")?;
            Ok(Part::Text(text.to_owned()))
        }
        Some("image_url" | "input_image") => image(part).map(Part::Image),
        Some(_) => Ok(Part::Other(part.clone())),
        None => Err("a part of `content` has no `type`".to_owned()),
    }
}

fn image(part: &Value) -> Result<Image, String> {
    let image = part.get("image_url").ok_or("an image part has no `image_url`")?;
    let (url, detail) = match image {
        Value::String(url) => (Some(url.as_str()), part.get("detail")),
        image => (image.get("url").and_then(Value::as_str), image.get("detail")),
    };
    let url = url.ok_or("`image_url` has no `url`")?;
    let inline = url.strip_prefix("data:").and_then(|data| data.split_once(";base64,"));
    let mut image = match inline {
        Some((media_type, data)) => Image::base64(media_type, data),
        None => Image::url(url),
    };
    image.detail = detail.and_then(Value::as_str).map(ToOwned::to_owned);
    Ok(image)
}

fn tool_calls(calls: &Value) -> Result<Vec<ToolCall>, String> {
    match calls {
        Value::Null => Ok(Vec::new()),
        Value::Array(calls) => calls.iter().map(tool_call).collect(),
        _ => Err("`tool_calls` is not a list".to_owned()),
    }
}

fn tool_call(call: &Value) -> Result<ToolCall, String> {
    let function = call.get("function").ok_or("a tool call has no `function`")?;
    let text = |value: &Value, field: &str| {
        let text = value.get(field).and_then(Value::as_str).map(ToOwned::to_owned);
        text.ok_or_else(|| format!("a tool call has no `{field}`"))
    };
    let arguments = match function.get("arguments") {
        None | Some(Value::Null) => "{}".to_owned(),
        Some(Value::String(arguments)) => arguments.clone(),
        Some(arguments) => arguments.to_string(),
    };
    Ok(ToolCall { id: text(call, "id")?, name: text(function, "name")?, arguments })
}
