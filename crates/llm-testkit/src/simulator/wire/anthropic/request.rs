//! A request to Messages: what is wrong with it, and what it says in OpenAI's shape.

use serde_json::{Value, json};

use super::{SIGNATURE, requests};
use crate::simulator::{http::Request, refusal::Refusal};

/// Every field of a request. One that is not among them is refused.
const FIELDS: &[&str] = &[
    "cache_control",
    "container",
    "inference_geo",
    "max_tokens",
    "messages",
    "metadata",
    "model",
    "output_config",
    "service_tier",
    "stop_sequences",
    "stream",
    "system",
    "temperature",
    "thinking",
    "tool_choice",
    "tools",
    "top_k",
    "top_p",
];

/// Refuses a request without a version.
pub(super) fn versioned(request: &Request) -> Result<(), Refusal> {
    match request.header("anthropic-version") {
        Some("2023-06-01") => Ok(()),
        Some(other) => {
            Err(Refusal::invalid(format!("anthropic-version: \"{other}\" is not a valid version")))
        }
        None => Err(Refusal::invalid("anthropic-version: header is required")),
    }
}

/// The body in OpenAI's shape.
pub(super) fn understood(body: &Value) -> Result<Value, Refusal> {
    requests::known_fields(body, FIELDS)?;
    let Some(limit) = body.get("max_tokens").and_then(Value::as_u64).filter(|limit| *limit > 0)
    else {
        return Err(Refusal::invalid("max_tokens: Field required"));
    };
    let tools = requests::list(body, "tools");
    requests::tool_schemas(tools, "/input_schema")?;
    let mut messages = system(body.get("system"));
    let mut open_calls = Vec::new();
    for message in requests::list(body, "messages") {
        turn(message, &mut open_calls, &mut messages)?;
    }
    if !open_calls.is_empty() {
        return Err(unanswered(&open_calls));
    }
    let tools: Vec<Value> = tools.iter().map(tool).collect();
    let format = body.pointer("/output_config/format").map(|format| {
        let schema = format.get("schema");
        json!({"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}})
    });
    let thinks = body.pointer("/thinking/type").and_then(Value::as_str) != Some("disabled");
    Ok(json!({
        "model": body.get("model"), "stream": body.get("stream"), "max_tokens": limit,
        "messages": messages, "tools": tools, "tool_choice": choice(body.get("tool_choice")),
        "stop": body.get("stop_sequences"), "response_format": format,
        "temperature": body.get("temperature"), "top_p": body.get("top_p"),
        "reasoning": {"exclude": !thinks},
    }))
}

fn system(system: Option<&Value>) -> Vec<Value> {
    let content = match system {
        Some(Value::String(text)) => Value::from(text.clone()),
        Some(Value::Array(blocks)) => Value::from(blocks.clone()),
        _ => return Vec::new(),
    };
    vec![json!({"role": "system", "content": content})]
}

/// Adds what one message says. `open_calls` are the calls that the next one must answer.
fn turn(
    message: &Value,
    open_calls: &mut Vec<String>,
    messages: &mut Vec<Value>,
) -> Result<(), Refusal> {
    let role = requests::text(message, "role");
    if !["user", "assistant"].contains(&role) {
        return Err(Refusal::invalid(format!(
            "messages: Unexpected role \"{role}\". Allowed roles are \"user\" or \"assistant\"."
        )));
    }
    let text = |text: &String| vec![json!({"type": "text", "text": text})];
    let blocks = match message.get("content") {
        Some(Value::String(content)) => text(content),
        Some(Value::Array(blocks)) => blocks.clone(),
        _ => return Err(Refusal::invalid("messages: content: Field required")),
    };
    let mut parts = Vec::new();
    let mut calls = Vec::new();
    for block in &blocks {
        match requests::text(block, "type") {
            "text" if requests::text(block, "text").is_empty() => {
                return Err(Refusal::invalid("messages: text content blocks must be non-empty"));
            }
            "text" => parts.push(json!({"type": "text", "text": block.get("text")})),
            "image" => parts.push(image(block)?),
            "document" => parts.push(json!({"type": "file"})),
            "thinking" if requests::text(block, "signature") != SIGNATURE => {
                return Err(Refusal::invalid("messages: Invalid `signature` in `thinking` block"));
            }
            "thinking" | "redacted_thinking" if role == "assistant" => {}
            "tool_use" if role == "assistant" => calls.push(block),
            "tool_result" if role == "user" => messages.push(result(block, open_calls)?),
            other => {
                return Err(Refusal::invalid(format!(
                    "messages: unexpected block of type \"{other}\" in a message of role {role}"
                )));
            }
        }
    }
    if !open_calls.is_empty() {
        return Err(unanswered(open_calls));
    }
    open_calls.extend(calls.iter().map(|call| requests::text(call, "id").to_owned()));
    let calls: Vec<Value> = calls
        .iter()
        .map(|call| {
            let input = call.get("input").cloned().unwrap_or_default();
            requests::tool_call(requests::text(call, "id"), requests::text(call, "name"), &input)
        })
        .collect();
    if !calls.is_empty() {
        messages.push(json!({"role": role, "content": parts, "tool_calls": calls}));
    } else if !parts.is_empty() {
        messages.push(json!({"role": role, "content": parts}));
    }
    Ok(())
}

fn unanswered(calls: &[String]) -> Refusal {
    Refusal::invalid(format!(
        "messages: `tool_use` ids were found without `tool_result` blocks immediately after: {}",
        calls.join(", ")
    ))
}

fn image(block: &Value) -> Result<Value, Refusal> {
    let source = block.get("source").unwrap_or(&Value::Null);
    match requests::text(source, "type") {
        "url" => Ok(requests::image(requests::text(source, "url"))),
        "base64" => {
            let kind = requests::text(source, "media_type");
            let data = requests::text(source, "data");
            Ok(requests::image(&format!("data:{kind};base64,{data}")))
        }
        _ => Err(Refusal::invalid("messages: image: source: Input tag is not valid")),
    }
}

/// A tool's result as a message, which closes the call it answers.
fn result(block: &Value, open_calls: &mut Vec<String>) -> Result<Value, Refusal> {
    let id = requests::text(block, "tool_use_id");
    let Some(place) = open_calls.iter().position(|call| call == id) else {
        return Err(Refusal::invalid(format!(
            "messages: unexpected `tool_use_id` found in `tool_result` blocks: {id}"
        )));
    };
    open_calls.remove(place);
    Ok(json!({"role": "tool", "tool_call_id": id, "content": block.get("content")}))
}

fn tool(tool: &Value) -> Value {
    let function = json!({
        "name": tool.get("name"), "description": tool.get("description"),
        "parameters": tool.get("input_schema"),
    });
    json!({"type": "function", "function": function})
}

fn choice(choice: Option<&Value>) -> Value {
    let Some(choice) = choice else { return Value::Null };
    match requests::text(choice, "type") {
        "any" => "required".into(),
        "tool" => json!({"type": "function", "function": {"name": choice.get("name")}}),
        other => other.into(),
    }
}
