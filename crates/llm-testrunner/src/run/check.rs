//! Whether an answer is the JSON or the tool call that was asked for.

use llm_core::{ChatResponse, redact};
use serde_json::Value;

use super::prompt;

/// What a check found wrong with an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) error_type: &'static str,
    pub(super) message: String,
    pub(super) hint: &'static str,
}

/// Accepts JSON that matches the schema and nothing around it.
pub(super) fn json(response: &ChatResponse) -> Result<(), Finding> {
    let text = response.text();
    let schema = prompt::json_schema();
    match value(&text).map(|value| matches(&schema, &value)) {
        Some(true) => Ok(()),
        Some(false) => Err(invalid_json("not the object asked for", &text)),
        None => Err(match unfenced(&text).and_then(value) {
            Some(value) if matches(&schema, &value) => Finding {
                error_type: "json_fenced",
                message: "the JSON is right, but inside a code fence".to_owned(),
                hint: "take the fence off before parsing, or use a model with JSON mode",
            },
            _ => invalid_json("not JSON", &text),
        }),
    }
}

/// Accepts a call of the tool offered, with arguments that match its schema.
pub(super) fn tool_call(response: &ChatResponse) -> Result<(), Finding> {
    let bad = |message: String| Finding {
        error_type: "bad_tool_call",
        message,
        hint: "do not give this model tools",
    };
    let Some(call) = response.message.tool_calls.first() else {
        return Err(bad("no tool was called".to_owned()));
    };
    if call.name != prompt::TOOL {
        return Err(bad(format!("called `{}`, which was not offered", excerpt(&call.name))));
    }
    match value(&call.arguments) {
        Some(value) if matches(&prompt::tool_schema(), &value) => Ok(()),
        Some(_) => Err(bad(format!("arguments do not match: {}", excerpt(&call.arguments)))),
        None => Err(bad(format!("arguments are not JSON: {}", excerpt(&call.arguments)))),
    }
}

fn invalid_json(what: &str, text: &str) -> Finding {
    Finding {
        error_type: "invalid_json",
        message: format!("{what}: {}", excerpt(text)),
        hint: "do not rely on JSON from this model",
    }
}

fn value(text: &str) -> Option<Value> {
    serde_json::from_str(text.trim()).ok()
}

fn matches(schema: &Value, value: &Value) -> bool {
    jsonschema::validator_for(schema).is_ok_and(|validator| validator.is_valid(value))
}

/// What stands inside the first code fence.
fn unfenced(text: &str) -> Option<&str> {
    let (_, inside) = text.split_once("```")?;
    let (_, inside) = inside.split_once('\n')?;
    Some(inside.split_once("```").map_or(inside, |(inside, _)| inside))
}

fn excerpt(text: &str) -> String {
    let text = redact(text);
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
