//! What the dialects share in reading requests.

use serde_json::{Value, json};

use crate::simulator::refusal::{Meaning, Refusal};

/// The items of a field that is a list.
pub(super) fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The text of a field.
pub(super) fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// Refuses a request with a field that is not among `known`.
pub(super) fn known_fields(body: &Value, known: &[&str]) -> Result<(), Refusal> {
    let mut fields = body.as_object().into_iter().flat_map(|fields| fields.keys());
    let unknown = fields.find(|field| !known.contains(&field.as_str()));
    unknown.map_or(Ok(()), |field| Err(Refusal::of(Meaning::UnknownField(field.clone()))))
}

/// Refuses tools whose parameters, found at `pointer`, are no schema of an object.
pub(super) fn tool_schemas(tools: &[Value], pointer: &str) -> Result<(), Refusal> {
    let is_object = |tool: &&Value| {
        tool.pointer(pointer).is_none_or(|schema| schema.get("type") == Some(&"object".into()))
    };
    match tools.iter().find(|tool| !is_object(tool)) {
        Some(tool) => {
            let name = tool.pointer("/function/name").or_else(|| tool.get("name"));
            let name = name.and_then(Value::as_str).unwrap_or_default();
            Err(Refusal::of(Meaning::ToolSchema(name.to_owned())))
        }
        None => Ok(()),
    }
}

/// A call of a tool in the shape of OpenAI's.
pub(super) fn tool_call(id: &str, name: &str, arguments: &Value) -> Value {
    let function = json!({"name": name, "arguments": arguments.to_string()});
    json!({"id": id, "type": "function", "function": function})
}

/// An image in the shape of OpenAI's.
pub(super) fn image(url: &str) -> Value {
    json!({"type": "image_url", "image_url": {"url": url}})
}
