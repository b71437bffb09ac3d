//! Ollama's own description of its API, where a copy of it is at hand.

use std::{collections::BTreeSet, fs, path::PathBuf};

use llm_core::{FinishReason, Provider};
use llm_ollama::{KeepAlive, Ollama};
use serde_json::Value;

use crate::{
    requests::{ANSWER, rich},
    upstream::{MODEL, Upstream},
};

/// Fields that the server's source knows and its description does not list.
const SOURCE_ALONE: [&str; 6] =
    ["tool_name", "tool_call_id", "thinking", "id", "truncate", "shift"];

/// Reads the description, or says why the test is skipped.
#[expect(clippy::disallowed_methods, reason = "a test may ask where its data is")]
fn reference() -> Option<String> {
    let Ok(folder) = std::env::var("LLM_REFERENCE_DATA") else {
        println!("skipped: LLM_REFERENCE_DATA is not set");
        return None;
    };
    let path = PathBuf::from(folder).join("openapi").join("ollama-openapi.yaml");
    match fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) => {
            println!("skipped: {} cannot be read: {error}", path.display());
            None
        }
    }
}

/// The lines of a schema.
fn schema<'a>(api: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let heading = format!("    {name}:");
    let lines = api.lines().skip_while(move |line| *line != heading).skip(1);
    lines.take_while(|line| line.is_empty() || line.starts_with("     "))
}

/// The names of a schema's properties, those of objects inside it as well.
fn properties(api: &str, name: &str) -> BTreeSet<String> {
    let names = schema(api, name).filter_map(|line| line.trim().strip_suffix(':'));
    let names = names.filter(|name| !name.contains(' ')).map(str::to_owned);
    names.collect()
}

fn check_known(fields: &Value, known: &BTreeSet<String>) {
    let fields = fields.as_object().unwrap();
    assert!(!fields.is_empty());
    for field in fields.keys() {
        let is_known = known.contains(field) || SOURCE_ALONE.contains(&field.as_str());
        assert!(is_known, "{field} is not among {known:?}");
    }
}

#[tokio::test]
async fn every_field_sent_is_one_ollama_knows() {
    let Some(api) = reference() else { return };
    let upstream = Upstream::json(200, ANSWER);
    let config = upstream.config().with_keep_alive(KeepAlive::Forever);
    Ollama::new(config).unwrap().chat(&MODEL.into(), rich()).await.unwrap();
    let body = upstream.body();
    check_known(&body, &properties(&api, "ChatRequest"));
    let messages = body["messages"].as_array().unwrap();
    for message in messages {
        check_known(message, &properties(&api, "ChatMessage"));
    }
    let call = &messages[2]["tool_calls"][0];
    check_known(call, &properties(&api, "ToolCall"));
    check_known(&call["function"], &properties(&api, "ToolCall"));
    check_known(&body["tools"][0], &properties(&api, "ToolDefinition"));
    check_known(&body["tools"][0]["function"], &properties(&api, "ToolDefinition"));
    // The options are open; the description lists the most common ones alone.
    let known = properties(&api, "ModelOptions");
    for option in ["num_predict", "temperature", "top_k", "top_p", "seed", "stop"] {
        assert!(known.contains(option), "{option} is not among {known:?}");
        assert!(body["options"].get(option).is_some(), "{option} is not sent");
    }
    assert!(schema(&api, "ModelOptions").any(|line| line.trim() == "additionalProperties: true"));
}

#[tokio::test]
async fn every_effort_and_role_exists() {
    let Some(api) = reference() else { return };
    let values = |name: &str| -> BTreeSet<String> {
        let enums = schema(&api, name).filter_map(|line| line.trim().strip_prefix("enum: ["));
        let values = enums.flat_map(|line| line.trim_end_matches(']').split(", "));
        values.map(str::to_owned).collect()
    };
    let efforts = ["low", "medium", "high", "max"].map(str::to_owned);
    assert!(values("ChatRequest").is_superset(&efforts.into()), "{:?}", values("ChatRequest"));
    let roles = ["system", "user", "assistant", "tool"].map(str::to_owned);
    assert_eq!(values("ChatMessage"), roles.into());
}

/// The fields of the example of a schema's answer, written as JSON.
fn example(api: &str, schema: &str) -> String {
    let reference = format!("$ref: \"#/components/schemas/{schema}\"");
    let lines = api.lines().skip_while(|line| line.trim() != reference);
    let lines = lines.skip_while(|line| line.trim() != "example:").skip(1);
    let fields: Vec<_> = lines.take_while(|line| line.starts_with(&" ".repeat(16))).collect();
    let mut pieces = Vec::new();
    for (place, line) in fields.iter().enumerate() {
        let (name, value) = line.trim().split_once(':').unwrap();
        let indent = |line: &str| line.len() - line.trim_start().len();
        let next = fields.get(place + 1).map_or(16, |next| indent(next));
        let value = if value.is_empty() { "{" } else { value };
        let ends = "}".repeat(indent(line).saturating_sub(next) / 2);
        let comma = if value == "{" || place + 1 == fields.len() { "" } else { "," };
        pieces.push(format!("\"{name}\":{value}{ends}{comma}"));
    }
    format!("{{{}}}", pieces.concat())
}

#[tokio::test]
async fn the_example_of_an_answer_is_understood() {
    let Some(api) = reference() else { return };
    let example = example(&api, "ChatResponse");
    let response = Upstream::json(200, &example).chat().await.unwrap();
    assert_eq!(response.text(), "Hello! How can I help you today?");
    assert_eq!(response.model.unwrap(), "gemma4");
    assert_eq!(response.finish_reason, Some(FinishReason::Stop));
    assert_eq!(response.usage.unwrap().total_tokens, Some(29));
    assert_eq!(response.load_time.unwrap().as_nanos(), 101_397_084);
    let error = api.lines().skip_while(|line| *line != "    ErrorResponse:");
    assert!(error.take(4).any(|line| line.trim() == "error:"), "errors are texts");
}
