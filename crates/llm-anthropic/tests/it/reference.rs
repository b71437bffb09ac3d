//! What is known of the API from its own SDK, as a table: Anthropic publishes no description a
//! machine could read.

use std::sync::Arc;

use llm_core::{
    ChatRequest, Message, Provider, Reasoning, ResponseFormat, Sampling, Tool, ToolChoice,
};
use serde_json::{Value, json};

use crate::{
    requests::ANSWER,
    upstream::{MODEL, Upstream},
};

/// The fields of a request.
const FIELDS: [&str; 18] = [
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

#[tokio::test]
async fn every_field_sent_is_one_anthropic_knows() {
    let upstream = Upstream::json(200, ANSWER);
    let mut reasoning = Reasoning::effort("low");
    reasoning.max_tokens = Some(1_024);
    let schema = ResponseFormat::JsonSchema {
        name: "answer".to_owned(),
        schema: Arc::new(json!({"type": "object"})),
        strict: true,
    };
    let mut request = ChatRequest::new([Message::system("Be brief."), Message::user("Hello")])
        .with_tools([Tool::new("look_up", json!({"type": "object"})).with_strict(true)])
        .with_tool_choice(ToolChoice::Function("look_up".to_owned()))
        .with_response_format(schema)
        .with_reasoning(reasoning)
        .with_sampling(Sampling {
            temperature: Some(0.0),
            top_p: Some(1.0),
            top_k: Some(1),
            frequency_penalty: Some(0.0),
            presence_penalty: Some(0.0),
            max_tokens: Some(2_000),
            stop: Arc::new(["END".to_owned()]),
            seed: None,
        });
    request.parallel_tool_calls = Some(false);
    request.user = Some("user-7".to_owned());
    assert!(upstream.provider().stream(&MODEL.into(), request).await.is_ok());
    let known = |value: &Value, fields: &[&str]| {
        let Value::Object(value) = value else { panic!("{value} is no object") };
        for field in value.keys() {
            assert!(fields.contains(&field.as_str()), "{field} is not among {fields:?}");
        }
    };
    let body = upstream.body();
    known(&body, &FIELDS);
    assert!(body.as_object().unwrap().len() > 13, "{body}");
    known(
        &body["tools"][0],
        &["name", "description", "input_schema", "strict", "cache_control", "type"],
    );
    known(&body["tool_choice"], &["type", "name", "disable_parallel_tool_use"]);
    known(&body["thinking"], &["type", "budget_tokens", "display"]);
    known(&body["output_config"], &["effort", "format"]);
    known(&body["output_config"]["format"], &["type", "schema"]);
    known(&body["metadata"], &["user_id"]);
    known(&body["messages"][0], &["role", "content"]);
    known(&body["system"][0], &["type", "text", "cache_control", "citations"]);
}
