//! A request to Ollama's chat: what it says in OpenAI's shape.

use serde_json::{Value, json};

use super::requests;
use crate::simulator::refusal::Refusal;

/// The body in OpenAI's shape. Fields nobody knows are passed over, as Ollama does.
pub(super) fn understood(body: &Value) -> Result<Value, Refusal> {
    let messages: Result<Vec<Value>, Refusal> =
        requests::list(body, "messages").iter().map(message).collect();
    let format = match body.get("format") {
        None | Some(Value::Null) => Value::Null,
        Some(Value::String(text)) if text.is_empty() => Value::Null,
        Some(Value::String(text)) if text == "json" => json!({"type": "json_object"}),
        Some(schema @ Value::Object(_)) => {
            json!({"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}})
        }
        Some(other) => {
            let message = format!("invalid format: {other}; expected \"json\" or a JSON Schema");
            return Err(Refusal::invalid(message));
        }
    };
    let option = |name: &str| body.get("options").and_then(|options| options.get(name));
    // A negative limit is none.
    let limit = option("num_predict").and_then(Value::as_u64);
    let streams = body.get("stream").and_then(Value::as_bool).unwrap_or(true);
    let thinks = body.get("think") != Some(&Value::Bool(false));
    Ok(json!({
        "model": body.get("model"), "stream": streams, "messages": messages?,
        "tools": body.get("tools"), "response_format": format, "max_tokens": limit,
        "temperature": option("temperature"), "top_p": option("top_p"), "seed": option("seed"),
        "stop": option("stop"), "reasoning": {"exclude": !thinks},
    }))
}

fn message(message: &Value) -> Result<Value, Refusal> {
    let role = requests::text(message, "role");
    if !["system", "user", "assistant", "tool"].contains(&role) {
        return Err(Refusal::invalid(format!("invalid role: {role}")));
    }
    // The real server cannot read a list of parts into its text.
    let content = match message.get("content") {
        None | Some(Value::Null) => "",
        Some(Value::String(text)) => text,
        Some(_) => {
            return Err(Refusal::invalid(
                "json: cannot unmarshal array into Go struct field \
                 ChatRequest.messages.content of type string",
            ));
        }
    };
    let text = std::iter::once(json!({"type": "text", "text": content}));
    let images = requests::list(message, "images").iter().filter_map(Value::as_str);
    let parts: Vec<Value> = text.chain(images.map(requests::image)).collect();
    let mut calls = Vec::new();
    for (index, call) in requests::list(message, "tool_calls").iter().enumerate() {
        let function = call.get("function").unwrap_or(&Value::Null);
        let Some(arguments) = function.get("arguments").filter(|value| value.is_object()) else {
            return Err(Refusal::invalid(
                "json: cannot unmarshal string into Go struct field \
                 ChatRequest.messages.tool_calls.function.arguments of type \
                 api.ToolCallFunctionArguments",
            ));
        };
        let id = call.get("id").and_then(Value::as_str);
        let id = id.map_or_else(|| format!("call_{index}"), str::to_owned);
        calls.push(requests::tool_call(&id, requests::text(function, "name"), arguments));
    }
    Ok(json!({
        "role": role, "content": parts, "tool_calls": (!calls.is_empty()).then_some(calls),
        "tool_call_id": message.get("tool_call_id"), "name": message.get("tool_name"),
    }))
}
