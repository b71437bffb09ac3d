//! Tools and formats of answers, from OpenAI's JSON.

use std::sync::Arc;

use llm_core::{ResponseFormat, Tool, ToolChoice};
use serde_json::{Value, json};

use crate::fault::{Fault, usage};

/// The tool at `place`: `{"type": "function", "function": {…}}`, or the function alone.
pub(crate) fn tool(place: usize, tool: &Value) -> Result<Tool, Fault> {
    let function = tool.get("function").unwrap_or(tool);
    let name = function.get("name").and_then(Value::as_str).filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| usage(format!("tools[{place}]: it has no `name`")))?;
    let none = || json!({ "type": "object", "properties": {} });
    let parameters = function.get("parameters").cloned().unwrap_or_else(none);
    if !parameters.is_object() {
        return Err(usage(format!("tools[{place}] `{name}`: `parameters` is no JSON schema")));
    }
    let mut read = Tool::new(name, parameters);
    read.description = function.get("description").and_then(Value::as_str).map(ToOwned::to_owned);
    read.strict = function.get("strict").and_then(Value::as_bool);
    Ok(read)
}

/// `"auto"`, `"none"`, `"required"`, or `{"type": "function", "function": {"name": …}}`.
pub(crate) fn tool_choice(choice: &Value) -> Result<ToolChoice, Fault> {
    let named = choice.pointer("/function/name").and_then(Value::as_str);
    match (choice.as_str(), named) {
        (Some("auto"), _) => Ok(ToolChoice::Auto),
        (Some("none"), _) => Ok(ToolChoice::None),
        (Some("required"), _) => Ok(ToolChoice::Required),
        (None, Some(name)) => Ok(ToolChoice::Function(name.to_owned())),
        _ => Err(usage("tool_choice: expected `auto`, `none`, `required` or a function's name")),
    }
}

/// `{"type": "text" | "json_object"}` or `{"type": "json_schema", "json_schema": {…}}`.
pub(crate) fn response_format(format: &Value) -> Result<ResponseFormat, Fault> {
    match format.get("type").and_then(Value::as_str) {
        Some("text") => Ok(ResponseFormat::Text),
        Some("json_object") => Ok(ResponseFormat::JsonObject),
        Some("json_schema") => json_schema(format),
        _ => Err(usage(
            "response_format: expected `type` to be `text`, `json_object` or `json_schema`",
        )),
    }
}

fn json_schema(format: &Value) -> Result<ResponseFormat, Fault> {
    let wanted = format.get("json_schema").unwrap_or(&Value::Null);
    let schema = wanted.get("schema").filter(|schema| schema.is_object());
    let schema = schema.ok_or_else(|| {
        usage("response_format: `json_schema` needs `name` and `schema`, a JSON schema")
    })?;
    let name = wanted.get("name").and_then(Value::as_str).unwrap_or("answer").to_owned();
    let strict = wanted.get("strict").and_then(Value::as_bool).unwrap_or(false);
    Ok(ResponseFormat::JsonSchema { name, schema: Arc::new(schema.clone()), strict })
}
